/// A shard's feedback as bytes, which both stores keep: DynamoDB bills by the kilobyte.
///
/// A format byte (1), then four parts. Numbers are LEB128, texts their length and their UTF-8.
///
/// | part | content |
/// |---|---|
/// | marks | number of kinds; of each its raw value, how many bytes of bits, and these |
/// | reasons | number of names; of each its text and its count; the count of the rest |
/// | domains | the same with three counts |
/// | timeline | exponent, number of buckets; of each its number and four counts |
extension ShardFeedback {
    private static let format = 1

    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.number(Self.format)
        writer.number(marks.count)
        for (kind, bits) in marks.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            writer.number(Int(kind.rawValue))
            writer.bytes(bits)
        }
        writer.tally(reasons)
        writer.tally(domains)
        writer.number(timeline.exponent)
        writer.number(timeline.buckets.count)
        for (number, counts) in timeline.buckets.sorted(by: { $0.key < $1.key }) {
            // Moments before 1970 are not taken in.
            writer.number(Int(number))
            writer.numbers(counts)
        }
        return writer.written
    }

    /// `nil` if the bytes are of another program or version, or damaged.
    package init?(bytes: [UInt8]) {
        var reader = ByteReader(bytes[...])
        guard reader.number() == Self.format, let kinds = reader.number() else { return nil }
        var marks: [FeedbackKind: [UInt8]] = [:]
        for _ in 0..<kinds {
            guard let kind = reader.number().flatMap(UInt8.init(exactly:)).flatMap(FeedbackKind.init),
                let bits = reader.bytes()
            else { return nil }
            marks[kind] = bits
        }
        guard let reasons = reader.tally(width: 1), let domains = reader.tally(width: DomainFeedback.width),
            let exponent = reader.number(), exponent <= FeedbackTimeline.largestExponent,
            let count = reader.number()
        else { return nil }
        var buckets: [Int64: [Int]] = [:]
        for _ in 0..<count {
            guard let number = reader.number(),
                let counts = reader.numbers(FeedbackTimeline.Column.allCases.count)
            else { return nil }
            buckets[Int64(number)] = counts
        }
        guard reader.isAtEnd else { return nil }
        self.init(marks: marks, reasons: reasons, domains: domains, exponent: exponent, buckets: buckets)
    }
}

private struct ByteWriter {
    private(set) var written: [UInt8] = []

    mutating func number(_ value: Int) {
        var rest = UInt(bitPattern: max(value, 0))
        while rest >= 0x80 {
            written.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        written.append(UInt8(rest))
    }

    mutating func numbers(_ values: [Int]) { for value in values { number(value) } }

    mutating func bytes(_ bytes: [UInt8]) {
        number(bytes.count)
        written += bytes
    }

    mutating func tally(_ tally: BoundedTally) {
        number(tally.rows.count)
        for (name, counts) in tally.rows.sorted(by: { $0.key < $1.key }) {
            bytes(Array(name.utf8))
            numbers(counts)
        }
        numbers(tally.rest)
    }
}

private struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    /// At most 48 bits: what is counted here never comes near that, and sums of it do not overflow.
    mutating func number() -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 49, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    mutating func numbers(_ count: Int) -> [Int]? {
        var values: [Int] = []
        for _ in 0..<count {
            guard let value = number() else { return nil }
            values.append(value)
        }
        return values
    }

    mutating func bytes() -> [UInt8]? {
        guard let count = number(), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func tally(width: Int) -> (rows: [String: [Int]], rest: [Int])? {
        guard let count = number() else { return nil }
        var rows: [String: [Int]] = [:]
        for _ in 0..<count {
            guard let name = bytes(), let counts = numbers(width) else { return nil }
            rows[String(decoding: name, as: UTF8.self)] = counts
        }
        guard let others = numbers(width) else { return nil }
        return (rows, others)
    }
}
