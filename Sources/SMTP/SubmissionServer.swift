/// A server that takes mail from who has an account there (RFC 6409), and how to speak to it.
package struct SubmissionServer: Sendable, Hashable, CustomStringConvertible {
    /// When encryption begins. There is no way to log in without.
    package enum Security: String, Sendable, Hashable, CaseIterable {
        /// By the command STARTTLS (RFC 3207), without which nothing goes on.
        case startTLS = "starttls"
        /// With the connection (RFC 8314 section 3.3).
        case implicitTLS = "tls"

        /// What servers speak on a port: SES's, and those of RFC 8314 section 7.3.
        package static func usual(on port: Int) -> Security {
            [465, 2465].contains(port) ? .implicitTLS : .startTLS
        }
    }

    package var host: String
    package var port: Int
    package var security: Security

    package init(host: String, port: Int, security: Security) {
        self.host = host
        self.port = port
        self.security = security
    }

    /// SES's SMTP interface in a Region: port 587 with STARTTLS and port 465 with TLS.
    ///
    /// Source: Amazon SES Developer Guide, "Connecting to an Amazon SES SMTP endpoint".
    package static func ses(region: String) -> [SubmissionServer] {
        let host = "email-smtp.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
        return [
            SubmissionServer(host: host, port: 587, security: .startTLS),
            SubmissionServer(host: host, port: 465, security: .implicitTLS),
        ]
    }

    /// Another provider's: `smtp.example.org` by the usual ports, or `smtp.example.org:587`.
    package static func named(_ name: String) -> [SubmissionServer] {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let ports = parts.count == 2 ? [Int(parts[1]) ?? 587] : [587, 465]
        return ports.map { SubmissionServer(host: String(parts[0]), port: $0, security: .usual(on: $0)) }
    }

    package var description: String { "\(host):\(port)" }
}

/// What logs in to a submission server. Its descriptions, dumps and mirrors never show the password.
package struct SubmissionCredentials: Sendable, CustomStringConvertible, CustomReflectable {
    package var user: String
    package var password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// Reads `user:password`, one line, as a secret store keeps it; `nil` where that is not what the text is.
    package init?(_ text: String) {
        let line = text.last == "\n" ? text.dropLast() : text[...]
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
            line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        self.init(user: String(parts[0]), password: String(parts[1]))
    }

    package var description: String { "SubmissionCredentials(user: \(user), password redacted)" }
    package var customMirror: Mirror { Mirror(self, children: ["user": user]) }
}

/// A mail to try a relay with.
package struct TrialMail: Sendable {
    /// An address without a name, as in MAIL FROM and RCPT TO.
    package var from, to: String
    /// A whole message (RFC 5322), lines ending in CR LF.
    package var message: [UInt8]

    package init(from: String, to: String, message: [UInt8]) {
        self.from = from
        self.to = to
        self.message = message
    }
}
