internal import TextSearch

/// The mail that a report is about, where it stands in the report's own text.
enum OriginalMessage {
    /// Where a report's own words end, and where the header of the original begins.
    static func beginning(in lines: [String]) -> (lines: Int, header: Int) {
        var isAnnounced = false
        for (index, line) in lines.enumerated() {
            // A report tells of a mail by its fields, too: indented, where it quotes it.
            let isIndented = line.first == " " || line.first == ">" || line.first == "\t"
            if !isIndented || isAnnounced, isHeaderBlock(lines[index...]) { return (index, index) }
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            let text = line.lowercased()
            isAnnounced = index > 0 && markers.contains { text.contains(text: $0) }
        }
        return (lines.count, lines.count)
    }

    /// What stands before a returned message: qmail, Exim, Sendmail, MXLogic, Courier, and others.
    private static let markers = [
        "a copy of the message", "copy of your message", "copy of the original", "original message",
        "message header", "unsent message", "returned message", "headers follow", "message follows",
        "header of the message", "message text follows", "original headers", "original header",
        "header of the original", "undelivered message",
    ]

    /// Whether a mail's header begins there: fields that only such a header has, and nothing else for some lines.
    private static func isHeaderBlock(_ lines: ArraySlice<String>) -> Bool {
        guard let first = lines.first, let field = FieldGroups.field(first.drop { $0 == ">" || $0 == " " }),
            names.contains(field.name.lowercased())
        else { return false }
        let block = lines.prefix(12).prefix { !$0.allSatisfy(\.isWhitespace) }
        let known = block.filter {
            FieldGroups.field($0.drop { $0 == ">" || $0 == " " }).map { names.contains($0.name.lowercased()) }
                == true
        }
        return known.count >= 3
    }

    private static let names: Set<String> = [
        "received", "return-path", "message-id", "mime-version", "from", "to", "subject", "date",
        "content-type", "x-mailer", "reply-to", "dkim-signature", "x-received", "user-agent", "delivered-to",
        "content-transfer-encoding", "cc", "sender", "x-originating-ip", "x-priority", "envelope-to",
        "authentication-results", "x-original-to", "in-reply-to", "references", "errors-to",
        "domainkey-signature", "arc-seal",
        "arc-message-signature", "x-google-dkim-signature", "x-gm-message-state", "list-id", "precedence",
        "thread-index", "thread-topic", "x-sender", "organization",
    ]

    static func header(in lines: ArraySlice<String>) -> MIMEHeader {
        let isIndented = lines.first.map { $0.first == " " || $0.first == ">" } == true
        let block = lines.prefix(500).prefix { !$0.allSatisfy(\.isWhitespace) }
        let plain = isIndented ? block.map { String($0.drop { $0 == " " || $0 == ">" }) } : Array(block)
        return FieldGroups.parse(plain).first ?? MIMEHeader()
    }

    /// What a report tells of the mail in its own words: `Subject: …`, `Message-ID: …`.
    static func quoted(in lines: [String]) -> MIMEHeader {
        var header = MIMEHeader()
        for line in lines.prefix(500) {
            guard let field = FieldGroups.field(line.trimmed),
                ["subject", "to", "message-id", "from", "date"].contains(field.name.lowercased()),
                header[field.name.lowercased()] == nil
            else { continue }
            header.fields.append(field)
        }
        return header
    }
}
