/// A mail as it travels: header fields and a MIME body (RFC 5322, RFC 2045), in 7-bit lines that end in CRLF.
package struct MIMEMessage: Sendable {
    package let bytes: [UInt8]

    /// Writes a mail.
    ///
    /// Configuration set and tags become the header fields that SES's SMTP interface and raw mails take them from
    /// (Amazon SES Developer Guide, "Specifying a configuration set when you send email", "Event publishing tags").
    /// - Parameters:
    ///   - messageID: `left@right`, without angle brackets.
    ///   - date: when the mail was handed over.
    /// - Throws: a ``Problem`` if an address or a field could not stand in a header as it is; nothing is quietly repaired
    ///   there, since what stands in a header is obeyed.
    package init(_ mail: OutgoingMail, messageID: String, date: Timestamp) throws(Problem) {
        guard MailSyntax.isAddress(messageID) else {
            throw Problem(.software, key: "Message-ID", "\(messageID) is no message identifier")
        }
        var writer = MIMEWriter()
        writer.bytes.reserveCapacity(
            1024 + ((mail.html?.utf8.count ?? 0) + (mail.text?.utf8.count ?? 0)) * 3 / 2)
        try writer.field("Date", date.mailDate)
        try writer.field("From", mailboxes: [mail.from])
        if !mail.replyTo.isEmpty { try writer.field("Reply-To", mailboxes: mail.replyTo) }
        try writer.field("To", mailboxes: [mail.to])
        try writer.field("Subject", HeaderText.unstructured(mail.subject))
        try writer.field("Message-ID", "<\(messageID)>")
        for field in mail.headers { try writer.further(field) }
        if let set = mail.configurationSet { try writer.field("X-SES-CONFIGURATION-SET", set) }
        if !mail.tags.isEmpty {
            let tags = mail.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            try writer.field("X-SES-MESSAGE-TAGS", tags.joined(separator: ", "))
        }
        try writer.field("MIME-Version", "1.0")
        switch (mail.text, mail.html) {
        case (let text?, let html?):
            writer.alternatives(
                [(.plain, text), (.html, html)], boundary: MIMEMessage.boundary(of: messageID))
        case (let text?, nil):
            writer.part(.plain, text)
        case (nil, let html?):
            writer.part(.html, html)
        case (nil, nil):
            throw Problem(
                .invalidInput, "the mail has no body", remedy: "Give the campaign a text or an html template")
        }
        bytes = writer.bytes
    }

    /// A boundary that no part can hold: `=_` stands neither in quoted-printable nor in base64 (RFC 2045 section 6.7), and
    /// a part that stays as it is has no line that begins with `--`. It differs from mail to mail, so that one mail may
    /// hold another.
    private static func boundary(of messageID: String) -> String {
        "=_"
            + String(
                messageID.prefix { $0 != "@" }.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(
                    40))
    }
}

private struct MIMEWriter {
    enum TextType: String { case plain, html }

    /// The longest line (RFC 5322 section 2.1.1), without its end.
    private static let maximumLineLength = 998

    /// Fields that this program writes itself, or that are none of the sender's business.
    private static let reservedNames: Set<String> = [
        "date", "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "message-id", "mime-version",
        "return-path", "received", "x-ses-configuration-set", "x-ses-message-tags",
    ]

    var bytes: [UInt8] = []

    mutating func line(_ text: String) {
        bytes += text.utf8
        bytes += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }

    mutating func field(_ name: String, _ value: String) throws(Problem) {
        guard value.utf8.allSatisfy(MailSyntax.isPrintable) else {
            throw Problem(
                .invalidInput, key: name, "the value holds a character that is no printable ASCII",
                remedy: "Remove line breaks, control characters and letters with accents")
        }
        let start = bytes.count
        line(HeaderText.field(name, value))
        let longest = bytes[start...].split(separator: UInt8(ascii: "\r")).lazy.map(\.count).max() ?? 0
        guard longest <= MIMEWriter.maximumLineLength else {
            throw Problem(
                .invalidInput, key: name,
                "the value has more characters in a row than fit into a line of mail",
                remedy: "Shorten it, or put a space where it may be folded")
        }
    }

