package import Campaigns
internal import Digests
internal import TextSearch

/// Makes the link by which a recipient leaves a campaign (RFC 8058).
///
/// A token names a place in a plan, not an address, and is sealed with an HMAC over campaign and address: nobody can read
/// an address out of a link, or make one for somebody else.
package struct UnsubscribeLinks: Sendable {
    /// An https URL that contains `{token}`.
    package let template: String
    /// The template around `{token}`.
    private let pieces: [String]
    private let key: [UInt8]

    /// - Parameter key: the HMAC's key, at least 16 bytes.
    /// - Throws: a ``Problem`` if the template is no https URL, lacks `{token}`, or the key is short.
    package init(template: String, key: [UInt8]) throws(Problem) {
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
        guard key.count >= 16 else {
            throw Problem(
                .configuration, key: "JADA_BLAST_UNSUBSCRIBE_KEY", "is shorter than 16 bytes",
                remedy: "Set it to a long random text: openssl rand -hex 32")
        }
        self.init(checked: template, key: key)
    }

    private init(checked template: String, key: [UInt8]) {
        self.template = template
        self.key = key
        pieces = template.pieces(around: Self.place)
    }

    private static let place = "{token}"

    /// Leads nowhere, and says so: for runs into the local outbox.
    package static let placeholder = UnsubscribeLinks(
        checked: "https://unsubscribe-url-is-not-configured.invalid/?t={token}", key: [])

    /// The link of one recipient.
    ///
    /// - Parameter index: place in the shard, counted from 0.
    package func url(run: RunID, shard: Int, index: Int, address: String) -> String {
        let place = "\(run)/\(shard)/\(index)"
        let seal = HMACSHA256.authenticate(Array("unsubscribe\n\(run.campaign)\n\(address)".utf8), key: key)
            .prefix(16)
        let token = Base64URL.encode(Array(place.utf8)) + "." + Base64URL.encode(Array(seal))
        return pieces.joined(separator: token)
    }
}

extension UnsubscribeLinks: CustomReflectable {
    /// Free of the key.
    package var customMirror: Mirror { Mirror(self, children: ["template": template]) }
}

/// Base64 with the URL-safe alphabet and without padding (RFC 4648 section 5).
enum Base64URL {
    static func encode(_ bytes: [UInt8]) -> String {
        String(
            decoding: Base64.encode(bytes).utf8.compactMap { character -> UInt8? in
                switch character {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                case UInt8(ascii: "="): nil
                default: character
                }
            }, as: UTF8.self)
    }

    /// The bytes that `text` stands for; `nil` if it is not exactly what `encode` writes for some bytes.
    static func decode(_ text: String) -> [UInt8]? {
        guard !text.utf8.contains(where: { "+/=".utf8.contains($0) }) else { return nil }
        let standard = text.replacing(text: "-", with: "+").replacing(text: "_", with: "/")
        let padding = (4 - standard.utf8.count % 4) % 4
        return Base64.decode(standard + String(repeating: "=", count: padding))
    }
}
