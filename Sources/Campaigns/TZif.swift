/// A compiled time zone as its file has it (RFC 9636 section 3).
struct TZif {
    /// From `at` on, clocks are `offset` seconds ahead of UTC.
    struct Change {
        var at: Int64
        var offset: Int
    }

    /// Offset before the first change.
    private(set) var initialOffset = 0
    /// In order of time.
    private(set) var changes: [Change] = []
    /// What holds after the last change.
    private(set) var footer: POSIXTimeZone?

    struct Malformed: Error {
        var reason: String
    }

    init(_ bytes: [UInt8]) throws(Malformed) {
        var reader = Reader(bytes)
        let first = try Header(&reader)
        guard first.version > 1 else {
            try readBlock(first, &reader, timeSize: 4)
            return
        }
        // Versions 2 to 4 repeat the 32-bit block for old readers, then give the one that counts.
        _ = try reader.take(first.blockSize(timeSize: 4))
        let second = try Header(&reader)
        try readBlock(second, &reader, timeSize: 8)
        try readFooter(&reader)
    }

    private struct Header {
        var version: Int
        var isUTCount: Int
        var isStandardCount: Int
        var leapCount: Int
        var timeCount: Int
        var typeCount: Int
        var characterCount: Int

        init(_ reader: inout Reader) throws(Malformed) {
            guard try reader.take(4).elementsEqual("TZif".utf8) else {
                throw Malformed(reason: "it does not begin with TZif")
            }
            switch try reader.byte() {
            case 0: version = 1
            case let digit where digit >= UInt8(ascii: "2"): version = Int(digit - UInt8(ascii: "0"))
            default: throw Malformed(reason: "its version is unknown")
            }
            _ = try reader.take(15)
            isUTCount = try reader.count()
            isStandardCount = try reader.count()
            leapCount = try reader.count()
            timeCount = try reader.count()
            typeCount = try reader.count()
            characterCount = try reader.count()
        }

        func blockSize(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + characterCount + leapCount * (timeSize + 4)
                + isStandardCount + isUTCount
        }
    }

    private mutating func readBlock(_ header: Header, _ reader: inout Reader, timeSize: Int) throws(Malformed)
    {
        guard header.typeCount > 0, header.typeCount <= 256, header.characterCount > 0,
            header.isUTCount == 0 || header.isUTCount == header.typeCount,
            header.isStandardCount == 0 || header.isStandardCount == header.typeCount
        else { throw Malformed(reason: "its counts contradict each other") }
        guard header.leapCount == 0 else {
            // Such a file (`right/...`) counts leap seconds, which neither POSIX time nor EventBridge does.
            throw Malformed(reason: "it counts leap seconds")
        }

        var block = Reader(Array(try reader.take(header.blockSize(timeSize: timeSize))))
        var times: [Int64] = []
        times.reserveCapacity(header.timeCount)
        for _ in 0..<header.timeCount {
            let time = try block.integer(size: timeSize)
            // Zone files begin with a time near the Big Bang at the earliest (-2^59); none lies near the type's limits.
            guard times.last.map({ $0 < time }) ?? true, abs(time / 2) < 1 << 60 else {
                throw Malformed(reason: "its transitions are not in order of time")
            }
            times.append(time)
        }
        let indices = Array(try block.take(header.timeCount))
        var offsets: [Int] = []
        for _ in 0..<header.typeCount {
            let offset = Int(try block.integer(size: 4))
            let isDaylightSaving = try block.byte()
            let designation = try block.byte()
            guard (-89_999...93_599).contains(offset), isDaylightSaving <= 1,
                Int(designation) < header.characterCount
            else { throw Malformed(reason: "a local time type is out of range") }
            offsets.append(offset)
        }
        guard indices.allSatisfy({ Int($0) < offsets.count }) else {
            throw Malformed(reason: "a transition names a local time type that is not there")
        }
        initialOffset = offsets[0]
        changes = zip(times, indices).map { Change(at: $0, offset: offsets[Int($1)]) }
    }

    private mutating func readFooter(_ reader: inout Reader) throws(Malformed) {
        let rest = reader.rest()
        guard rest.first == UInt8(ascii: "\n"), let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\n"))
        else {
            throw Malformed(reason: "its footer is missing")
        }
        let text = rest[(rest.startIndex + 1)..<end]
        guard !text.isEmpty else { return }
        guard let footer = POSIXTimeZone(Array(text)) else {
            throw Malformed(reason: "its footer is no POSIX TZ string")
        }
        self.footer = footer
    }

    private struct Reader {
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
            guard count <= bytes.count - position else { throw Malformed(reason: "it is cut off") }
            defer { position += count }
            return bytes[position..<position + count]
        }
        mutating func byte() throws(Malformed) -> UInt8 {
            let taken = try take(1)
            return taken[taken.startIndex]
        }
        /// A count of four bytes; one above a million is no zone's.
        mutating func count() throws(Malformed) -> Int {
            let count = try take(4).reduce(0) { $0 << 8 | Int($1) }
            guard count <= 1_000_000 else { throw Malformed(reason: "its counts are out of range") }
            return count
        }
        /// A big-endian integer in two's complement.
        mutating func integer(size: Int) throws(Malformed) -> Int64 {
            let bits = try take(size).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return size == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
        }
        mutating func rest() -> ArraySlice<UInt8> {
            defer { position = bytes.count }
            return bytes[position...]
        }
    }
}
