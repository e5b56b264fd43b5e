import AWS
import AWSSupport
import Foundation
import TestSupport
import Testing

/// The real worker goes every way on which it calls AWS; what it calls is compared with what the template allows.
@Suite("Permissions in template.yaml", .timeLimit(.minutes(3)))
struct PermissionTests {
    @Test("each function may do what it does: nothing less, and nothing more")
    func exact() async throws {
        let template = try await Template.read()
        try await withMotoAccount(records: true) { account in
            let environment = try await deploy(on: account)
            let scheduler = try await run(
                "scheduler", environment, on: account,
                events: [
                    #"{"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}"#,
                    #"{"campaign": "solo", "occurrence": "throttled"}"#,
                    #"{"campaign": "solo", "occurrence": "paused"}"#,
                    #"{"campaign": "sixty", "occurrence": "sent"}"#,
                    // What was written of this one is deleted again.
                    #"{"campaign": "broken", "occurrence": "never"}"#,
                ])
            #expect(scheduler.answers.map(\.isError) == [false, false, false, false, true])
            #expect(scheduler.actions.sorted() == template.actions["Scheduler"], "\(scheduler.answers)")

            let sender = try await run(
                "sender", environment, on: account,
                events: try scheduler.answers[1...3].map { try shardEvent(of: $0) },
                faults: [.throttle(), .error("SendingPausedException")])
            #expect(sender.answers.map(\.isError) == [false, false, false])
            #expect(sender.actions.sorted() == template.actions["Sender"], "\(sender.answers)")

            // Of a mail that the ledger knows as accepted, and of one that it does not know yet.
            let feedback = try await run(
                "feedback", environment, on: account,
                events: [bounce(occurrence: "sent"), bounce(occurrence: "throttled", campaign: "solo")])
            #expect(feedback.answers.map(\.text) == [#"{"taken":1}"#, #"{"taken":1}"#])
            #expect(feedback.actions.sorted() == template.actions["Feedback"], "\(feedback.answers)")
        }
    }

    /// How a function answered an event.
    private struct Answer: CustomStringConvertible {
        let isError: Bool
        let text: String
        var description: String { text }
    }

    /// Lets a function handle events one after the other, and collects the IAM actions that it needed.
    ///
    /// - Parameter faults: what SES answers to the first mails.
    private func run(
        _ handler: String, _ environment: [String: String], on account: MotoAccount, events: [String],
        faults: [SESSimulator.Fault] = []
    ) async throws -> (answers: [Answer], actions: Set<String>) {
        try await withSESSimulator { simulator in
            for fault in faults { try await simulator.inject(fault) }
            let start = try RecordedRequest.all(in: account.server.outputSoFar).count
            let outcomes = try await withRuntimeAPI(
                invocations: events.enumerated().map { .invocation("\($0.offset)", $0.element) }
            ) { api in
                try api.start(
                    "jada-blast-worker", handler: handler,
                    environment: environment.merging(["AWS_ENDPOINT_URL_SESV2": simulator.url]) { $1 })
                return try await api.outcomes(events.count)
            }
            let answers = outcomes.map { Answer(isError: $0.path.hasSuffix("/error"), text: $0.text) }
            let requests = try RecordedRequest.all(in: account.server.outputSoFar)[start...]
            let mailing = try await simulator.statistics().requests.keys
            return (answers, Set(requests.flatMap(\.actions) + mailing.map { "ses:\($0)" }))
        }
    }

    /// What SES tells of the first mail of a run.
    private func bounce(occurrence: String, campaign: String = "sixty") -> String {
        let name = Data(occurrence.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
        return """
            {"source": "aws.ses", "detail": {"eventType": "Bounce", "bounce": {"bounceType": "Permanent",
            "bouncedRecipients": [{"emailAddress": "\(occurrence)@example.org"}]}, "mail": {"messageId": "id",
            "tags": {"campaign": ["\(campaign)"], "occurrence": ["\(name)"], "batch": ["0-0"], "recipient": ["0"]}}}}
            """
    }

    /// What Lambda makes of the one message of a run.
    private func shardEvent(of answer: Answer) throws -> String {
        struct Planned: Decodable {
            struct Campaign: Decodable { let run: String }
            let campaigns: [Campaign]
        }
        let planned = try JSONDecoder().decode(Planned.self, from: Data(answer.text.utf8))
        let message =
            [
                "run": try #require(planned.campaigns.first).run, "shard": 0, "firstBatch": 0,
            ] as [String: Any]
        let body = String(decoding: try JSONSerialization.data(withJSONObject: message), as: UTF8.self)
        let record =
            [
                "messageId": "1", "receiptHandle": "1", "body": body, "eventSource": "aws:sqs",
                "attributes": ["ApproximateReceiveCount": "1"],
            ] as [String: Any]
        return String(
            decoding: try JSONSerialization.data(withJSONObject: ["Records": [record]]), as: UTF8.self)
    }

    /// A bucket with campaigns, a table, a queue and the secret; returns the functions' environment.
    private func deploy(on account: MotoAccount) async throws -> [String: String] {
        let bucket = try await account.createBucket()
        let s3 = S3(configuration: account.aws)
        let many = (0..<200_000).map { "guest-\($0)@example.org\n" }.joined()
        let campaigns = [
            (id: "solo", list: "email\nann@example.org\n", schedule: ""),
            // More than a batch: the sender looks between two of them whether the run goes on.
            (
                id: "sixty", list: "email\n\((0..<60).map { "guest-\($0)@example.org\n" }.joined())",
                schedule: ""
            ),
            (id: "broken", list: "email\n\(many)a,b\n", schedule: ""),
            (
                id: "weekly", list: "email\nann@example.org\n",
                schedule: #""schedule": {"expression": "rate(7 days)"},"#
            ),
        ]
        for campaign in campaigns {
            let files = [
                "message.txt": "Ahoy", "recipients.csv": campaign.list,
                "campaign.json": """
                {"id": "\(campaign.id)", "name": "Ahoy", "subject": "Ahoy", \(campaign.schedule)
                 "from": {"name": "Crew", "email": "crew@example.org"},
                 "text": "message.txt", "recipients": "recipients.csv"}
                """,
            ]
            for (name, text) in files {
                try await s3.put(.bytes(Array(text.utf8)), to: "campaigns/\(campaign.id)/\(name)", in: bucket)
            }
        }
        try await account.call(
            .ssm, "AmazonSSM.PutParameter",
            #"{"Name": "/key", "Type": "SecureString", "Value": "0123456789abcdef0123456789abcdef"}"#)
        return [
            "AWS_REGION": account.aws.region, "AWS_ENDPOINT_URL": account.server.url,
            "AWS_ACCESS_KEY_ID": account.key.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": account.key.secretAccessKey,
            "JADA_BLAST_BUCKET": bucket, "JADA_BLAST_TABLE": try await account.createTable(),
            "JADA_BLAST_QUEUE_URL": try await account.createQueue(),
            "JADA_BLAST_UNSUBSCRIBE_URL": "https://unsubscribe.example/u?t={token}",
            "JADA_BLAST_UNSUBSCRIBE_KEY_PARAMETER": "/key",
        ]
    }
}
