import HTTP
import Testing

/// libcurl repeats a request by itself when a reused connection dies without an answer: a mail would go out twice.
@Suite("A request is never silently repeated")
struct RepetitionTests {
    enum Body: String, CaseIterable {
        case none, small, large, streamed, chunked

        var value: HTTPRequest.Body {
            switch self {
            case .none: .empty
            case .small: .bytes([UInt8](repeating: 1, count: 6 << 10))
            case .large: .bytes([UInt8](repeating: 1, count: 300 << 10))
            case .streamed: .stream(length: 4, next: once([1, 2, 3, 4]))
            case .chunked: .stream(length: nil, next: once([1, 2, 3, 4]))
            }
        }
    }

    @Test(
        "A server that accepts and then closes a reused connection sees each mail once",
        .timeLimit(.minutes(10)), arguments: ["POST", "PUT", "DELETE", "PATCH"], Body.allCases)
    func acceptedThenClosed(method: String, body: Body) async throws {
        for scenario in ["accept-then-close", "accept-then-reset"] {
            let server = try await MisbehavingServer()
            let client = HTTPClient()
            _ = try await client.send(HTTPRequest(method: "GET", url: server.url("ok")))
            let error = await client.failure(
                of: HTTPRequest(method: method, url: server.url(scenario), body: body.value))
            #expect(error?.kind == .reset)
            #expect(error?.written == .maybe)

            let state = try await server.state()
            #expect(state.requests(scenario).count == 1)
            #expect(state.connections.count == 1, "the connection was reused")
        }
    }

    @Test(
        "A reused connection that is reset before the request is read ends as perhaps written",
        .timeLimit(.minutes(10)), arguments: Body.allCases)
    func resetUnread(body: Body) async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        _ = try await client.send(HTTPRequest(method: "GET", url: server.url("ok-then-reset-next")))
        let error = await client.failure(
            of: HTTPRequest(method: "POST", url: server.url("ok"), body: body.value))
        #expect(error?.kind == .reset)
        #expect(error?.written == .maybe)
        let state = try await server.state()
        #expect(state.requests("ok").isEmpty)
        #expect(state.requests("(not read)").count == 1)
    }

    @Test(
        "An idempotent request is repeated on a fresh connection", .timeLimit(.minutes(10)),
        arguments: [Body.none, .small, .large])
    func idempotent(body: Body) async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        _ = try await client.send(HTTPRequest(method: "GET", url: server.url("ok-then-reset-next")))
        let response = try await client.send(
            HTTPRequest(method: "PUT", url: server.url("echo"), body: body.value, isIdempotent: true))
        if case .bytes(let bytes) = body.value { #expect(response.body == bytes) }
        let state = try await server.state()
        #expect(state.requests("echo").count == 1)
        #expect(state.connections.count == 2)
    }

    @Test("A connection that was closed while idle is not used again", .timeLimit(.minutes(10)))
    func idleClosed() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        for _ in 0..<5 {
            let response = try await client.send(
                HTTPRequest(method: "POST", url: server.url("ok-then-close"), body: .bytes([1])))
            try await server.waitUntilClosed()
            #expect(response.status == 200)
        }
    }
}

/// A source that gives one chunk and ends.
func once(_ chunk: [UInt8]) -> @Sendable () async throws -> [UInt8]? {
    let chunks = Chunks([chunk])
    return { await chunks.next() }
}

/// Gives out its chunks one after the other.
actor Chunks {
    private var rest: ArraySlice<[UInt8]>
    init(_ chunks: [[UInt8]]) { rest = chunks[...] }
    func next() -> [UInt8]? { rest.popFirst() }
}
