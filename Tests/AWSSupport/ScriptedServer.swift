import Foundation
import HTTP
import TestSupport

/// A server that gives the answers of a list one after the other (the last one again and again) and records requests.
struct ScriptedServer {
    struct Answer: Encodable {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
        /// Seconds that the Date header is ahead of the clock.
        var dateOffset: Int?
        /// Seconds.
        var delay: Double?
        /// Read the request, then close the connection.
        var reset: Bool?

        static let lost = Answer(reset: true)
        static let ok = Answer(body: "{}")

        /// An error in AWS JSON 1.0.
        static func json(_ status: Int, _ code: String, message: String = "", headers: [String: String] = [:])
            -> Answer
        {
            Answer(
                status: status, headers: headers.merging(["x-amzn-RequestId": "REQUEST-1"]) { $1 },
                body: #"{"__type":"com.example#\#(code)","message":"\#(message)"}"#)
        }
    }

    struct Request: Decodable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: String
    }

    /// One process serves all tests, each beneath a path of its own. It ends with the process of the tests.
    private static let process = Task {
        try await TestServer(
            Checkout.python, arguments: { [Checkout.support("aws/scripted_server.py"), "--port", "\($0)"] })
    }
    private static let http = HTTPClient()

    private let server: TestServer
    private let name = UUID().uuidString
    var url: String { "\(server.url)/\(name)" }

    init(_ answers: [Answer]) async throws {
        server = try await Self.process.value
        let script = [UInt8](try Foundation.JSONEncoder().encode(answers))
        _ = try await Self.http.send(
            HTTPRequest(method: "PUT", url: "\(server.url)/__script/\(name)", body: .bytes(script)))
    }

    func recorded() async throws -> [Request] {
        let response = try await Self.http.send(
            HTTPRequest(method: "GET", url: "\(server.url)/__recorded/\(name)"))
        return try Foundation.JSONDecoder().decode([Request].self, from: Data(response.body))
    }
}

func withScriptedServer<Result>(
    _ answers: [ScriptedServer.Answer], _ body: (ScriptedServer) async throws -> Result
) async throws -> Result {
    try await body(ScriptedServer(answers))
}
