/// What is wrong with a list as CSV, and the sentence that tells it.
enum CSVFault {
    case malformedUTF8(byte: UInt8, isLone: Bool)
    case nul
    case fieldTooLong(limit: Int, isQuoted: Bool)
    case recordTooLong(limit: Int)
    case tooManyColumns(limit: Int)
    case textAfterQuote
    case unclosedQuote
    case ragged(expected: Int, found: Int)

    static let saveAsUTF8 = "Save the list as \"CSV UTF-8\", as spreadsheets call it"

    var message: String {
        switch self {
        case .malformedUTF8(let byte, let isLone):
            let text = "the byte 0x\(hexadecimal(byte)) is not UTF-8"
            guard isLone, let character = windows1252(byte) else { return text }
            return text + "; the list looks like Windows-1252, where it is \"\(character)\""
        case .nul: return "the list holds a NUL byte, as UTF-16 text and binary files do"
        case .fieldTooLong(let limit, isQuoted: false):
            return "the field that begins here is longer than \(limit) bytes"
        case .fieldTooLong(let limit, isQuoted: true):
            return "the quoted field that begins here is longer than \(limit) bytes"
        case .recordTooLong(let limit): return "the record that begins here is longer than \(limit) bytes"
        case .tooManyColumns(let limit): return "the record has more than \(limit) fields"
        case .textAfterQuote: return "text follows the quote that closes the field"
        case .unclosedQuote: return "the quote that opens here is never closed"
        case .ragged(let expected, let found):
            return "the row has \(found) \(found == 1 ? "field" : "fields"), but the header has \(expected)"
        }
    }

    var remedy: String {
        switch self {
        case .malformedUTF8, .nul: Self.saveAsUTF8
        case .fieldTooLong(_, isQuoted: false), .recordTooLong, .tooManyColumns:
            "Check that this is the list that was meant"
        case .fieldTooLong(_, isQuoted: true), .unclosedQuote:
            "Close the field with a quote, and double each quote within it"
        case .textAfterQuote: "Double each quote within a quoted field"
        case .ragged:
            "Put a field that holds a comma in double quotes, and give each row as many fields as the header"
        }
    }
}

private func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count == 1 ? "0" + digits : digits
}

/// The printable character that Windows code page 1252 has for a byte above ASCII.
private func windows1252(_ byte: UInt8) -> Character? {
    guard byte < 0xA0 else { return Character(Unicode.Scalar(byte)) }
    let table = Array("€�‚ƒ„…†‡ˆ‰Š‹Œ�Ž��‘’“”•–—˜™š›œ�žŸ")
    guard byte >= 0x80, table[Int(byte - 0x80)] != "�" else { return nil }
    return table[Int(byte - 0x80)]
}
