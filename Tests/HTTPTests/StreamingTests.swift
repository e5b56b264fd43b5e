import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@Suite("Streaming bodies")
struct StreamingTests {
    @Test("A large object arrives whole, in constant memory", .timeLimit(.minutes(10)))
    func largeDownload() async throws {
        // A process of its own: other tests take memory, too.
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            try await withNginx { nginx in
                let size = LargeObject.bytes
                let file = nginx.files.appendingPathComponent("large")
                _ = FileManager.default.createFile(atPath: file.path, contents: nil)
                // A hole: nothing is written to the disk.
                try FileHandle(forWritingTo: file).truncate(atOffset: UInt64(size))

                let response = try await HTTPClient().stream(
                    HTTPRequest(
                        method: "GET", url: "\(nginx.url)/files/large", timeouts: .init(total: nil)))
                #expect(response.status == 200)
                #expect(response.headers["Content-Length"] == "\(size)")
                let before = LargeObject.residentBytes()
                var count = 0
                var peak = 0
                for try await chunk in response.body {
                    #expect(!chunk.isEmpty)
                    count += chunk.count
                    peak = max(peak, LargeObject.residentBytes())
                }
                #expect(count == size)
                #expect(peak - before < 16 << 20 + LargeObject.sanitizerBytes)
                LargeObject.report("HTTP download", bytes: count, memory: peak - before)
            }
        }
        print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self), terminator: "")
    }

    @Test("A reader that waits makes the server wait", .timeLimit(.minutes(10)))
    func backPressure() async throws {
        let server = try await MisbehavingServer()
        var response: HTTPStreamingResponse? = try await HTTPClient().stream(
            HTTPRequest(
                method: "GET", url: server.url("endless-body"),
                timeouts: .init(connect: nil, firstByte: nil, total: nil)))
        // Once the buffers on the way are full, the count stands still.
        func standstill() async throws -> Int {
            var last = -1
            while true {
                let sent = try await server.state().requests[0].sent ?? 0
                if sent == last, sent > 0 { return sent }
                last = sent
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        let sent = try await standstill()
        #expect(sent < 32 << 20)

        var read = 0
        for try await chunk in try #require(response).body {
            read += chunk.count
            if read > 2 * sent { break }
        }
        #expect(read > 2 * sent, "reading on lets the server go on")

        // Dropping the body closes the transfer.
        response = nil
        try await server.waitUntilClosed()
    }

    @Test(
        "A body that falls silent ends after its idle limit", .timeLimit(.minutes(10)),
        arguments: ["slow-body", "slow-status-line"])
    func silent(scenario: String) async throws {
        let server = try await MisbehavingServer()
        var text = ""
        let error = await #expect(throws: HTTPError.self) {
            let response = try await HTTPClient().stream(
                HTTPRequest(
                    method: "GET", url: server.url(scenario),
                    timeouts: .init(connect: nil, firstByte: nil, total: nil, idle: .milliseconds(200))))
            for try await chunk in response.body { text += String(decoding: chunk, as: UTF8.self) }
        }
        #expect(text == (scenario == "slow-body" ? "0123456789" : ""))
        #expect(error?.kind == .timeout(.idle))
        #expect(error?.written == .maybe)
    }

    @Test("A reader that takes longer than the idle limit loses nothing", .timeLimit(.minutes(10)))
    func slowReader() async throws {
        let server = try await MisbehavingServer()
        let response = try await HTTPClient().stream(
            HTTPRequest(
                method: "GET", url: server.url("endless-body"),
                timeouts: .init(connect: nil, firstByte: nil, total: nil, idle: .seconds(2))))
        try await Task.sleep(for: .milliseconds(2500))
        var read = 0
        for try await chunk in response.body {
            read += chunk.count
            if read > 32 << 20 { break }
        }
        #expect(read > 32 << 20)
    }

    @Test("A response that is dropped unread closes its transfer", .timeLimit(.minutes(10)))
    func dropped() async throws {
        let server = try await MisbehavingServer()
        let client = HTTPClient()
        _ = try await client.stream(HTTPRequest(method: "GET", url: server.url("slow-body")))
        try await server.waitUntilClosed()
    }

    @Test("A body outlives the last reference to its client", .timeLimit(.minutes(10)))
    func clientDropped() async throws {
        let server = try await MisbehavingServer()
        let response = try await HTTPClient().stream(
            HTTPRequest(method: "GET", url: server.url("chunked")))
        var text = ""
        for try await chunk in response.body { text += String(decoding: chunk, as: UTF8.self) }
        #expect(text == "one, two, three")
    }

    @Test(
        "A body that ends short throws after what arrived", .timeLimit(.minutes(10)),
        arguments: ["truncated", "reset-after-headers"])
    func truncated(scenario: String) async throws {
        let server = try await MisbehavingServer()
        let response = try await HTTPClient().stream(
            HTTPRequest(method: "GET", url: server.url(scenario)))
        var text = ""
        let error = await #expect(throws: HTTPError.self) {
            for try await chunk in response.body { text += String(decoding: chunk, as: UTF8.self) }
        }
        #expect(text == "0123456789")
        #expect(error?.kind == .reset)
        #expect(error?.written == .maybe)
    }

    @Test("A body is read once", .timeLimit(.minutes(10)))
    func onlyOnce() async throws {
        let server = try await MisbehavingServer()
        let response = try await HTTPClient().stream(HTTPRequest(method: "GET", url: server.url("ok")))
        var first = response.body.makeAsyncIterator()
        var second = response.body.makeAsyncIterator()
        await #expect(throws: HTTPError.self) { try await second.next() }
        #expect(try await first.next() == Array("ok".utf8))
        #expect(try await first.next() == nil)
        #expect(try await first.next() == nil)
    }

    @Test("Cancelling a reader ends the transfer", .timeLimit(.minutes(10)))
    func cancelledReader() async throws {
        let server = try await MisbehavingServer()
        let response = try await HTTPClient().stream(
            HTTPRequest(method: "GET", url: server.url("slow-body")))
        let reading = Task {
            for try await _ in response.body {}
        }
        try await server.wait { $0.requests.count == 1 }
        reading.cancel()
        let error = await #expect(throws: HTTPError.self) { try await reading.value }
        #expect(error?.kind == .cancelled)
        try await server.waitUntilClosed()
    }

    @Test("A total limit also ends a body", .timeLimit(.minutes(10)))
    func bodyTimeout() async throws {
        let server = try await MisbehavingServer()
        let error = await #expect(throws: HTTPError.self) {
            let response = try await HTTPClient().stream(
                HTTPRequest(
                    method: "GET", url: server.url("slow-body"),
                    timeouts: .init(connect: nil, firstByte: nil, total: .milliseconds(300))))
            for try await _ in response.body {}
        }
        #expect(error?.kind == .timeout(.total))
    }

    @Test("An upload is pulled at the server's pace", .timeLimit(.minutes(10)), arguments: [true, false])
    func upload(hasLength: Bool) async throws {
        let server = try await MisbehavingServer()
        let chunk = [UInt8](repeating: 7, count: 100_000)
        let chunks = 100
        let pulled = Atomic(0)
        let pulledBeforeReading = Atomic(0)
        let request = HTTPRequest(
            method: "PUT", url: server.url("slow-reader"),
            body: .stream(length: hasLength ? Int64(chunks * chunk.count) : nil) {
                let number = pulled.wrappingAdd(1, ordering: .relaxed).newValue
                if number.isMultiple(of: 10) { await Task.yield() }
                return number <= chunks ? chunk : nil
            })
        async let response = HTTPClient().send(request)
        try await server.wait { !$0.requests.isEmpty }
        pulledBeforeReading.store(pulled.load(ordering: .relaxed), ordering: .relaxed)
        #expect(try await response.status == 200)
        #expect(pulledBeforeReading.load(ordering: .relaxed) < chunks, "the socket's buffers hold it up")
        #expect(try await server.state().requests[0].bytes == chunks * chunk.count)
    }

    @Test("A source that takes its time is waited for", .timeLimit(.minutes(10)))
    func slowSource() async throws {
        let server = try await MisbehavingServer()
        let chunks = Chunks([[1], [], [2, 3], [4]])
        let response = try await HTTPClient().send(
            HTTPRequest(
                method: "POST", url: server.url("echo"),
                body: .stream(length: nil) {
                    try await Task.sleep(for: .milliseconds(20))
                    return await chunks.next()
                }))
        #expect(response.body == [1, 2, 3, 4])
    }

    @Test("A source that fails ends the request, and its error is kept", .timeLimit(.minutes(10)))
    func failingSource() async throws {
        struct Broken: Error {}
        let server = try await MisbehavingServer()
        let chunks = Chunks([[1], [2]])
        let error = await HTTPClient().failure(
            of: HTTPRequest(
                method: "POST", url: server.url("echo"),
                body: .stream(length: 10) {
                    guard let chunk = await chunks.next() else { throw Broken() }
                    return chunk
                }))
        #expect(error?.underlying is Broken)
        #expect(error?.written == .maybe)
    }

    @Test(
        "A source that gives more or less than it said", .timeLimit(.minutes(10)), arguments: [1, 3, 9])
    func wrongLength(length: Int64) async throws {
        let server = try await MisbehavingServer()
        let error = await HTTPClient().failure(
            of: HTTPRequest(
                method: "POST", url: server.url("echo"),
                body: .stream(length: length, next: once([1, 2, 3, 4].map { UInt8($0) }))))
        #expect(error?.kind == .invalidRequest)
    }

    @Test("Cancelling a request cancels its source", .timeLimit(.minutes(10)))
    func cancelledSource() async throws {
        let server = try await MisbehavingServer()
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let client = HTTPClient()
        let sending = Task {
            await client.failure(
                of: HTTPRequest(
                    method: "POST", url: server.url("echo"),
                    body: .stream(length: nil) {
                        defer { end.finish() }
                        try await Task.sleep(for: .seconds(600))
                        return nil
                    }))
        }
        try await server.wait { !$0.requests.isEmpty }
        sending.cancel()
        #expect(await sending.value?.kind == .cancelled)
        for await _ in ended {}
        try await server.waitUntilClosed()
    }
}
