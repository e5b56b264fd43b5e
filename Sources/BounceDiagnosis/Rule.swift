internal import Deliverability

/// A row of the table of wordings: phrases of one origin that have one meaning.
struct Rule: Sendable {
    /// What a phrase outweighs.
    enum Weight: Int, Sendable, Comparable {
        /// Says little; anything else goes before.
        case weak
        /// Goes before a status code that says nothing in particular, such as 5.0.0 or 5.7.1.
        case usual
        /// Goes before every status code.
        case decisive

        static func < (one: Weight, other: Weight) -> Bool { one.rawValue < other.rawValue }
    }

    var reason: Reason
    var weight: Weight
    /// Where it is another than the reason's.
    var layer: Layer?
    /// Whose words they are: a document, a standard or the name of a mail system.
    var source: String
    /// Whether who writes so has looked for the recipient: see ``Judge``.
    var isLookup: Bool
    /// Whether it says in so many words that there is no such recipient, so that a status code of policy (x.7.y) beside it is
    /// only what the server gives to all its refusals.
    var isOutright: Bool
    /// The beginnings of status codes of which one must stand beside it; empty where none need.
    var statuses: [String]
    /// In lower case and normalised as ``Transcript`` says; a `*` stands for up to 300 bytes of anything.
    var phrases: [String]

    init(
        _ reason: Reason, _ weight: Weight = .usual, layer: Layer? = nil, isLookup: Bool = false,
        isOutright: Bool = false, onlyWith statuses: [String] = [], of source: String,
        _ phrases: [String]
    ) {
        self.reason = reason
        self.weight = weight
        self.layer = layer
        self.isLookup = isLookup
        self.isOutright = isOutright
        self.statuses = statuses
        self.source = source
        self.phrases = phrases
    }

    /// All rules. Of phrases with the same weight the one that stands first in this order decides.
    static let table: [Rule] = senderRules + addressRules + contentRules + transportRules
}
