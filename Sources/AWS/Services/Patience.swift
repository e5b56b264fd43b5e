/// Waits between attempts at what a service put off in an answer that is no error: jittered, and twice as long each time.
package struct Patience: Sendable {
    private static let maximumAttempts = 10
    private static let base = Duration.milliseconds(20)
    private static let longest = Duration.seconds(1)

    private var attempt = 1

    package init() {}

    /// Waits, and says whether another attempt is worth making; not if the task was cancelled.
    package mutating func wait() async -> Bool {
        guard attempt < Patience.maximumAttempts else { return false }
        let longest = min(Patience.base * (1 << (attempt - 1)), Patience.longest)
        attempt += 1
        do {
            try await Task.sleep(for: longest * Double.random(in: 0...1))
            return true
        } catch {
            return false
        }
    }
}
