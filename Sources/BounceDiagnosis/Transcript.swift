/// Lines of a report as rules read them, and which line each byte came from.
///
/// Lower case; typographic quotation marks, dashes and spaces are plain ones; runs of white space, and control characters,
/// are one space; the codes that begin further lines of one SMTP reply (`550-5.1.1`) are left out. Lines are joined by a
/// space, so that a phrase may run over several.
struct Transcript: Sendable {
    private(set) var bytes: [UInt8] = []
    private var starts: [(offset: Int, line: String)] = []

    static let mostBytes = 64 << 10

    init(_ lines: some Sequence<some StringProtocol>) {
        for line in lines {
            guard bytes.count < Self.mostBytes else { break }
            let offset = bytes.count
            append(line)
            if bytes.count > offset { starts.append((offset, String(line))) }
        }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    private mutating func append(_ line: some StringProtocol) {
        if !bytes.isEmpty, bytes.last != Self.space { bytes.append(Self.space) }
        let start = bytes.count
        for scalar in line.prefix(Self.longestLine).lowercased().unicodeScalars {
            switch scalar.value {
            case 0x2018, 0x2019, 0x201B, 0x60, 0xB4, 0x2032: bytes.append(UInt8(ascii: "'"))
            case 0x201C...0x201F, 0xAB, 0xBB, 0x2033: bytes.append(UInt8(ascii: "\""))
            case 0x2010...0x2015, 0x2212: bytes.append(UInt8(ascii: "-"))
            case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF, 0xAD: break
            case ...0x20, 0x7F...0xA0, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
                if bytes.last != Self.space, bytes.count > start { bytes.append(Self.space) }
            default: bytes += Array(String(scalar).utf8)
            }
        }
        dropContinuations(from: start)
        if bytes.count > start, bytes.last == Self.space { bytes.removeLast() }
    }

    private static let space = UInt8(ascii: " ")
    private static let longestLine = 8192

    /// Drops words such as `550-5.1.1` and, at a line's beginning, `550-`; the first reply code stays.
    private mutating func dropContinuations(from start: Int) {
        var kept = Array(bytes[..<start])
        var isFirst = start == 0
        for (index, word) in bytes[start...].split(separator: Self.space).enumerated() {
            if let code = CodeScanner.continuation(word), !isFirst || index > 0 || code.isBare {
                if !code.rest.isEmpty { kept += code.rest + [Self.space] }
                continue
            }
            isFirst = false
            kept += word + [Self.space]
        }
        bytes = kept
    }

    /// The lines that a range of bytes came from.
    func lines(of range: Range<Int>) -> [String] {
        var result: [String] = []
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1].offset : bytes.count
            if start.offset < range.upperBound && range.lowerBound < end { result.append(start.line) }
        }
        return result
    }
}
