import AWSSupport
import Campaigns
import CloudAdapters
import Foundation
import TestSupport
import Testing

@Suite("The command line on AWS", .timeLimit(.minutes(3)))
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
                "Sending takes about 12 s at 13.3 mails a second", "Ready to send.",
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
}
