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
            _ = try await state.ledger.create(run)
            #expect(try await state.ledger.run(run.id) == run)
            let again = try await LocalState(folder: state.folder, clock: clock)
            #expect(try await again.ledger.run(run.id) == run)
            #expect(try await again.ledger.run(RunID("other#1")!) == nil)
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

    @Test(
        "of twenty workers on two openings of the folder exactly one gets the batch", .timeLimit(.minutes(10))
    )
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

    @Test("processes that race for twenty batches share them out without a double", .timeLimit(.minutes(10)))
    func processRace() async throws {
        try await withState { state, _ in
            _ = try await state.ledger.create(.sample())
            let rivals = try (0..<3).map { try Fixture("race", state: state, worker: "w\($0)") }
            let won = rivals.flatMap { rival in rival.lines { $0 == "done" }.dropLast() }
            #expect(won.compactMap(Int.init).sorted() == Array(0..<20))
        }
    }

    @Test("a process killed at work loses nothing that it was promised", .timeLimit(.minutes(10)))
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

    @Test("what a killed process held is free at once", .timeLimit(.minutes(10)))
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
                return try await state.ledger.settle(
                    claim, results: accepted(0..<50), isComplete: true, now: clock.now())
            }
            #expect(try await task.value)
        }
    }

    private func claimed(
        _ state: LocalState, by worker: String = "a", at clock: StoppedClock
    ) async throws -> Claim {
        let answer = try await state.ledger.claim(batch, worker: worker, now: clock.now(), lease: lease)
        guard case .claimed(let claim) = answer else { throw Unexpected(answer: answer) }
        return claim
    }

    private struct Unexpected: Error { let answer: ClaimResult }
}
