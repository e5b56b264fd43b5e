import AWS
import AWSSupport
import Campaigns
import Delivery
import Foundation
import TestSupport
import Testing

/// The real worker goes every way on which it calls AWS, as a role with the policy that the template gives it. moto judges what
/// it calls by that policy, mails excepted: SES is a simulator's, so that its calls are compared with the policy here.
@Suite("Permissions in template.yaml", .timeLimit(.minutes(10)))
struct PermissionTests {
    @Test("each function may do what it does: nothing less, and nothing more")
    func exact() async throws {
        try await withMotoAccount(checksSignatures: true, records: true) { account in
            let site = try await Site(on: account)
            let scheduler = try await run(
                "Scheduler", at: site,
                events: [
                    // The tick then looks whether its sequence is new to the run.
                    #"{"campaign": "empty", "occurrence": "first"}"#,
                    #"{"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}"#,
                    #"{"campaign": "solo", "occurrence": "throttled"}"#,
                    #"{"campaign": "solo", "occurrence": "paused"}"#,
                    #"{"campaign": "sixty", "occurrence": "sent"}"#,
                    // Its shards are handed over again, in case their messages were lost.
                    #"{"campaign": "sixty", "occurrence": "sent"}"#,
                    """
                    {"source": "aws.s3", "detail-type": "Object Created", "detail":
                     {"bucket": {"name": "\(site.bucket)"}, "object": {"key": "campaigns/weekly/campaign.json"}}}
                    """,
                    #"{"campaign": "empty", "step": "reminder", "of": "first"}"#,
                    // What was written of this one is deleted again.
                    #"{"campaign": "broken", "occurrence": "never"}"#,
                ])
            #expect(scheduler.map(\.isError) == Array(repeating: false, count: 8) + [true], "\(scheduler)")

            let sender = try await run(
                "Sender", at: site, events: try scheduler[2...5].map { try shardEvent(of: $0) },
                faults: [
                    .throttle(), .error("SendingPausedException"), .reset(afterAccepting: true),
                ])
            #expect(sender.map(\.text) == Array(repeating: #"{"batchItemFailures":[]}"#, count: 4))

            let feedback = try await run(
                "Feedback", at: site,
                events: [
                    // Of mails that the ledger knows as accepted, but for one, which is uncertain.
                    try queueEvent((0..<50).map { mailEvent("Send", of: "sixty", "sent", recipient: $0) }),
                    mailEvent("Bounce", of: "sixty", "sent"),
                    mailEvent("Complaint", of: "sixty", "sent"),
                    // Of one that the ledger does not know yet.
                    mailEvent("Bounce", of: "solo", "throttled"),
                    mailEvent("Bounce", of: "sixty", "sent", bounceType: "Transient"),
                ])
            #expect(
                feedback.map(\.text)
                    == [#"{"batchItemFailures":[]}"#] + Array(repeating: #"{"taken":1}"#, count: 4))

            let page = try await run(
                "UnsubscribePage", at: site,
                events: [
                    try visit("GET"), try visit("POST", "List-Unsubscribe=One-Click"),
                    try visit("POST", "action=undo"),
                ])
            #expect(page.allSatisfy { $0.text.contains(#""statusCode":200"#) }, "\(page)")

            let canary = try await withSubmissionServer { relay in
                try await run(
                    "Canary", at: site, events: ["{}"],
                    environment: [
                        "JADA_BLAST_RELAY_SERVER": "localhost:\(relay.server.port)",
                        "AWS_CA_BUNDLE": relay.certificateAuthority,
                    ])
            }
            #expect(canary.allSatisfy { $0.text.contains("takes the relay's credentials") }, "\(canary)")
            #expect(canary.allSatisfy { !$0.text.contains("could not be looked at") }, "\(canary)")
        }
    }

    @Test("what a function has no business with is refused")
    func denied() async throws {
        try await withMotoAccount(checksSignatures: true) { account in
            let site = try await Site(on: account)
            var functions: [String: MotoAccount] = [:]
            for (name, function) in site.template.functions {
                functions[name] = account.signing(
                    with: try await account.assumeRole(policy: site.template.policy(of: function).document))
            }
            for attempt in try await Attempt.all(at: site) {
                let function = try #require(functions[attempt.function])
                let refused = await #expect(throws: AWSError.self, "\(attempt)") {
                    try await attempt.call(function)
                }
                let code = refused?.code ?? ""
                #expect(code.hasPrefix("AccessDenied"), "\(attempt): \(String(describing: refused))")
            }
            // It is the policy that stood in the way: who may do everything does all of it.
            for attempt in try await Attempt.all(at: site) { try await attempt.call(account) }
        }
    }

    /// How a function answered an event.
    private struct Answer: CustomStringConvertible {
        let isError: Bool
        let text: String
        var description: String { text }
    }

    /// What is done in a function's name by Lambda itself.
    private static let lambdasOwn: Set = [
        "logs:CreateLogStream", "logs:PutLogEvents",
        "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
    ]

