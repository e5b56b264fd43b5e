import AWS
import Campaigns
import CloudAdapters
import HTTP
import TestSupport
import Testing

@Suite("S3 object reader", .timeLimit(.minutes(10)))
struct S3ObjectReaderTests {
    private func withLibrary(_ body: (any CampaignLibrary) async throws -> Void) async throws {
        let server = try await TestServer(
            Checkout.python, arguments: { [Checkout.support("aws/cutting_server.py"), "--port", "\($0)"] })
        let http = HTTPClient()
        defer {
            http.shutdown()
            server.stop()
        }
        let aws = AWSConfiguration(
            region: "us-west-2", http: http,
            credentials: StaticCredentials(Credentials(accessKeyID: "A", secretAccessKey: "s")),
            environment: ["AWS_ENDPOINT_URL": server.url, "AWS_MAX_ATTEMPTS": "1"])
        try await body(
            S3CampaignLibrary(
                aws: aws, configuration: CloudConfiguration(bucket: "bucket", table: "t", queueURL: "q"),
                idleLimit: .milliseconds(300)))
    }

    private func read(_ key: String, of library: any CampaignLibrary) async throws -> [UInt8] {
        let stream = try await library.open(key)
        var bytes: [UInt8] = []
        while let piece = try await stream.next() { bytes += piece }
        return bytes
    }

    private let content = (0..<4500).map { UInt8($0 * 7 % 251) }

    @Test(
        "an object is read whole across connections that break or fall silent",
        arguments: ["runs/whole", "runs/cut", "runs/stalled"])
    func broken(key: String) async throws {
        try await withLibrary { library async throws in
            let bytes = try await read(key, of: library)
            #expect(bytes == content)
        }
    }

    @Test("an object that is replaced while it is read is never mixed")
    func replaced() async throws {
        try await withLibrary { library async throws in
            let problem = await #expect(throws: Problem.self) { try await read("runs/replaced", of: library) }
            #expect(problem?.kind == .invalidInput)
            #expect(problem?.file == "runs/replaced")
        }
    }

    @Test("reading ends where no connection brings a byte any more", arguments: ["runs/silent", "runs/dead"])
    func silent(key: String) async throws {
        try await withLibrary { library async throws in
            let problem = await #expect(throws: Problem.self) { try await read(key, of: library) }
            #expect(problem?.kind == .unavailable)
        }
    }
}
