import Campaigns
import Delivery
import HostAdapters
import Testing

/// What SES tells of mails, taken in.
@Suite("Feedback", .timeLimit(.minutes(1)))
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
}
