import AWSSupport
import Campaigns
import CloudAdapters
import Foundation
import TestSupport
import Testing

@Suite("The command line on AWS", .timeLimit(.minutes(10)))
struct CommandLineTests {
    private static let invocation = ["invoke", "events/campaign.json", "--aws", "--json"]

    @Test("invoke plans, sends and prints one object; the second time it confirms")
    func invoke() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            try await deployment.suppressExamples()
            let first = try await jadaBlast(Self.invocation, deployment.environment)
            #expect(first.status == 0)
            #expect(first.errors == "")
            let summary = try first.decode(Summary.self)
            #expect(summary.run == "paul-simon#7bf73129-1428-4cd3-a780-95db273d1602")
            #expect(summary.status == "finished")
            #expect(
                summary.counts
                    == .init(
                        rows: 200, accepted: 165, rejected: 0, suppressed: 6, invalid: 14, duplicate: 9,
                        excluded: 6, uncertain: 0))
            #expect(summary.counts.total == summary.counts.rows)
            let mails = try await deployment.simulator.acceptedMails()
            #expect(mails.count == 165)
            #expect(Set(mails.map { $0.to[0].lowercased() }).count == 165)

            let second = try await jadaBlast(Self.invocation, deployment.environment)
            #expect(second.status == 0)
            #expect(try second.decode(Summary.self) == summary)
            #expect(try await deployment.simulator.acceptedMails().count == 165)

            struct Status: Decodable {
                var runs: [Summary]
            }
            let status = try await jadaBlast(["status", "--aws", "--json"], deployment.environment)
            #expect(status.status == 0)
            #expect(try status.decode(Status.self).runs == [summary])
            let words = try await jadaBlast(["status", "paul-simon", "--aws"], deployment.environment)
            #expect(words.output.contains("\(summary.run)\n  finished, 165 of 165 mails"))
            #expect(words.output.contains("200 rows: 165 accepted"))
        }
    }

    @Test("check tells of identity, DKIM, MAIL FROM, quota and suppression")
    func check() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            try await deployment.suppressExamples()
            let check = ["check", "paul-simon", "--aws"]

            let unverified = try await jadaBlast(check + ["--json"], deployment.environment)
            #expect(unverified.status == 78)
            let problems = try unverified.decode(Complaint.self).problems
            #expect(
                problems.map(\.message) == [
                    "SES has no verified identity for crew@queenofsandiego.com in this Region"
                ])

            var settings = SESSimulator.Settings(max24HourSend: 50_000, sentLast24Hours: 1234)
            settings.maxSendRate = 14
            settings.identities = [
                "queenofsandiego.com": .init(
                    dkim: .init(tokens: ["one", "two", "three"]),
                    mailFrom: .init(domain: "bounce.queenofsandiego.com", status: "SUCCESS"))
            ]
            try await deployment.simulator.configure(settings)
            let ready = try await jadaBlast(check, deployment.environment)
            #expect(ready.status == 0)
            for line in [
                "    165  to be mailed\n      6  suppressed\n     14  invalid\n      9  duplicate\n      6  excluded\n    200  rows",
                "Identity queenofsandiego.com: verified", "  DKIM       SUCCESS",
                "  MAIL FROM  bounce.queenofsandiego.com SUCCESS",
                "Quota: 14 mails a second; in 24 hours: 1234 of 50000",
                "Sending takes about 12 s at 13.4 mails a second", "Ready to send.",
            ] {
                #expect(ready.output.contains(line + "\n"), "\(ready.output)")
            }
            #expect(try await deployment.simulator.acceptedMails().isEmpty)
        }
    }

    @Test("scheduler and sender can be invoked apart, as the functions are")
    func handlers() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            let plan = try await jadaBlast(
                ["invoke", "events/campaign.json", "--aws", "--handler", "scheduler"],
                deployment.environment)
            #expect(plan.status == 0)
            #expect(try plan.decode(SchedulerAnswer.self).campaigns.map(\.outcome) == ["planned"])
            #expect(try await deployment.simulator.acceptedMails().isEmpty)

            let send = try await jadaBlast(
                ["invoke", "events/shards.json", "--aws", "--handler", "sender"], deployment.environment)
            #expect(send.status == 0)
            #expect(try send.decode(SenderAnswer.self).batchItemFailures.isEmpty)
            #expect(try await deployment.simulator.acceptedMails().count == 171)
        }
    }

    @Test("a run whose queue was missing goes on once there is one")
    func queueMadeLater() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            let name = "later-\(UUID().uuidString.lowercased())"
            var environment = deployment.environment
            environment["JADA_BLAST_QUEUE_URL"] = deployment.configuration.queueURL
                .replacingOccurrences(of: #"[^/]+$"#, with: name, options: .regularExpression)
            let failed = try await jadaBlast(Self.invocation, environment)
            #expect(failed.status == 78)
            #expect(try await deployment.simulator.acceptedMails().isEmpty)

            _ = try await deployment.account.createQueue(name)
            let sent = try await jadaBlast(Self.invocation, environment)
            #expect(sent.status == 0)
            #expect(try sent.decode(Summary.self).counts.accepted == 171)
            #expect(try await deployment.simulator.acceptedMails().count == 171)
        }
    }

    @Test(
        "a shard that fails again and again shows in status, and resume puts what is left of it into the queue"
    )
    func deadLetters() async throws {
        struct Status: Decodable {
            struct DeadLetters: Decodable {
                struct Shard: Decodable, Equatable {
                    var run: String?
                    var shard: Int?
                    var receiveCount: Int
                }
                var count: Int
                var shards: [Shard]
            }
            var shardsInQueue: Int
            var deadLetters: DeadLetters?
        }
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            _ = try await jadaBlast(Self.invocation + ["--handler", "scheduler"], deployment.environment)
            let queue = deployment.cloud.queue
            while try await queue.count() > 0 {
                for received in try await queue.receive(maximum: 1, visibility: .seconds(60)) {
                    try await queue.changeVisibility(of: received, to: .zero)
                }
            }
            let id = "paul-simon#7bf73129-1428-4cd3-a780-95db273d1602"
            for _ in 0..<2 {
                let status = try await jadaBlast(["status", "--aws", "--json"], deployment.environment)
                let report = try status.decode(Status.self)
                #expect(report.shardsInQueue == 0)
                let letters = try #require(report.deadLetters)
                #expect(letters.count == 1)
                #expect(letters.shards.map(\.run) == [id] && letters.shards.map(\.shard) == [0])
            }
            let told = try await jadaBlast(["status", "--aws"], deployment.environment)
            #expect(told.output.contains("1 dead letter:\n  \(id), shard 0: received "))

            let resumed = try await jadaBlast(["resume", id, "--aws"], deployment.environment)
            #expect(resumed.status == 0)
            let status = try await jadaBlast(["status", "--aws", "--json"], deployment.environment)
            let report = try status.decode(Status.self)
            #expect(report.shardsInQueue == 1)
            #expect(report.deadLetters == nil)
        }
    }

    @Test("two at once plan one run and share its mails")
    func atOnce() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            async let one = jadaBlast(Self.invocation, deployment.environment)
            async let other = jadaBlast(Self.invocation, deployment.environment)
            let results = try await [one, other]
            #expect(results.map(\.status) == [0, 0])
            let summaries = try results.map { try $0.decode(Summary.self) }
            #expect(summaries[0] == summaries[1])
            #expect(summaries[0].counts.accepted == 171)
            let mails = try await deployment.simulator.acceptedMails()
            #expect(mails.count == 171)
            #expect(Set(mails.map { $0.to[0].lowercased() }).count == 171)
            #expect(try await deployment.cloud.ledger.runs(of: nil).count == 1)
        }
    }

    @Test("each recipient ends as SES has answered, and what is uncertain is not tried again")
    func outcomes() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            let simulator = deployment.simulator
            try await simulator.inject(
                .error("MessageRejected").forAddresses(matching: "^(yulian|umah)@example.org$"),
                .reset(afterAccepting: true).forAddresses(matching: "^p.zamora@sail.test$"),
                .error("InternalServiceErrorException").forAddresses(matching: "^liaml@mail.example.com$"),
                .throttle(count: 5))
            let expected = Summary.Counts(
                rows: 200, accepted: 167, rejected: 2, suppressed: 0, invalid: 14, duplicate: 9, excluded: 6,
                uncertain: 2)
            for _ in 1...2 {
                let result = try await jadaBlast(Self.invocation, deployment.environment)
                #expect(result.status == 74)
                let summary = try result.decode(Summary.self)
                #expect(summary.status == "finished")
                #expect(summary.counts == expected)
                // The mail whose answer was lost has gone out; that is what its uncertainty means.
                let mails = try await simulator.acceptedMails()
                #expect(mails.count == 168)
                #expect(Set(mails.map { $0.to[0].lowercased() }).count == 168)
            }
            #expect(try await simulator.statistics().requests["SendEmail"] == 171 + 5)
        }
    }

    @Test("credentials that expire in the middle stop the run, and nobody is lost")
    func expiry() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            var fault = SESSimulator.Fault.error("ExpiredTokenException", count: .max)
            fault.skip = 60
            try await deployment.simulator.inject(fault)
            let result = try await jadaBlast(Self.invocation, deployment.environment)
            #expect(result.status == 75)
            let summary = try result.decode(Summary.self)
            #expect(summary.status == "stopped")
            #expect(summary.reason?.contains("The credentials have expired: sign in again") == true)
            #expect(summary.counts.accepted == 60)
            #expect(summary.counts.uncertain == 0)
            #expect(summary.counts.total + summary.pending == 200)
            #expect(try await deployment.simulator.acceptedMails().count == 60)
        }
    }
}
