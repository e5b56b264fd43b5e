import Campaigns
import Delivery
import Testing

/// Senders of runs whose shards wait for the recipients' time.
extension RecipientZoneTests {
    @Test("whoever sends a shard that comes too early, however often, mails nobody twice and nobody early")
    func repeated() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-05-31T20:00:00Z")
            let run = try await planned(workshop)
            // As after a crash, or a person's resume: all messages again, and none of them hidden.
            for _ in 0..<3 {
                let all = try await workshop.ledger.unfinishedShards(of: run)
                try await workshop.queue.send(all, delay: .zero)
                _ = try await workshop.planner().revive(run)
            }
            try await sendWhatIsThere(workshop)
            #expect(workshop.mailer.addresses == ["tarawa@example.org"])
            #expect(
                try await workshop.queue.receive(maximum: 10, visibility: .seconds(1)).isEmpty, "no spinning")
            workshop.clock.set("2026-06-01T08:00:00Z")
            try await sendWhatIsThere(workshop)
            #expect(workshop.mailer.mails.count == 3)
            workshop.clock.set("2026-06-02T08:00:00Z")
            try await sendWhatIsThere(workshop)
            #expect(workshop.mailer.addresses == moments.flatMap(\.addresses).sorted())
            #expect(try await workshop.queue.count() == 0)
        }
    }

    @Test("an event that comes again adds no message of a shard that waits, but revives one that is due")
    func namedAgain() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-05-31T20:00:00Z")
            let run = try await planned(workshop)
            try await sendWhatIsThere(workshop)
            func name() async throws {
                _ = try await Scheduler(workshop.planner()).handle(
                    .campaign(run.id.campaign, occurrence: Occurrence("event")!, ignoringSchedule: false))
            }
            for _ in 0..<5 { try await name() }
            #expect(try await workshop.queue.count() == 3, "one of each shard that waits")

            workshop.clock.set("2026-06-01T08:00:00Z")
            for received in try await workshop.queue.receive(maximum: 10, visibility: .seconds(60)) {
                try await workshop.queue.delete(received)
            }
            try await name()
            try await sendWhatIsThere(workshop)
            #expect(workshop.mailer.mails.count == 3)
        }
    }

    @Test("without a queue what is due is sent and the rest told, or waited for")
    func drain() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-06-01T08:00:30Z")
            let run = try await planned(workshop)
            let drain = Drain(sender: workshop.sender())
            let now = try await drain.drain(run.id)
            #expect(!now.isFinished && now.settled.accepted == 2 && now.atPlan.excluded == 1)
            let waiting = try #require(now.departures?.waiting(at: workshop.clock.now()))
            #expect(waiting.recipients == 3 && waiting.next.description == "2026-06-01T17:00:00Z")
            #expect(workshop.clock.now().description.hasPrefix("2026-06-01T08:00"), "it has not waited")

            let end = try await drain.drain(run.id, waits: true)
            #expect(end.isFinished && end.counts.total == end.rows)
            #expect(workshop.clock.now().description == "2026-06-01T22:00:00Z")
            #expect(workshop.mailer.mails.count == 5)
        }
    }

    @Test(
        "whoever waits for the next moment sees within a minute that the run is stopped, and ends",
        arguments: [RunControl.cancelled(reason: "by hand"), .paused(reason: "by hand")])
    func drainSeesStop(_ control: RunControl) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-06-01T08:00:30Z")
            let run = try await planned(workshop)
            let ledger = workshop.ledger
            let stop = try #require(Timestamp(iso8601: "2026-06-01T08:03:00Z"))
            workshop.clock.meanwhile { now in
                if now > stop { _ = try await ledger.setControl(control, of: run.id) }
            }
            let end = try await Drain(sender: workshop.sender()).drain(run.id, waits: true)
            #expect(end.control == control && !end.isFinished)
            #expect(workshop.clock.now().description.hasPrefix("2026-06-01T08:03"))
            #expect(workshop.mailer.mails.count == 2)
        }
    }

    @Test("a shard that a pause has ended is taken up again by whoever finds the run going on")
    func drainAfterPause() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-06-01T08:00:30Z")
            let run = try await planned(workshop)
            var ledger = LedgerUnderTest(workshop.ledger)
            // Running as the drain finds it, paused when the sender looks, and running again.
            ledger.whenReading = { run, reads in if reads == 1 { run.control = .paused(reason: "by hand") } }
            var environment = workshop.sender().environment
            environment.ledger = ledger
            let end = try await Drain(sender: ShardSender(environment)).drain(run.id, waits: true)
            #expect(end.isFinished && workshop.mailer.mails.count == 5)
        }
    }

    @Test("a cancelled run sends nobody who was to come")
    func cancelled() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-05-31T20:00:00Z")
            let run = try await planned(workshop)
            try await sendWhatIsThere(workshop)
            try await workshop.ledger.setControl(.cancelled(reason: "by hand"), of: run.id)
            workshop.clock.set("2026-06-02T08:00:00Z")
            try await sendWhatIsThere(workshop)
            #expect(workshop.mailer.addresses == ["tarawa@example.org"])
            #expect(try await workshop.queue.count() == 0)
        }
    }
}
