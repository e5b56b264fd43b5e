import Campaigns
import Delivery
import Synchronization
import Testing

@Suite("Uncertain recipients", .timeLimit(.minutes(10)))
struct UncertainMailsTests {
    /// A run of 120 in two shards, of which the mails to r7, r55 and r110 got no answer.
    private func sent(_ body: (Workshop, UncertainMails) async throws -> Void) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                recipients: "email,name\n" + (0..<120).map { "R\($0)@example.org,R\n" }.joined())
            _ = try await workshop.plan(shardSize: 100)
            workshop.mailer.answer { mail in
                ["R7@example.org", "R55@example.org", "R110@example.org"].contains(mail.to.address)
                    ? .ambiguous(reason: "reset") : .accepted(messageID: "m")
            }
            _ = try await Drain(sender: workshop.sender()).drain(workshop.runID())
            try await body(
                workshop,
                UncertainMails(library: workshop.library, ledger: workshop.ledger, clock: workshop.clock))
        }
    }

    @Test("each is named with line, address, batch, reason and time")
    func list() async throws {
        try await sent { workshop, uncertain in
            let mails = try await uncertain.list(of: workshop.run())
            #expect(mails.map(\.address) == ["R7@example.org", "R55@example.org", "R110@example.org"])
            #expect(mails.map(\.line) == [9, 57, 112])
            #expect(mails.map(\.recipient.batch.shard) == [0, 0, 1])
            #expect(mails.map(\.recipient.batch.number) == [0, 1, 0])
            #expect(mails.map(\.recipient.index) == [7, 5, 10])
            #expect(mails.allSatisfy { $0.recipient.reason == "reset" })
            #expect(mails.allSatisfy { $0.recipient.at == workshop.clock.now() })
        }
    }

    @Test(
        "those who are to be mailed again are mailed once more, and nobody else; then there is no doubt left")
    func resend() async throws {
        try await sent { workshop, uncertain in
            let mails = try await uncertain.list(of: workshop.run())
            let chosen = Array(mails.dropFirst())
            // Twice, as two people might.
            #expect(try await uncertain.resolve(chosen, as: .resend).resolved == chosen)
            #expect(try await uncertain.resolve(chosen, as: .resend).resolved == [])
            #expect(try await !workshop.run().isFinished)
            workshop.mailer.answer { _ in .accepted(messageID: "second") }
            for _ in 0..<2 {
                let run = try await Drain(sender: workshop.sender()).drain(workshop.runID())
                #expect(run.isFinished)
                #expect(run.settled.accepted == 119 && run.settled.uncertain == 1)
            }
            #expect(workshop.mailer.mails.count == 122)
            #expect(workshop.mailer.addresses.count { $0 == "R55@example.org" } == 2)
            #expect(workshop.mailer.addresses.count { $0 == "R7@example.org" } == 1)
        }
    }

    @Test("of several who decide at once and send at once, each recipient is mailed once more")
    func resendAtOnce() async throws {
        try await sent { workshop, uncertain in
            let mails = try await uncertain.list(of: workshop.run())
            workshop.mailer.answer { _ in
                await Task.yield()
                return .accepted(messageID: "second")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<6 {
                    group.addTask {
                        _ = try await uncertain.resolve(mails, as: .resend)
                        _ = try await Drain(sender: workshop.sender("w\(worker)")).drain(workshop.runID())
                    }
                }
                try await group.waitForAll()
            }
            let run = try await workshop.run()
            #expect(run.settled.accepted == 120 && run.settled.uncertain == 0)
            #expect(workshop.mailer.mails.count == 123)
        }
    }

    @Test("who has unsubscribed meanwhile is not mailed again (I7)")
    func unsubscribed() async throws {
        try await sent { workshop, uncertain in
            let mails = try await uncertain.list(of: workshop.run())
            _ = try await uncertain.resolve(mails, as: .resend)
            try await workshop.suppression.add(
                SuppressionEntry(
                    address: "r7@example.org", reason: .unsubscribe, source: "unsubscribe",
                    at: workshop.clock.now()))
            workshop.mailer.answer { _ in .accepted(messageID: "second") }
            let run = try await Drain(sender: workshop.sender()).drain(workshop.runID())
            #expect(run.settled.suppressed == 1 && run.settled.accepted == 119)
            #expect(workshop.mailer.addresses.count { $0 == "R7@example.org" } == 1)
        }
    }

    @Test("those who are dropped stay uncertain in the counts, and are told no more")
    func drop() async throws {
        try await sent { workshop, uncertain in
            let mails = try await uncertain.list(of: workshop.run())
            #expect(try await uncertain.resolve(mails, as: .drop).resolved == mails)
            let run = try await workshop.run()
            #expect(run.isFinished)
            #expect(run.settled.uncertain == 3 && run.settled.dropped == 3)
            #expect(try await uncertain.list(of: run) == [])
            #expect(try await uncertain.resolve(mails, as: .resend).resolved == [])
        }
    }

    @Test("what a dead sender had in hand is told as uncertain, also of a run that is cancelled")
    func abandoned() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                recipients: "email,name\n" + (0..<70).map { "r\($0)@example.org,R\n" }.joined())
            let (run, _) = try await workshop.plan()
            let now = workshop.clock.now()
            _ = try await workshop.ledger.claim(
                BatchID(run: run.id, shard: 0, number: 1), worker: "dead", now: now, lease: .seconds(60))
            try await workshop.ledger.setControl(.cancelled(reason: "off"), of: run.id)
            let uncertain = UncertainMails(
                library: workshop.library, ledger: workshop.ledger, clock: workshop.clock)
            #expect(try await uncertain.settleAbandoned(of: run).settled.total == 0)
            workshop.clock.advance(by: .seconds(61))
            for _ in 0..<2 {
                let settled = try await uncertain.settleAbandoned(of: run)
                #expect(settled.settled.uncertain == 20)
                let mails = try await uncertain.list(of: settled)
                #expect(mails.map(\.address) == (50..<70).map { "r\($0)@example.org" })
            }
            #expect(workshop.mailer.mails.isEmpty)
        }
    }

    @Test(
        "a holder that was late and settled in part meanwhile leaves the rest to senders, and nobody uncertain"
    )
    func late() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                recipients: "email,name\n" + (0..<20).map { "r\($0)@example.org,R\n" }.joined())
            let (run, _) = try await workshop.plan()
            let batch = BatchID(run: run.id, shard: 0, number: 0)
            let claim = try await workshop.ledger.claim(
                batch, worker: "late", now: workshop.clock.now(), lease: .seconds(60))
            guard case .claimed(let claim) = claim else {
                Issue.record("\(claim)")
                return
            }
            workshop.clock.advance(by: .seconds(61))
            var ledger = LedgerUnderTest(workshop.ledger)
            ledger.afterLookingForAbandoned = { () async throws in
                let sent = (0..<5).map {
                    RecipientResult(index: $0, outcome: .accepted(messageID: "m\($0)"))
                }
                #expect(
                    try await workshop.ledger.settle(
                        claim, results: sent, isComplete: false, now: workshop.clock.now()))
            }
            let uncertain = UncertainMails(
                library: workshop.library, ledger: ledger, clock: workshop.clock)
            let settled = try await uncertain.settleAbandoned(of: run).settled
            #expect(settled.accepted == 5 && settled.uncertain == 0)
            #expect(try await Drain(sender: workshop.sender()).drain(run.id).settled.accepted == 20)
            #expect(workshop.mailer.addresses == (5..<20).map { "r\($0)@example.org" }.sorted())
        }
    }

    @Test("a recipient whose batch is in a sender's hand is left to the sender")
    func held() async throws {
        try await sent { workshop, uncertain in
            let mails = try await uncertain.list(of: workshop.run())
            _ = try await uncertain.resolve([mails[0]], as: .resend)
            let claim = try await workshop.ledger.claim(
                mails[0].recipient.batch, worker: "busy", now: workshop.clock.now(), lease: .seconds(60))
            guard case .claimed = claim else {
                Issue.record("\(claim)")
                return
            }
            let answer = try await uncertain.resolve(mails, as: .drop)
            #expect(answer.held == [mails[0]])
            #expect(answer.resolved == Array(mails.dropFirst()))
        }
    }
}
