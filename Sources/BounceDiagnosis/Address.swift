/// Mail addresses as they occur in reports.
enum Address {
    private static let mostBytes = 320

    /// Up to `limit` addresses in a line, in their order.
    static func all(in line: some StringProtocol, limit: Int = 8) -> [String] {
        var found: [String] = []
        let bytes = Array(line.utf8.prefix(4096))
        var from = 0
        while found.count < limit, let at = bytes[from...].firstIndex(of: UInt8(ascii: "@")) {
            var start = at
            while start > from, isLocal(bytes[start - 1]), at - start < 128 { start -= 1 }
            var end = at + 1
            while end < bytes.count, isDomain(bytes[end]), end - at < 255 { end += 1 }
            while end > at + 1, bytes[end - 1] == UInt8(ascii: ".") || bytes[end - 1] == UInt8(ascii: "-") {
                end -= 1
            }
            while start < at, bytes[start] == UInt8(ascii: ".") || bytes[start] == UInt8(ascii: "'") {
                start += 1
            }
            // Within X.400 addresses: `c=US;a= ;p=Example;dda:SMTP=guest@example.com`.
            if String(decoding: bytes[start..<min(start + 5, at)], as: UTF8.self).lowercased() == "smtp=" {
                start += 5
            }
            if start < at, end > at + 1 { found.append(String(decoding: bytes[start..<end], as: UTF8.self)) }
            from = max(end, at + 1)
        }
        return found
    }

    static func first(in line: some StringProtocol) -> String? { all(in: line, limit: 1).first }

    /// The address of a field such as `rfc822;guest@example.com` or `utf-8; …` (RFC 3464 section 2.3.1, RFC 6533).
    static func ofField(_ field: String) -> String? {
        let value =
            field.utf8.firstIndex(of: UInt8(ascii: ";")).map { field[field.utf8.index(after: $0)...] }
            ?? field[...]
        if let address = first(in: value) { return address }
        // A local name, or an X.400 address.
        let name = value.trimmed.prefix { !$0.isWhitespace }.filter { $0 != "<" && $0 != ">" }
        return name.isEmpty ? nil : String(name.prefix(mostBytes))
    }

    static func same(_ one: String, _ other: String) -> Bool { one.lowercased() == other.lowercased() }

    private static func isLocal(_ byte: UInt8) -> Bool {
        CodeScanner.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || byte >= 0x80
            || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
    }

    private static func isDomain(_ byte: UInt8) -> Bool {
        CodeScanner.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || byte >= 0x80 || byte == 0x2D
            || byte == 0x2E
    }
}
