import AWS
import AWSSupport
import HTTP
import TestSupport
import Testing

/// What DynamoDB asks to make again in answers that moto never gives.
@Suite("DynamoDB's put-off work", .timeLimit(.minutes(10)))
struct DynamoDBRetryTests {
    private func withAnswers(
        _ answers: [ScriptedServer.Answer],
        _ body: (_ client: DynamoDB, _ server: ScriptedServer) async throws -> Void
    ) async throws {
        try await withScriptedServer(answers) { server in
            let http = HTTPClient()
            defer { http.shutdown() }
            let aws = AWSConfiguration(
                region: "us-west-2", http: http,
                credentials: StaticCredentials(Credentials(accessKeyID: "A", secretAccessKey: "s")),
                environment: ["AWS_ENDPOINT_URL": server.url])
            try await body(DynamoDB(configuration: aws), server)
        }
    }

    private func key(_ pk: String) -> DynamoDB.Item { ["pk": .string(pk)] }

    @Test("keys that were put off are asked for again, and only they")
    func unprocessedKeys() async throws {
        let answers = [
            ScriptedServer.Answer(
                body: #"""
                    {"Responses": {"t": [{"pk": {"S": "a"}}]},
                     "UnprocessedKeys": {"t": {"Keys": [{"pk": {"S": "b"}}], "ConsistentRead": true}}}
                    """#),
            ScriptedServer.Answer(
                body: #"{"Responses": {"t": [{"pk": {"S": "b"}}]}, "UnprocessedKeys": {}}"#),
        ]
        try await withAnswers(answers) { client, server async throws in
            let items = try await client.batchGet([key("a"), key("b")], from: "t", isConsistent: true)
            #expect(items == [key("a"), key("b")])
            let requests = try await server.recorded()
            #expect(requests.count == 2)
            #expect(requests.last?.body.contains(#""a""#) == false)
        }
    }

    @Test("keys that are put off for ever end in an error of throttling")
    func neverProcessed() async throws {
        let answer = ScriptedServer.Answer(
            body: #"{"Responses": {}, "UnprocessedKeys": {"t": {"Keys": [{"pk": {"S": "a"}}]}}}"#)
        try await withAnswers([answer]) { client, _ async throws in
            let error = await #expect(throws: AWSError.self) {
                try await client.batchGet([key("a")], from: "t", isConsistent: false)
            }
            #expect(error?.isThrottling == true)
        }
    }

    private static let conflict = ScriptedServer.Answer(
        status: 400,
        body: #"""
            {"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "Message": "cancelled",
             "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "ongoing"}]}
            """#)

    @Test("a transaction that met another is made again under the same token")
    func transactionConflict() async throws {
        try await withAnswers([Self.conflict, Self.conflict, .ok]) { client, server async throws in
            let writes: [DynamoDB.Write] = [.put(key("a"), into: "t"), .delete(key("b"), from: "t")]
            #expect(try await client.transact(writes, token: "token-1") == .committed)
            let requests = try await server.recorded()
            #expect(requests.count == 3)
            #expect(Set(requests.map(\.body)).count == 1)
            #expect(requests.first?.body.contains("token-1") == true)
        }
    }

    @Test("a write that met a transaction is made again")
    func writeConflict() async throws {
        let conflict = ScriptedServer.Answer.json(400, "TransactionConflictException")
        try await withAnswers([conflict, .ok]) { client, server async throws in
            #expect(try await client.write(.put(key("a"), into: "t")) == .written([:]))
            #expect(try await server.recorded().count == 2)
        }
    }

    @Test("a transaction cancelled for another reason is an error, one that makes no sense too")
    func otherCancellations() async throws {
        let invalid = ScriptedServer.Answer(
            status: 400,
            body: #"""
                {"__type": "TransactionCanceledException",
                 "CancellationReasons": [{"Code": "ValidationError", "Message": "too large"}]}
                """#)
        let senseless = ScriptedServer.Answer(
            status: 400, body: #"{"__type": "TransactionCanceledException"}"#)
        try await withAnswers([invalid, senseless]) { client, _ async throws in
            for _ in 0..<2 {
                let error = await #expect(throws: AWSError.self) {
                    try await client.transact([.put(key("a"), into: "t")], token: "t")
                }
                #expect(error?.code == "TransactionCanceledException")
            }
        }
    }

    @Test(
        "an answer of another shape is malformed, not a crash",
        arguments: [
            "", "[]", #"{"Item": 1}"#, #"{"Item": {"a": {"S": 1}}}"#, #"{"Item": {"a": {}}}"#, "{\"Item\": {",
        ])
    func malformed(body: String) async throws {
        try await withAnswers([ScriptedServer.Answer(body: body)]) { client, _ async throws in
            let error = await #expect(throws: AWSError.self) {
                try await client.get(key("a"), from: "t", isConsistent: true)
            }
            guard case .malformedResponse? = error?.kind else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
