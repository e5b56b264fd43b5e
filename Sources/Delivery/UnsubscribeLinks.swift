package import Campaigns
internal import TextSearch

/// Makes the link by which a recipient leaves (RFC 8058): a URL with the recipient's token in it.
package struct UnsubscribeLinks: Sendable {
    /// An https URL that contains `{token}`.
    package let template: String
    /// What seals the tokens.
    package let keys: UnsubscribeKeys
    /// The template around `{token}`.
    private let pieces: [String]

    /// - Throws: a ``Problem`` if the template is no https URL, or lacks `{token}`.
    package init(template: String, keys: UnsubscribeKeys) throws(Problem) {
        guard template.hasPrefix("https://"),
            template.utf8.allSatisfy({
                $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "<")
            })
        else {
            throw Problem(
                .configuration, key: "JADA_BLAST_UNSUBSCRIBE_URL", "is not an https URL in ASCII",
                remedy: "Set it to the unsubscribe page, such as https://example.org/u?t={token}")
        }
        guard template.contains(text: Self.place) else {
            throw Problem(
                .configuration, key: "JADA_BLAST_UNSUBSCRIBE_URL", "does not contain {token}",
                remedy:
                    "Write {token} where the recipient's token belongs, such as https://example.org/u?t={token}"
            )
        }
        self.init(checked: template, keys: keys)
    }

    private init(checked template: String, keys: UnsubscribeKeys) {
        self.template = template
        self.keys = keys
        pieces = template.pieces(around: Self.place)
    }

    private static let place = "{token}"

    /// Leads nowhere, and says so: for runs into the local outbox.
    package static let placeholder = placeholder(keys: .placeholder)

    /// Leads nowhere, with tokens that these keys open.
    package static func placeholder(keys: UnsubscribeKeys) -> UnsubscribeLinks {
        UnsubscribeLinks(
            checked: "https://unsubscribe-url-is-not-configured.invalid/?t={token}", keys: keys)
    }

    /// The link of one recipient.
    package func url(of subscriber: Subscriber) -> String {
        pieces.joined(separator: keys.seal(subscriber))
    }
}
