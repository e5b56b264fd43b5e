import Campaigns
import Delivery
import Foundation
import Locks
import TestSupport
import Testing

@Suite("Sending a shard", .timeLimit(.minutes(10)))
struct ShardSenderTests {
    func list(_ count: Int) -> String {
        "email,name\n" + (0..<count).map { "r\($0)@example.org,R\($0)\n" }.joined()
    }

    func message(_ workshop: Workshop, firstBatch: Int = 0) throws -> ShardMessage {
        ShardMessage(run: try workshop.runID(), shard: 0, firstBatch: firstBatch)
    }

    @Test("each of the mailer's outcomes ends in its count")
    func outcomes() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(10))
            _ = try await workshop.plan()
            workshop.mailer.answer { mail in
                switch mail.to.address {
                case "r1@example.org": .rejected(reason: "no")
                case "r2@example.org": .ambiguous(reason: "reset")
                default: .accepted(messageID: "m")
                }
            }
            #expect(try await workshop.sender().send(message(workshop)) == .finished)
            let run = try await workshop.run()
            #expect(run.settled.accepted == 8 && run.settled.rejected == 1 && run.settled.uncertain == 1)
            #expect(run.isFinished)
        }
    }

    @Test(
        "a shard delivered twice, to several workers at once or several times to one, mails nobody twice (I1, I6)",
        arguments: [6, 1])
    func redelivery(_ workers: Int) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(400))
            _ = try await workshop.plan()
            workshop.mailer.answer { _ in
                await Task.yield()
                return .accepted(messageID: "m")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for delivery in 0..<6 {
                    group.addTask {
                        _ = try await workshop.sender("worker-\(delivery % workers)").send(message(workshop))
                    }
                }
                try await group.waitForAll()
            }
            #expect(workshop.mailer.addresses.count == 400)
            #expect(Set(workshop.mailer.addresses).count == 400)
            #expect(try await workshop.run().settled.accepted == 400)
            #expect(try await workshop.sender().send(message(workshop)) == .finished)
            #expect(workshop.mailer.addresses.count == 400)
        }
    }

    @Test("throttled recipients are sent to later, and only they")
    func throttled() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(20))
            _ = try await workshop.plan()
            let calls = Mutex(0)
            workshop.mailer.answer { _ in
                calls.withLock {
                    $0 += 1; return $0
                } == 5
                    ? .throttled(.rate(retryAfter: .seconds(2))) : .accepted(messageID: "m")
            }
            let progress = try await workshop.sender().send(message(workshop))
            guard case .unfinished(_, let delay, _) = progress else {
                Issue.record("\(progress)")
                return
            }
            #expect(delay == .seconds(2))
            _ = try await Drain(sender: workshop.sender()).drain(workshop.runID())
            #expect(try await workshop.run().settled.accepted == 20)
            // One address was handed over twice: the one that was throttled.
            #expect(workshop.mailer.addresses.count == 21)
        }
    }

    @Test("a stop of the service's ends the run everywhere, with the reason kept (I5)")
    func stopped() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(200))
            _ = try await workshop.plan()
            let calls = Mutex(0)
            workshop.mailer.answer { _ in
                calls.withLock {
                    $0 += 1; return $0
                } > 60
                    ? .stopped(reason: "SendingPausedException") : .accepted(messageID: "m")
            }
            let progress = try await workshop.sender().send(message(workshop))
            #expect(progress == .halted(.stopped(reason: "SendingPausedException")))
            let run = try await workshop.run()
            #expect(run.control == .stopped(reason: "SendingPausedException"))
            #expect(run.settled.accepted == 60 && run.settled.uncertain == 0)
            #expect(try await workshop.sender("other").send(message(workshop)) == .halted(run.control))
        }
    }

    @Test("when every mail is refused it is not the recipients' fault: the run stops")
    func refusedAll() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(200))
            _ = try await workshop.plan()
            workshop.mailer.answer { _ in .rejected(reason: "BadRequestException: header X") }
            guard case .halted(.stopped(let reason)) = try await workshop.sender().send(message(workshop))
            else {
                Issue.record("not stopped")
                return
            }
            #expect(reason.contains("header X"))
            #expect(workshop.mailer.mails.count == 50)
        }
    }

    @Test("a pause that comes in mid-batch ends it within seconds (I5)")
    func paused() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(50))
            _ = try await workshop.plan()
            var environment = workshop.sender().environment
            environment.pacer = SteadyPacer(clock: workshop.clock)
            // The clock does not run ahead of the mail in which the pause comes.
            environment.concurrency = 1
            let calls = Mutex(0)
            workshop.mailer.answer { _ in
                if calls.withLock({
                    $0 += 1; return $0
                }) == 5 {
                    _ = try? await workshop.ledger.setControl(
                        .paused(reason: "by hand"), of: workshop.runID())
                }
                return .accepted(messageID: "m")
            }
            _ = try await ShardSender(environment).send(message(workshop))
            #expect((5...10).contains(workshop.mailer.mails.count))
            let run = try await workshop.run()
            #expect(run.settled.accepted == workshop.mailer.mails.count && run.settled.uncertain == 0)
        }
    }

    @Test("a campaign's own rate holds from batch to batch, and the slower of the two rates counts")
    func campaignRate() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(#""rate": 1"#, recipients: list(20))
            _ = try await workshop.plan()
            var environment = workshop.sender().environment
            environment.pacer = workshop.pacer()
            let began = workshop.clock.now()
            _ = try await Drain(sender: ShardSender(environment)).drain(workshop.runID())
            #expect(workshop.mailer.mails.count == 20)
            #expect(workshop.clock.now() - began >= .seconds(19))
        }
    }

    @Test("a batch whose holder died is uncertain for each recipient without a result, and is not sent (I1)")
    func abandoned() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(80))
            let (run, _) = try await workshop.plan()
            // Not this process's name: the ledger may know that a process of its own machine is alive.
            _ = try await workshop.ledger.claim(
                BatchID(run: run.id, shard: 0, number: 0), worker: "dead", now: workshop.clock.now(),
                lease: .seconds(60))
            let first = try await workshop.sender().send(message(workshop))
            guard case .unfinished(_, let delay, _) = first else {
                Issue.record("\(first)")
                return
            }
            #expect(delay >= .seconds(60))
            #expect(try await workshop.run().settled.accepted == 30)
            workshop.clock.advance(by: .seconds(61))
            #expect(try await workshop.sender().send(message(workshop)) == .finished)
            #expect(try await workshop.run().settled.uncertain == 50)
            #expect(workshop.mailer.mails.count == 30)
        }
    }

    @Test(
        "a claim lasts a little longer than its holder may live, or as long as it is told to",
        arguments: [
            (set: Duration.seconds(60), deadline: Duration.seconds(300), lasts: Duration.seconds(60)),
            (nil, .seconds(300), .seconds(330)), (nil, nil, .seconds(120)),
        ] as [(set: Duration?, deadline: Duration?, lasts: Duration)])
    func lease(_ set: Duration?, _ deadline: Duration?, _ lasts: Duration) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(1))
            let (run, _) = try await workshop.plan()
            let now = workshop.clock.now()
            let other = Mutex<ClaimResult?>(nil)
            workshop.mailer.answer { _ in
                let answer = try? await workshop.ledger.claim(
                    BatchID(run: run.id, shard: 0, number: 0), worker: "other", now: now, lease: .seconds(1))
                other.withLock { $0 = answer }
                return .accepted(messageID: "m")
            }
            _ = try await workshop.sender(lease: set).send(
                message(workshop), until: deadline.map { now + $0 })
            #expect(other.withLock { $0 } == .held(until: now + lasts))
        }
    }

    @Test("an unsubscribe counts from the next batch on (I7)")
    func unsubscribed() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(100))
            _ = try await workshop.plan()
            try await workshop.suppression.add(
                SuppressionEntry(
                    address: "r70@example.org", reason: .unsubscribe, source: "unsubscribe",
                    at: workshop.clock.now()))
            #expect(try await workshop.sender().send(message(workshop)) == .finished)
            let run = try await workshop.run()
            #expect(run.settled.suppressed == 1 && run.settled.accepted == 99)
            #expect(!workshop.mailer.addresses.contains("r70@example.org"))
        }
    }

    @Test("what does not fit before the deadline goes back to the queue, and is finished from there")
    func deadline() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(200))
            _ = try await workshop.plan()
            let clock = workshop.clock
            workshop.mailer.answer { _ in
                clock.advance(by: .milliseconds(500))
                return .accepted(messageID: "m")
            }
            let deadline = clock.now() + .seconds(60)
            let progress = try await workshop.sender().send(message(workshop), until: deadline)
            guard case .unfinished = progress else {
                Issue.record("\(progress)")
                return
            }
            let run = try await workshop.run()
            #expect(run.settled.accepted > 0 && run.settled.accepted < 200)
            #expect(run.settled.uncertain == 0)
            let waiting = try await workshop.queue.receive(maximum: 10, visibility: .seconds(1))
            #expect(waiting.contains { $0.message.firstBatch > 0 })
        }
    }

    @Test("a cancelled sender ends the mails under way, records them and hands the rest back")
    func cancelled() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(200))
            _ = try await workshop.plan()
            let (began, start) = AsyncStream<Void>.makeStream()
            workshop.mailer.answer { _ in
                start.yield()
                try? await Task.sleep(for: .milliseconds(20))
                return Task.isCancelled ? .ambiguous(reason: "cancelled") : .accepted(messageID: "m")
            }
            let task = Task { try await workshop.sender().send(message(workshop)) }
            for await _ in began { break }
            task.cancel()
            guard case .unfinished = try await task.value else {
                Issue.record("not handed back")
                return
            }
            let run = try await workshop.run()
            #expect(run.settled.uncertain == 0)
            #expect(run.settled.accepted == workshop.mailer.mails.count)
            #expect(run.settled.accepted < 200)
        }
    }

    @Test("tags lead from an event back to the recipient")
    func tags() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(60))
            _ = try await workshop.plan()
            _ = try await workshop.sender().send(message(workshop))
            let mail = try #require(workshop.mailer.mails.first { $0.to.address == "r55@example.org" })
            #expect(mail.tags["campaign"] == "cruise")
            #expect(mail.tags["occurrence"] == "b25l")
            #expect(mail.tags["batch"] == "0-1")
            #expect(mail.tags["recipient"] == "5")
        }
    }

    @Test("a message of a run that nobody knows fails, so that it ends among the dead letters")
    func unknownRun() async throws {
        try await Workshop.open { workshop in
            await #expect(throws: Problem.self) { _ = try await workshop.sender().send(message(workshop)) }
        }
    }
}

