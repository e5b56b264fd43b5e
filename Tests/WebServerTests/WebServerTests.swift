import Campaigns
import Foundation
import Glibc
import Handlers
import Locks
import TestSupport
import Testing
import WebServer

@Suite("The web server", .timeLimit(.minutes(10)))
struct WebServerTests {
    private struct NoLog: Log {
        func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {}
    }

    /// Serves what tells the request, as long as `body` runs.
    private func withServer<Result: Sendable>(
        requestTime: Duration = .seconds(10), mostConnections: Int = 256,
        respond: @escaping @Sendable (WebRequest) async -> WebResponse = Self.echo,
        _ body: @escaping @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let address = try #require(WebServer.Address("127.0.0.1:0"))
        return try await WebServer(
            address: address, log: NoLog(), requestTime: requestTime, mostConnections: mostConnections,
            respond: respond
        ).serve { try await body($0.port) }
    }

    private static let echo: @Sendable (WebRequest) async -> WebResponse = { request in
        let text = "\(request.method) \(request.path) ? \(request.query) \(request.body.count)"
        return WebResponse(
            status: 201, headers: [("X-Test", "1"), ("Content-Type", "text/plain")], body: text)
    }

    /// Sends bytes, and gives back all that is answered.
    private static func send(
        _ pieces: [String], to port: Int, pause: Double = 0, ends: Bool = false
    ) async throws -> String {
        let task: [String: Any] = ["port": port, "pieces": pieces, "pause": pause, "ends": ends]
        return try await runPython(
            "http/raw_client.py", input: try JSONSerialization.data(withJSONObject: task))
    }

    @Test("a request is handed on, answered, and its connection closed")
    func request() async throws {
        try await withServer { port async throws in
            let body = String(repeating: "x", count: 500)
            let answer = try await Self.send(
                ["POST /u/a?t=%41&b HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n", body], to: port)
            #expect(answer.hasPrefix("HTTP/1.1 201"))
            #expect(answer.hasSuffix("\r\n\r\nPOST /u/a ? t=%41&b 500"))
            let head = answer.lowercased()
            #expect(head.contains("\r\nconnection: close\r\n") && head.contains("\r\nx-test: 1\r\n"))
            // In pieces, with chunks, by a client that closes its side at once.
            let chunked = try await Self.send(
                [
                    "GET", " / HTTP/1.1\r\nHost", ": x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r",
                    "\n0\r\n\r\n",
                ],
                to: port, pause: 0.05, ends: true)
            #expect(chunked.hasSuffix("GET / ?  3"))
        }
    }

    @Test("of two requests on a connection one is answered")
    func pipeline() async throws {
        try await withServer { port async throws in
            let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            let answer = try await Self.send([request + request + request], to: port)
            #expect(answer.components(separatedBy: "HTTP/1.1 201").count == 2)
        }
    }

    @Test(
        "what is no request, or too large, is refused and not handed on",
        arguments: [
            ("nonsense\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost x\r\n\r\n", 400),
            ("\u{16}\u{3}\u{1}\0\0\0", 400),
            ("GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 40_000) + "\r\n\r\n", 400),
            (
                "GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "X: y\r\n", count: 200) + "\r\n", 400
            ),
            (
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n"
                    + String(repeating: "a", count: 20_000), 413
            ),
            ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400),
        ])
    func refused(_ bytes: String, status: Int) async throws {
        let handed = Mutex(0)
        try await withServer(respond: { request in
            handed.withLock { $0 += 1 }
            return await Self.echo(request)
        }) { port async throws in
            #expect(try await Self.send([bytes], to: port).hasPrefix("HTTP/1.1 \(status)"))
        }
        #expect(handed.withLock { $0 } == 0)
    }

