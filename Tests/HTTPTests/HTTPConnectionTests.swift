import HTTP
import TestSupport
import Testing

@Suite("A connection driven by the thread that asks", .timeLimit(.minutes(10)))
struct HTTPConnectionTests {
    private func request(
        _ method: String, _ url: String, body: HTTPRequest.Body = .empty, total: Duration? = .seconds(60),
        isIdempotent: Bool = true
    ) -> HTTPRequest {
        HTTPRequest(
            method: method, url: url, headers: ["X-Test": "1"], body: body,
            timeouts: HTTPRequest.Timeouts(firstByte: nil, total: total), isIdempotent: isIdempotent)
    }

    private func failure(
        of request: HTTPRequest, on connection: HTTPConnection, maximumBodyBytes: Int = 16 << 20
    ) async -> HTTPError? {
        do {
            _ = try await connection.send(request, maximumBodyBytes: maximumBodyBytes)
            return nil
        } catch { return error }
    }

    @Test("is kept from request to request, whatever their methods and bodies")
    func reuse() async throws {
        let server = try await MisbehavingServer()
        let connection = try HTTPConnection()
        #expect(try await connection.send(request("GET", server.url("ok"))).text == "ok")
        for size in [0, 1, 3 << 20] {
            let body = [UInt8](repeating: 7, count: size)
            let response = try await connection.send(request("POST", server.url("echo"), body: .bytes(body)))
            #expect(response.body == body)
            #expect(try await connection.send(request("GET", server.url("ok"))).text == "ok")
        }
        let state = try await server.state()
        #expect(state.connections.count == 1)
        #expect(state.requests.map(\.method) == ["GET", "POST", "GET", "POST", "GET", "POST", "GET"])
    }

    @Test("sends a request again to other paths and with other bodies, and by itself as it was")
    func standing() async throws {
        let server = try await MisbehavingServer()
        let connection = try HTTPConnection()
        let poll = try StandingRequest(request("GET", server.url("ok")))
        let post = try StandingRequest(request("POST", server.url("echo")))
        for text in ["one", "", "a third one"] {
            #expect(try await connection.send(poll).text == "ok")
            #expect(try await connection.send(post, body: Array(text.utf8)).text == text)
            let elsewhere = try await connection.send(post, path: "/ok", body: Array(text.utf8))
            #expect(elsewhere.text == "ok")
            // Others in between take the place of what was set up.
            for _ in 0..<3 {
                #expect(try await connection.send(request("GET", server.url("ok"))).text == "ok")
            }
        }
        #expect(try await server.state().connections.count == 1)
    }

    @Test(
        "refuses a path that would end there or lead out of the request's line",
        arguments: ["", "ok", "/ok?x=1", "/ok#x", "/a b", "/a\r\nX: 1", "/\u{E9}"])
    func paths(path: String) async throws {
        let connection = try HTTPConnection()
        let post = try StandingRequest(request("POST", "http://127.0.0.1:1/"))
        await #expect {
            try await connection.send(post, path: path)
        } throws: {
            ($0 as? HTTPError)?.kind == .invalidRequest
        }
    }

    @Test(
        "is made anew after a failure, which tells its kind",
        arguments: [
            ("accept-then-reset", HTTPError.Kind.reset), ("truncated", .reset),
            ("garbage", .malformedResponse),
            ("bad-status", .malformedResponse), ("many-headers", .malformedResponse),
        ])
    func failures(scenario: String, kind: HTTPError.Kind) async throws {
        let server = try await MisbehavingServer()
        let connection = try HTTPConnection()
        let error = await failure(
            of: request("POST", server.url(scenario), body: .bytes([1])), on: connection)
        #expect(error?.kind == kind, "\(error?.message ?? "no error")")
        #expect(error?.written == .maybe)
        #expect(try await connection.send(request("GET", server.url("ok"))).text == "ok")
    }

    @Test("takes no more than it is told to")
    func bodyTooLarge() async throws {
        let server = try await MisbehavingServer()
        let connection = try HTTPConnection()
        let error = await failure(
            of: request("GET", server.url("endless-body")), on: connection, maximumBodyBytes: 100_000)
        #expect(error?.kind == .bodyTooLarge)
        try await server.waitUntilClosed()
    }

    @Test("ends at its limit")
    func limit() async throws {
        let server = try await MisbehavingServer()
        let error = await failure(
            of: request("GET", server.url("slow-headers"), total: .milliseconds(50)), on: try HTTPConnection()
        )
        #expect(error?.kind == .timeout(.total))
        try await server.waitUntilClosed()
    }

    @Test("ends when the task is cancelled, also while it waits without limit")
    func cancellation() async throws {
        let server = try await MisbehavingServer()
        let connection = try HTTPConnection()
        let waiting = Task {
            await failure(of: request("GET", server.url("slow-headers"), total: nil), on: connection)
        }
        try await server.wait { !$0.requests.isEmpty }
        waiting.cancel()
        #expect(await waiting.value?.kind == .cancelled)
        try await server.waitUntilClosed()
        #expect(try await connection.send(request("GET", server.url("ok"))).text == "ok")
    }

    @Test("sends nothing for a task that was cancelled before")
    func cancelledBefore() async throws {
        let server = try await MisbehavingServer()
        let connection = try HTTPConnection()
        let error = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure(of: request("POST", server.url("ok")), on: connection)
        }.value
        #expect(error?.kind == .cancelled)
        #expect(error?.written == .nothing)
        #expect(try await server.state().requests.isEmpty)
    }

    @Test("refuses what may not be repeated, and TLS")
    func refusals() async throws {
        let connection = try HTTPConnection()
        let once = request("POST", "http://127.0.0.1:1/", isIdempotent: false)
        #expect(await failure(of: once, on: connection)?.kind == .invalidRequest)
        #expect(
            await failure(of: request("GET", "https://127.0.0.1:1/"), on: connection)?.kind == .invalidRequest
        )
        let reading = request("GET", "http://127.0.0.1:1/", body: .bytes([1]))
        #expect(await failure(of: reading, on: connection)?.kind == .invalidRequest)
        #expect(await failure(of: request("GET", "http://127.0.0.1:1/"), on: connection)?.kind == .connect)
    }
}
