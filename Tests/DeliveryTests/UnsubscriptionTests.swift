import Campaigns
import Delivery
import Foundation
import HostAdapters
import Locks
import TestSupport
import Testing

@Suite("Unsubscribing and its undo", .timeLimit(.minutes(10)))
struct UnsubscriptionTests {
    private static let ann = "ann@example.org"

    private func unsubscription(
        _ workshop: Workshop, on list: (any SuppressionList)? = nil
    ) -> Unsubscription {
        Unsubscription(
            suppression: list ?? workshop.suppression, addresses: IDNAEncoder(), clock: workshop.clock)
    }

    private func subscriber(_ address: String = ann, _ campaign: String = "cruise") throws -> Subscriber {
        Subscriber(campaign: try #require(CampaignID(campaign)), address: address)
    }

    private func listed(_ workshop: Workshop, _ address: String = ann) async throws -> SuppressionEntry? {
        try await workshop.suppression.lookUp([address])[address]
    }

    @Test("the entry tells reason, campaign and time; a second time changes nothing")
    func entry() async throws {
        try await Workshop.open { workshop async throws in
            let unsubscription = unsubscription(workshop)
            let moment = workshop.clock.now()
            #expect(try await unsubscription.unsubscribe(subscriber("Ann@EXAMPLE.org")))
            let entry = SuppressionEntry(
                address: Self.ann, reason: .unsubscribe, source: "link in cruise", at: moment)
            #expect(try await listed(workshop) == entry)
            workshop.clock.advance(by: .seconds(60))
            #expect(try await !unsubscription.unsubscribe(subscriber(Self.ann, "other")))
            #expect(try await listed(workshop) == entry)
        }
    }

    @Test("an undo takes off what a link has listed, of whichever campaign, and does no harm twice")
    func undo() async throws {
        try await Workshop.open { workshop async throws in
            let unsubscription = unsubscription(workshop)
            #expect(try await unsubscription.undo(subscriber()) == .undone)
            try await unsubscription.unsubscribe(subscriber())
            for _ in 0..<2 {
                #expect(try await unsubscription.undo(subscriber(Self.ann, "other")) == .undone)
                let entry = try await listed(workshop)
                #expect(entry == nil)
            }
        }
    }

    @Test(
        "what others have listed is not undone, unsubscribed or not; the entry still tells of it",
        arguments: [
            (SuppressionReason.bounce, "SES us-west-2", "link in cruise, before: bounce, SES us-west-2"),
            (.manual, "person", "link in cruise, before: manual, person"), (.complaint, "SES", "SES"),
            (.unsubscribe, "import", "import"), (.unsubscribe, "person, link in x", "person, link in x"),
        ])
    func others(reason: SuppressionReason, source: String, then: String) async throws {
        try await Workshop.open { workshop async throws in
            let unsubscription = unsubscription(workshop)
            let before = SuppressionEntry(
                address: Self.ann, reason: reason, source: source, at: workshop.clock.now())
            try await workshop.suppression.add(before)
            #expect(try await unsubscription.undo(subscriber()) == .kept)
            #expect(try await listed(workshop) == before)

            try await unsubscription.unsubscribe(subscriber())
            let after = try #require(try await listed(workshop))
            #expect(after.source == then)
            #expect(after.reason == (reason == .complaint ? .complaint : .unsubscribe))
            #expect(try await unsubscription.undo(subscriber()) == .kept)
            #expect(try await listed(workshop) == after)
        }
    }

    @Test("a complaint or bounce that comes in between is not undone, and not overwritten")
    func between() async throws {
        try await Workshop.open { workshop async throws in
            let complaint = SuppressionEntry(
                address: Self.ann, reason: .complaint, source: "SES us-west-2", at: workshop.clock.now())
            let unsubscription = unsubscription(
                workshop, on: DisturbedList(workshop.suppression) { try await $0.add(complaint) })
            // The complaint comes after the entry was looked up, and before it is written.
            #expect(try await !unsubscription.unsubscribe(subscriber()))
            #expect(try await listed(workshop) == complaint)

            try await workshop.suppression.remove(Self.ann)
            try await self.unsubscription(workshop).unsubscribe(subscriber())
            #expect(try await unsubscription.undo(subscriber()) == .kept)
            #expect(try await listed(workshop) == complaint)
        }
    }

    @Test("an undo does not take off who has bounced, before the unsubscribe or after")
    func bounceAndUndo() async throws {
        try await Workshop.open { workshop async throws in
            let unsubscription = unsubscription(workshop)
            let feedback = Feedback(
                ledger: workshop.ledger, suppression: workshop.suppression, addresses: IDNAEncoder(),
                clock: workshop.clock, log: workshop.log, source: "SES us-west-2")
            let bounce = MailEvent(
                .bounced(.permanent, subtype: "General"), messageID: "id", recipients: [Self.ann])
            for isBounceFirst in [false, true] {
                if isBounceFirst { #expect(try await feedback.take(bounce).suppressed == [Self.ann]) }
                try await unsubscription.unsubscribe(subscriber())
                for _ in 0..<2 { #expect(try await feedback.take(bounce).suppressed == []) }
                let entry = try #require(try await listed(workshop))
                #expect(entry.reason == .unsubscribe)
                #expect(
                    entry.source
                        == "link in cruise, \(isBounceFirst ? "before" : "also"): bounce, SES us-west-2")
                #expect(try await unsubscription.undo(subscriber()) == .kept)
                #expect(try await listed(workshop) == entry)
                try await workshop.suppression.remove(Self.ann)
            }
        }
    }

    @Test("an entry that never stands still is given up, to be tried again")
    func restless() async throws {
        try await Workshop.open { workshop async throws in
            let clock = workshop.clock
            let list = DisturbedList(workshop.suppression) {
                clock.advance(by: .seconds(1))
                try await $0.add(
                    SuppressionEntry(address: Self.ann, reason: .manual, source: "person", at: clock.now()))
            }
            let problem = await #expect(throws: Problem.self) {
                try await unsubscription(workshop, on: list).unsubscribe(subscriber())
            }
            #expect(problem?.kind == .unavailable)
        }
    }

    @Test("by the link in a mail, in the middle of a run: from the next batch on nothing is sent (I7)")
    func nextBatch() async throws {
        try await Workshop.open { workshop async throws in
            let recipients = "email,name\n" + (0..<120).map { "r\($0)@example.org,Ann\n" }.joined()
            try workshop.writeCampaign(recipients: recipients, html: "{{unsubscribe_url}}", text: "Ahoy")
            _ = try await workshop.plan("before")
            _ = try await workshop.sender().send(ShardMessage(run: workshop.runID("before"), shard: 0))
            // The link of a mail of an earlier run; here it is used while the first batch of the next one is under way.
            let mail = try #require(workshop.mailer.mails.first { $0.to.address == "r60@example.org" })
            let token = try #require(mail.html?.split(separator: "=").last.map(String.init))
            let subscriber = try #require(UnsubscribeKeys.placeholder.open(token))
            let unsubscription = unsubscription(workshop)
            workshop.mailer.answer { mail in
                _ = try? await unsubscription.unsubscribe(subscriber)
                return .accepted(messageID: mail.to.address)
            }
            _ = try await workshop.plan("after")
            _ = try await workshop.sender().send(ShardMessage(run: workshop.runID("after"), shard: 0))
            let run = try await workshop.run("after")
            #expect(run.settled.suppressed == 1 && run.settled.accepted == 119)
            #expect(workshop.mailer.addresses.count { $0 == "r60@example.org" } == 1)
        }
    }
}

/// A list whose entries somebody else changes each time after they were looked up.
private struct DisturbedList: SuppressionList {
    let list: any SuppressionList
    let disturb: @Sendable (any SuppressionList) async throws -> Void

    init(
        _ list: any SuppressionList, _ disturb: @escaping @Sendable (any SuppressionList) async throws -> Void
    ) {
        self.list = list
        self.disturb = disturb
    }

    func entries(_ page: ([SuppressionEntry]) async throws -> Void) async throws {
        try await list.entries(page)
    }
    func lookUp(_ addresses: [String]) async throws -> [String: SuppressionEntry] {
        let found = try await list.lookUp(addresses)
        try await disturb(list)
        return found
    }
    func add(_ entry: SuppressionEntry) async throws { try await list.add(entry) }
    func remove(_ address: String) async throws { try await list.remove(address) }
    func forgetTransientBounces(of address: String) async throws {
        try await list.forgetTransientBounces(of: address)
    }
    func change(_ address: String, from old: SuppressionEntry?, to new: SuppressionEntry?) async throws
        -> Bool
    {
        try await list.change(address, from: old, to: new)
    }
    func noteTransientBounce(
        of address: String, in run: RunID, at moment: Timestamp, memory: Duration
    ) async throws -> Int {
        try await list.noteTransientBounce(of: address, in: run, at: moment, memory: memory)
    }
}
