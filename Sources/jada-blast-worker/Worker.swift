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
        // A connection for each poll, and one for the extension that waits for SIGTERM.
        let http = HTTPClient(
            configuration: HTTPClient.Configuration(
                maximumConnectionsPerHost: (LambdaRuntime.maximumConcurrency(environment) ?? 1) + 1))
        let runtime: LambdaRuntime
        do {
            runtime = try LambdaRuntime(
                environment: environment, http: http, log: log,
                options: LambdaRuntime.Options(termination: termination))
        } catch {
            log.write(.fatal, error.description)
            exit(EXIT_FAILURE)
        }
        let services = HTTPClient(
            configuration: .init(
                certificateAuthorities: environment["AWS_CA_BUNDLE"],
                certificateFolder: environment["LAMBDA_TASK_ROOT"]))
        @Sendable func deployment() throws -> Deployment {
            try Deployment(environment: environment, http: services, log: log)
        }
        let handlers: HandlerTable = [
            "scheduler": { try await reporting { try await deployment().scheduler() } },
            "sender": { try await reporting { try await deployment().sender() } },
            "feedback": { try await reporting { try deployment().feedback() } },
            "canary": { try await reporting { try deployment().canary() } },
            "unsubscribe": { try await reporting { try await deployment().unsubscribe() } },
        ]
        let ending = runtime.run { try await handlers.makeHandler(environment["_HANDLER"]) }
        exit(ending.exitStatus)
    }
}
