import HTTP
import Testing

@Suite("Requests go out as written, or not at all")
struct RequestTests {
    @Test(
        "A method that is not a token is refused",
        arguments: ["", "GET ", "GE T", "GET\r\nX: y", "GÉT", "GET\0"])
    func method(method: String) async {
        await expectRefusal(HTTPRequest(method: method, url: "http://127.0.0.1:1/"))
    }

    @Test(
        "A URL that is not plain http or https is refused",
        arguments: [
            "", "/path", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http:///path", "http://?x",
            "http://host/a b", "http://host/\r\nX: y", "http://host/\0", "http://höst/", "http://u:p@host/",
            "http://user@host/", "http:/127.0.0.1/", "http://127.0.0.1:99999/", "http://[::1/",
        ])
    func url(url: String) async {
        await expectRefusal(HTTPRequest(method: "GET", url: url))
    }

    @Test(
        "A header that could smuggle another is refused",
        arguments: [
            ("", "x"), ("X Y", "x"), ("X:", "x"), ("X\r\n", "x"), ("Ü", "x"), ("X", "a\r\nB: c"),
            ("X", "a\nb"), ("X", "a\rb"), ("X", "a\0b"), ("X", "\u{7F}"), ("Transfer-Encoding", "chunked"),
            ("transfer-encoding", "gzip"), ("Expect", "100-continue"), ("Content-Length", "7"),
            ("Content-Length", "03"), ("content-length", ""),
        ])
    func header(name: String, value: String) async {
        await expectRefusal(
            HTTPRequest(
                method: "POST", url: "http://127.0.0.1:1/", headers: [name: value], body: .bytes([1, 2, 3])))
    }

    @Test("A HEAD request with a body is refused")
    func headWithBody() async {
        await expectRefusal(HTTPRequest(method: "HEAD", url: "http://127.0.0.1:1/", body: .bytes([1])))
    }

    private func expectRefusal(_ request: HTTPRequest) async {
        let error = await HTTPClient().failure(of: request)
        #expect(error?.kind == .invalidRequest, "\(error?.message ?? "no error")")
        #expect(error?.written == .nothing)
    }

    @Test("The server sees these header lines and no others", .timeLimit(.minutes(10)))
    func lines() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        _ = try await client.send(
            HTTPRequest(
                method: "POST", url: server.url("ok"),
                headers: HTTPHeaders([
                    ("X-Empty", ""), ("X-Blank", "  "), ("X-Two", "a"), ("X-Two", "b"), ("X-Text", "\tä; b"),
                    ("Content-Length", "3"), ("Host", "signed.example"),
                ]), body: .bytes([1, 2, 3])))
        // A handle used again keeps nothing of the last request.
        _ = try await client.send(HTTPRequest(method: "DELETE", url: server.url("ok")))
        _ = try await client.send(HTTPRequest(method: "PUT", url: server.url("ok")))
        _ = try await client.send(HTTPRequest(method: "GET", url: server.url("ok")))

        let seen = try await server.state().requests
        #expect(seen.map(\.method) == ["POST", "DELETE", "PUT", "GET"])
        let host = "Host: 127.0.0.1:\(server.port)"
        #expect(
            seen[0].lines == [
                "Host: signed.example", "X-Empty:", "X-Blank:", "X-Two: a", "X-Two: b",
                // The server decodes Latin-1.
                "X-Text: \tÃ¤; b", "Content-Length: 3",
            ])
        #expect(seen[1].lines == [host])
        #expect(seen[2].lines == [host, "Content-Length: 0"])
        #expect(seen[3].lines == [host])
        #expect(Set(seen.map(\.connection)).count == 1)
    }

    @Test(
        "The path goes out as written", .timeLimit(.minutes(10)),
        arguments: ["/a/../ok", "/./ok//", "/ok/%2e%2E/a%2Fb", "/ok/*'()!~;,"])
    func path(path: String) async throws {
        let server = try await MisbehavingServer()
        _ = try? await HTTPClient().send(
            HTTPRequest(method: "GET", url: server.url("ok").replacing("/ok", with: path)))
        let seen = try await server.wait { $0.requests.count == 1 }
        #expect(seen.requests[0].path.prefix { $0 != "?" } == path)
    }

    @Test("Bodies of all sizes arrive whole", .timeLimit(.minutes(10)))
    func bodies() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        for size in [0, 1, 1 << 10, 32 << 10, (32 << 10) + 1, 64 << 10, 3 << 20] {
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            for method in ["POST", "PUT", "PATCH", "QUERY"] {
                let response = try await client.send(
                    HTTPRequest(method: method, url: server.url("echo"), body: .bytes(body)))
                #expect(response.body == body)
            }
        }
    }

    @Test("Header names compare without regard to case; setting replaces all")
    func headers() {
        var headers: HTTPHeaders = ["ETag": "a", "etag": "b", "X": "c"]
        #expect(headers["ETAG"] == "a")
        headers["eTag"] = "d"
        #expect(headers.fields.map(\.name) == ["X", "eTag"])
        headers["x"] = nil
        #expect(headers.fields.map(\.value) == ["d"])
        #expect(headers["missing"] == nil)
    }
}
