/// A reply of an SMTP server (RFC 5321 section 4.2), as it is quoted in one line.
package struct SMTPReply: Sendable, Hashable {
    /// Three digits, 200 to 599.
    package var code: Int
    /// The enhanced status code behind it (RFC 2034), such as `5.7.8`.
    package var status: String?
    /// What follows, without the codes.
    package var text: String

    package init(code: Int, status: String? = nil, text: String) {
        self.code = code
        self.status = status
        self.text = text
    }

    /// Reads `535 Authentication Credentials Invalid`, `535-5.7.8 text` and `454`.
    ///
    /// The lines of one reply are to be joined by spaces before; codes at the beginnings of further lines stay in the text.
    package init?(_ line: String) {
        let bytes = Array(line.utf8.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
        guard bytes.count >= 3, (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(bytes[0]),
            Self.isDigit(bytes[1]), Self.isDigit(bytes[2]),
            bytes.count == 3 || Self.separators.contains(bytes[3])
        else { return nil }
        code = bytes[..<3].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        var rest = bytes.dropFirst(4).drop(while: Self.separators.contains)
        let word = rest.prefix { Self.isDigit($0) || $0 == UInt8(ascii: ".") }
        let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if parts.count == 3, parts[0].count == 1, (1...3).contains(parts[1].count),
            (1...3).contains(parts[2].count)
        {
            status = String(decoding: word, as: UTF8.self)
            rest = rest.dropFirst(word.count).drop(while: Self.separators.contains)
        }
        text = String(decoding: rest, as: UTF8.self)
    }

    /// As the server said it, in one line.
    package var line: String {
        ["\(code)", status, text].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static let separators = Array(" -\t:".utf8)

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// What a reply to a mail that was to be relayed means for whoever handed it in.
package struct RelayVerdict: Sendable, Hashable {
    /// What is the case, in a stable word for programs.
    package enum Cause: String, Sendable, Hashable, CaseIterable {
        /// Logged in, or taken: nothing is wrong.
        case fine
        /// User name or password are wrong, of another Region, or the access key behind them is gone.
        case badCredentials = "bad-credentials"
        /// The client did not log in, or not in a way that the server takes.
        case notAuthenticated = "not-authenticated"
        /// The client did not encrypt before it logged in.
        case notEncrypted = "not-encrypted"
        /// The server wants no more log-ins from there for now: not a matter of the password.
        case tooManyAttempts = "too-many-attempts"
        /// The server could not look at the credentials now.
        case authenticationUnavailable = "authentication-unavailable"
        /// The account behind the credentials has no SES.
        case noService = "no-service"
        /// More mails a second than the account may send.
        case rateExceeded = "rate-exceeded"
        /// More mails in 24 hours than the account may send.
        case quotaExceeded = "quota-exceeded"
        case tooManyConnections = "too-many-connections"
        /// The sender's address or domain, or in the sandbox the recipient's, is not verified in that Region.
        case unverifiedIdentity = "unverified-identity"
        /// The credentials are right, and their IAM user may not send so.
        case accessDenied = "access-denied"
        /// AWS has paused or ended the account's sending.
        case sendingPaused = "sending-paused"
        /// A configuration set is named that there is not, or that is paused.
        case configurationSet = "configuration-set"
        /// The custom MAIL FROM domain is not verified, and the identity is to refuse mail then.
        case mailFromDomain = "mail-from-domain"
        /// An address, a header or the form of the message is wrong.
        case malformed
        case messageTooLarge = "message-too-large"
        /// The content was taken for a virus or for something else that is not sent.
        case contentRefused = "content-refused"
        /// Passes by itself.
        case temporary
        /// A refusal for a reason that the reply does not tell.
        case refused
    }

    package var cause: Cause
    package var layer: Layer
    /// Whether it may pass without anybody doing anything.
    package var passes: Bool
    /// One sentence without a final stop.
    package var meaning: String
    /// An imperative sentence without a final stop; `nil` where nothing is to be done.
    package var remedy: String?
}

/// Whose reply it is.
package enum RelayServer: Sendable, Hashable {
    /// SES's SMTP interface, `email-smtp.REGION.amazonaws.com`.
    case ses
    /// Another provider's submission server.
    case other

    /// SES's servers have names in one place, whatever the Region; China's end in `.cn`.
    package init(host: String) {
        let labels = host.lowercased().utf8.split(separator: UInt8(ascii: "."))
        let names = labels.map { String(decoding: $0, as: UTF8.self) }
        let isSES =
            (names.first == "email-smtp" || names.first == "email-smtp-fips")
            && (names.suffix(2) == ["amazonaws", "com"] || names.suffix(3) == ["amazonaws", "com", "cn"])
        self = isSES ? .ses : .other
    }

    /// The Region in a name such as `email-smtp.us-east-1.amazonaws.com`.
    package static func region(ofHost host: String) -> String? {
        guard RelayServer(host: host) == .ses else { return nil }
        let labels = host.lowercased().utf8.split(separator: UInt8(ascii: "."))
        return labels.count >= 4 ? String(decoding: labels[1], as: UTF8.self) : nil
    }
}

extension SMTPReply {
    /// What the reply means, by ``RelayRule/table``: the first row whose code and words are in it.
    package func verdict(from server: RelayServer = .ses) -> RelayVerdict {
        let text = RelayRule.normalized(self.text)
        for rule in RelayRule.table where rule.applies(to: code, text, from: server) { return rule.verdict }
        return RelayRule.fallback(code)
    }
}