/// A pacer that cannot be asked.
private struct BrokenPacer: Pacer {
    func reserve(_ request: PaceRequest) async throws -> PaceReservation {
        throw Problem(.unavailable, "no answer")
    }
}

extension ShardSenderTests {
    @Test("mails that were handed over are recorded though the ledger fails for a while")
    func insistence() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(20))
            _ = try await workshop.plan()
            var environment = workshop.sender().environment
            let ledger = LedgerUnderTest(workshop.ledger)
            ledger.failures.withLock { $0.settling = 3 }
            environment.ledger = ledger
            #expect(try await ShardSender(environment).send(message(workshop)) == .finished)
            #expect(try await workshop.run().settled.accepted == 20)
        }
    }

    @Test(
        "a claim whose answer is lost is taken up while its lease lasts, and given back where no time is left",
        arguments: [1, 5, 25, 33])
    func lostClaims(_ count: Int) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(60))
            _ = try await workshop.plan()
            var environment = workshop.sender().environment
            let ledger = LedgerUnderTest(workshop.ledger)
            ledger.failures.withLock { $0.lostClaims = count }
            environment.ledger = ledger
            let progress = try await ShardSender(environment).send(message(workshop))
            #expect(ledger.failures.withLock { $0.lostClaims } == 0)
            if progress != .finished {
                #expect(count == 33)
                #expect(workshop.mailer.mails.isEmpty)
                _ = try await Drain(sender: workshop.sender()).drain(workshop.runID())
            }
            let run = try await workshop.run()
            #expect(run.settled.accepted == 60 && run.settled.uncertain == 0)
            #expect(workshop.mailer.addresses.count == 60)
        }
    }

    @Test("a claim is not asked for again for ever, nor where the ledger says that it was not made")
    func lostForGood() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(10))
            _ = try await workshop.plan()
            var environment = workshop.sender().environment
            for (problem, asks) in [
                (Problem(.accessDenied, "no permission"), 1...1),
                (Problem(.unavailable, "no answer"), 20...40),
            ] {
                var ledger = LedgerUnderTest(workshop.ledger)
                ledger.problem = problem
                ledger.failures.withLock { $0.lostClaims = 1000 }
                environment.ledger = ledger
                let sender = ShardSender(environment)
                await #expect(throws: problem) { _ = try await sender.send(message(workshop)) }
                #expect(asks.contains(ledger.claims.withLock { $0 }))
            }
            #expect(workshop.mailer.mails.isEmpty)
        }
    }

    @Test("who comes after others looks at the batches that they have sent, and claims none of them")
    func trodGround() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(400))
            let (run, _) = try await workshop.plan()
            for (number, isSettled) in [(0, false), (1, true), (2, true), (3, true), (5, true)] {
                let claim = try await workshop.ledger.claim(
                    BatchID(run: run.id, shard: 0, number: number), worker: "other",
                    now: workshop.clock.now(), lease: .seconds(60))
                guard isSettled, case .claimed(let claim) = claim else { continue }
                let sent = (0..<50).map { RecipientResult(index: $0, outcome: .accepted(messageID: "m")) }
                #expect(
                    try await workshop.ledger.settle(
                        claim, results: sent, isComplete: true, now: workshop.clock.now()))
            }
            var environment = workshop.sender().environment
            let ledger = LedgerUnderTest(workshop.ledger)
            environment.ledger = ledger
            guard
                case .unfinished(let rest, _, _) = try await ShardSender(environment).send(message(workshop))
            else {
                Issue.record("finished")
                return
            }
            #expect(rest.firstBatch == 0)
            // The one that is held, three that are fresh, and the one among them that is not.
            #expect(ledger.claims.withLock { $0 } == 5)
            #expect(workshop.mailer.addresses.count == 150)
        }
    }

    @Test("a claim under which nothing was handed over is given back, not left to become uncertain")
    func release() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(20))
            _ = try await workshop.plan()
            var environment = workshop.sender().environment
            environment.pacer = BrokenPacer()
            await #expect(throws: Problem.self) {
                _ = try await ShardSender(environment).send(message(workshop))
            }
            #expect(try await workshop.sender("other").send(message(workshop)) == .finished)
            #expect(try await workshop.run().settled.accepted == 20)
        }
    }
}

