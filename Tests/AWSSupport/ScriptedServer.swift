import Foundation
import HTTP
import TestSupport

/// A server that gives the answers of a list one after the other (the last one again and again) and records requests.
package struct ScriptedServer: Sendable {
    package struct Answer: Encodable, Sendable {
        package var status = 200
        package var headers: [String: String] = [:]
        package var body = ""
        /// Seconds that the Date header is ahead of the clock.
        package var dateOffset: Int?
        /// Seconds.
        package var delay: Double?
        /// Read the request, then close the connection.
        package var reset: Bool?

        package init(
            status: Int = 200, headers: [String: String] = [:], body: String = "", dateOffset: Int? = nil,
            delay: Double? = nil, reset: Bool? = nil
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.dateOffset = dateOffset
            self.delay = delay
            self.reset = reset
        }

        package static let lost = Answer(reset: true)
        package static let ok = Answer(body: "{}")

        /// An error in AWS JSON 1.0.
        package static func json(
            _ status: Int, _ code: String, message: String = "", headers: [String: String] = [:]
        )
            -> Answer
        {
            Answer(
                status: status, headers: headers.merging(["x-amzn-RequestId": "REQUEST-1"]) { $1 },
                body: #"{"__type":"com.example#\#(code)","message":"\#(message)"}"#)
        }
    }

    package struct Request: Decodable, Sendable {
        package var method: String
        package var path: String
        package var headers: [String: String]
        package var body: String
    }

    /// One process serves all tests, each beneath a path of its own. It ends with the process of the tests.
    private static let process = Task {
        try await TestServer(
            Checkout.python, arguments: { [Checkout.support("aws/scripted_server.py"), "--port", "\($0)"] })
    }
    private static let http = HTTPClient()

    private let server: TestServer
    private let name = UUID().uuidString
    package var url: String { "\(server.url)/\(name)" }

    package init(_ answers: [Answer]) async throws {
        server = try await Self.process.value
        let script = [UInt8](try Foundation.JSONEncoder().encode(answers))
        _ = try await Self.http.send(
            HTTPRequest(method: "PUT", url: "\(server.url)/__script/\(name)", body: .bytes(script)))
    }

    package func recorded() async throws -> [Request] {
        let response = try await Self.http.send(
            HTTPRequest(method: "GET", url: "\(server.url)/__recorded/\(name)"))
        return try Foundation.JSONDecoder().decode([Request].self, from: Data(response.body))
    }
}

package func withScriptedServer<Result>(
    _ answers: [ScriptedServer.Answer], _ body: (ScriptedServer) async throws -> Result
) async throws -> Result {
    try await body(ScriptedServer(answers))
}
