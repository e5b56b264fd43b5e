import AWS
import AWSSupport
import Campaigns
import CloudAdapters
import Locks
import TestSupport
import Testing

/// A holder whose lease is over settles between two looks of the one who takes its batch over.
@Suite("Late holders", .timeLimit(.minutes(10)))
struct LateHolderTests {
    /// Gives a key for each call, and lets others come in between.
    private final class Doorkeeper: CredentialsProvider {
        private let keys: Credentials
        private let calls = Mutex(0)
        private let before: @Sendable (_ call: Int) async -> Void

        init(_ keys: Credentials, before: @escaping @Sendable (_ call: Int) async -> Void) {
            self.keys = keys
            self.before = before
        }

        func credentials() async throws(AWSError) -> Credentials {
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            await before(call)
            return keys
        }
    }

    @Test(
        "what it has settled in part is known to the next claim, which may send the rest; all of it is settled",
        arguments: [false, true])
    func claims(isComplete: Bool) async throws {
        let account = try await MotoAccount()
        let deployment = try await account.deployment()
        let late = Cloud(aws: account.aws, configuration: deployment).ledger
        let noon = Timestamp(milliseconds: 1_780_326_000_123)
        let lease = Duration.seconds(60)
        let run = Run(
            id: try #require(RunID("paul-simon#1")), planPrefix: "runs/paul-simon/1/a/", planDigest: "digest",
            plannedAt: noon, rows: 50, recipients: 50, shards: 1, shardSize: 50, batchSize: 50,
            atPlan: OutcomeCounts())
        _ = try await late.create(run)
        let batch = BatchID(run: run.id, shard: 0, number: 0)
        guard
            case .claimed(let held) = try await late.claim(batch, worker: "late", now: noon, lease: lease)
        else {
            Issue.record("not claimed")
            return
        }
        let sent = (0..<20).map { RecipientResult(index: $0, outcome: .accepted(messageID: "m\($0)")) }
        var aws = account.aws
        aws.credentials = Doorkeeper(account.key) { call in
            // The first call has found the lease over; the second is to take over.
            guard call == 2 else { return }
            let isSettled = try? await late.settle(
                held, results: sent, isComplete: isComplete, now: noon + lease)
            #expect(isSettled == true)
        }
        let answer = try await Cloud(aws: aws, configuration: deployment).ledger.claim(
            batch, worker: "next", now: noon + lease, lease: lease)
        if isComplete {
            #expect(answer == .settled)
        } else {
            #expect(
                answer
                    == .claimed(
                        Claim(
                            batch: batch, worker: "next", attempt: 2, leaseEnds: noon + lease + lease,
                            settled: sent)))
        }
        #expect(try await late.run(run.id)?.settled.accepted == 20)
    }
}
