import Locks

/// Cancels the tasks of handlers that are still at work shortly before their deadline.
///
/// One sleeper serves all: a new deadline costs a lock, and wakes nobody unless it comes before all others.
final class DeadlineWatch: Sendable {
    typealias Work = Task<[UInt8], any Error>

    private struct State {
        /// Instants in milliseconds since 1970.
        var instants: [Work: Int64] = [:]
        var wakesAt = Int64.max
        var sleeper: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// A sleep is never longer, so that a wall clock set back is noticed.
    private static let longestSleep = Duration.seconds(60)

    /// Cancels `work` at `instant` (milliseconds since 1970) unless it is forgotten before; at once if that has passed.
    func cancel(_ work: Work, at instant: Int64) {
        guard instant > WallClock.milliseconds() else { return work.cancel() }
        state.withLock { state in
            state.instants[work] = instant
            if instant < state.wakesAt { sleep(until: instant, &state) }
        }
    }

    /// The work is done.
    func forget(_ work: Work) {
        state.withLock { $0.instants[work] = nil }
    }

    private func sleep(until instant: Int64, _ state: inout State) {
        state.sleeper?.cancel()
        state.wakesAt = instant
        let pause = min(.milliseconds(max(0, instant - WallClock.milliseconds())), Self.longestSleep)
        state.sleeper = Task { [weak self] in
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            self?.wake()
        }
    }

    private func wake() {
        let now = WallClock.milliseconds()
        let overdue = state.withLock { state in
            let overdue = state.instants.filter { $0.value <= now }.map(\.key)
            for work in overdue { state.instants[work] = nil }
            state.sleeper = nil
            state.wakesAt = .max
            if let next = state.instants.values.min() { sleep(until: next, &state) }
            return overdue
        }
        for work in overdue { work.cancel() }
    }
}
