import Campaigns
import Foundation
import LocalAdapters
import TestSupport
import Testing

@Suite("SQLite ledger")
struct SQLiteLedgerTests {
    private let batch = BatchID(run: .sample, shard: 0, number: 3)
    private let lease = Duration.seconds(60)

    private func accepted(_ indices: Range<Int>) -> [RecipientResult] {
        indices.map { RecipientResult(index: $0, outcome: .accepted(messageID: "m\($0)")) }
    }

    @Test("a run comes back as it was recorded, from another opening of the same folder too")
    func runRoundTrip() async throws {
        try await withState { state, clock in
            let run = Run.sample()
            try await expectCreation(of: run, gives: run, isNew: true, in: state)
            #expect(try await state.ledger.run(run.id) == run)
            let again = try await LocalState(folder: state.folder, clock: clock)
            #expect(try await again.ledger.run(run.id) == run)
            #expect(try await again.ledger.run(RunID("other#1")!) == nil)
        }
    }

    @Test("the first plan of an occurrence is the run; its planner may ask again")
    func createOnce() async throws {
        try await withState { state, _ in
            let first = Run.sample(prefix: "runs/a/")
            let second = Run.sample(prefix: "runs/b/")
            try await expectCreation(of: first, gives: first, isNew: true, in: state)
            try await expectCreation(of: second, gives: first, isNew: false, in: state)
            try await expectCreation(of: first, gives: first, isNew: true, in: state)
        }
    }

    @Test("runs are listed newest first, of one campaign or of all")
    func listing() async throws {
        try await withState { state, clock in
            let names = ["a#1", "b#1", "a#2"]
            for (index, name) in names.enumerated() {
                _ = try await state.ledger.create(
                    .sample(RunID(name)!, plannedAt: clock.now() + .seconds(index)))
            }
            #expect(try await state.ledger.runs(of: nil).map(\.id.description) == ["a#2", "b#1", "a#1"])
            let ofA = try await state.ledger.runs(of: CampaignID("a"))
            #expect(ofA.map(\.id.description) == ["a#2", "a#1"])
        }
    }

    @Test(
        "control is kept with its reason, and a cancelled run stays cancelled",
        arguments: [
            RunControl.running, .paused(reason: "p"), .stopped(reason: "s"), .cancelled(reason: "c"),
        ])
    func control(_ control: RunControl) async throws {
        try await withState { state, _ in
            _ = try await state.ledger.create(.sample())
            try await state.ledger.setControl(control, of: .sample)
            try await state.ledger.markEnqueued(.sample)
            let run = try #require(try await state.ledger.run(.sample))
            #expect(run.control == control)
            #expect(run.isEnqueued)
            try await state.ledger.setControl(.running, of: .sample)
            let expected = control == .cancelled(reason: "c") ? control : .running
            #expect(try await state.ledger.run(.sample)?.control == expected)
        }
    }

