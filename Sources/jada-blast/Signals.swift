internal import Dispatch
internal import Glibc

/// Runs `body`; SIGINT and SIGTERM cancel it, so that the mails under way end and are recorded. A second signal ends the
/// process at once.
///
/// - Parameter onSignal: is called at the first signal.
/// - Throws: what `body` throws; `CancellationError` after a signal.
func cancellingOnSignals<Result: Sendable>(
    onSignal: @escaping @Sendable () -> Void, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let task = Task { try await body() }
    let sources = [SIGINT, SIGTERM].map { number in
        // The source sees the signal; its default action would end the process first.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            signal(number, SIG_DFL)
            onSignal()
            task.cancel()
        }
        source.resume()
        return source
    }
    defer { for source in sources { source.cancel() } }
    do {
        return try await task.value
    } catch {
        // However the work tells that it was cut short.
        if task.isCancelled { throw CancellationError() }
        throw error
    }
}
