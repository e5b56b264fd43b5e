extension Sequence<String> {
    /// The names that somebody who wrote `name` most likely meant, nearest first; none if nothing is near.
    ///
    /// Letter case does not count; a name that ends in `/name` (a city without its continent) is near.
    package func near(_ name: String, atMost count: Int = 3) -> [String] {
        let wanted = Array(name.lowercased().utf8.prefix(128))
        let reach = Swift.max(1, wanted.count / 3)
        let near = compactMap { candidate -> (distance: Int, name: String)? in
            let lowered = candidate.lowercased()
            if lowered.hasSuffix("/" + name.lowercased()) { return (1, candidate) }
            let distance = editDistance(wanted, Array(lowered.utf8.prefix(128)), limit: reach)
            return distance <= reach ? (distance, candidate) : nil
        }
        return near.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(count).map(\.name)
    }
}

/// Levenshtein's distance; anything above `limit` when it is more than that.
private func editDistance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int {
    guard abs(a.count - b.count) <= limit else { return limit + 1 }
    var row = Array(0...b.count)
    for (i, byte) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in b.enumerated() {
            let replaced = diagonal + (byte == other ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
        }
        if row.allSatisfy({ $0 > limit }) { return limit + 1 }
    }
    return row[b.count]
}
