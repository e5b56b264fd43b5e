import Campaigns
import Delivery
import Locks
import Testing

/// SES's Send, Delivery, Bounce and Complaint events, as they reach us: twice, in any order, or not at all (I6).
@Suite("News of acceptance", .timeLimit(.minutes(10)))
struct AcceptanceNewsTests {
    /// What SES tells of a mail that it has accepted.
    private struct Event: Hashable {
        let messageID: String
        let tags: [String: String]
    }

    private static let recipients = 120

    /// A run of which every third answer is lost, though all mails are accepted. The events that SES makes of it go to
    /// `whileSending`, mail by mail, and come back.
    private func send(
        _ workshop: Workshop, whileSending: @escaping @Sendable (Event) async throws -> Void = { _ in }
    ) async throws -> [Event] {
        try workshop.writeCampaign(
            recipients: "email,name\n" + (0..<Self.recipients).map { "r\($0)@example.org,R\n" }.joined())
        _ = try await workshop.plan()
        let events = Mutex<[Event]>([])
        workshop.mailer.answer { mail in
            let event = Event(messageID: "id-\(mail.to.address)", tags: mail.tags)
            let number = events.withLock {
                $0.append(event)
                return $0.count
            }
            try? await whileSending(event)
            return number.isMultiple(of: 3)
                ? .ambiguous(reason: "reset") : .accepted(messageID: event.messageID)
        }
        _ = try await workshop.sender().send(ShardMessage(run: workshop.runID(), shard: 0))
        return events.withLock { $0 }
    }

    private func news(_ workshop: Workshop) -> AcceptanceNews {
        AcceptanceNews(ledger: workshop.ledger, clock: workshop.clock, log: workshop.log)
    }

    @Test("without any event the totals add up, and a third is uncertain")
    func lost() async throws {
        try await Workshop.open { workshop in
            _ = try await send(workshop)
            let run = try await workshop.run()
            #expect(run.isFinished)
            #expect(run.settled.accepted == 80 && run.settled.uncertain == 40)
        }
    }

    @Test("events that come twice, in any order and at once come to the same totals", arguments: 0..<5)
    func duplicatedAndReordered(_ order: Int) async throws {
        try await Workshop.open { workshop in
            let events = try await send(workshop)
            let news = news(workshop)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for event in (events + events + events).shuffled() {
                    group.addTask { _ = try await news.take(messageID: event.messageID, tags: event.tags) }
                }
                try await group.waitForAll()
            }
            let run = try await workshop.run()
            #expect(run.settled.accepted == Self.recipients && run.settled.uncertain == 0)
            #expect(run.settled.total == Self.recipients)
            #expect(workshop.mailer.mails.count == Self.recipients)
        }
    }

    @Test("events that some are lost of end the doubt about the others")
    func someLost() async throws {
        try await Workshop.open { workshop in
            let events = try await send(workshop)
            var arrived = 0
            for event in events.shuffled().prefix(60) {
                let answer = try await news(workshop).take(messageID: event.messageID, tags: event.tags)
                if answer == .confirmed { arrived += 1 }
            }
            let run = try await workshop.run()
            #expect(run.settled.accepted == 80 + arrived && run.settled.uncertain == 40 - arrived)
        }
    }

    @Test("events that are faster than the answer to the mail come to the same totals")
    func early() async throws {
        try await Workshop.open { workshop in
            let news = news(workshop)
            _ = try await send(workshop) { event in
                for _ in 0..<2 { _ = try await news.take(messageID: event.messageID, tags: event.tags) }
            }
            let run = try await workshop.run()
            #expect(run.settled.accepted == Self.recipients && run.settled.uncertain == 0)
            #expect(run.settled.total == Self.recipients)
        }
    }

    @Test("tags that lead to no recipient of a run change nothing")
    func hostile() async throws {
        try await Workshop.open { workshop in
            let events = try await send(workshop)
            let before = try await workshop.run()
            let good = try #require(events.first).tags
            let wrong: [(String, String?)] = [
                ("campaign", nil), ("campaign", "Cruise"), ("campaign", "other"), ("occurrence", nil),
                ("occurrence", "b25l="), ("occurrence", "%%%"), ("occurrence", "dHdv"), ("batch", nil),
                ("batch", "0"), ("batch", "0-0-0"), ("batch", "-1-0"), ("batch", "0-99999999999999999999"),
                ("batch", "0-3"), ("batch", "1-0"), ("recipient", nil), ("recipient", "-1"),
                ("recipient", "50"), ("recipient", "99999999999999999999"), ("recipient", "1e1"),
            ]
            for (name, value) in wrong {
                var tags = good
                tags[name] = value
                #expect(
                    try await news(workshop).take(messageID: "m", tags: tags) == .unknown,
                    "\(name): \(value ?? "")")
            }
            for id in ["", String(repeating: "m", count: 257)] {
                #expect(try await news(workshop).take(messageID: id, tags: good) == .unknown)
            }
            #expect(try await workshop.run() == before)
        }
    }
}
