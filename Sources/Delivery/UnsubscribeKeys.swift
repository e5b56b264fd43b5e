package import Campaigns
internal import Digests
internal import TextSearch

/// Whom an unsubscribe token stands for.
package struct Subscriber: Sendable, Hashable {
    package var campaign: CampaignID
    /// As the mail was sent to it.
    package var address: String

    package init(campaign: CampaignID, address: String) {
        self.campaign = campaign
        self.address = address
    }
}

/// Seals unsubscribe tokens, and opens them.
///
/// A token is sealed with an HMAC over campaign and address, and holds both encrypted: nobody without the secret can read an
/// address out of a link, or make one for somebody else. It needs nothing else to be opened, and does not expire; a
/// subscriber's token is always the same.
///
/// This is the SIV construction (Rogaway and Shrimpton, "Deterministic Authenticated-Encryption", 2006) of HMAC-SHA-256,
/// cut to 128 bits, and AES-256-CTR. The bytes, in the URL-safe Base64 of RFC 4648 section 5 without padding:
///
/// | bytes | |
/// |---|---|
/// | 1 | version: 1 |
/// | 16 | HMAC over version and text; the first counter block, too |
/// | rest | the text, encrypted: campaign, line feed, address |
package struct UnsubscribeKeys: Sendable {
    /// How many secrets there may be: each is tried on a token that none before it opens.
    package static let maximumCount = 8
    /// Bytes of a secret.
    package static let shortestSecret = 16

    private static let version: UInt8 = 1
    private static let sealByteCount = 16
    /// In characters: of the longest campaign's name and the longest address.
    private static let longestToken = 480

    /// One for each secret, the newest first.
    private let pairs: [Pair]

    private struct Pair: Sendable {
        let authentication: [UInt8]
        let encryption: [UInt8]

        init(secret: [UInt8]) {
            func key(_ purpose: String) -> [UInt8] {
                HMACSHA256.authenticate(Array("jada-blast unsubscribe \(purpose)".utf8), key: secret)
            }
            authentication = key("authentication")
            encryption = key("encryption")
        }
    }

    /// - Parameter secrets: one secret, or several with commas between them, the newest first: it seals, and all of them open.
    ///   White space around each is ignored.
    /// - Throws: a ``Problem`` if there is none, one is shorter than 16 bytes, or there are more than 8.
    package init(secrets: String) throws(Problem) {
        let secrets = secrets.utf8.split(separator: UInt8(ascii: ",")).map(Self.trimmed)
        let key = "JADA_BLAST_UNSUBSCRIBE_KEY"
        guard !secrets.isEmpty, secrets.allSatisfy({ $0.count >= Self.shortestSecret }) else {
            throw Problem(
                .configuration, key: key,
                secrets.count > 1 ? "holds a secret shorter than 16 bytes" : "is shorter than 16 bytes",
                remedy: """
                    Set it to a long random text (openssl rand -hex 32), or to several with commas between them, the \
                    newest first
                    """)
        }
        guard secrets.count <= Self.maximumCount else {
            throw Problem(
                .configuration, key: key, "holds \(secrets.count) secrets",
                remedy: "Keep the newest \(Self.maximumCount): the links of the others stop working")
        }
        pairs = secrets.map { Pair(secret: $0) }
    }

    private static func trimmed(_ text: Substring.UTF8View) -> [UInt8] {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return Array(text)
    }

    private init(pair: Pair) { pairs = [pair] }

    /// For links that lead nowhere: of a secret that everybody knows.
    package static let placeholder = UnsubscribeKeys(pair: Pair(secret: []))

    /// The subscriber's token: 40 to 480 of `A-Z a-z 0-9 - _`.
    package func seal(_ subscriber: Subscriber) -> String {
        let pair = pairs[0]
        let text = Array("\(subscriber.campaign)\n\(subscriber.address)".utf8)
        let seal = Self.authenticate(text, pair)
        let encrypted = AES256CTR.apply(to: text, key: pair.encryption, counter: seal)
        return Base64URL.encode([Self.version] + seal + encrypted)
    }

    /// Whom a token stands for; `nil` if none of the secrets has sealed it.
    package func open(_ token: String) -> Subscriber? {
        guard token.utf8.count <= Self.longestToken, let bytes = Base64URL.decode(token),
            bytes.first == Self.version, bytes.count > 1 + Self.sealByteCount
        else { return nil }
        let seal = Array(bytes[1...Self.sealByteCount])
        let encrypted = Array(bytes[(1 + Self.sealByteCount)...])
        for pair in pairs {
            let text = AES256CTR.apply(to: encrypted, key: pair.encryption, counter: seal)
            guard constantTimeEquals(Self.authenticate(text, pair), seal) else { continue }
            return Self.subscriber(text)
        }
        return nil
    }

    private static func authenticate(_ text: [UInt8], _ pair: Pair) -> [UInt8] {
        Array(HMACSHA256.authenticate([version] + text, key: pair.authentication).prefix(sealByteCount))
    }

    private static func subscriber(_ text: [UInt8]) -> Subscriber? {
        guard let end = text.firstIndex(of: UInt8(ascii: "\n")),
            let campaign = CampaignID(String(decoding: text[..<end], as: UTF8.self))
        else { return nil }
        return Subscriber(
            campaign: campaign, address: String(decoding: text[(end + 1)...], as: UTF8.self))
    }
}

extension UnsubscribeKeys: CustomReflectable {
    /// Free of the secrets.
    package var customMirror: Mirror { Mirror(self, children: ["count": pairs.count]) }
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
