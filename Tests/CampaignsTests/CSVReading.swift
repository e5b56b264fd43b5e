import Campaigns

/// What a reader makes of some bytes: all records up to the first problem.
struct CSVReading: Equatable {
    var records: [[String]] = []
    var lines: [Int] = []
    var problem: Problem?

    /// - Parameter pieces: lengths of the pieces to feed; the rest follows in one.
    init(
        _ bytes: some Sequence<UInt8>, pieces: [Int] = [], limits: CSVReader.Limits = CSVReader.Limits()
    ) throws {
        var rest = Array(bytes)[...]
        var reader = CSVReader(file: "list.csv", limits: limits)
        func take(_ record: borrowing CSVRecord) {
            lines.append(record.line)
            records.append((0..<record.count).map { String(decoding: record[$0], as: UTF8.self) })
        }
        do {
            for length in pieces + [rest.count] {
                // A copy of its own, so that reading beyond the piece reads something else.
                try Array(rest.prefix(length)).withUnsafeBytes { try reader.feed($0, record: take) }
                rest = rest.dropFirst(length)
            }
            try reader.finish(record: take)
        } catch let problem as Problem {
            self.problem = problem
        }
    }

    init(_ text: String, limits: CSVReader.Limits = CSVReader.Limits()) throws {
        try self.init(text.utf8, limits: limits)
    }
}

/// A small random number generator (SplitMix64) that gives the same numbers each time.
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
