/// Groups of fields as `message/delivery-status` (RFC 3464 section 2.1) and `message/feedback-report` (RFC 5965) have them.
enum FieldGroups {
    /// As many as a report may have: more are left out.
    static let mostGroups = 200
    private static let mostFields = 50
    private static let longestValue = 8192

    /// Groups are divided by empty lines; a line that begins with white space continues the one before.
    static func parse(_ lines: some Sequence<some StringProtocol>) -> [MIMEHeader] {
        var groups: [MIMEHeader] = []
        var group = MIMEHeader()
        for line in lines {
            guard groups.count < mostGroups else { break }
            if line.allSatisfy(\.isWhitespace) {
                if !group.fields.isEmpty { groups.append(group) }
                group = MIMEHeader()
            } else if line.first == " " || line.first == "\t" {
                guard let last = group.fields.indices.last, group.fields[last].value.utf8.count < longestValue
                else { continue }
                group.fields[last].value += " " + line.trimmed
            } else if let field = field(line), group.fields.count < mostFields {
                group.fields.append(field)
            } else if let last = group.fields.indices.last, group.fields[last].value.utf8.count < longestValue
            {
                // Some reporters fold a long reply without indenting it.
                group.fields[last].value += " " + line.trimmed
            }
        }
        if !group.fields.isEmpty { groups.append(group) }
        return groups
    }

    /// A header field's name and value: `Name: value`, the name of letters, digits and hyphens.
    static func field(_ line: some StringProtocol) -> (name: String, value: String)? {
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let name = line[..<colon]
        guard (1...60).contains(name.utf8.count),
            name.utf8.allSatisfy({
                CodeScanner.isDigit($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x2D || $0 == 0x5F
            })
        else { return nil }
        return (String(name), line[line.utf8.index(after: colon)...].trimmed)
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        var rest = Substring(self)
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    /// Lines, ended by LF, CR or CR LF.
    var lines: [Substring] {
        Substring(self).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }
}
