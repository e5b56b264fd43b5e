/// Counts under each other, numbers to the right, the total last.
struct CountTable {
    /// Leaves out counts of nothing, but for those in `always`.
    static func lines(
        _ counts: [(name: String, count: Int)], always: Set<String> = [], total: (name: String, count: Int)
    ) -> [String] {
        let width = max(String(total.count).count, 5) + 2
        let shown = counts.filter { $0.count > 0 || always.contains($0.name) } + [total]
        return shown.map { name, count in
            let number = String(count)
            return String(repeating: " ", count: max(0, width - number.count)) + number + "  " + name
        }
    }
}