/// Keeps mails a second apart, within a batch.
private struct SteadyPacer: Pacer {
    let clock: TestClock
    func reserve(_ request: PaceRequest) async throws -> PaceReservation {
        let now = clock.now()
        return .granted(
            PaceGrant(
                moments: (0..<request.count).map { now + .seconds($0) }, tolerance: .milliseconds(10)))
    }
}

// MARK: - Pace

extension ShardSenderTests {
    private func environment(
        _ workshop: Workshop, account: ScriptedAccount = ScriptedAccount(), store: any PaceStore
    ) -> ShardSender.Environment {
        var workshop = workshop
        workshop.account = account
        var environment = workshop.sender().environment
        environment.pacer = workshop.pacer(store: store)
        return environment
    }

    /// Sends 120 recipients at a rate whose slots last for a moment, on a ledger that takes so long for each reservation.
    private func send(
        _ workshop: Workshop, reservations milliseconds: [Int]
    ) async throws -> ShardSender.Progress {
        try workshop.writeCampaign(recipients: list(120))
        _ = try await workshop.plan()
        var account = ScriptedAccount()
        account.sendingQuota.maximumRate = 10_000
        let store = SlowStore(workshop.clock, milliseconds.map { .milliseconds($0) })
        return try await ShardSender(environment(workshop, account: account, store: store))
            .send(message(workshop))
    }