    mutating func field(_ name: String, mailboxes: [Mailbox]) throws(Problem) {
        for mailbox in mailboxes where !MailSyntax.isAddress(mailbox.address) {
            throw Problem(
                .invalidInput, key: name, "\(HeaderText.withoutControls(mailbox.address)) is no address",
                remedy: "Write it as name@example.org")
        }
        try field(name, mailboxes.headerValue)
    }

    mutating func further(_ field: OutgoingMail.HeaderField) throws(Problem) {
        let name = field.name.lowercased()
        guard MailSyntax.isFieldName(name), !name.hasPrefix("content-"),
            !MIMEWriter.reservedNames.contains(name)
        else {
            throw Problem(
                .invalidInput, key: HeaderText.withoutControls(field.name),
                "no header field of this name can be added",
                remedy: "Use another name, such as X-Campaign")
        }
        try self.field(field.name, field.value)
    }

    mutating func alternatives(_ parts: [(type: TextType, text: String)], boundary: String) {
        line("Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"")
        line("")
        for part in parts {
            line("--\(boundary)")
            self.part(part.type, part.text)
        }
        line("--\(boundary)--")
    }

    /// The header fields and the body of one part.
    mutating func part(_ type: TextType, _ text: String) {
        let body = TransferEncoding.canonical(text)
        let encoding = TransferEncoding.suited(to: body)
        line("Content-Type: text/\(type.rawValue); charset=utf-8")
        line("Content-Transfer-Encoding: \(encoding.rawValue)")
        line("")
        encoding.append(body, to: &bytes)
    }
}

/// What may stand in a header as it is.
enum MailSyntax {
    static func isPrintable(_ byte: UInt8) -> Bool { (0x20...0x7e).contains(byte) }

    /// RFC 5322 section 2.2: printable, neither space nor colon.
    static func isFieldName(_ name: String) -> Bool {
        (1...76).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ":") }
    }

    /// Whether a text is one address that cannot be read as anything else. Whether it can be delivered to is another
    /// question.
    static func isAddress(_ text: String) -> Bool {
        guard text.utf8.allSatisfy(isPrintable), let at = text.lastIndex(of: "@") else { return false }
        let local = text[..<at]
        let domain = text[text.index(after: at)...]
        let isLiteral = domain.hasPrefix("[") && domain.hasSuffix("]")
        let domainText = isLiteral ? domain.dropFirst().dropLast() : domain
        return (isAtoms(local) || isQuoted(local)) && !domainText.isEmpty
            && domainText.utf8.allSatisfy {
                !" \"(),:;<>@[\\]".utf8.contains($0) || (isLiteral && $0 == UInt8(ascii: ":"))
            }
    }

    private static func isAtoms(_ local: Substring) -> Bool {
        !local.isEmpty && local.utf8.allSatisfy { !" \"(),:;<>@[\\]".utf8.contains($0) }
    }

    private static func isQuoted(_ local: Substring) -> Bool {
        guard local.utf8.count > 2, local.hasPrefix("\""), local.hasSuffix("\"") else { return false }
        var isEscaped = false
        for byte in local.utf8.dropFirst().dropLast() {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                return false
            }
        }
        return !isEscaped
    }
}

extension Timestamp {
    /// `Mon, 01 Jun 2026 17:00:00 +0000` (RFC 5322 section 3.3).
    var mailDate: String {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let local = LocalDateTime(secondsSince1970: seconds)
        let date = CivilDate(year: local.year, month: local.month, day: local.day)
        let time = [local.hour, local.minute, local.second].map { $0.padded(to: 2) }.joined(separator: ":")
        return
            "\(days[date.weekday]), \(local.day.padded(to: 2)) \(months[local.month - 1]) \(local.year.padded(to: 4)) \(time) +0000"
    }
}
