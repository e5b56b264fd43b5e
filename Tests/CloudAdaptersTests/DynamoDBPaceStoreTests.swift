import AWS
import AWSSupport
import Campaigns
import CloudAdapters
import HTTP
import TestSupport
import Testing

@Suite("The pace in DynamoDB", .timeLimit(.minutes(10)))
struct DynamoDBPaceStoreTests {
    /// Does something with a store whose table answers as scripted.
    ///
    /// - Returns: the bodies of the writes.
    private func writes(
        _ answers: [ScriptedServer.Answer], _ body: (any PaceStore) async throws -> Void
    ) async throws -> [String] {
        let http = HTTPClient()
        defer { http.shutdown() }
        return try await withScriptedServer(answers) { server in
            let aws = AWSConfiguration(
                region: "us-west-2", http: http,
                credentials: StaticCredentials(Credentials(accessKeyID: "AKIA", secretAccessKey: "secret")),
                environment: ["AWS_ENDPOINT_URL": server.url])
            let cloud = Cloud(
                aws: aws, configuration: CloudConfiguration(bucket: "b", table: "t", queueURL: "q"))
            try await body(cloud.pace)
            return try await server.recorded()
                .filter { $0.headers["x-amz-target"]?.hasSuffix(".UpdateItem") == true }.map(\.body)
        }
    }

    private func item(version: Int) -> String {
        """
        {"timeline":{"S":"\(PaceTimeline().text)"},"share":{"N":"1"},"reduced_at":{"N":"0"},\
        "generation":{"N":"\(version)"},"asked_at":{"N":"0"},"version":{"N":"\(version)"},\
        "token":{"S":"another's"}}
        """
    }

    private func read(_ item: String) -> ScriptedServer.Answer { .init(body: #"{"Item":\#(item)}"#) }

    /// A write that came too late: the table holds another version.
    private func refused(version: Int) -> ScriptedServer.Answer {
        .init(
            status: 400,
            body: """
                {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"",\
                "Item":\(item(version: version))}
                """)
    }

    @Test("an item of an older form, without a timeline, is a fresh pace, and is written over")
    func olderForm() async throws {
        let old = #"{"next_free":{"N":"1780000000000"},"version":{"N":"41"}}"#
        let writes = try await writes([read(old), .ok]) { store async throws in
            #expect(try await store.read() == PaceState())
            try await store.change { $0.generation = 1 }
        }
        #expect(writes.count == 1)
        #expect(writes.first?.contains(##""#version = :seen""##) == true)
        #expect(writes.first?.contains(#"":seen":{"N":"41"}"#) == true)
    }

    @Test(
        "what must not be made twice is tried again only if it was not made",
        arguments: [(true, 6, 2), (true, 7, 2), (false, 6, 2), (false, 7, 1)])
    func doubtful(isRepeatable: Bool, versionFound: Int, expected: Int) async throws {
        let answers = [read(item(version: 5)), refused(version: versionFound), .ok]
        let writes = try await writes(answers) { store async throws in
            try await store.change(isRepeatable: isRepeatable) { $0.generation += 100 }
        }
        #expect(writes.count == expected)
    }
}
