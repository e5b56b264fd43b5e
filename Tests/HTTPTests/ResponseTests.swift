import HTTP
import Testing

@Suite("Responses")
struct ResponseTests {
    @Test("Interim responses are passed over; headers keep their order", .timeLimit(.minutes(10)))
    func interim() async throws {
        let server = try await MisbehavingServer()
        let response = try await HTTPClient().send(HTTPRequest(method: "GET", url: server.url("interim")))
        #expect(response.status == 200)
        #expect(response.text == "ok")
        #expect(response.headers.fields.map(\.name) == ["Content-Length", "X-Final", "X-Twice", "x-twice"])
        #expect(response.headers["X-TWICE"] == "1")
    }

    @Test("A chunked body is put together; trailers are not headers", .timeLimit(.minutes(10)))
    func chunked() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        for _ in 0..<2 {
            let response = try await client.send(HTTPRequest(method: "GET", url: server.url("chunked")))
            #expect(response.text == "one, two, three")
            #expect(response.headers["X-Trailer"] == nil)
        }
        #expect(try await server.state().connections.count == 1)
    }

    @Test("A HEAD response has headers alone, and its connection is used again", .timeLimit(.minutes(10)))
    func head() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        for _ in 0..<2 {
            let response = try await client.send(
                HTTPRequest(method: "HEAD", url: server.url("ok")), maximumBodyBytes: 10)
            #expect(response.status == 200)
            #expect(response.headers["Content-Length"] == "12345")
            #expect(response.body.isEmpty)
        }
        #expect(try await server.state().connections.count == 1)
    }

    @Test("A redirect is handed to the caller", .timeLimit(.minutes(10)))
    func redirect() async throws {
        let server = try await MisbehavingServer()
        let response = try await HTTPClient().send(HTTPRequest(method: "GET", url: server.url("redirect")))
        #expect(response.status == 302)
        #expect(response.headers["location"] == "/ok")
    }
}
