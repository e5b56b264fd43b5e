internal import TextSearch

/// A message taken apart as a report: who tells what about which mail.
struct Report: Sendable {
    var header: MIMEHeader
    /// `delivery-status`, `feedback-report` and such, in lower case; empty where it is no `multipart/report` (RFC 6522).
    var reportType: String
    /// What the report says to people, without the mail that it returns.
    var lines: [String]
    /// RFC 3464: those of the message, then those of each recipient.
    var statusGroups: [MIMEHeader]
    /// RFC 5965.
    var feedback: MIMEHeader?
    /// The header of the mail that was not delivered, as far as it is returned.
    var original: MIMEHeader
    /// Whether something was not looked at.
    var isCut: Bool
    /// Whether it has no header: it was copied from what a mail program shows.
    var isBare = false

    /// - Returns: `nil` where the bytes hold no message.
    init?(message bytes: [UInt8], limits: MIMELimits = MIMELimits()) {
        let raw = MIMEReader.withoutMboxLine(bytes).prefix(limits.textBytes)
        guard raw.contains(where: { $0 > 0x20 }) else { return nil }
        guard let read = MIMEReader.read(bytes, limits: limits),
            read.root.header.fields.contains(where: { Self.usualFields.contains($0.name.lowercased()) })
        else {
            let text = MIMEPart(
                type: "text/plain", header: MIMEHeader(), text: String(decoding: raw, as: UTF8.self))
            self.init(text, isCut: raw.count < bytes.count, raw: [])
            isBare = true
            return
        }
        self.init(read.root, isCut: read.isCut, raw: raw)
        // A bounce that somebody forwards as an attachment is what is asked about.
        if statusGroups.isEmpty, reportType.isEmpty, feedback == nil,
            let inner = Self.forwarded(in: read.root)
        {
            self.init(inner, isCut: read.isCut, raw: [])
        }
    }

    private init(_ root: MIMEPart, isCut: Bool, raw: ArraySlice<UInt8>) {
        header = root.header
        self.isCut = isCut
        reportType = Self.reportType(root)
        lines = []
        statusGroups = []
        original = MIMEHeader()
        var html: [String] = []
        for part in root.outerParts { take(part, html: &html) }
        if lines.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) { lines = html }
        if lines.allSatisfy({ $0.allSatisfy(\.isWhitespace) }), statusGroups.isEmpty, feedback == nil {
            // Its parts cannot be told apart: a boundary is missing, or is another one.
            let text = String(decoding: raw, as: UTF8.self).lines
            lines = text.drop { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
        }
        openForwarding()
        let text = lines
        let end = OriginalMessage.beginning(in: text)
        lines = Array(text[..<end.lines])
        if original.fields.isEmpty { original = OriginalMessage.header(in: text[end.header...]) }
        if original.fields.isEmpty { original = OriginalMessage.quoted(in: lines) }
        if statusGroups.isEmpty {
            // Amazon WorkMail and others put the fields into the text.
            statusGroups = FieldGroups.parse(lines).filter {
                $0["final-recipient"] != nil || $0["action"] != nil && $0["status"] != nil
            }
        }
    }

    private static let usualFields: Set<String> = [
        "from", "to", "subject", "date", "received", "return-path", "message-id", "content-type",
        "mime-version",
    ]

    /// Takes a report that somebody has forwarded within a mail for the message itself.
    private mutating func openForwarding() {
        guard !isFromSystem,
            let mark = lines.prefix(200).firstIndex(where: { line in
                let text = line.lowercased()
                return Self.forwardings.contains { text.contains(text: $0) }
            })
        else { return }
        let rest = lines[(mark + 1)...].drop { $0.allSatisfy(\.isWhitespace) }
        let block = rest.prefix { !$0.allSatisfy(\.isWhitespace) }.prefix(20)
        guard let inner = FieldGroups.parse(block).first, inner.fields.count >= 2 else { return }
        let outer = header
        header = inner
        guard isFromSystem else {
            header = outer
            return
        }
        lines = Array(rest.dropFirst(block.count))
    }

    /// Gmail's and others' words before a forwarded mail.
    private static let forwardings = [
        "forwarded message", "original message", "weitergeleitete nachricht", "message transféré",
        "mensaje reenviado",
        "messaggio inoltrato", "doorgestuurd bericht", "mensagem encaminhada", "begin forwarded",
    ]

    private mutating func take(_ part: MIMEPart, html: inout [String]) {
        switch part.type {
        case "message/delivery-status", "message/global-delivery-status", "text/delivery-status":
            statusGroups += FieldGroups.parse(part.text.lines)
        case "message/feedback-report":
            feedback = FieldGroups.parse(part.text.lines).first
        case "message/rfc822", "message/global", "message/news":
            if original.fields.isEmpty { original = part.children.first?.header ?? original }
        case "text/rfc822-headers", "text/rfc822", "message/rfc822-headers", "message/global-headers",
            "text/global-headers":
            if original.fields.isEmpty { original = FieldGroups.parse(part.text.lines).first ?? original }
        case "text/html", "text/x-amp-html":
            html += HTMLText.lines(part.text)
        case "message/disposition-notification", "text/calendar", "message/partial", "message/external-body":
            break
        default:
            if part.type.hasPrefix("text/") { lines += part.text.lines.map(String.init) + [""] }
        }
    }

