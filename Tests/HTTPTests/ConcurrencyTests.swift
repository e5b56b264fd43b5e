import Foundation
import Glibc
import HTTP
import TestSupport
import Testing

@Suite("Many requests at once")
struct ConcurrencyTests {
    @Test("Hundreds of concurrent requests share a few connections", .timeLimit(.minutes(10)))
    func reuse() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient(configuration: .init(maximumConnectionsPerHost: 8))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<400 {
                group.addTask {
                    let body = Array("\(number)".utf8)
                    let response = try await client.send(
                        HTTPRequest(method: "POST", url: server.url("echo"), body: .bytes(body)))
                    #expect(response.body == body)
                }
            }
            try await group.waitForAll()
        }
        let state = try await server.state()
        #expect(state.requests.count == 400)
        #expect(state.connections.count <= 8)
    }

    @Test("Cancelling a request closes its socket", .timeLimit(.minutes(10)))
    func cancellation() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        let sending = Task {
            await client.failure(
                of: HTTPRequest(
                    method: "POST", url: server.url("slow-headers"), body: .bytes([1]),
                    timeouts: .init(connect: nil, firstByte: nil, total: nil)))
        }
        try await server.wait { $0.requests.count == 1 }
        sending.cancel()
        let error = await sending.value
        #expect(error?.kind == .cancelled)
        #expect(error?.written == .maybe)
        try await server.waitUntilClosed()
    }

    @Test("A task that is cancelled already sends nothing", .timeLimit(.minutes(10)))
    func cancelledBefore() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        let sending = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await client.failure(of: HTTPRequest(method: "POST", url: server.url("ok")))
        }
        let error = await sending.value
        #expect(error?.kind == .cancelled)
        #expect(error?.written == .nothing)
        #expect(try await server.state().requests.isEmpty)
    }

    @Test("Tasks may run on the loop's own thread, and outlive it", .timeLimit(.minutes(10)))
    func executor() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient(configuration: .init(maximumConnectionsPerHost: 4))
        try await withTaskExecutorPreference(client.executor) {
            let threads = try await withThrowingTaskGroup(of: pthread_t.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let body = Array("\(number)".utf8)
                        let response = try await client.send(
                            HTTPRequest(method: "POST", url: server.url("echo"), body: .bytes(body)))
                        #expect(response.body == body)
                        return pthread_self()
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(threads.count == 1)

            async let pending = client.failure(
                of: HTTPRequest(method: "POST", url: server.url("slow-headers")))
            try await server.wait { $0.requests("slow-headers").count == 1 }
            client.shutdown()
            #expect(await pending?.kind == .cancelled)
        }
    }

    @Test("A shutdown ends what is under way", .timeLimit(.minutes(10)))
    func shutdown() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient(configuration: .init(maximumConnectionsPerHost: 2))
        let errors = await withTaskGroup(of: HTTPError?.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    await client.failure(of: HTTPRequest(method: "POST", url: server.url("slow-headers")))
                }
            }
            _ = try? await server.wait { $0.requests.count == 2 }
            client.shutdown()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.allSatisfy { $0?.kind == .cancelled })
        #expect(errors.count { $0?.written == .maybe } == 2)
        #expect(errors.count { $0?.written == .nothing } == 4)
        try await server.waitUntilClosed()
    }

    @Test(
        "Requests cancelled at random end exactly once, and the others get their own answers",
        .timeLimit(.minutes(10)))
    func stress() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient(configuration: .init(maximumConnectionsPerHost: 16))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<1500 {
                group.addTask {
                    let body = Array("\(number)".utf8)
                    let sending = Task { () -> Result<HTTPResponse, HTTPError> in
                        do {
                            if number.isMultiple(of: 3) {
                                let response = try await client.stream(
                                    HTTPRequest(
                                        method: "POST", url: server.url("echo"),
                                        body: .stream(length: nil, next: once(body))))
                                if number.isMultiple(of: 2) { return .success(response.dropped) }
                                return .success(try await response.whole())
                            }
                            return .success(
                                try await client.send(
                                    HTTPRequest(
                                        method: "POST", url: server.url("echo"), body: .bytes(body))))
                        } catch { return .failure(error as! HTTPError) }
                    }
                    if number % 5 < 2 {
                        try? await Task.sleep(for: .microseconds(Int.random(in: 0..<20_000)))
                        sending.cancel()
                    }
                    switch await sending.value {
                    case .success(let response) where !response.body.isEmpty: #expect(response.body == body)
                    case .success(let response): #expect(response.status == 200)
                    case .failure(let error): #expect(error.kind == .cancelled, "\(error.message)")
                    }
                }
            }
        }
        let response = try await client.send(HTTPRequest(method: "GET", url: server.url("ok")))
        #expect(response.text == "ok")
    }
}

extension HTTPStreamingResponse {
    var dropped: HTTPResponse { HTTPResponse(status: status, headers: headers, body: []) }

    func whole() async throws -> HTTPResponse {
        var bytes: [UInt8] = []
        for try await chunk in body { bytes += chunk }
        return HTTPResponse(status: status, headers: headers, body: bytes)
    }
}
