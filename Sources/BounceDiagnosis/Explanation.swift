package import Deliverability

/// What is the matter with one recipient's mail.
package struct Explanation: Sendable, Hashable {
    /// The file that it was read from, as it was named.
    package var file: String
    /// Who reports: a mail system's name, or an address.
    package var reporter: String?
    package var recipient: String?
    /// Of the mail that was not delivered.
    package var messageID: String?
    package var subject: String?
    /// RFC 3463.
    package var status: String?
    /// RFC 5321.
    package var replyCode: Int?
    package var reason: Reason
    /// `nil` where nothing has failed.
    package var layer: Layer?
    /// By which way the mail left, as far as its own header tells.
    package var path: MailPath?
    /// Whether the address is to be given up: see ``ReasonFacts/endsAddress``.
    package var permanent: Bool
    /// What is the case, one sentence without a final stop.
    package var meaning: String
    /// The lines that decided; printable.
    package var evidence: [String]
    /// An imperative sentence without a final stop; `nil` where nothing is to be done.
    package var remedy: String?

    /// What is not for good now may be so later, where its reason ends an address.
    mutating func settle(isForGood: Bool) {
        if reason.facts.endsAddress, !isForGood {
            remedy = "Keep the address for now: give it up when the same comes back as a permanent failure"
        }
        permanent = isForGood
    }
}

extension Explanation: Encodable {
    private enum Key: String, CodingKey {
        case file, reporter, recipient, messageID = "messageId", subject, status, replyCode, reason, layer,
            path
        case permanent, meaning, evidence, remedy
    }

    /// Every member is there; what is not known is null.
    package func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(file, forKey: .file)
        try object.encode(reporter, forKey: .reporter)
        try object.encode(recipient, forKey: .recipient)
        try object.encode(messageID, forKey: .messageID)
        try object.encode(subject, forKey: .subject)
        try object.encode(status, forKey: .status)
        try object.encode(replyCode, forKey: .replyCode)
        try object.encode(reason, forKey: .reason)
        try object.encode(layer, forKey: .layer)
        try object.encode(path, forKey: .path)
        try object.encode(permanent, forKey: .permanent)
        try object.encode(meaning, forKey: .meaning)
        try object.encode(evidence, forKey: .evidence)
        try object.encode(remedy, forKey: .remedy)
    }
}

/// Text from outside as it may be shown on a terminal.
enum Printable {
    static let longest = 600

    /// What a terminal would act upon is escaped, and what is too long is cut.
    static func text(_ text: some StringProtocol, longest: Int = longest) -> String {
        let scalars = text.unicodeScalars.prefix(longest)
        let isWhole = scalars.endIndex == text.unicodeScalars.endIndex
        var kept = String.UnicodeScalarView()
        for scalar in scalars { kept.append(scalar == "\t" ? " " : scalar) }
        return String(kept).printable + (isWhole ? "" : "…")
    }
}
