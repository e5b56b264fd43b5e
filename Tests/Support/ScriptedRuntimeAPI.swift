package import Foundation
import Glibc
import HTTP
import Locks

/// Lambda's Runtime API as a script plays it: for the answers that neither Lambda nor its emulator give on demand.
package final class ScriptedRuntimeAPI: Sendable {
    private let server: TestServer
    private let http = HTTPClient()
    private let functions = Mutex<[Program]>([])

    fileprivate init(server: TestServer) { self.server = server }

    /// `host:port`, for AWS_LAMBDA_RUNTIME_API.
    package var authority: String { "127.0.0.1:\(server.port)" }

    /// One answer to a request.
    package struct Answer: Encodable, Sendable {
        package var status = 200
        package var headers: [String: String] = [:]
        package var body = ""
        /// How many requests in a row get it.
        package var `repeat` = 1
        /// So many bytes more of body.
        package var fill = 0
        /// Closes the connection instead.
        package var drop = false

        package static func status(_ status: Int, times: Int = 1) -> Answer {
            Answer(status: status, repeat: times)
        }
        package static let dropped = Answer(drop: true)

        /// A well-formed invocation.
        ///
        /// - Parameter deadline: milliseconds from the moment it is answered.
        package static func invocation(
            _ requestID: String, _ body: String = "{}", deadline: Int = 30_000,
            headers: [String: String] = [:], without missing: String? = nil
        ) -> Answer {
            var all = [
                "Lambda-Runtime-Aws-Request-Id": requestID,
                "Lambda-Runtime-Deadline-Ms": "{now\(deadline < 0 ? "" : "+")\(deadline)}",
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-west-2:123456789012:function:f",
            ].merging(headers) { $1 }
            if let missing { all[missing] = nil }
            return Answer(headers: all, body: body)
        }
    }

    /// A request as it came.
    package struct Request: Decodable, Sendable {
        package let method: String
        package let path: String
        /// Names in lower case.
        package let headers: [String: String]
        package let body: Data

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Starts an executable of this package as Lambda would; it ends with the script.
    ///
    /// - Parameters:
    ///   - handler: the value of `_HANDLER`.
    ///   - environment: further variables; they go before the usual ones.
    @discardableResult
    package func start(
        _ executable: String, handler: String?, environment: [String: String] = [:]
    ) throws -> Program {
        var variables = ["AWS_LAMBDA_RUNTIME_API": authority]
        variables["_HANDLER"] = handler
        let function = try Program(executable, environment: variables.merging(environment) { $1 })
        functions.withLock { $0.append(function) }
        return function
    }

    fileprivate func stop() {
        for function in functions.withLock({ $0 }) { function.kill() }
        server.stop()
    }

    /// All recorded requests, once there are so many.
    package func requests(_ count: Int) async throws -> [Request] {
        let answer = try await http.send(
            HTTPRequest(method: "GET", url: "\(server.url)/requests?count=\(count)"))
        return try JSONDecoder().decode([Request].self, from: Data(answer.body))
    }

    /// The outcomes, once there are so many: each a POST to `…/response` or `…/error`.
    package func outcomes(_ count: Int) async throws -> [Request] {
        var total = count
        while true {
            let all = try await requests(total)
            let outcomes = all.filter { $0.method == "POST" && !$0.path.contains("/extension/") }
            if outcomes.count >= count { return outcomes }
            total = all.count + 1
        }
    }
}

/// Plays the script for the length of the closure.
///
/// - Parameters:
///   - invocations: the answers to `next`, in order; later polls wait.
///   - outcomes: the answers to `response`, `error` and `init/error`, in order; later ones are accepted.
package func withRuntimeAPI<Result>(
    invocations: [ScriptedRuntimeAPI.Answer], outcomes: [ScriptedRuntimeAPI.Answer] = [],
    _ body: (ScriptedRuntimeAPI) async throws -> Result
) async throws -> Result {
    let script = try JSONEncoder().encode(["invocations": invocations, "outcomes": outcomes])
    let server = try await TestServer(
        Checkout.python,
        arguments: { port in
            [
                Checkout.support("runtime_api/serve.py"), "--port", "\(port)",
                "--script", String(decoding: script, as: UTF8.self),
            ]
        })
    let api = ScriptedRuntimeAPI(server: server)
    defer { api.stop() }
    return try await body(api)
}
