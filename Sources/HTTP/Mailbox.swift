import CCurl
import Glibc
import Locks

/// How tasks talk to the loop thread: a locked list, and one write to an eventfd only where the loop sleeps.
///
/// It starts the thread with the first exchange and tells it to end. As a task executor it also hands over the jobs
/// of Swift tasks.
final class Mailbox: TaskExecutor {
    enum Command: Sendable {
        case start(Exchange), cancel(ExchangeToken), unpause(ExchangeToken), run(UnownedJob)
    }

    private enum Loop {
        case notStarted
        /// `wakeup` is the loop's eventfd, open until it calls ``loopEnded()``.
        case running(wakeup: Int32)
        case ended
    }

    private struct State {
        var commands: [Command] = []
        var loop = Loop.notStarted
        var isClosed = false
        var isLoopAsleep = false

        mutating func wake() {
            guard isLoopAsleep, case .running(let wakeup) = loop else { return }
            isLoopAsleep = false
            var one: UInt64 = 1
            _ = write(wakeup, &one, MemoryLayout<UInt64>.size)
        }
    }

    private let configuration: HTTPClient.Configuration
    private let state = Mutex(State())

    init(configuration: HTTPClient.Configuration) { self.configuration = configuration }

    /// Hands an exchange over; where there is no loop to take it, it fails at once.
    func start(_ exchange: Exchange) {
        let failure: HTTPError? = state.withLock { state in
            guard !state.isClosed else { return .shutDown }
            guard launchIfNeeded(&state) else { return .cannotStart(errno) }
            state.commands.append(.start(exchange))
            state.wake()
            return nil
        }
        if let failure { exchange.fail(failure) }
    }

    /// Hands a task's job over; where there is no loop to run it, Swift's own threads do.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isTaken = state.withLock { state in
            guard launchIfNeeded(&state) else { return false }
            state.commands.append(.run(job))
            state.wake()
            return true
        }
        if !isTaken { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    /// Whether there is a loop, started now if need be; otherwise `errno` tells why not.
    private func launchIfNeeded(_ state: inout State) -> Bool {
        switch state.loop {
        case .running: return true
        case .ended: return false
        case .notStarted:
            guard !state.isClosed,
                let wakeup = EventLoop.launch(configuration: configuration, mailbox: self)
            else { return false }
            state.loop = .running(wakeup: wakeup)
            return true
        }
    }

    func post(_ command: Command) {
        state.withLock { state in
            guard case .running = state.loop else { return }
            state.commands.append(command)
            state.wake()
        }
    }

    /// Tells the loop to end; nothing new is taken from now on.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.wake()
        }
    }

    // MARK: The loop's side

    /// Moves what has come in into `commands`, which is empty; `false` once the mailbox is closed.
    func take(into commands: inout [Command]) -> Bool {
        state.withLock { state in
            state.isLoopAsleep = false
            swap(&state.commands, &commands)
            return !state.isClosed
        }
    }

    /// Whether the loop may sleep; from then on the next message wakes it.
    func prepareToSleep() -> Bool {
        state.withLock { state in
            guard state.commands.isEmpty, !state.isClosed else { return false }
            state.isLoopAsleep = true
            return true
        }
    }

    /// The loop's last word: its eventfd is about to close. Returns what came in after the last ``take(into:)``.
    func loopEnded() -> [Command] {
        state.withLock { state in
            state.loop = .ended
            state.isClosed = true
            return exchange(&state.commands, with: [])
        }
    }
}

private func exchange<Value>(_ place: inout Value, with value: Value) -> Value {
    var taken = value
    swap(&place, &taken)
    return taken
}

extension HTTPError {
    static let shutDown = HTTPError(
        kind: .cancelled, written: .nothing, curlCode: 0, message: "The HTTP client has been shut down.")

    fileprivate static func cannotStart(_ code: Int32) -> HTTPError {
        HTTPError(
            kind: .other, written: .nothing, curlCode: 0,
            message: "The HTTP client cannot start its event loop: \(String(cString: strerror(code))).")
    }
}
