internal import Campaigns
internal import Glibc
internal import JSON
internal import Synchronization

/// Standard output for results, standard error for everything else.
enum Console {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Prints one JSON object.
    static func printJSON(_ value: some Encodable) throws {
        print(String(decoding: try JSONEncoder(isPretty: true).encode(value), as: UTF8.self))
    }

    static func complain(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}

/// Log lines for a person: warnings and errors, more with --verbose.
struct ConsoleLog: Log {
    let threshold: LogLevel

    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {
        guard level >= threshold else { return }
        let details = fields.map { " \($0.name)=\($0.value.filter { !$0.isNewline })" }.joined()
        Console.complain("\(level): \(message)\(details)")
    }
}

/// A bar on a terminal's standard error; nothing in a pipe.
final class ProgressBar: Sendable {
    private struct State {
        var title = ""
        var done = 0
        var total: Int?
        var drawnAt: ContinuousClock.Instant?
        var isDrawn = false
    }
    private let state = Mutex(State())
    private let isVisible: Bool
    private static let width = 30
    private static let interval = Duration.milliseconds(100)

    init(isVisible: Bool = Console.isErrorTerminal) { self.isVisible = isVisible }

    /// Begins a phase; `nil` is a total that is not known.
    func begin(_ title: String, total: Int?, done: Int = 0) {
        update { state in
            state.title = title
            state.total = total
            state.done = done
            state.drawnAt = nil
        }
    }

    func set(_ done: Int) { update { $0.done = done } }
    func advance(by count: Int) { update { $0.done += count } }

    /// Takes the bar off the screen.
    func end() {
        guard isVisible else { return }
        state.withLock { state in
            if state.isDrawn { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
            state = State()
        }
    }

    private func update(_ change: (inout State) -> Void) {
        guard isVisible else { return }
        state.withLock { state in
            change(&state)
            let now = ContinuousClock.now
            if let drawnAt = state.drawnAt, now - drawnAt < Self.interval, state.done != state.total {
                return
            }
            state.drawnAt = now
            state.isDrawn = true
            Console.write("\r\u{1B}[K" + Self.line(state), to: STDERR_FILENO)
        }
    }

    private static func line(_ state: State) -> String {
        guard let total = state.total, total > 0 else { return "\(state.title) \(state.done)" }
        let filled = min(width, width * state.done / total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        return "\(state.title) \(bar) \(state.done)/\(total)"
    }
}
