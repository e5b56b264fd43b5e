/// The bytes that the scanner looks at in one step, as bits.
///
/// Plain arithmetic on words of eight bytes: it is quick on every processor, and in debug builds too.
struct CSVBlock {
    static let size = 64

    /// A bit for each byte that may mean something: separator, quote, or a control character.
    let marks: UInt64
    /// Zero if all bytes are ASCII.
    let highBits: UInt64

    @inline(__always)
    init(_ start: UnsafeRawPointer, separator: UInt8) {
        let separators = Self.each(separator)
        var marks: UInt64 = 0
        var highBits: UInt64 = 0
        var offset = 0
        while offset < Self.size {
            let word = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            highBits |= word
            marks |= Self.marks(word, separators) &<< UInt64(offset)
            offset += 8
        }
        self.marks = marks
        self.highBits = highBits & Self.high
    }

    private static let high: UInt64 = 0x8080_8080_8080_8080
    private static let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

    @inline(__always)
    private static func each(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// Eight bits for eight bytes.
    @inline(__always)
    private static func marks(_ word: UInt64, _ separators: UInt64) -> UInt64 {
        let bytes = word & low
        // In each sum a byte's high bit stays clear only if the byte is the one that is looked for; none carries over.
        let noSeparator = (bytes ^ separators) &+ low
        let noQuote = (bytes ^ each(UInt8(ascii: "\""))) &+ low
        let noControl = bytes &+ each(0x80 - 0x20)
        let found = ~(noSeparator & noQuote & noControl | word) & high
        // Gathers the high bits in one byte.
        return (found &* 0x0002_0408_1020_4081) >> 56
    }
}
