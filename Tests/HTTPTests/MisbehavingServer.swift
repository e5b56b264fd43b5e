import Foundation
import HTTP
import TestSupport

/// A test's own view of Tests/Support/http/misbehave.py: what that server does is named by the path, and it tells
/// what it has seen. One process serves all tests; a query of its own keeps each test's requests apart.
struct MisbehavingServer: Sendable {
    private let server: TestServer
    private let id = UUID().uuidString

    private static let shared = Task {
        try await TestServer(
            Checkout.python, arguments: { [Checkout.support("http/misbehave.py"), "--port", "\($0)"] })
    }
    private static let observer = HTTPClient()

    init() async throws { server = try await MisbehavingServer.shared.value }

    var port: Int { server.port }

    func url(_ scenario: String, scheme: String = "http") -> String {
        "\(scheme)://127.0.0.1:\(server.port)/\(scenario)?\(id)"
    }

    struct State: Decodable {
        /// Numbers of all connections that are open, other tests' too.
        var open: Set<Int>
        var requests: [Seen]

        struct Seen: Decodable {
            var method: String?
            var path: String
            var connection: Int
            /// Bytes of the body read.
            var bytes: Int?
            /// Bytes of the response's body written so far, where it has no end.
            var sent: Int?
            /// The header lines as they came.
            var lines: [String]?

            var scenario: Substring { path.prefix { $0 != "?" }.drop { $0 == "/" } }
        }

        func requests(_ scenario: String) -> [Seen] { requests.filter { $0.scenario == scenario } }
        /// Numbers of the connections this test's requests came on.
        var connections: Set<Int> { Set(requests.map(\.connection)) }
    }

    func state() async throws -> State {
        let request = HTTPRequest(method: "GET", url: url("_state"))
        let response = try await MisbehavingServer.observer.send(request)
        return try JSONDecoder().decode(State.self, from: Data(response.body))
    }

    /// Asks again and again until the state is as wanted; the test's time limit ends it otherwise.
    @discardableResult
    func wait(until isAsWanted: (State) -> Bool) async throws -> State {
        while true {
            let state = try await state()
            if isAsWanted(state) { return state }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Returns once the server has seen all this test's connections close.
    func waitUntilClosed() async throws {
        try await wait { !$0.requests.isEmpty && $0.open.isDisjoint(with: $0.connections) }
    }
}

extension HTTPClient {
    /// The error a request ends with; `nil` if it ends with a response.
    func failure(of request: HTTPRequest, maximumBodyBytes: Int = 16 << 20) async -> HTTPError? {
        do {
            _ = try await send(request, maximumBodyBytes: maximumBodyBytes)
            return nil
        } catch { return error }
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
