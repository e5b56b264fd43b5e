import Campaigns
import Testing

let noon = Timestamp(milliseconds: 1_780_326_000_123)
let lease = Duration.seconds(60)
let hostileText = "\"quoted\" \\ 'single' {{x}} \u{1F6A2} \u{7F}\r\n\t<b>&amp; a#b/../c"

func accepted(_ indices: Range<Int>) -> [RecipientResult] {
    indices.map { RecipientResult(index: $0, outcome: .accepted(messageID: "0100018f-\($0)@example")) }
}

extension Ledger {
    /// The first batch of a new run.
    func batch(of name: String = "paul-simon#1") async throws -> BatchID {
        let run = Run.example(name)
        _ = try await create(run)
        return BatchID(run: run.id, shard: 1, number: 1)
    }

    /// Two settled batches of fifty, in which three recipients are uncertain.
    func uncertainBatches() async throws -> (BatchID, BatchID) {
        let batch = try await batch()
        let first = BatchID(run: batch.run, shard: 1, number: 0)
        let claim = try await claimed(first, by: "a")
        var results = accepted(0..<50)
        results[2] = RecipientResult(index: 2, outcome: .uncertain(reason: hostileText))
        results[40] = RecipientResult(index: 40, outcome: .uncertain(reason: "lost"))
        #expect(try await settle(claim, results: results, isComplete: true, now: noon + .seconds(5)))
        let second = try await claimed(batch, by: "a")
        results = accepted(0..<50)
        results[0] = RecipientResult(index: 0, outcome: .uncertain(reason: "lost"))
        #expect(try await settle(second, results: results, isComplete: true, now: noon + .seconds(7)))
        return (first, batch)
    }

    /// A claim that must be given.
    func claimed(
        _ batch: BatchID, by worker: String, at now: Timestamp = noon, lease: Duration = lease
    ) async throws -> Claim {
        let answer = try await claim(batch, worker: worker, now: now, lease: lease)
        guard case .claimed(let claim) = answer else { throw ContractBreach(description: "\(answer)") }
        return claim
    }

    func settledCounts(of run: RunID) async throws -> OutcomeCounts {
        try #require(try await self.run(run)).settled
    }
}

extension Run {
    static func example(
        _ name: String = "paul-simon#2026-06-01T10:00:00Z", plan: String = "0", plannedAt: Timestamp = noon,
        rows: Int = 1000, recipients: Int = 1000, shards: Int = 20,
        followUp: FollowUp? = nil, departures: Departures? = nil
    ) -> Run {
        var atPlan = OutcomeCounts()
        atPlan.invalid = 3
        atPlan.duplicate = 4
        atPlan.excluded = 5
        atPlan.suppressed = 6
        let id = RunID(name)!
        return Run(
            id: id, planPrefix: "runs/\(id.campaign)/\(id.occurrence)/\(plan)/",
            planDigest: String(repeating: plan, count: 64 / plan.utf8.count), plannedAt: plannedAt,
            rows: rows,
            recipients: recipients, shards: shards, shardSize: 500, batchSize: 50, atPlan: atPlan,
            followUp: followUp, departures: departures)
    }
}
