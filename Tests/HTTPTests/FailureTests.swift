import Foundation
import HTTP
import TestSupport
import Testing

@Suite("Failures tell their kind, and whether anything was written")
struct FailureTests {
    @Test(
        "A response that breaks off or makes no sense", .timeLimit(.minutes(10)),
        arguments: [
            ("accept-then-close", HTTPError.Kind.reset), ("accept-then-reset", .reset),
            ("close-in-body", .reset), ("reset-after-headers", .reset), ("truncated", .reset),
            ("truncated-chunked", .reset), ("garbage", .malformedResponse),
            ("bad-status", .malformedResponse), ("many-headers", .malformedResponse),
            ("huge-header", .malformedResponse), ("bad-chunk", .reset),
        ])
    func brokenResponse(scenario: String, kind: HTTPError.Kind) async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        let error = await client.failure(
            of: HTTPRequest(method: "POST", url: server.url(scenario), body: .bytes([1, 2, 3])))
        #expect(error?.kind == kind, "\(error?.message ?? "no error")")
        #expect(error?.written == .maybe)
        #expect(error?.message.contains("127.0.0.1:\(server.port)") == true)
        try await server.waitUntilClosed()
    }

    @Test("A refused connection wrote nothing", .timeLimit(.minutes(10)))
    func refused() async throws {
        let port = try TestServer.freePort()
        let error = await HTTPClient().failure(
            of: HTTPRequest(
                method: "POST", url: "http://127.0.0.1:\(port)/secret-path?secret=query",
                headers: ["Authorization": "secret"], body: .bytes([1])))
        #expect(error?.kind == .connect)
        #expect(error?.written == .nothing)
        #expect(error?.curlCode == 7)
        #expect(error?.message.contains("127.0.0.1:\(port)") == true)
        #expect(error?.message.contains("secret") == false)
    }

    @Test("A host without an address wrote nothing", .timeLimit(.minutes(10)))
    func unresolved() async throws {
        let error = await HTTPClient().failure(
            of: HTTPRequest(method: "POST", url: "http://no-such-host.invalid/", body: .bytes([1])))
        #expect(error?.kind == .resolve)
        #expect(error?.written == .nothing)
    }

    @Test("A peer that does not speak TLS wrote nothing", .timeLimit(.minutes(10)))
    func notTLS() async throws {
        try await withNginx { nginx in
            let error = await HTTPClient().failure(
                of: HTTPRequest(
                    method: "POST", url: "https://127.0.0.1:\(nginx.server.port)/", body: .bytes([1])))
            #expect(error?.kind == .tls)
            #expect(error?.written == .nothing)
        }
    }

    @Test("A certificate for another name is refused", .timeLimit(.minutes(10)))
    func wrongName() async throws {
        try await withNginx { nginx in
            let client = HTTPClient(
                configuration: .init(certificateAuthorities: nginx.certificateAuthority))
            let error = await client.failure(
                of: HTTPRequest(method: "GET", url: "https://localhost.localdomain:\(nginx.securePort)/"))
            // The name is looked up first; where it does not resolve, the refusal comes from there.
            #expect(error?.kind == .tls || error?.kind == .resolve)
            #expect(error?.written == .nothing)
        }
    }

    @Test("A handshake that takes too long", .timeLimit(.minutes(10)))
    func connectTimeout() async throws {
        let server = try await MisbehavingServer()
        let error = await HTTPClient().failure(
            of: HTTPRequest(
                method: "POST", url: server.url("ok", scheme: "https"), body: .bytes([1]),
                timeouts: .init(connect: .milliseconds(100), firstByte: nil, total: nil)))
        #expect(error?.kind == .timeout(.connect))
        #expect(error?.written == .nothing)
    }

    @Test("A server that does not begin to answer", .timeLimit(.minutes(10)))
    func firstByteTimeout() async throws {
        let server = try await MisbehavingServer()
        let error = await HTTPClient().failure(
            of: HTTPRequest(
                method: "POST", url: server.url("slow-headers"), body: .bytes([1]),
                timeouts: .init(connect: nil, firstByte: .milliseconds(100), total: nil)))
        #expect(error?.kind == .timeout(.firstByte))
        #expect(error?.written == .maybe)
        try await server.waitUntilClosed()
    }

    @Test(
        "A response that takes too long", .timeLimit(.minutes(10)),
        arguments: ["slow-headers", "slow-status-line", "slow-body"])
    func totalTimeout(scenario: String) async throws {
        let server = try await MisbehavingServer()
        let error = await HTTPClient().failure(
            of: HTTPRequest(
                method: "GET", url: server.url(scenario),
                timeouts: .init(connect: nil, firstByte: nil, total: .milliseconds(150))))
        #expect(error?.kind == .timeout(.total))
        #expect(error?.written == .maybe)
        try await server.waitUntilClosed()
    }

    @Test("Waiting for a free connection counts as time, and writes nothing", .timeLimit(.minutes(10)))
    func waitingTimeout() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient(configuration: .init(maximumConnectionsPerHost: 1))
        let hog = Task {
            await client.failure(
                of: HTTPRequest(
                    method: "GET", url: server.url("slow-headers"),
                    timeouts: .init(connect: nil, firstByte: nil, total: nil)))
        }
        try await server.wait { $0.requests("slow-headers").count == 1 }
        let error = await client.failure(
            of: HTTPRequest(
                method: "POST", url: server.url("ok"),
                timeouts: .init(connect: nil, firstByte: nil, total: .milliseconds(100))))
        #expect(error?.kind == .timeout(.total))
        #expect(error?.written == .nothing)
        hog.cancel()
        #expect(await hog.value?.kind == .cancelled)
    }

    @Test("A body longer than wanted, announced or not", .timeLimit(.minutes(10)))
    func bodyTooLarge() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        let announced = await client.failure(
            of: HTTPRequest(method: "POST", url: server.url("echo"), body: .bytes([1, 2, 3])),
            maximumBodyBytes: 2)
        #expect(announced?.kind == .bodyTooLarge)
        let endless = await client.failure(
            of: HTTPRequest(method: "GET", url: server.url("endless-body")), maximumBodyBytes: 100_000)
        #expect(endless?.kind == .bodyTooLarge)
        #expect(endless?.written == .maybe)
        try await server.waitUntilClosed()

        let fits = try await client.send(
            HTTPRequest(method: "POST", url: server.url("echo"), body: .bytes([1, 2, 3])),
            maximumBodyBytes: 3)
        #expect(fits.body == [1, 2, 3])
    }

    @Test("An early refusal is a response, though the body was not read", .timeLimit(.minutes(10)))
    func earlyResponse() async throws {
        let server = try await MisbehavingServer()
        let response = try await HTTPClient().send(
            HTTPRequest(
                method: "POST", url: server.url("early-error"),
                body: .bytes([UInt8](repeating: 0, count: 20 << 20))))
        #expect(response.status == 413)
    }

    @Test("A CA bundle that cannot be read, and one that is none", .timeLimit(.minutes(10)))
    func bundle() async throws {
        try await withTemporaryFolder { folder in
            let request = HTTPRequest(method: "GET", url: "https://127.0.0.1:1/")
            func failure(bundle: String) async -> HTTPError? {
                let error = await HTTPClient(configuration: .init(certificateAuthorities: bundle))
                    .failure(of: request)
                #expect(error?.kind == .tls || error?.kind == .connect)
                #expect(error?.written == .nothing)
                return error
            }
            let missing = folder.appendingPathComponent("missing.pem").path
            #expect(await failure(bundle: missing)?.message.contains(missing) == true)
            #expect(await failure(bundle: folder.path)?.message.contains("not a regular file") == true)
            let empty = folder.appendingPathComponent("empty.pem")
            try Data().write(to: empty)
            #expect(await failure(bundle: empty.path)?.message.contains("empty") == true)
        }
        try await withTemporaryFolder { folder in
            let noBundle = folder.appendingPathComponent("text.pem")
            try Data("not a certificate".utf8).write(to: noBundle)
            try await withNginx { nginx in
                let error = await HTTPClient(configuration: .init(certificateAuthorities: noBundle.path))
                    .failure(of: HTTPRequest(method: "GET", url: nginx.secureURL))
                #expect(error?.kind == .tls)
                #expect(error?.written == .nothing)
            }
        }
    }

    @Test("After the shutdown nothing is sent")
    func shutDown() async throws {
        let client = HTTPClient()
        client.shutdown()
        let error = await client.failure(of: HTTPRequest(method: "GET", url: "http://127.0.0.1:1/"))
        #expect(error?.kind == .cancelled)
        #expect(error?.written == .nothing)
    }
}
