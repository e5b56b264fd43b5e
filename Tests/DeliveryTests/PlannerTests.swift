import Campaigns
import Delivery
import Foundation
import JSON
import TestSupport
import Testing

@Suite("Planning")
struct PlannerTests {
    @Test("every row ends in exactly one count, and the counts add up (I2)")
    func counts() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                #""exclude": ["booked.csv"]"#,
                recipients:
                    "\u{FEFF}email,name,seat\r\nann@example.org,\"Ann, \"\"A\"\"\",1\r\nANN@Example.org,Ann,2\r\n"
                    + "no address,X,3\r\nbob@example.org,\"Bob\r\nSmith\",4\r\neve@example.org,Eve,5\r\n"
                    + "zoë@example.org,Zoë,6\r\nanja@bücher.example,Änja,7\r\nkim@example.org,Kim,8\r\n")
            try workshop.write("booked.csv", "email\nBOB@example.org\n")
            try await workshop.suppression.add(
                SuppressionEntry(
                    address: "eve@example.org", reason: .unsubscribe, source: "unsubscribe",
                    at: workshop.clock.now()))

            let (run, isNew) = try await workshop.plan()
            #expect(isNew)
            #expect(run.rows == 8)
            #expect(run.atPlan.duplicate == 1)
            #expect(run.atPlan.invalid == 2)
            #expect(run.atPlan.excluded == 1)
            #expect(run.atPlan.suppressed == 1)
            #expect(run.recipients == 3)
            #expect(run.atPlan.total + run.recipients == run.rows)
            #expect(run.isEnqueued)

            _ = try await Drain(sender: workshop.sender()).drain(run.id)
            let end = try await workshop.run()
            #expect(end.isFinished)
            #expect(try await workshop.queue.count() == 0)
            #expect(end.counts.total == end.rows)
            #expect(
                workshop.mailer.addresses == [
                    "anja@xn--bcher-kva.example", "ann@example.org", "kim@example.org",
                ])
            let ann = try #require(workshop.mailer.mails.first { $0.to.address == "ann@example.org" })
            #expect(ann.subject == "Aboard, Ann, \"A\"")
            #expect(ann.html?.contains("Dear Ann, &quot;A&quot;") == true)
            #expect(
                ann.headers.contains {
                    $0.name == "List-Unsubscribe-Post" && $0.value == "List-Unsubscribe=One-Click"
                })
            #expect(ann.headers.contains { $0.name == "List-Unsubscribe" && $0.value.hasPrefix("<https://") })
        }
    }

    @Test("set-aside rows are kept with line and reason")
    func setAside() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                recipients: "email,name\nann@example.org,Ann\nbad,B\nann@example.org,Again\n")
            let (run, _) = try await workshop.plan()
            let object = try await workshop.library.read(
                PlanKeys(prefix: run.planPrefix).setAside(0), maximumBytes: 1 << 20)
            let lines = String(decoding: object.bytes, as: UTF8.self).split(separator: "\n")
            let rows = try lines.map { try JSONDecoder().decode(SetAsideRow.self, from: Array($0.utf8)) }
            #expect(rows.map(\.line) == [3, 4])
            #expect(rows.map(\.outcome) == ["invalid", "duplicate"])
            #expect(rows.map(\.address) == ["bad", "ann@example.org"])
        }
    }

    @Test(
        "a long list, read in many pieces, comes out as row by row, whatever counts as the same address",
        arguments: [false, true])
    func manyPieces(isCaseSensitive: Bool) async throws {
        try await Workshop.open { workshop in
            var dice = SystemRandomNumberGenerator()
            var list = "email,name\n"
            var seen: Set<String> = []
            var expected: [String] = []
            var setAside: [String] = []
            for line in 2..<20_002 {
                let number = Int.random(in: 0..<12_000, using: &dice)
                let address =
                    ["guest\(number)", "Guest\(number)"].randomElement(using: &dice)! + "@example.org"
                list += "\(address),\"N, \(line)\"\n"
                let compared = isCaseSensitive ? address : address.lowercased()
                if !seen.insert(compared).inserted {
                    setAside.append("\(line) \(address) duplicate")
                } else if address.lowercased() == "guest7@example.org" {
                    setAside.append("\(line) \(address) suppressed")
                } else {
                    expected.append("\(line) \(address) N, \(line)")
                }
            }
            try workshop.writeCampaign(
                #""caseSensitiveLocalParts": \#(isCaseSensitive)"#, recipients: list)
            try await workshop.suppression.add(
                SuppressionEntry(
                    address: "guest7@example.org", reason: .unsubscribe, source: "unsubscribe",
                    at: workshop.clock.now()))
            let (run, _) = try await workshop.plan(shardSize: 1000)
            let keys = PlanKeys(prefix: run.planPrefix)
            func lines(_ key: String) async throws -> [Substring] {
                let object = try await workshop.library.read(key, maximumBytes: 16 << 20)
                return String(decoding: object.bytes, as: UTF8.self).split(separator: "\n")
            }
            var planned: [String] = []
            for shard in 0..<run.shards {
                let rows = try await lines(keys.shard(shard))
                #expect(rows.count == 1000 || shard == run.shards - 1)
                for row in rows {
                    let recipient = try JSONDecoder().decode(PlannedRecipient.self, from: Array(row.utf8))
                    planned.append("\(recipient.line) \(recipient.to) \(recipient.values[0])")
                }
            }
            #expect(planned == expected)
            var left: [String] = []
            for number in 0... {
                guard let rows = try? await lines(keys.setAside(number)) else { break }
                for row in rows {
                    let row = try JSONDecoder().decode(SetAsideRow.self, from: Array(row.utf8))
                    left.append("\(row.line) \(row.address) \(row.outcome)")
                }
            }
            #expect(left == setAside)
        }
    }

    @Test("an occurrence planned twice gives one run")
    func twice() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign()
            let first = try await workshop.plan()
            let second = try await workshop.plan()
            #expect(first.isNew && !second.isNew)
            #expect(first.run == second.run)
            #expect(try await workshop.queue.count() == 1)
        }
    }

    @Test("schedulers that plan the same occurrence at once make one run, and leave one plan")
    func race() async throws {
        try await Workshop.open { workshop in
            let list = "email,name\n" + (0..<500).map { "r\($0)@example.org,R\($0)\n" }.joined()
            try workshop.writeCampaign(recipients: list)
            let results = try await withThrowingTaskGroup(of: (run: Run, isNew: Bool).self) { group in
                for _ in 0..<8 { group.addTask { try await workshop.plan(shardSize: 100) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.filter(\.isNew).count == 1)
            #expect(Set(results.map(\.run.planPrefix)).count == 1)
            // Five shards and plan.json of the winner; nothing of the others.
            #expect(workshop.planFiles.count == 6)
            _ = try await Drain(sender: workshop.sender()).drain(workshop.runID())
            #expect(workshop.mailer.addresses.count == 500)
            #expect(Set(workshop.mailer.addresses).count == 500)
        }
    }

    @Test("editing a campaign's files after planning changes nothing in the run (I3)")
    func immutable() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign()
            _ = try await workshop.plan()
            try workshop.writeCampaign(
                recipients: "email,name\nmallory@example.org,M\n", html: "{{other}}", text: "changed")
            _ = try await Drain(sender: workshop.sender()).drain(workshop.runID())
            #expect(workshop.mailer.addresses == ["ann@example.org", "bob@example.org"])
            #expect(workshop.mailer.mails.allSatisfy { $0.text?.hasPrefix("Dear ") == true })
        }
    }

    @Test("a plan that was tampered with is refused before a mail goes out")
    func tampered() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign()
            let (run, _) = try await workshop.plan()
            try await workshop.library.write(Array("{}".utf8), to: PlanKeys(prefix: run.planPrefix).plan)
            await #expect(throws: Problem.self) {
                _ = try await workshop.sender().send(ShardMessage(run: run.id, shard: 0))
            }
            #expect(workshop.mailer.mails.isEmpty)
        }
    }

    @Test("a gzip-compressed list reads like a plain one")
    func compressed() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign()
            let list = "email,name\n" + (0..<5000).map { "r\($0)@example.org,R\($0)\n" }.joined()
            try workshop.write("recipients.csv", list)
            let gzip = Process()
            gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            gzip.arguments = ["gzip", workshop.folder.path + "/library/campaigns/cruise/recipients.csv"]
            try gzip.run()
            gzip.waitUntilExit()
            let metadata = workshop.folder.appendingPathComponent("library/campaigns/cruise/campaign.json")
            let text = try String(contentsOf: metadata, encoding: .utf8)
            try workshop.write(
                "campaign.json", text.replacingOccurrences(of: "recipients.csv", with: "recipients.csv.gz"))
            #expect(try await workshop.plan().run.recipients == 5000)

            let path = workshop.folder.path + "/library/campaigns/cruise/recipients.csv.gz"
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try whole.dropLast(20).write(to: URL(fileURLWithPath: path))
            await #expect(throws: Problem.self) { _ = try await workshop.plan("two") }
        }
    }

    @Test("the map of columns names the address and the variables")
    func columns() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                #""columns": {"email": "E-Mail", "variables": {"name": "Guest Name"}}"#,
                recipients: "Booking,Guest Name,E-Mail\n1,Ann,ann@example.org\n")
            _ = try await workshop.plan()
            _ = try await Drain(sender: workshop.sender()).drain(workshop.runID())
            #expect(workshop.mailer.mails.map(\.text) == ["Dear Ann"])
        }
    }

    @Test("what a value holds is never rendered again, and stays on one line in the subject")
    func hostileValues() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                recipients: "email,name\nann@example.org,\"{{email}}\r\nBcc: eve@example.org\"\n")
            _ = try await workshop.plan()
            _ = try await Drain(sender: workshop.sender()).drain(workshop.runID())
            #expect(workshop.mailer.mails.map(\.subject) == ["Aboard, {{email}} Bcc: eve@example.org"])
        }
    }

    @Test(
        "without case sensitivity configured, local parts that differ in case are one person",
        arguments: [true, false])
    func localParts(isSensitive: Bool) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                #""caseSensitiveLocalParts": \#(isSensitive)"#,
                recipients:
                    "email,name\nAnn@example.org,A\nann@EXAMPLE.org,B\nann@example.org,C\nEVE@example.org,E\n"
            )
            try await workshop.suppression.add(
                SuppressionEntry(
                    address: "eve@example.org", reason: .complaint, source: "SES", at: workshop.clock.now()))
            let run = try await workshop.plan().run
            #expect(run.recipients == (isSensitive ? 2 : 1))
            #expect(run.atPlan.suppressed == 1)
        }
    }

    @Test("an address on the account's list is left out only for reasons that the account applies")
    func suppressedReasons() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign()
            var workshop = workshop
            workshop.account.listed = [
                SuppressionEntry(
                    address: "ann@example.org", reason: .bounce, source: "SES us-west-2",
                    at: workshop.clock.now()),
                SuppressionEntry(
                    address: "bob@example.org", reason: .complaint, source: "SES us-west-2",
                    at: workshop.clock.now()),
            ]
            workshop.account.sendingQuota.suppressedReasons = [.complaint]
            let run = try await workshop.plan().run
            #expect(run.recipients == 1 && run.atPlan.suppressed == 1)
        }
    }

    @Test("the check tells all at once, and writes nothing")
    func check() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign()
            let good = try await CampaignCheck.run(
                workshop.runID().campaign, with: workshop.planner(), headroom: 0.05)
            #expect(good.problems.isEmpty)
            #expect(good.recipients == 2)
            try workshop.writeCampaign(html: "{{#open}}", text: "{{")
            let bad = try await CampaignCheck.run(
                workshop.runID().campaign, with: workshop.planner(), headroom: 0.05)
            #expect(bad.problems.count == 2)
            #expect(workshop.planFiles.isEmpty)
        }
    }
}
