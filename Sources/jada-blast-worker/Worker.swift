import Glibc
import HTTP
import LambdaRuntime

/// The Lambda function's main: environment → adapters → the handler that `_HANDLER` names → runtime loop.
@main
struct Worker {
    static func main() {
        let termination = TerminationSignal()
        let environment = ProcessEnvironment.variables()
        let log = LambdaLog(environment: environment)
        let runtime: LambdaRuntime
        do {
            runtime = try LambdaRuntime(
                environment: environment, http: HTTPClient(), log: log,
                options: LambdaRuntime.Options(termination: termination))
        } catch {
            log.write(.fatal, error.description)
            exit(EXIT_FAILURE)
        }
        let handlers = handlers
        let ending = runtime.run { try await handlers.makeHandler(environment["_HANDLER"]) }
        exit(ending.exitStatus)
    }

    private static var handlers: HandlerTable {
        [
            "scheduler": { throw NotYetWritten(name: "scheduler") },
            "sender": { throw NotYetWritten(name: "sender") },
        ]
    }
}

private struct NotYetWritten: LambdaReportable {
    let name: String
    var errorType: String { "Runtime.NotYetWritten" }
    var errorMessage: String { "The handler \(name) is not part of this version." }
}
