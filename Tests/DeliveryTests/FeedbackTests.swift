import Campaigns
import Delivery
import HostAdapters
import Testing

/// What SES tells of mails, taken in.
@Suite("Feedback", .timeLimit(.minutes(10)))
struct FeedbackTests {
    private func feedback(_ workshop: Workshop) -> Feedback {
        Feedback(
            ledger: workshop.ledger, suppression: workshop.suppression, addresses: IDNAEncoder(),
            clock: workshop.clock, log: workshop.log, source: "SES us-west-2")
    }

    private func bounce(_ recipients: [String], at: Timestamp? = nil) -> MailEvent {
        MailEvent(
            .bounced(.permanent, subtype: "General"), messageID: "id", recipients: recipients, at: at)
    }

    private func complaint(_ recipients: [String]) -> MailEvent {
        MailEvent(.complained(feedbackType: "abuse"), messageID: "id", recipients: recipients)
    }

    private func entries(_ workshop: Workshop) async throws -> [SuppressionEntry] {
        var all: [SuppressionEntry] = []
        try await workshop.suppression.entries { all += $0 }
        return all
    }

    @Test("everybody who has bounced for good is suppressed, each once, however often that is told")
    func bounces() async throws {
        try await Workshop.open { workshop in
            let moment = Timestamp(seconds: 1_780_000_000)
            let names = [
                "Ann@Example.org", "Bob <bob@example.org>", "kurt@müller.example", "ann@example.org",
            ]
            let event = bounce(names, at: moment)
            let first = try await feedback(workshop).take(event)
            #expect(first.suppressed == ["ann@example.org", "bob@example.org", "kurt@xn--mller-kva.example"])
            #expect(try await feedback(workshop).take(event).suppressed == [])
            let listed = try await entries(workshop)
            #expect(listed.map(\.address) == first.suppressed)
            #expect(
                listed.allSatisfy { $0.reason == .bounce && $0.source == "SES us-west-2" && $0.at == moment })
        }
    }

    @Test("a complaint takes the place of anything else, and a bounce that of nothing")
    func reasons() async throws {
        try await Workshop.open { workshop in
            let feedback = feedback(workshop)
            let ann = "ann@example.org"
            let reason = { try await entries(workshop).map(\.reason) }
            try await feedback.take(bounce([ann]))
            try await feedback.take(complaint([ann]))
            #expect(try await reason() == [.complaint])
            try await feedback.take(bounce([ann]))
            #expect(try await reason() == [.complaint])
            try await workshop.suppression.add(
                SuppressionEntry(address: ann, reason: .unsubscribe, source: "page", at: workshop.clock.now())
            )
            try await feedback.take(bounce([ann]))
            #expect(try await reason() == [.unsubscribe])
            try await feedback.take(complaint([ann]))
            #expect(try await reason() == [.complaint])
        }
    }

    @Test("what is no address is passed over, and the others are taken in")
    func noAddress() async throws {
        try await Workshop.open { workshop in
            let long = String(repeating: "a", count: 2000) + "@example.org"
            let effect = try await feedback(workshop).take(
                bounce(["", "nobody", "<>", "a\r\nb@example.org", long, "ann@example.org"]))
            #expect(effect.suppressed == ["ann@example.org"])
        }
    }

    @Test("a bounced mail whose answer was lost was accepted, and its recipient is mailed no more")
    func uncertainRecipient() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: "email,name\nann@example.org,Ann\n")
            _ = try await workshop.plan()
            workshop.mailer.answer { _ in .ambiguous(reason: "reset") }
            _ = try await workshop.sender().send(ShardMessage(run: workshop.runID(), shard: 0))
            #expect(try await workshop.run().settled.uncertain == 1)
            var event = bounce(["ann@example.org"])
            event.tags = try #require(workshop.mailer.mails.first).tags
            let effect = try await feedback(workshop).take(event)
            #expect(effect.acceptance == .confirmed && effect.suppressed == ["ann@example.org"])
            #expect(try await workshop.run().settled.accepted == 1)

            _ = try await workshop.plan("two")
            #expect(try await workshop.run("two").counts.suppressed == 1)
        }
    }

    // MARK: - Counting

    /// A run whose mails are all accepted.
    private func sent(
        _ workshop: Workshop, recipients: Int, _ extra: String = "", occurrence: String = "one"
    ) async throws -> [OutgoingMail] {
        try workshop.writeCampaign(
            extra,
            recipients: "email,name\n"
                + (0..<recipients).map { "r\($0)@d\($0 % 3).example,R\n" }.joined())
        let before = workshop.mailer.mails.count
        let run = try await workshop.plan(occurrence, shardSize: 300).run
        for shard in 0..<run.shards {
            _ = try await workshop.sender().send(ShardMessage(run: run.id, shard: shard))
        }
        return Array(workshop.mailer.mails[before...])
    }

    private func event(_ kind: MailEvent.Kind, _ mail: OutgoingMail, at: Timestamp? = nil) -> MailEvent {
        MailEvent(
            kind, messageID: "id-\(mail.to.address)", tags: mail.tags, recipients: [mail.to.address], at: at)
    }

    @Test("a thousand events at once, told twice and in any order, are counted once each", arguments: 0..<3)
    func thousand(_ order: Int) async throws {
        try await Workshop.open { workshop in
            let mails = try await sent(workshop, recipients: 700)
            #expect(mails.count == 700)
            var events: [MailEvent] = []
            for (number, mail) in mails.enumerated() {
                events.append(event(.sent, mail, at: workshop.clock.now()))
                switch number % 100 {
                case 0: events.append(event(.bounced(.permanent, subtype: "NoEmail"), mail))
                case 1: events.append(event(.bounced(.transient, subtype: "MailboxFull"), mail))
                case 2:
                    events.append(
                        event(.bounced(.permanent, subtype: "OnAccountSuppressionList"), mail))
                case 3: events += [event(.delivered, mail), event(.complained(feedbackType: "abuse"), mail)]
                case 4:
                    events += [event(.delivered, mail), event(.complained(feedbackType: "not-spam"), mail)]
                default: events += [event(.delivered, mail), event(.opened, mail), event(.clicked, mail)]
                }
            }
            var told = (events + events).shuffled()
            while !told.isEmpty {
                let some = Array(told.prefix(1000))
                told.removeFirst(some.count)
                for result in await feedback(workshop).take(some) { _ = try result.get() }
            }
            let heard = try await workshop.ledger.feedback(of: workshop.runID())
            let counts = heard.counts
            #expect(counts[.sent] == 700 && counts[.delivered] == 679)
            #expect(counts[.permanentBounce] == 7 && counts[.transientBounce] == 7)
            #expect(counts[.suppressed] == 7 && counts[.complaint] == 7)
            #expect(counts[.opened] == 665 && counts[.clicked] == 665)
            #expect(heard.domains.reduce(0) { $0 + $1.delivered } == 679)
            #expect(heard.timeline.inOrder.map(\.sent) == [700])
            #expect(try await workshop.run().settled.accepted == 700)
            #expect(try await entries(workshop).count == 14)
        }
    }

    @Test("an event that could not be counted fails by itself, and counts when it comes again")
    func failure() async throws {
        try await Workshop.open { workshop in
            let mails = try await sent(workshop, recipients: 400)
            let ledger = LedgerUnderTest(workshop.ledger)
            ledger.failures.withLock { $0.counting = 1 }
            let feedback = Feedback(
                ledger: ledger, suppression: workshop.suppression, addresses: IDNAEncoder(),
                clock: workshop.clock, log: workshop.log, source: "SES us-west-2")
            let events = mails.map { event(.delivered, $0) }
            let failed = zip(events, await feedback.take(events)).filter { _, result in
                if case .failure = result { true } else { false }
            }.map(\.0)
            // Those of one of the two shards.
            #expect([100, 300].contains(failed.count))
            for result in await feedback.take(failed) { _ = try result.get() }
            #expect(try await workshop.ledger.feedback(of: workshop.runID()).counts[.delivered] == 400)
        }
    }

    @Test("events whose tags lead nowhere are not counted, and hold nothing up")
    func nowhere() async throws {
        try await Workshop.open { workshop in
            let mails = try await sent(workshop, recipients: 5)
            var wrong: [MailEvent] = []
            for (name, value) in [
                ("campaign", "other"), ("recipient", "5"), ("batch", "0-1"), ("batch", "1-0"), ("batch", "x"),
            ] {
                var each = event(.delivered, mails[0])
                each.tags[name] = value
                wrong.append(each)
                each.kind = .renderingFailed
                wrong.append(each)
            }
            let results = await feedback(workshop).take(wrong + [event(.delivered, mails[1])])
            let effects = try results.map { try $0.get() }
            #expect(effects.dropLast().allSatisfy { $0.acceptance != .known })
            #expect(effects.last?.acceptance == .known)
            let counts = try await workshop.ledger.feedback(of: workshop.runID()).counts
            #expect(counts[.delivered] == 1 && counts[.renderingFailure] == 0)
        }
    }

    // MARK: - Rates

    @Test(
        "a run is paused at its own limit, goes on by an override alone, and is held again when it gets worse"
    )
    func pause() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                #""bounceLimit": 0.1"#,
                recipients: "email,name\n" + (0..<400).map { "r\($0)@example.org,R\n" }.joined())
            let run = try await workshop.plan(shardSize: 200).run
            // I3: what is written now does not concern the run.
            try workshop.writeCampaign(#""bounceLimit": 0.9"#)
            _ = try await workshop.sender().send(ShardMessage(run: run.id, shard: 0))
            let mails = workshop.mailer.mails
            #expect(mails.count == 200)
            let feedback = feedback(workshop)
            func bounce(_ mails: some Sequence<OutgoingMail>) async throws {
                for result in await feedback.take(
                    mails.map { event(.bounced(.permanent, subtype: "General"), $0) })
                {
                    _ = try result.get()
                }
            }
            for mail in mails[..<120] { try await feedback.take(event(.delivered, mail)) }
            // Deliveries of the others of those 200 have not been told yet: they count as if they had.
            try await bounce(mails[120..<138])
            #expect(try await workshop.run().control == .running)
            try await bounce(mails[138..<139])
            let reason = "19 bounces over 181 delivered mails (10.5 %) reach the limit of 10 %"
            #expect(try await workshop.run().control == .paused(reason: reason))
            #expect(workshop.log.text.contains(reason))
            let halted = try await workshop.sender().send(ShardMessage(run: run.id, shard: 1))
            #expect(halted == .halted(.paused(reason: reason)))

            let operations = RunOperations(
                ledger: workshop.ledger, queue: workshop.queue, clock: workshop.clock)
            await #expect(throws: Problem.self) { _ = try await operations.resume(run) }
            let resumed = try await operations.resume(run, override: ("ann", workshop.clock.now()))
            #expect(resumed.control == .running && resumed.standingFindings.isEmpty)
            #expect(resumed.limit(of: .bounces) == 0.157459)
            // The same figures, and the same events, do not hold it again.
            try await bounce(mails[120..<139])
            #expect(try await workshop.run().control == .running)
            try await bounce(mails[139..<148])
            #expect(try await workshop.run().standingFindings.map(\.events) == [28])
            #expect(try await workshop.run().findings.map(\.override?.by) == ["ann", nil])
        }
    }

    @Test("what is found after the last mail is kept, in whatever order the events come")
    func late() async throws {
        try await Workshop.open { workshop in
            let mails = try await sent(workshop, recipients: 200)
            #expect(try await workshop.run().isFinished)
            let feedback = feedback(workshop)
            // Complaints come before the deliveries, or these are never told.
            for mail in mails.prefix(3) {
                #expect(try await workshop.run().findings.isEmpty)
                try await feedback.take(event(.complained(feedbackType: "abuse"), mail))
            }
            for mail in mails { try await feedback.take(event(.delivered, mail)) }
            let findings = try await workshop.run().findings
            let finding = try #require(findings.first)
            #expect(findings.count == 1)
            #expect(finding.rate == .complaints && finding.events == 3 && finding.delivered == 200)
            #expect(finding.limit == Campaign.defaultComplaintLimit)
        }
    }

    @Test("what is found while a run is let go on holds it all the same")
    func resumedMeanwhile() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: "email,name\nann@example.org,Ann\n")
            let run = try await workshop.plan().run
            let finding = RateFinding(
                rate: .bounces, events: 52, delivered: 1000, limit: 0.04, at: workshop.clock.now())
            _ = try await workshop.ledger.setControl(.paused(reason: "lunch"), of: run.id)
            var ledger = LedgerUnderTest(workshop.ledger)
            let real = workshop.ledger
            ledger.beforeSettingControl = { _ = try await real.record(finding, of: run.id) }
            let operations = RunOperations(
                ledger: ledger, queue: workshop.queue, clock: workshop.clock)
            let problem = await #expect(throws: Problem.self) { _ = try await operations.resume(run) }
            #expect(problem?.kind == .refused)
            #expect(try await workshop.run().control == .paused(reason: "\(finding)"))
        }
    }

    @Test("a finding that could not be kept is found when its event comes again")
    func lostFinding() async throws {
        try await Workshop.open { workshop in
            let mails = try await sent(workshop, recipients: 120)
            let ledger = LedgerUnderTest(workshop.ledger)
            let feedback = Feedback(
                ledger: ledger, suppression: workshop.suppression, addresses: IDNAEncoder(),
                clock: workshop.clock, log: workshop.log, source: "SES us-west-2")
            _ = await feedback.take(mails.prefix(110).map { event(.delivered, $0) })
            ledger.failures.withLock { $0.finding = 1 }
            let bounces = mails.suffix(10).map { event(.bounced(.undetermined, subtype: ""), $0) }
            for result in await feedback.take(bounces) {
                #expect(throws: Problem.self) { _ = try result.get() }
            }
            #expect(try await workshop.run().findings.isEmpty)
            for result in await feedback.take(bounces) { _ = try result.get() }
            #expect(try await workshop.run().findings.map(\.events) == [10])
        }
    }

    // MARK: - Transient bounces

    @Test(
        "who bounces for now in three runs within thirty days is suppressed, and not for the mail's own faults"
    )
    func transient() async throws {
        try await Workshop.open { workshop in
            let feedback = feedback(workshop)
            func bounce(_ occurrence: String, _ subtype: String, status: String? = nil) async throws
                -> [String]
            {
                let mails = try await sent(workshop, recipients: 2, occurrence: occurrence)
                // The mails of a batch go out abreast, in any order.
                let mail = try #require(mails.first { $0.to.address == "r0@d0.example" })
                var event = event(
                    .bounced(.transient, subtype: subtype), mail, at: workshop.clock.now())
                event.status = status
                _ = try await feedback.take(event)
                return try await feedback.take(event).suppressed + feedback.take(event).suppressed
            }
            #expect(try await bounce("a", "MailboxFull") == [])
            workshop.clock.advance(by: .seconds(31 * 86_400))
            #expect(try await bounce("b", "MailboxFull") == [])
            #expect(try await bounce("c", "General", status: "4.4.7") == [])
            // Replies of somebody on holiday, to mails that have arrived.
            for occurrence in ["h", "i", "j"] { _ = try await bounce(occurrence, "General") }
            for subtype in ["MessageTooLarge", "ContentRejected", "AttachmentRejected"] {
                _ = try await bounce("d-\(subtype)", subtype)
            }
            #expect(try await entries(workshop).isEmpty)
            _ = try await bounce("e", "General", status: "5.0.0")
            let listed = try await entries(workshop)
            #expect(listed.map(\.address) == ["r0@d0.example"] && listed.map(\.reason) == [.bounce])
            #expect(listed.first?.source == "SES us-west-2, transient bounces in 3 runs")
        }
    }
}
