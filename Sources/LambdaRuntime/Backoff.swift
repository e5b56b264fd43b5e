/// Delays between attempts: doubling up to a limit, and ending after a number of them.
///
/// Without jitter: nobody else asks this Runtime API.
struct Backoff {
    private var delay: Duration
    private var attemptsLeft: Int
    private let maximumDelay: Duration

    /// About ten seconds in all; then Lambda had better start another sandbox.
    static let forPolls = Backoff(first: .milliseconds(20), maximum: .seconds(2), attempts: 12)
    /// About a second and a half in all: the invocation's own time runs meanwhile.
    static let forOutcomes = Backoff(first: .milliseconds(20), maximum: .milliseconds(400), attempts: 7)

    init(first: Duration, maximum: Duration, attempts: Int) {
        delay = first
        maximumDelay = maximum
        attemptsLeft = attempts
    }

    /// The delay before the next attempt; `nil` when there should be none.
    mutating func next() -> Duration? {
        guard attemptsLeft > 0 else { return nil }
        attemptsLeft -= 1
        defer { delay = min(delay * 2, maximumDelay) }
        return delay
    }
}
