import AWSSupport
import Foundation
import HTTP
import Locks
import TestSupport
import Testing

@testable import AWS

/// One service's calls against a server that gives scripted answers.
@Suite(.timeLimit(.minutes(10)))
struct AWSClientTests {
    private static let keys = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "hunter2", sessionToken: "hunter2-token")

    private func withClient<Result>(
        of service: AWSService = .dynamoDB, _ answers: [ScriptedServer.Answer],
        environment: [String: String] = [:], random: Double = 0,
        now: @escaping @Sendable () -> Int64 = systemSeconds,
        _ body: (AWSClient, ScriptedServer) async throws -> Result
    ) async throws -> Result {
        try await withScriptedServer(answers) { server in
            let http = HTTPClient()
            defer { http.shutdown() }
            let configuration = AWSConfiguration(
                region: "us-west-2", http: http, credentials: StaticCredentials(Self.keys),
                environment: environment.merging(["AWS_ENDPOINT_URL": server.url]) { $1 })
            let client = AWSClient(service, configuration: configuration, now: now, random: { random })
            return try await body(client, server)
        }
    }

    private func call(isIdempotent: Bool = true) -> AWSRequest {
        AWSRequest(
            operation: "GetItem",
            headers: [
                "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem",
            ],
            body: .bytes(Array("{}".utf8)), isIdempotent: isIdempotent)
    }

    private func failure(_ client: AWSClient, _ request: AWSRequest) async -> AWSError? {
        do {
            _ = try await client.send(request)
            return nil
        } catch { return error }
    }

    @Test("Throttling, failures and lost connections are retried until an answer comes")
    func retries() async throws {
        try await withClient([
            .json(400, "ThrottlingException"), .json(500, "InternalServerError"), .lost, .ok,
        ]) { client, server in
            let response = try await client.send(call())
            #expect(response.body == Array("{}".utf8))
            let requests = try await server.recorded()
            #expect(requests.count == 4)
            #expect(
                requests.allSatisfy {
                    $0.body == "{}" && $0.headers["x-amz-security-token"] == "hunter2-token"
                })
        }
    }

    @Test("After its attempts a call ends with the last error, which tells their number and the request id")
    func givesUp() async throws {
        try await withClient(of: .sqs, [.json(500, "InternalFailure", message: "Sorry")]) { client, server in
            let error = try #require(await failure(client, call()))
            #expect(error.attempts == 3)
            #expect(
                "\(error)"
                    == "SQS GetItem: InternalFailure (HTTP 500): Sorry [after 3 attempts] [request id REQUEST-1]"
            )
            let calls = try await server.recorded()
            #expect(calls.count == 3)
        }
    }

    @Test("AWS_MAX_ATTEMPTS and the request's own number are honoured, and nonsense is refused")
    func maximum() async throws {
        let failing = [ScriptedServer.Answer.json(500, "InternalFailure")]
        try await withClient(failing, environment: ["AWS_MAX_ATTEMPTS": "2"]) { client, server in
            #expect(await failure(client, call())?.attempts == 2)
            var once = call()
            once.maximumAttempts = 1
            #expect(await failure(client, once)?.attempts == 1)
            let calls = try await server.recorded()
            #expect(calls.count == 3)
        }
        for text in ["0", "many", "-1"] {
            try await withClient(failing, environment: ["AWS_MAX_ATTEMPTS": text]) { client, server in
                let error = await failure(client, call())
                guard case .configuration? = error?.kind else {
                    Issue.record("AWS_MAX_ATTEMPTS=\(text) gave \(String(describing: error))")
                    return
                }
                let calls = try await server.recorded()
                #expect(calls.isEmpty)
            }
        }
    }

    @Test("A call that must not happen twice is made once where the service may have acted")
    func notIdempotent() async throws {
        for answer in [
            ScriptedServer.Answer.lost, .json(500, "InternalFailure"), .json(503, "ServiceUnavailable"),
        ] {
            try await withClient(of: .ses, [answer, .ok]) { client, server in
                let error = try #require(await failure(client, call(isIdempotent: false)))
                #expect(error.mayHaveActed)
                let calls = try await server.recorded()
                #expect(calls.count == 1)
            }
        }
        try await withClient(of: .ses, [.json(429, "TooManyRequestsException"), .ok]) { client, server in
            #expect(await failure(client, call(isIdempotent: false)) == nil)
            let calls = try await server.recorded()
            #expect(calls.count == 2)
        }
    }

    @Test("A call that the service refuses is not repeated")
    func refused() async throws {
        try await withClient([.json(400, "ValidationException"), .ok]) { client, server in
            #expect(await failure(client, call())?.code == "ValidationException")
            let calls = try await server.recorded()
            #expect(calls.count == 1)
        }
    }

    @Test("A refused connection is retried even where a call must not happen twice")
    func connectionRefused() async throws {
        let http = HTTPClient()
        defer { http.shutdown() }
        let configuration = AWSConfiguration(
            region: "us-west-2", http: http, credentials: StaticCredentials(Self.keys),
            environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(try TestServer.freePort())"])
        let client = AWSClient(.ses, configuration: configuration, now: systemSeconds, random: { 0 })
        let error = try #require(await failure(client, call(isIdempotent: false)))
        #expect(error.attempts == 3)
        #expect(!error.mayHaveActed && error.isRetryable)
    }

    @Test("A clock that is wrong is corrected by the service's Date, and the next calls are right at once")
    func skew() async throws {
        let wrong: @Sendable () -> Int64 = { systemSeconds() - 3600 }
        for code in ["RequestTimeTooSkewed", "InvalidSignatureException"] {
            var refusal = ScriptedServer.Answer.json(403, code)
            refusal.dateOffset = 0
            try await withClient([refusal, .ok], now: wrong) { client, server in
                _ = try await client.send(call(isIdempotent: false))
                _ = try await client.send(call(isIdempotent: false))
                let dates = try await server.recorded().map { $0.headers["x-amz-date"] ?? "" }
                #expect(dates.count == 3)
                let now = systemSeconds()
                let near = Set((-30...30).map { SigningTime(secondsSince1970: now + $0).timestamp })
                #expect(!near.contains(dates[0]) && near.contains(dates[1]) && near.contains(dates[2]))
            }
        }
    }

    @Test("A wrong signature with a right clock is not tried again, and its answer's text is not repeated")
    func wrongSignature() async throws {
        var refusal = ScriptedServer.Answer.json(
            403, "SignatureDoesNotMatch", message: "No. hunter2 The Canonical String was x:hunter2-token")
        refusal.dateOffset = 0
        try await withClient([refusal, .ok]) { client, server in
            let error = try #require(await failure(client, call()))
            #expect(error.attempts == 1)
            #expect(error.body.isEmpty)
            #expect("\(error)".contains("No. [redacted] [request id") && !"\(error)".contains("hunter2"))
            let calls = try await server.recorded()
            #expect(calls.count == 1)
        }
    }

    @Test("An answer whose checksum is wrong is asked for again")
    func checksum() async throws {
        let sum = "\(CRC32.checksum(Array("{}".utf8)))"
        try await withClient([
            .init(headers: ["x-amz-crc32": "1"], body: "{}"),
            .init(headers: ["x-amz-crc32": sum], body: "{}"),
        ]) { client, server in
            _ = try await client.send(call())
            let calls = try await server.recorded()
            #expect(calls.count == 2)
        }
        try await withClient([.init(headers: ["x-amz-crc32": "1"], body: "{}")]) { client, _ in
            let error = try #require(await failure(client, call()))
            guard case .malformedResponse = error.kind else { throw error }
            #expect(error.attempts == 4 && error.mayHaveActed)
        }
    }

    @Test("Cancellation ends the wait between attempts")
    func cancellation() async throws {
        try await withClient(
            [.json(400, "ThrottlingException", headers: ["Retry-After": "3600"])], random: 1
        ) { client, server in
            let call = call()
            let task = Task { await failure(client, call) }
            while try await server.recorded().isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            let error = try #require(await task.value)
            guard case .transport(let problem) = error.kind else { throw error }
            #expect(problem.kind == .cancelled && !error.mayHaveActed && error.attempts == 1)
        }
    }

    @Test("A streamed body that has begun to flow is not sent again")
    func streamedBody() async throws {
        try await withClient(of: .s3, [.init(status: 500), .ok]) { client, server in
            let pieces = Mutex([Array("ab".utf8), Array("cd".utf8)])
            let request = AWSRequest(
                operation: "PutObject", method: "PUT", path: ["bucket", "key"],
                body: .stream(length: 4, sha256: nil) {
                    pieces.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                },
                isIdempotent: true)
            #expect(await failure(client, request)?.status == 500)
            let sent = try await server.recorded()
            #expect(sent.count == 1)
            #expect(sent[0].body == "abcd" && sent[0].headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD")
        }
        try await withClient(of: .sqs, [.ok]) { client, server in
            let request = AWSRequest(
                operation: "SendMessage", body: .stream(length: 4, sha256: nil) { nil }, isIdempotent: true)
            guard case .configuration? = await failure(client, request)?.kind else {
                Issue.record("an unsigned body was sent to SQS")
                return
            }
            let calls = try await server.recorded()
            #expect(calls.isEmpty)
        }
    }

    @Test("A streamed answer is read piece by piece, and an error's answer is read for its code")
    func streamedAnswer() async throws {
        let text = String(repeating: "0123456789", count: 50_000)
        try await withClient(
            of: .s3,
            [
                .init(status: 503, body: "<Error><Code>SlowDown</Code></Error>"), .init(body: text),
                .init(status: 404, body: "<Error><Code>NoSuchKey</Code><Message>None.</Message></Error>"),
            ]
        ) { client, _ in
            let request = AWSRequest(
                operation: "GetObject", method: "GET", path: ["bucket", "key"], isIdempotent: true)
            let response = try await client.stream(request)
            var bytes: [UInt8] = []
            for try await piece in response.body { bytes += piece }
            #expect(bytes == Array(text.utf8))
            await #expect {
                _ = try await client.stream(request)
            } throws: { error in
                (error as? AWSError)?.code == "NoSuchKey"
            }
        }
    }
}
