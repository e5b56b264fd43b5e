/// Reads short ASCII formats (dates, durations, offsets) from left to right; nothing is read when a step fails.
struct ASCIIScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Takes one byte if it is `byte`.
    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    /// Takes one byte if it is one of `bytes`, and returns it.
    mutating func take(anyOf bytes: String) -> UInt8? {
        guard let byte = next, bytes.utf8.contains(byte) else { return nil }
        position += 1
        return byte
    }

    /// Takes bytes for as long as they suit, and returns them.
    mutating func take(while suits: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = position
        while let byte = next, suits(byte) { position += 1 }
        return bytes[start..<position]
    }

    /// Takes all digits that follow, if their number is in `digits` (at most 18, so that the value cannot overflow).
    mutating func number(digits: ClosedRange<Int>) -> Int? {
        let start = position
        let taken = take { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard digits.contains(taken.count), taken.count <= 18 else {
            position = start
            return nil
        }
        return taken.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