    @Test("an endless body is refused though its end never comes")
    func endless() async throws {
        try await withServer { port async throws in
            let chunk = "1000\r\n" + String(repeating: "a", count: 4096) + "\r\n"
            let answer = try await Self.send(
                ["POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"]
                    + Array(repeating: chunk, count: 400), to: port)
            #expect(answer.hasPrefix("HTTP/1.1 413"))
        }
    }

    @Test(
        "who takes too long, byte by byte, with the header or the body, is cut off",
        arguments: [
            "GET / HTTP/1.1\r\nHost: x\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaa", "",
        ])
    func slow(_ bytes: String) async throws {
        try await withServer(requestTime: .milliseconds(300)) { port async throws in
            let answer = try await Self.send(bytes.map { String($0) }, to: port, pause: 0.05)
            #expect(answer == "" || answer.hasPrefix("HTTP/1.1 408") || answer == "<reset>")
        }
    }

    @Test("more connections than it takes at once wait until others are through")
    func crowd() async throws {
        try await withServer(requestTime: .seconds(2), mostConnections: 4) { port async throws in
            // They say nothing, and are cut off after two seconds.
            let idle = (0..<6).map { _ in IdleConnection(port: port) }
            let answer = try await Self.send(["GET / HTTP/1.1\r\nHost: x\r\n\r\n"], to: port)
            #expect(answer.hasPrefix("HTTP/1.1 201"))
            withExtendedLifetime(idle) {}
        }
    }

    @Test("a request under way when serving ends is answered; later ones are not taken")
    func drain() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let answer = Mutex<Task<String, any Error>?>(nil)
        let port = try await withServer(respond: { request in
            begin.yield()
            try? await Task.sleep(for: .milliseconds(300))
            return await Self.echo(request)
        }) { port async throws in
            answer.withLock {
                $0 = Task { try await Self.send(["GET / HTTP/1.1\r\nHost: x\r\n\r\n"], to: port) }
            }
            for await _ in begun { break }
            return port
        }
        let sending = try #require(answer.withLock { $0 })
        #expect(try await sending.value.hasSuffix("GET / ?  0"))
        await #expect(throws: (any Error).self) { try await Self.send([""], to: port) }
    }

    @Test("what the work beside it throws is thrown, and the port is free again")
    func failure() async throws {
        struct Failure: Error {}
        let port = Mutex(0)
        await #expect(throws: Failure.self) {
            try await withServer { taken in
                port.withLock { $0 = taken }
                throw Failure()
            }
        }
        let address = try #require(WebServer.Address("127.0.0.1:\(port.withLock { $0 })"))
        try await WebServer(address: address, log: NoLog(), respond: Self.echo).serve { taken in
            #expect(taken == address)
            // Nobody else can have it now.
            let problem = await #expect(throws: Problem.self) {
                try await WebServer(address: address, log: NoLog(), respond: Self.echo).serve { _ in }
            }
            #expect(problem?.key == "--listen" && problem?.kind == .unavailable)
        }
    }

    @Test("a cancelled task ends it in good order")
    func cancellation() async throws {
        let serving = Task {
            try await withServer { _ in try await Task.sleep(for: .seconds(60)) }
        }
        try await Task.sleep(for: .milliseconds(100))
        serving.cancel()
        await #expect(throws: CancellationError.self) { try await serving.value }
    }

    @Test(
        "addresses are read and written",
        arguments: [
            ("127.0.0.1:8080", "127.0.0.1:8080"), ("[::1]:80", "[::1]:80"), ("localhost:0", "localhost:0"),
            ("::1:80", nil), (":80", nil), ("localhost", nil), ("localhost:", nil), ("localhost:65536", nil),
            ("localhost:-1", nil), ("[]:80", nil), ("", nil),
        ] as [(String, String?)])
    func addresses(text: String, expected: String?) {
        #expect(WebServer.Address(text)?.description == expected)
    }
}

/// A connection on which nothing is said.
private final class IdleConnection {
    private let socket: Int32

    init(port: Int) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(socket) }
}
