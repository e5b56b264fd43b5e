internal import Glibc
internal import Synchronization

/// How many signals have arrived.
private let arrived = Atomic(0)

/// Runs `body`; SIGINT and SIGTERM cancel it, so that the mails under way end and are recorded. A second signal of the same
/// kind ends the process at once.
///
/// A handler that counts, and a task that looks at the count: a signal source of libdispatch's misses signals on Linux
/// where a thread has them blocked or the disposition is to ignore them.
///
/// - Parameter onSignal: is called at the first signal.
/// - Throws: what `body` throws; `CancellationError` after a signal.
func cancellingOnSignals<Result: Sendable>(
    onSignal: @escaping @Sendable () -> Void, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    countSignals()
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            while arrived.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(50)) }
            onSignal()
            return nil
        }
        defer { group.cancelAll() }
        if let result = try await group.next() ?? nil { return result }
        group.cancelAll()
        do {
            if let result = try await group.next() ?? nil { return result }
        } catch {
            // However the work tells that it was cut short.
        }
        throw CancellationError()
    }
}

private func countSignals() {
    // Made now: the handler must not be the first to touch it.
    _ = arrived.load(ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in _ = arrived.add(1, ordering: .relaxed) }
    action.sa_flags = Int32(SA_RESTART) | Int32(bitPattern: UInt32(SA_RESETHAND))
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] {
        sigaction(number, &action, nil)
        sigaddset(&signals, number)
    }
    // Whoever started this process may have left them blocked.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
}