    private static func reportType(_ root: MIMEPart) -> String {
        guard root.type == "multipart/report" || root.type == "multipart/mixed" else { return "" }
        let field = (root.header["content-type"] ?? "").lowercased()
        guard let range = field.firstRange(ofText: "report-type=") else {
            return root.type == "multipart/report" ? "delivery-status" : ""
        }
        return String(field[range.upperBound...].drop { $0 == "\"" }.prefix { $0.isLetter || $0 == "-" })
    }

    private static func forwarded(in root: MIMEPart) -> MIMEPart? {
        for part in root.outerParts where part.type == "message/rfc822" {
            if let inner = part.children.first, inner.type == "multipart/report" { return inner }
        }
        return nil
    }
}

extension Report {
    /// Who reports: the name of its system, else the address that it writes from.
    var reporter: String? {
        if let mta = statusGroups.first?["reporting-mta"], let name = Self.name(mta) { return name }
        if let name = feedback?["reporting-mta"].flatMap(Self.name) { return name }
        return header["from"].flatMap { Address.first(in: $0) ?? $0 }
    }

    /// The name in `dns; mx.example.org (x)`.
    static func name(_ field: String) -> String? {
        let value =
            field.utf8.firstIndex(of: UInt8(ascii: ";")).map { field[field.utf8.index(after: $0)...] }
            ?? field[...]
        let name = value.trimmed.prefix { !$0.isWhitespace && $0 != "(" && $0 != "," }
        let bare = name.hasSuffix(".") ? name.dropLast() : name
        return bare.isEmpty ? nil : String(bare)
    }

    /// The address of whoever writes, in lower case.
    var author: String {
        header["from"].flatMap { Address.first(in: $0) }?.lowercased() ?? (header["from"] ?? "").lowercased()
    }

    /// Outlook.com's junk mail reports return the mail, with the recipient in a field of their own, and have no feedback report.
    var junkReport: MIMEHeader? {
        guard let recipient = original["x-hmxmroriginalrecipient"] ?? header["x-hmxmroriginalrecipient"]
        else { return nil }
        return MIMEHeader(fields: [("Feedback-Type", "abuse"), ("Original-Rcpt-To", recipient)])
    }

    /// The JSON that the text begins with, without what SNS writes below it.
    var json: [UInt8]? {
        guard let first = lines.first(where: { !$0.allSatisfy(\.isWhitespace) }), first.hasPrefix("{") else {
            return nil
        }
        var text: [UInt8] = []
        for line in lines.prefix(2000) where !line.isEmpty {
            if line == "--" { break }
            // What was folded on its way ends in an exclamation mark, and goes on behind a blank.
            if text.last == UInt8(ascii: "!"), line.first == " " { text.removeLast() }
            text += Array(line.first == " " ? line.dropFirst().utf8 : line[...].utf8)
        }
        return text
    }

    /// Whether a receipt rule of SES has bounced the mail (Amazon SES Developer Guide, "Return bounce response action").
    var isFromReceiptRule: Bool {
        guard let name = reporter?.lowercased() else { return false }
        return name.hasPrefix("inbound-smtp.") && name.hasSuffix(".amazonaws.com")
    }

    /// Whether it is written by a mail system, by its sender or its form.
    var isFromSystem: Bool {
        if reportType == "delivery-status" || header["x-failed-recipients"] != nil { return true }
        let name = author.prefix { $0 != "@" }
        if Self.systemNames.contains(where: { name.hasPrefix($0) }) { return true }
        let from = (header["from"] ?? "").lowercased()
        return Self.systemWords.contains { from.contains(text: $0) }
            || header["return-path"].map { $0.trimmed == "<>" } == true && header["in-reply-to"] == nil
    }

    private static let systemNames = [
        "mailer-daemon", "mailerdaemon", "mailer_daemon", "postmaster", "post_master", "mdaemon",
        "mail-daemon", "bounce", "double-bounce", "maildaemon",
    ]
    private static let systemWords = [
        "mail delivery", "mailer-daemon", "mailer daemon", "postmaster", "mail administrator",
        "delivery subsystem", "mail deliver", "system administrator",
    ]

    /// Whether its subject is one that only reports have.
    var hasSubjectOfReport: Bool {
        let subject = (header["subject"] ?? "").lowercased()
        return Self.subjects.contains { subject.contains(text: $0) }
    }

    private static let subjects = [
        "undeliver", "failure notice", "returned mail", "delivery status notification", "delivery failure",
        "delivery failed", "mail failure", "delivery notification", "delivery has failed",
        "mail could not be delivered",
        "message could not be delivered", "mail delivery", "delivery report", "returning message",
        "mail system error",
        "nondeliverable", "non-deliverable", "non remis", "no se puede entregar", "unzustellbar",
        "returned to sender",
        "warning: could not send", "failed mail", "there was an error sending", "メールエラー", "配信不能",
        "не доставлено",
    ]
}
