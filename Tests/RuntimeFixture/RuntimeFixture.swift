import Glibc
import HTTP
import LambdaRuntime

/// A function whose handlers do what the tests of the runtime loop need.
@main
struct RuntimeFixture {
    static func main() {
        let termination = TerminationSignal()
        let environment = ProcessEnvironment.variables()
        let log = LambdaLog(environment: environment)
        let isPlain = environment["FIXTURE_NO_TERMINATION"] != nil
        let options = LambdaRuntime.Options(
            deadlineMargin: .milliseconds(Int(environment["FIXTURE_MARGIN_MS"] ?? "") ?? 500),
            termination: isPlain ? nil : termination)
        guard
            let runtime = try? LambdaRuntime(
                environment: environment, http: HTTPClient(), log: log, options: options)
        else { exit(2) }
        let handlers = handlers(log)
        let ending = runtime.run { try await handlers.makeHandler(environment["_HANDLER"]) }
        exit(ending.exitStatus)
    }

    private static func handlers(_ log: LambdaLog) -> HandlerTable {
        [
            "echo": { { $0.body } },
            // The log is the one made at start: its lines must still carry the invocation's id.
            "log": {
                { invocation in
                    await Task.yield()
                    log.write(
                        .info, "first\nsecond\u{1}",
                        [("event", String(decoding: invocation.body, as: UTF8.self))])
                    return invocation.body
                }
            },
            "context": {
                { invocation in
                    Array(
                        [
                            invocation.requestID, invocation.invokedFunctionARN ?? "-",
                            invocation.traceID ?? "-",
                            invocation.clientContext ?? "-", invocation.cognitoIdentity ?? "-",
                            invocation.tenantID ?? "-",
                            getenv("_X_AMZN_TRACE_ID").map { String(cString: $0) } ?? "-",
                        ].joined(separator: "\n").utf8)
                }
            },
            // Fails with the event for its message.
            "fail": { { throw Failure(errorMessage: String(decoding: $0.body, as: UTF8.self)) } },
            "cannot-start": { throw Failure(errorMessage: "no \"table\"\u{0}\u{1F}\n") },
            // Waits to be cancelled, then says so.
            "patient": {
                { _ in
                    try? await Task.sleep(for: .seconds(60))
                    return Array("cancelled: \(Task.isCancelled)".utf8)
                }
            },
            "cancelled": {
                { _ in
                    try await Task.sleep(for: .seconds(60))
                    return []
                }
            },
            "large": { { _ in [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20) } },
            // Ends only when eight run at once.
            "gather": {
                let meeting = Meeting(size: 8)
                return { invocation in
                    await meeting.join()
                    return invocation.body
                }
            },
        ]
    }
}

private struct Failure: LambdaReportable {
    let errorMessage: String
    var errorType: String { "Fixture.Failure" }
}

private actor Meeting {
    private let size: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(size: Int) { self.size = size }

    func join() async {
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            guard waiting.count == size else { return }
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
    }
}
