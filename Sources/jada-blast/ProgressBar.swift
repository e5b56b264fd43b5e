internal import Glibc
internal import Locks

/// A bar on a terminal's standard error, with rate and time to go; nothing in a pipe.
final class ProgressBar: Sendable {
    private let state = Mutex(State())
    private let isVisible: Bool
    private static let interval = Duration.milliseconds(100)
    private static let erase = "\r\u{1B}[K"

    private struct State {
        var phase: ProgressPhase?
        var drawnAt: ContinuousClock.Instant?
    }

    /// - Parameter isVisible: by default, whether standard error is a terminal that can erase a line.
    init(isVisible: Bool = isatty(STDERR_FILENO) == 1 && ProcessEnvironment.all["TERM"] != "dumb") {
        self.isVisible = isVisible
    }

    /// Begins a phase.
    ///
    /// - Parameters:
    ///   - unit: what is counted, as a plural.
    ///   - total: how many there are, `nil` if that is not known.
    ///   - done: how many of them were done before.
    func begin(_ title: String, unit: String, total: Int?, done: Int = 0) {
        update { state in
            state.phase = ProgressPhase(title: title, unit: unit, total: total, begun: done, at: .now)
            state.drawnAt = nil
        }
    }

    func set(_ done: Int) { update { $0.phase?.done = done } }
    func advance(by count: Int) { update { $0.phase?.done += count } }

    /// Takes the bar off the screen.
    func end() {
        guard isVisible else { return }
        state.withLock { state in
            if state.drawnAt != nil { Console.write(Self.erase, to: STDERR_FILENO) }
            state = State()
        }
    }

    /// Writes a line onto standard error without disturbing the bar.
    func tellAbove(_ text: String) {
        state.withLock { state in
            let isDrawn = state.drawnAt != nil
            Console.tell((isDrawn ? Self.erase : "") + text)
            if isDrawn { Self.draw(state, at: .now) }
        }
    }

    /// Tells that a signal has come.
    @Sendable func tellStopping() {
        tellAbove("Stopping when the mails under way have ended; again: stop at once")
    }

    private func update(_ change: (inout State) -> Void) {
        guard isVisible else { return }
        state.withLock { state in
            change(&state)
            guard let phase = state.phase else { return }
            let now = ContinuousClock.now
            if let drawnAt = state.drawnAt, now - drawnAt < Self.interval, phase.done != phase.total {
                return
            }
            state.drawnAt = now
            Self.draw(state, at: now)
        }
    }

    private static func draw(_ state: State, at now: ContinuousClock.Instant) {
        guard let phase = state.phase else { return }
        Console.write(erase + phase.line(at: now, columns: columns), to: STDERR_FILENO)
    }

    /// Width of the terminal; 80 where it does not tell.
    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
