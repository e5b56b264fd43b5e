/// Counts by name, of the most frequent names only: the rest is counted together.
///
/// A new name takes the place of the rarest where there is no room, and what that had goes to the rest: names that come again
/// and again stay, and their counts are never too high.
package struct BoundedTally: Sendable, Hashable {
    /// Counts that a name has.
    package let width: Int
    let limit: Int
    private(set) var rows: [String: [Int]] = [:]
    package private(set) var rest: [Int]

    package init(width: Int, limit: Int) {
        self.width = width
        self.limit = limit
        rest = [Int](repeating: 0, count: width)
    }

    /// - Parameter counts: ``width`` numbers.
    init(width: Int, limit: Int, rows: [String: [Int]], rest: [Int]) {
        self.init(width: width, limit: limit)
        self.rows = rows
        self.rest = rest
    }

    package mutating func add(_ name: String, _ column: Int) {
        var counts = [Int](repeating: 0, count: width)
        counts[column] = 1
        add(name, counts)
    }

    mutating func merge(_ other: BoundedTally) {
        for (name, counts) in other.rows { add(name, counts) }
        rest = Self.sum(rest, other.rest)
    }

    /// The most frequent first.
    package var sorted: [(name: String, counts: [Int])] {
        rows.map { (name: $0.key, counts: $0.value) }.sorted {
            (Self.weight($1.counts), $0.name) < (Self.weight($0.counts), $1.name)
        }
    }

    /// Its most frequent names only.
    func limited(to limit: Int) -> BoundedTally {
        var some = BoundedTally(width: width, limit: limit)
        some.rest = rest
        for (place, row) in sorted.enumerated() {
            if place < limit {
                some.rows[row.name] = row.counts
            } else {
                some.rest = Self.sum(some.rest, row.counts)
            }
        }
        return some
    }

    private mutating func add(_ name: String, _ counts: [Int]) {
        if let known = rows[name] {
            rows[name] = Self.sum(known, counts)
            return
        }
        if rows.count >= limit {
            let rarest = rows.min { (Self.weight($0.value), $1.key) < (Self.weight($1.value), $0.key) }
            guard let rarest else { return rest = Self.sum(rest, counts) }
            rows[rarest.key] = nil
            rest = Self.sum(rest, rarest.value)
        }
        rows[name] = counts
    }

    private static func weight(_ counts: [Int]) -> Int { counts.reduce(0, +) }

    private static func sum(_ a: [Int], _ b: [Int]) -> [Int] { zip(a, b).map(+) }
}
