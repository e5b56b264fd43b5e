import AWS
import AWSSupport
import Campaigns
import CloudAdapters
import HostAdapters
import TestSupport
import Testing

/// Workers on computers whose clocks differ share a table.
@Suite("Clocks that differ", .timeLimit(.minutes(10)))
struct ClockSkewTests {
    private let lease = Duration.seconds(120)

    @Test("nobody takes over a live claim, however wrong clocks are", arguments: [600, -600])
    func claims(secondsAhead: Int64) async throws {
        let account = try await MotoAccount()
        let deployment = try await account.deployment()
        var aws = account.aws
        aws.localTime = { systemMilliseconds() + secondsAhead * 1000 }
        let wrong = Cloud(aws: aws, configuration: deployment)
        let right = Cloud(aws: account.aws, configuration: deployment)
        let (wrongClock, rightClock) = (wrong.clock(on: SystemClock()), right.clock(on: SystemClock()))
        #expect(abs((wrongClock.now() - rightClock.now()).components.seconds) >= 590)

        let run = Run(
            id: try #require(RunID("paul-simon#1")), planPrefix: "runs/paul-simon/1/a/", planDigest: "digest",
            plannedAt: rightClock.now(), rows: 100, recipients: 100, shards: 1, shardSize: 100, batchSize: 50,
            atPlan: OutcomeCounts())
        _ = try await right.ledger.create(run)
        // As a sender does before it claims.
        #expect(try await wrong.ledger.run(run.id) == run)
        #expect(abs((wrongClock.now() - rightClock.now()).components.seconds) <= 30)

        for (number, (holder, other)) in [
            ((right.ledger, rightClock), (wrong.ledger, wrongClock)),
            ((wrong.ledger, wrongClock), (right.ledger, rightClock)),
        ].enumerated() {
            let batch = BatchID(run: run.id, shard: 0, number: number)
            let claim = try await holder.0.claim(batch, worker: "a", now: holder.1.now(), lease: lease)
            guard case .claimed(let claim) = claim else {
                Issue.record("\(claim)")
                continue
            }
            #expect(
                try await other.0.claim(batch, worker: "b", now: other.1.now(), lease: lease)
                    == .held(until: claim.leaseEnds))
            #expect(try await other.0.abandonedBatches(of: run.id, now: other.1.now()).isEmpty)
        }
    }
}