    /// Lets a function handle events one after the other, in its role, and compares what it called with what it may.
    ///
    /// - Parameters:
    ///   - faults: what SES answers to the first mails.
    ///   - environment: more of it, and other than the template's.
    private func run(
        _ name: String, at site: Site, events: [String], faults: [SESSimulator.Fault] = [],
        environment: [String: String] = [:]
    ) async throws -> [Answer] {
        let function = try #require(site.template.functions[name])
        let policy = try site.template.policy(of: function)
        #expect(policy.managed == [])
        let role = try await site.account.assumeRole(policy: policy.document)
        return try await withSESSimulator { simulator in
            try await simulator.configure(
                .init(keys: [role.accessKeyID: .init(secret: role.secretAccessKey, token: role.sessionToken)])
            )
            for fault in faults { try await simulator.inject(fault) }
            let start = try Permission.all(in: site.account.server.outputSoFar).count
            let outcomes = try await withRuntimeAPI(
                invocations: events.enumerated().map { .invocation("\($0.offset)", $0.element) }
            ) { api in
                try api.start(
                    "jada-blast-worker", handler: function.handler,
                    environment: function.environment.merging([
                        "AWS_REGION": site.account.aws.region, "AWS_ENDPOINT_URL": site.account.server.url,
                        "AWS_ENDPOINT_URL_SESV2": simulator.url,
                        "AWS_ACCESS_KEY_ID": role.accessKeyID,
                        "AWS_SECRET_ACCESS_KEY": role.secretAccessKey,
                        "AWS_SESSION_TOKEN": role.sessionToken ?? "",
                    ]) { $1 }.merging(environment) { $1 })
                return try await api.outcomes(events.count)
            }
            let calls =
                try Permission.all(in: site.account.server.outputSoFar)[start...]
                + (try await mailing(simulator))
            let refused = Set(calls).filter { !policy.allows($0) }
            #expect(refused.isEmpty, "\(name) is not allowed this")
            let idle = policy.grants.filter { grant in
                !Self.lambdasOwn.contains(grant.action) && !calls.contains { grant.isUsed(by: $0) }
            }
            #expect(idle.isEmpty, "\(name) has no use for this")
            return outcomes.map { Answer(isError: $0.path.hasSuffix("/error"), text: $0.text) }
        }
    }

    /// What IAM would be asked for the requests that SES has had (Service Authorization Reference, "Amazon SES API v2").
    private func mailing(_ simulator: SESSimulator) async throws -> [Permission] {
        var operations = Set(try await simulator.statistics().requests.keys)
        var permissions: [Permission] = []
        if operations.remove("SendEmail") != nil {
            for mail in try await simulator.acceptedMails() {
                let domain = mail.from.split { "@>".contains($0) }[1]
                let resources =
                    ["identity/\(domain)"] + (mail.configurationSet.map { ["configuration-set/\($0)"] } ?? [])
                permissions += resources.map {
                    Permission(action: "ses:SendEmail", resource: "arn:aws:ses:us-west-2:123456789012:\($0)")
                }
            }
        }
        if operations.remove("GetEmailIdentity") != nil {
            permissions.append(
                Permission(
                    action: "ses:GetEmailIdentity",
                    resource: "arn:aws:ses:us-west-2:123456789012:identity/example.org"))
        }
        return permissions + operations.map { Permission(action: "ses:\($0)", resource: "*") }
    }

    /// What SES tells of a mail of a run's first batch.
    private func mailEvent(
        _ kind: String, of campaign: String, _ occurrence: String, recipient: Int = 0,
        bounceType: String = "Permanent"
    ) -> String {
        let name = Data(occurrence.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
        let recipients = #"[{"emailAddress": "\#(occurrence)@example.org"}]"#
        let bounceSubtype = bounceType == "Transient" ? "MailboxFull" : "NoEmail"
        return """
            {"source": "aws.ses", "detail": {"eventType": "\(kind)", "send": {},
            "bounce": {"bounceType": "\(bounceType)", "bounceSubType": "\(bounceSubtype)", \
            "bouncedRecipients": \(recipients)},
            "complaint": {"complainedRecipients": \(recipients)}, "mail": {"messageId": "id",
            "tags": {"campaign": ["\(campaign)"], "occurrence": ["\(name)"], "batch": ["0-0"],
            "recipient": ["\(recipient)"]}}}}
            """
    }

    /// A request of a function URL, by a link of a mail.
    private func visit(_ method: String, _ body: String = "") throws -> String {
        let subscriber = Subscriber(campaign: try #require(CampaignID("solo")), address: "ann@example.org")
        let token = try UnsubscribeKeys(secrets: Site.secret).seal(subscriber)
        return """
            {"version": "2.0", "rawPath": "/", "rawQueryString": "t=\(token)", "body": "\(body)", "isBase64Encoded": false,
            "requestContext": {"http": {"method": "\(method)"}}}
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
        return try queueEvent([
            String(decoding: try JSONSerialization.data(withJSONObject: message), as: UTF8.self)
        ])
    }

    /// What Lambda makes of messages.
    private func queueEvent(_ bodies: [String]) throws -> String {
        let records = bodies.enumerated().map { index, body in
            [
                "messageId": "\(index)", "receiptHandle": "\(index)", "body": body,
                "eventSource": "aws:sqs", "attributes": ["ApproximateReceiveCount": "1"],
            ] as [String: Any]
        }
        return String(
            decoding: try JSONSerialization.data(withJSONObject: ["Records": records]), as: UTF8.self)
    }
}
