import AWS
import AWSSupport
import Campaigns
import CloudAdapters
import TestSupport
import Testing

/// Every first answer of DynamoDB is lost: the table has acted, and the client tries again.
@Suite("Lost answers", .timeLimit(.minutes(10)))
struct LostAnswerTests {
    private func withCloud(_ body: (Cloud) async throws -> Void) async throws {
        let account = try await MotoAccount()
        let configuration = try await account.deployment()
        let proxy = try await TestServer(
            Checkout.python,
            arguments: { port in
                [
                    Checkout.support("aws/losing_proxy.py"), "--port", "\(port)", "--behind",
                    "\(account.server.port)",
                ]
            })
        defer { proxy.stop() }
        var aws = account.aws
        aws.environment["AWS_ENDPOINT_URL_DYNAMODB"] = proxy.url
        try await body(Cloud(aws: aws, configuration: configuration))
    }

    private let noon = Timestamp(milliseconds: 1_780_326_000_123)

    private func run() throws -> Run {
        Run(
            id: try #require(RunID("paul-simon#1")), planPrefix: "runs/paul-simon/1/a/", planDigest: "digest",
            plannedAt: noon, rows: 100, recipients: 100, shards: 1, shardSize: 100, batchSize: 50,
            atPlan: OutcomeCounts())
    }

    @Test("a run is new to its planner, a batch goes to its claimer and is counted once")
    func ledger() async throws {
        try await withCloud { cloud async throws in
            let run = try run()
            let created = try await cloud.ledger.create(run)
            #expect(created.isNew)
            let batch = BatchID(run: run.id, shard: 0, number: 0)
            let first = try await cloud.ledger.claim(batch, worker: "a", now: noon, lease: .seconds(60))
            guard case .claimed(let claim) = first else {
                Issue.record("\(first)")
                return
            }
            #expect(claim.attempt == 1)
            let some = [RecipientResult(index: 0, outcome: .accepted(messageID: "m0"))]
            #expect(try await cloud.ledger.settle(claim, results: some, isComplete: false, now: noon))
            let later = noon + .seconds(1)
            guard
                case .claimed(let rest) = try await cloud.ledger.claim(
                    batch, worker: "b", now: later, lease: .seconds(60))
            else {
                Issue.record("not claimed")
                return
            }
            #expect(rest.attempt == 2)
            guard
                case .abandoned(let dead) = try await cloud.ledger.claim(
                    batch, worker: "c", now: later + .seconds(60), lease: .seconds(60))
            else {
                Issue.record("not abandoned")
                return
            }
            #expect(dead.attempt == 3)
            let lost = [RecipientResult(index: 1, outcome: .uncertain(reason: "lost"))]
            #expect(try await cloud.ledger.settle(dead, results: lost, isComplete: true, now: noon))
            let settled = try #require(try await cloud.ledger.run(run.id)).settled
            #expect(settled.accepted == 1)
            #expect(settled.uncertain == 1)
            #expect(settled.total == 2)
        }
    }

    @Test("a control stands, and what is decided or heard about a recipient counts once")
    func resolution() async throws {
        try await withCloud { cloud async throws in
            let run = try run()
            _ = try await cloud.ledger.create(run)
            for control in [RunControl.paused(reason: "by hand"), .running, .cancelled(reason: "off")] {
                #expect(try await cloud.ledger.setControl(control, of: run.id) == control)
            }
            let batch = BatchID(run: run.id, shard: 0, number: 0)
            guard
                case .claimed(let claim) = try await cloud.ledger.claim(
                    batch, worker: "a", now: noon, lease: .seconds(60))
            else {
                Issue.record("not claimed")
                return
            }
            #expect(try await cloud.ledger.confirm(0, of: batch, messageID: "m0", now: noon) == .confirmed)
            let lost = (1..<4).map { RecipientResult(index: $0, outcome: .uncertain(reason: "lost")) }
            #expect(try await cloud.ledger.settle(claim, results: lost, isComplete: true, now: noon))
            #expect(try await cloud.ledger.resolve([1], of: batch, as: .drop, now: noon) == .resolved([1]))
            #expect(
                try await cloud.ledger.resolve([2], of: batch, as: .resend, now: noon) == .resolved([2]))
            #expect(try await cloud.ledger.confirm(3, of: batch, messageID: "m3", now: noon) == .confirmed)
            let settled = try #require(try await cloud.ledger.run(run.id)).settled
            #expect(settled.accepted == 2 && settled.uncertain == 1 && settled.dropped == 1)
            #expect(settled.total == 3)
        }
    }

    @Test("a change of the pace is made once")
    func pace() async throws {
        try await withCloud { cloud async throws in
            for second in 0..<3 {
                let count = try await cloud.pace.change { state in
                    state.generation += 1
                    return state.generation
                }
                #expect(count == second + 1)
            }
            #expect(try await cloud.pace.read().generation == 3)
        }
    }
}
