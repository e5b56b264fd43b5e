internal import Dispatch
internal import Glibc

/// Runs `body`; SIGINT and SIGTERM cancel it, so that the mails under way end and are recorded.
func cancellingOnSignals(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let task = Task { try await body() }
    let sources = [SIGINT, SIGTERM].map { number in
        // The source sees the signal; its default action would end the process first.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { task.cancel() }
        source.resume()
        return source
    }
    defer { for source in sources { source.cancel() } }
    try await task.value
}