    @Test("what needs a run says which one is missing")
    func missingRun() async throws {
        try await withState { state, clock in
            let error = await #expect(throws: Problem.self) {
                _ = try await state.ledger.claim(batch, worker: "a", now: clock.now(), lease: lease)
            }
            #expect(error?.kind == .notFound)
            #expect(error?.message.contains("paul-simon#2026-06-01T17:00:00Z") == true)
            await #expect(throws: Problem.self) { try await state.ledger.markEnqueued(.sample) }
        }
    }

    @Test("a settled batch is counted once, also when its settling is told twice")
    func settleTwice() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample())
            let claim = try await claimed(state, at: clock)
            let results =
                accepted(0..<47) + [
                    RecipientResult(index: 47, outcome: .rejected(reason: "554 no")),
                    RecipientResult(index: 48, outcome: .suppressed(reason: .unsubscribe)),
                    RecipientResult(index: 49, outcome: .uncertain(reason: "reset")),
                ]
            for _ in 0..<2 {
                #expect(try await state.ledger.settle(claim, results: results.reversed(), isComplete: true))
            }
            #expect(try await state.ledger.results(of: batch) == results)
            let counts = try #require(try await state.ledger.run(.sample)).settled
            #expect((counts.accepted, counts.rejected, counts.suppressed, counts.uncertain) == (47, 1, 1, 1))
            #expect(
                try await state.ledger.claim(batch, worker: "b", now: clock.now(), lease: lease) == .settled)
            // Other words under the same claim are not the same settling.
            #expect(try await !state.ledger.settle(claim, results: accepted(0..<1), isComplete: true))
        }
    }

    @Test("a batch that was settled in part is claimed again for the rest, one attempt later")
    func partial() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample())
            let first = try await claimed(state, at: clock)
            #expect(first.attempt == 1)
            #expect(try await state.ledger.settle(first, results: accepted(0..<20), isComplete: false))

            let second = try await claimed(state, by: "b", at: clock)
            #expect(second.attempt == 2)
            #expect(second.settled == accepted(0..<20))
            // The first holder wakes up late.
            #expect(try await !state.ledger.settle(first, results: accepted(20..<50), isComplete: true))
            #expect(try await state.ledger.settle(second, results: accepted(20..<50), isComplete: true))
            #expect(try await state.ledger.run(.sample)?.settled.accepted == 50)
        }
    }

    @Test("a recipient never has two results")
    func duplicateResult() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample())
            let first = try await claimed(state, at: clock)
            #expect(try await state.ledger.settle(first, results: accepted(0..<20), isComplete: false))
            let second = try await claimed(state, at: clock)
            await #expect(throws: Problem.self) {
                _ = try await state.ledger.settle(second, results: accepted(19..<50), isComplete: true)
            }
            #expect(try await state.ledger.run(.sample)?.settled.accepted == 20)
            #expect(try await state.ledger.results(of: batch).count == 20)
        }
    }

    @Test("claiming again after a lost answer is the same claim; another worker waits for the lease")
    func claimAgain() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample())
            let claim = try await claimed(state, at: clock)
            clock.advance(by: .seconds(1))
            #expect(try await claimed(state, at: clock) == claim)
            let other = try await state.ledger.claim(batch, worker: "b", now: clock.now(), lease: lease)
            #expect(other == .held(until: claim.leaseEnds))
        }
    }

    @Test(
        "a claim whose lease has run out is only ever to be settled, whoever takes it over and however often")
    func abandoned() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample())
            let first = try await claimed(state, at: clock)
            clock.advance(by: lease)
            let second = try await abandoned(state, by: "b", at: clock)
            #expect(second.attempt == 2)
            #expect(try await abandoned(state, by: "b", at: clock) == second)
            let other = try await state.ledger.claim(batch, worker: "c", now: clock.now(), lease: lease)
            #expect(other == .held(until: second.leaseEnds))

            clock.advance(by: lease)
            let third = try await abandoned(state, by: "a", at: clock)
            #expect(third.attempt == 3)
            for late in [first, second] {
                #expect(try await !state.ledger.settle(late, results: accepted(0..<50), isComplete: true))
            }
            let results = (0..<50).map { RecipientResult(index: $0, outcome: .uncertain(reason: "lost")) }
            #expect(try await state.ledger.settle(third, results: results, isComplete: true))
            #expect(try await state.ledger.run(.sample)?.settled.uncertain == 50)
        }
    }

    @Test(
        "of twenty workers on two openings of the folder exactly one gets the batch", .timeLimit(.minutes(1)))
    func race() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample())
            let other = try await LocalState(folder: state.folder, clock: clock)
            let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                for worker in 0..<20 {
                    let ledger = worker.isMultiple(of: 2) ? state.ledger : other.ledger
                    group.addTask {
                        let answer = try await ledger.claim(
                            batch, worker: "w\(worker)", now: clock.now(), lease: lease)
                        if case .claimed = answer { return true }
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wins == 1)
        }
    }

    @Test("processes that race for twenty batches share them out without a double", .timeLimit(.minutes(1)))
    func processRace() async throws {
        try await withState { state, _ in
            _ = try await state.ledger.create(.sample())
            let rivals = try (0..<3).map { try Fixture("race", state: state, worker: "w\($0)") }
            let won = rivals.flatMap { rival in rival.lines { $0 == "done" }.dropLast() }
            #expect(won.compactMap(Int.init).sorted() == Array(0..<20))
        }
    }

    @Test("a process killed at work loses nothing that it was promised", .timeLimit(.minutes(1)))
    func killedAtWork() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample(recipients: 1_000_000))
            let process = try Fixture("churn", state: state, worker: "victim")
            var promises = process.lines { $0 == "settled 30" }
            process.kill()
            promises += process.lines { _ in false }
            let settled = promises.compactMap { $0.hasPrefix("settled ") ? Int($0.dropFirst(8)) : nil }
            let last = try #require(settled.max())

            let reopened = try await LocalState(folder: state.folder, clock: clock)
            var results = 0
            for number in 0...(last + 2) {
                let batch = BatchID(run: .sample, shard: 0, number: number)
                let ofBatch = try await reopened.ledger.results(of: batch).count
                #expect(number > last ? [0, 50].contains(ofBatch) : ofBatch == 50, "batch \(number)")
                results += ofBatch
                let answer = try await reopened.ledger.claim(
                    batch, worker: "heir", now: clock.now(), lease: lease)
                if ofBatch == 50 {
                    #expect(answer == .settled)
                } else if promises.contains("claimed \(number)") {
                    guard case .abandoned = answer else {
                        Issue.record("batch \(number): \(answer)")
                        continue
                    }
                }
            }
            #expect(try await reopened.ledger.run(.sample)?.settled.accepted == results)
        }
    }

    @Test("what a killed process held is free at once", .timeLimit(.minutes(1)))
    func killedHolder() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample())
            try await state.queue.send([ShardMessage(run: .sample, shard: 0)], delay: .zero)
            clock.advance(by: .seconds(1))
            let process = try Fixture("hold", state: state, worker: "same-name")
            #expect(process.lines { $0.hasPrefix("holds") } == ["holds 1"])

            let batch = BatchID(run: .sample, shard: 0, number: 0)
            let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
            // A worker of the same name in another process is another worker.
            let alive = try await state.ledger.claim(batch, worker: "same-name", now: now, lease: lease)
            guard case .held = alive else {
                Issue.record("\(alive)")
                return
            }
            process.kill()
            let dead = try await state.ledger.claim(batch, worker: "same-name", now: now, lease: lease)
            guard case .abandoned = dead else {
                Issue.record("\(dead)")
                return
            }
            let today = StoppedClock(now)
            let reopened = try await LocalState(folder: state.folder, clock: today)
            #expect(try await reopened.queue.receive(maximum: 1, visibility: .seconds(60)).count == 1)
        }
    }

    @Test("a cancelled task still settles: its mails are out")
    func cancelled() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample())
            let claim = try await claimed(state, at: clock)
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await state.ledger.settle(claim, results: accepted(0..<50), isComplete: true)
            }
            #expect(try await task.value)
        }
    }

    @Test("a schedule record comes back as it was put")
    func schedule() async throws {
        try await withState { state, clock in
            let campaign = try #require(CampaignID("paul-simon"))
            #expect(try await state.ledger.schedule(of: campaign) == nil)
            var record = ScheduleRecord(
                campaign: campaign, version: "v1", registeredAt: clock.now(), next: clock.now() + .seconds(60)
            )
            try await state.ledger.put(record)
            #expect(try await state.ledger.schedule(of: campaign) == record)
            record.next = nil
            record.last = Occurrence("2026-06-01T17:00:00Z")
            try await state.ledger.put(record)
            #expect(try await state.ledger.schedule(of: campaign) == record)
        }
    }

    private func expectCreation(
        of run: Run, gives recorded: Run, isNew: Bool, in state: LocalState,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await state.ledger.create(run)
        #expect(answer.run == recorded, sourceLocation: location)
        #expect(answer.isNew == isNew, sourceLocation: location)
    }

    private func claimed(
        _ state: LocalState, by worker: String = "a", at clock: StoppedClock
    ) async throws -> Claim {
        let answer = try await state.ledger.claim(batch, worker: worker, now: clock.now(), lease: lease)
        guard case .claimed(let claim) = answer else { throw Unexpected(answer: answer) }
        return claim
    }

    private func abandoned(
        _ state: LocalState, by worker: String, at clock: StoppedClock
    ) async throws -> Claim {
        let answer = try await state.ledger.claim(batch, worker: worker, now: clock.now(), lease: lease)
        guard case .abandoned(let claim) = answer else { throw Unexpected(answer: answer) }
        return claim
    }

    private struct Unexpected: Error { let answer: ClaimResult }
}
