/// How far a piece of work is, and how a line tells it.
struct ProgressPhase {
    var title: String
    /// What is counted, as a plural.
    var unit: String
    /// `nil` if it is not known.
    var total: Int?
    var done: Int
    /// Done before this phase began: it says nothing about the rate.
    private let before: Int
    private let start: ContinuousClock.Instant

    /// A rate measured over less than this jumps about.
    private static let shortestMeasure = Duration.seconds(1)
    private static let widestBar = 30
    private static let narrowestBar = 5

    init(title: String, unit: String, total: Int?, begun done: Int, at start: ContinuousClock.Instant) {
        self.title = title
        self.unit = unit
        self.total = total
        self.done = done
        before = done
        self.start = start
    }

    /// `Sending ████░░░░ 40/165 mails, 10/s, 13 s left`, in less than `columns`.
    func line(at now: ContinuousClock.Instant, columns: Int) -> String {
        var numbers = total.map { "\(done)/\($0) \(unit)" } ?? "\(done) \(unit)"
        if let rate = rate(at: now) {
            numbers += ", \(rate.asRate)/s"
            if let total, total > done {
                numbers += ", \(Duration.seconds(Double(total - done) / rate).inWords) left"
            }
        }
        let room = columns - title.count - numbers.count - 3
        guard let total, total > 0, room >= Self.narrowestBar else {
            return String("\(title) \(numbers)".prefix(max(0, columns - 1)))
        }
        let width = min(Self.widestBar, room)
        let filled = min(width, width * done / total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        return "\(title) \(bar) \(numbers)"
    }

    /// Done a second in this phase, `nil` as long as that would be a guess.
    private func rate(at now: ContinuousClock.Instant) -> Double? {
        let elapsed = now - start
        guard elapsed >= Self.shortestMeasure, done > before else { return nil }
        return Double(done - before) / (elapsed / .seconds(1))
    }
}
