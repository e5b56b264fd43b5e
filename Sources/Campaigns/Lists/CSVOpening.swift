/// What the first bytes of a list say: byte order mark, encoding, and which character separates the columns.
struct CSVOpening {
    /// Bytes that are part of no record.
    var skipped = 0
    var separator = UInt8(ascii: ",")

    /// Looks at the header: the first line, quoted line breaks included.
    ///
    /// RFC 4180 separates by commas. Spreadsheets write semicolons where the comma is the decimal sign, and tabs when
    /// asked to: a header without a comma that has one of these outside quotes can mean nothing else. A first line
    /// `sep=;`, Excel's own hint, decides in any case.
    init(_ header: UnsafeRawBufferPointer, file: String) throws(Problem) {
        if header.starts(with: [0xFF, 0xFE]) || header.starts(with: [0xFE, 0xFF]) {
            throw Problem(
                .invalidInput, file: file, line: 1, column: 1, "the list is in UTF-16",
                remedy: CSVFault.saveAsUTF8)
        }
        if header.starts(with: [0xEF, 0xBB, 0xBF]) { skipped = 3 }

        let hint = header.dropFirst(skipped)
        if hint.starts(with: "sep=".utf8), let separator = hint.dropFirst(4).first,
            Self.separators.contains(separator), hint.dropFirst(5).first.map(Self.isLineEnd) ?? true
        {
            self.separator = separator
            // What is left of the line is a blank one.
            skipped += 5
            return
        }

        var seen: (comma: Bool, semicolon: Bool, tab: Bool) = (false, false, false)
        var isQuoted = false
        for byte in hint {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted: seen.comma = true
            case UInt8(ascii: ";") where !isQuoted: seen.semicolon = true
            case UInt8(ascii: "\t") where !isQuoted: seen.tab = true
            default: break
            }
        }
        switch seen {
        case (comma: true, _, _), (_, semicolon: false, tab: false): break
        case (_, semicolon: true, tab: false): separator = UInt8(ascii: ";")
        case (_, semicolon: false, tab: true): separator = UInt8(ascii: "\t")
        case (_, semicolon: true, tab: true):
            throw Problem(
                .invalidInput, file: file, line: 1,
                "the header holds semicolons and tabs but no comma, so it cannot be told which separate the columns",
                remedy: "Separate the columns by commas, or say it in a first line \"sep=;\"")
        }
    }

    private static let separators: [UInt8] = [",", ";", "\t", "|"].map { UInt8(ascii: $0) }

    static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