    @Test("a ledger that is jammed for a moment does not keep a shard from being sent to its end")
    func jammed() async throws {
        try await Workshop.open { workshop in
            // Each takes longer than the last has let one expect: the slots of three in a row have passed.
            let progress = try await send(workshop, reservations: [0, 0, 0, 40, 130, 400, 0, 0, 0, 0])
            #expect(progress == .finished)
            #expect(workshop.mailer.mails.count == 120)
        }
    }

    @Test("a ledger that gets slower and slower puts the rest off, and nothing is lost")
    func tooSlow() async throws {
        try await Workshop.open { workshop in
            let progress = try await send(
                workshop, reservations: [0, 0, 0, 40, 130, 400, 1300, 4000, 13_000, 40_000, 40_000])
            #expect(
                progress
                    == .unfinished(
                        rest: try message(workshop, firstBatch: 1), after: .seconds(1),
                        reason: "the ledger is too slow to keep the pace"))
            #expect(workshop.mailer.mails.count == 50)
            #expect(try await workshop.run().settled.accepted == 50)
        }
    }

    @Test("a shard that waits for its pace goes back with a delay, unread, unclaimed and with nothing lost")
    func waits() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(60))
            _ = try await workshop.plan()
            let store = MemoryPaceStore()
            let sender = ShardSender(environment(workshop, store: store))
            // Somebody else takes the next seconds.
            let campaign = try workshop.runID().campaign
            _ = try await sender.environment.pacer.reserve(
                PaceRequest(
                    campaign: campaign, count: 1000, maximumWait: .seconds(4),
                    end: workshop.clock.now() + .seconds(60)))
            let began = workshop.clock.now()
            try FileManager.default.removeItem(at: workshop.folder.appendingPathComponent("state/runs"))
            let progress = try await sender.send(message(workshop))
            #expect(
                progress
                    == .unfinished(
                        rest: try message(workshop), after: .seconds(10),
                        reason: "the sending rate is used up"))
            #expect(workshop.clock.now() == began)
            #expect(workshop.mailer.addresses.isEmpty)
            let batch = BatchID(run: try workshop.runID(), shard: 0, number: 0)
            guard
                case .claimed(let claim) = try await workshop.ledger.claim(
                    batch, worker: "w", now: began, lease: .seconds(60))
            else {
                Issue.record("claimed by somebody")
                return
            }
            #expect(claim.attempt == 1)
        }
    }

    @Test("a shard is finished by as many invocations as it needs, at one mail a second too")
    func continuation() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(170))
            _ = try await workshop.plan()
            let account = ScriptedAccount(
                sendingQuota: .init(maximumRate: 1, maximumPer24Hours: nil, sentLast24Hours: 0))
            let store = MemoryPaceStore()
            let began = workshop.clock.now()
            var invocations = 0
            while try await !workshop.run().isFinished {
                guard
                    let received = try await workshop.queue.receive(maximum: 1, visibility: .seconds(360))
                        .first
                else {
                    workshop.clock.advance(by: .seconds(1))
                    continue
                }
                // A new sandbox each time.
                let sender = ShardSender(environment(workshop, account: account, store: store))
                _ = try await sender.send(received.message, until: workshop.clock.now() + .seconds(60))
                try await workshop.queue.delete(received)
                #expect(received.receiveCount == 1)
                invocations += 1
                try #require(invocations < 50)
            }
            #expect(workshop.mailer.mails.count == 170)
            #expect(try await workshop.run().settled.accepted == 170)
            #expect(workshop.clock.now() - began < .seconds(170 * 1.1))
            #expect(invocations > 3)
        }
    }

    @Test("the 24-hour quota puts the rest off, and the run goes on by itself when the window frees")
    func dailyQuota() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(120))
            _ = try await workshop.plan()
            var account = ScriptedAccount()
            account.sendingQuota.maximumPer24Hours = 200
            account.sendingQuota.sentLast24Hours = 170
            let store = MemoryPaceStore()
            let progress = try await ShardSender(environment(workshop, account: account, store: store))
                .send(message(workshop))
            #expect(
                progress
                    == .unfinished(
                        rest: try message(workshop), after: .seconds(900),
                        reason: "the 24-hour quota is used up"))
            #expect(workshop.mailer.mails.count == 30)
            account.sendingQuota.sentLast24Hours = 20
            workshop.clock.advance(by: .seconds(900))
            _ = try await ShardSender(environment(workshop, account: account, store: store))
                .send(message(workshop))
            #expect(try await workshop.run().isFinished)
            #expect(workshop.mailer.mails.count == 120)
        }
    }

    @Test("SES's own word that the quota is used up counts for every worker, and no mail is sent to find out")
    func quotaTold() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(120))
            _ = try await workshop.plan(shardSize: 50)
            var account = ScriptedAccount()
            account.sendingQuota.maximumPer24Hours = 50_000
            let store = MemoryPaceStore()
            workshop.mailer.answer { _ in .throttled(.dailyQuota) }
            let environment = environment(workshop, account: account, store: store)
            guard
                case .unfinished(_, let delay, _) = try await ShardSender(environment).send(message(workshop))
            else {
                Issue.record("not put off")
                return
            }
            #expect(delay == .seconds(900))
            let tried = workshop.mailer.mails.count
            let other = ShardMessage(run: try workshop.runID(), shard: 1)
            guard case .unfinished = try await ShardSender(environment).send(other) else {
                Issue.record("not put off")
                return
            }
            #expect(workshop.mailer.mails.count == tried)
        }
    }

    @Test("recipients who are suppressed at the last moment use no slot of the pace")
    func suppressedUseNoSlot() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(50))
            _ = try await workshop.plan()
            for index in 0..<40 {
                try await workshop.suppression.add(
                    SuppressionEntry(
                        address: "r\(index)@example.org", reason: .unsubscribe, source: "unsubscribe",
                        at: workshop.clock.now()))
            }
            let store = MemoryPaceStore()
            let began = workshop.clock.now()
            let environment = environment(workshop, store: store)
            #expect(try await ShardSender(environment).send(message(workshop)) == .finished)
            let nextFree = try await store.read().timeline.nextFree
            #expect(nextFree - began.milliseconds * 1000 == 100_000)
        }
    }

    @Test("a worker that another one's throttling reaches reserves anew, at the slower pace")
    func voided() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(recipients: list(50))
            _ = try await workshop.plan()
            var account = ScriptedAccount()
            account.sendingQuota.maximumRate = 5
            let store = MemoryPaceStore()
            let environment = environment(workshop, account: account, store: store)
            let clock = workshop.clock
            let calls = Mutex<[Timestamp]>([])
            workshop.mailer.answer { _ in
                let count = calls.withLock { calls in
                    calls.append(clock.now())
                    return calls.count
                }
                if count == 3 { await environment.pacer.throttled(.rate) }
                return .accepted(messageID: "m")
            }
            _ = try await Drain(sender: ShardSender(environment)).drain(workshop.runID())
            let moments = calls.withLock { $0 }
            #expect(moments.count == 50)
            // Within a second all have stopped; the pace begins anew after the rest.
            let pauses = zip(moments, moments.dropFirst()).map { $1 - $0 }
            #expect(pauses.prefix(9).contains { $0 >= .milliseconds(300) })
            #expect(pauses.dropFirst(8).prefix(10).allSatisfy { $0 >= .milliseconds(220) })
        }
    }
}
