/// How many mails were sent, delivered, bounced and complained about, by time.
///
/// Buckets are a minute long, or twice that, four times, and so on where there would be too many: each begins at a multiple of
/// its length since 1970, so that two timelines can be added.
package struct FeedbackTimeline: Sendable, Hashable {
    /// What a bucket counts.
    enum Column: Int, CaseIterable {
        case sent, delivered, bounced, complained

        init?(_ kind: FeedbackKind) {
            switch kind {
            case .sent: self = .sent
            case .delivered: self = .delivered
            case .complaint: self = .complained
            case let kind where kind.isBounce: self = .bounced
            default: return nil
            }
        }
    }

    package struct Bucket: Sendable, Hashable {
        package let start: Timestamp
        package let length: Duration
        package let sent: Int
        package let delivered: Int
        /// All but those that the service has not tried.
        package let bounced: Int
        package let complained: Int
    }

    /// Some thousand years: what is longer is damaged.
    static let largestExponent = 29
    private static let minute = Int64(60_000)

    let limit: Int
    /// A bucket is 2 to the power of this minutes long.
    private(set) var exponent = 0
    /// By multiples of the length since 1970.
    private(set) var buckets: [Int64: [Int]] = [:]

    init(limit: Int) { self.limit = limit }

    init(limit: Int, exponent: Int, buckets: [Int64: [Int]]) {
        self.limit = limit
        self.exponent = exponent
        self.buckets = buckets
    }

    mutating func add(_ column: Column, at moment: Timestamp) {
        var counts = [Int](repeating: 0, count: Column.allCases.count)
        counts[column.rawValue] = 1
        add(counts, in: moment.milliseconds.dividedRoundingDown(by: Self.minute << Int64(exponent)))
        while buckets.count > limit, exponent < Self.largestExponent { coarsen(to: exponent + 1) }
    }

    mutating func merge(_ other: FeedbackTimeline) {
        var other = other
        let coarser = max(exponent, other.exponent)
        coarsen(to: coarser)
        other.coarsen(to: coarser)
        for (number, counts) in other.buckets { add(counts, in: number) }
        while buckets.count > limit, exponent < Self.largestExponent { coarsen(to: exponent + 1) }
    }

    /// In order of time; those in which nothing happened are left out.
    package var inOrder: [Bucket] {
        let length = Self.minute << Int64(exponent)
        return buckets.sorted { $0.key < $1.key }.map { number, counts in
            func count(_ column: Column) -> Int { counts[column.rawValue] }
            return Bucket(
                start: Timestamp(milliseconds: number &* length), length: .milliseconds(length),
                sent: count(.sent), delivered: count(.delivered), bounced: count(.bounced),
                complained: count(.complained))
        }
    }

    private mutating func add(_ counts: [Int], in number: Int64) {
        buckets[number] = buckets[number].map { zip($0, counts).map(+) } ?? counts
    }

    private mutating func coarsen(to exponent: Int) {
        guard exponent > self.exponent else { return }
        let old = buckets
        buckets = [:]
        for (number, counts) in old { add(counts, in: number >> Int64(exponent - self.exponent)) }
        self.exponent = exponent
    }
}
