import AWS
import AWSSupport
import Campaigns
import CloudAdapters
import Foundation
import HostAdapters
import LocalAdapters
import TestSupport
import Testing

/// SIGKILL in the middle of a run: what was under way is nobody's any more, and must not go out again by itself (I1, I2).
@Suite("Processes that are killed while they send", .timeLimit(.minutes(10)))
struct KillTests {
    private static let run = "paul-simon#7bf73129-1428-4cd3-a780-95db273d1602"

    /// Each case's number seeds its choice of the moment.
    @Test("the command line, invoked again, mails nobody twice and loses nobody", arguments: 1...5)
    func commandLine(seed: UInt64) async throws {
        try await withTemporaryFolder { folder in
            try await withSESSimulator { simulator in
                let state = folder.appendingPathComponent("state").path
                let arguments = [
                    "invoke", "events/campaign.json", "--mailer", "ses", "--state", state, "--json",
                ]
                let environment = SESAccount.environment(simulator)
                let moment = try await chooseMoment(seed, simulator)
                let victim = try Program(
                    "jada-blast", arguments, environment: environment, folder: Checkout.root)
                try await kill(victim, at: moment, simulator)

                let result = try await jadaBlast(arguments, environment)
                let summary = try result.decode(Summary.self)
                #expect(summary.status == "finished")
                #expect(result.status == (summary.counts.uncertain > 0 ? 74 : 0))
                let ledger = try await LocalState(folder: state, clock: SystemClock()).ledger
                try await examine(summary.counts, ledger: ledger, simulator)

                let confirmed = try await jadaBlast(arguments, environment)
                #expect(try confirmed.decode(Summary.self) == summary)
            }
        }
    }

    @Test(
        "a sender function, whose message is delivered again, mails nobody twice and loses nobody",
        arguments: 1...2)
    func function(seed: UInt64) async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            _ = try await jadaBlast(
                ["invoke", "events/campaign.json", "--aws", "--handler", "scheduler"],
                deployment.environment)
            let event = try Event.queue(try await deployment.receive())
            let moment = try await chooseMoment(seed, deployment.simulator)
            try await deliver(event, to: deployment) { victim, _ in
                try await kill(victim, at: moment, deployment.simulator)
            }
            // While the dead worker's claim lasts, its batch is left alone and the shard handed back.
            try await deliver(event, to: deployment) { _, api in
                try await expectSuccess(api)
            }
            let half = try #require(try await deployment.run(Self.run))
            #expect(half.settled.uncertain == 0)
            #expect(try await deployment.waiting() == (half.isFinished ? 1 : 2))

            try await endLeases(of: half, deployment)
            try await deliver(event, to: deployment) { _, api in
                try await expectSuccess(api)
            }
            let run = try #require(try await deployment.run(Self.run))
            #expect(run.isFinished)
            let counts = run.counts
            try await examine(
                .init(
                    rows: run.rows, accepted: counts.accepted, rejected: counts.rejected,
                    suppressed: counts.suppressed, invalid: counts.invalid, duplicate: counts.duplicate,
                    excluded: counts.excluded, uncertain: counts.uncertain),
                ledger: deployment.cloud.ledger, deployment.simulator)
        }
    }

    /// Has a new worker take the event.
    private func deliver(
        _ event: [UInt8], to deployment: Deployment,
        _ body: (_ worker: Program, _ api: ScriptedRuntimeAPI) async throws -> Void
    ) async throws {
        let invocation = ScriptedRuntimeAPI.Answer.invocation(
            "delivery", String(decoding: event, as: UTF8.self), deadline: 300_000)
        try await withRuntimeAPI(invocations: [invocation]) { api in
            let worker = try api.start(
                "jada-blast-worker", handler: "sender", environment: deployment.environment)
            try await body(worker, api)
        }
    }

    private func expectSuccess(_ api: ScriptedRuntimeAPI) async throws {
        let answer = try #require(try await api.outcomes(1).first)
        #expect(answer.path.hasSuffix("/delivery/response"))
        #expect(answer.text == #"{"batchItemFailures":[]}"#)
    }

    /// Lets the leases of all claims run out, as if two minutes had passed.
    private func endLeases(of run: Run, _ deployment: Deployment) async throws {
        let (table, client) = (
            deployment.configuration.table, DynamoDB(configuration: deployment.account.aws)
        )
        for batch in 0..<(run.recipients + run.batchSize - 1) / run.batchSize {
            _ = try await client.write(
                .update(
                    [
                        "pk": .string("RUN#\(run.id)"),
                        "sk": .string("BATCH#000000#" + String(format: "%06d", batch)),
                    ], of: table, "SET #lease_ends = :past"
                ).when("#state = :claimed").with(values: [
                    ":past": .integer(1), ":claimed": .string("claimed"),
                ]))
        }
    }

    /// What must hold whenever the process was killed: the tags of each accepted mail lead to its result in the ledger.
    private func examine(
        _ counts: Summary.Counts, ledger: some Ledger, _ simulator: SESSimulator
    ) async throws {
        #expect(counts.total == counts.rows)
        #expect(counts.rows == 200)
        #expect(counts.uncertain <= 50)
        let mails = try await simulator.acceptedMails()
        #expect(Set(mails.map { $0.to[0].lowercased() }).count == mails.count)
        #expect(mails.count >= counts.accepted)
        #expect(mails.count <= counts.accepted + counts.uncertain)
        let run = try #require(RunID(Self.run))
        var results: [String: [RecipientResult]] = [:]
        for mail in mails {
            let name = try #require(mail.tags["batch"])
            let place = name.split(separator: "-").compactMap { Int($0) }
            if results[name] == nil {
                results[name] = try await ledger.results(
                    of: BatchID(run: run, shard: place[0], number: place[1]))
            }
            let result = results[name]?.first { "\($0.index)" == mail.tags["recipient"] }
            switch try #require(result).outcome {
            case .accepted(let messageID): #expect(messageID == mail.messageId)
            case .uncertain: break
            case let other: Issue.record("accepted, and the ledger says \(other)")
            }
        }
    }

    /// Chooses one of the 171 mails. SES takes it and those after it, and keeps the sender waiting for its answers.
    private func chooseMoment(_ seed: UInt64, _ simulator: SESSimulator) async throws -> Int {
        var random = SplitMix64(state: seed)
        let moment = Int.random(in: 0..<171, using: &random)
        var fault = SESSimulator.Fault.slow(seconds: 120, count: .max)
        fault.skip = moment
        try await simulator.inject(fault)
        return moment
    }

    /// Lets a process work until the mail of that moment is taken, and ends it at once.
    private func kill(_ process: Program, at moment: Int, _ simulator: SESSimulator) async throws {
        while try await simulator.statistics().mails <= moment {
            guard process.isRunning else {
                throw UnexpectedAnswer(
                    description: "it ended by itself\n\(process.output)\n\(process.errors)")
            }
        }
        process.kill()
        #expect(await process.exitStatus == 128 + SIGKILL)
        try await simulator.removeFaults()
    }
}

/// Sebastiano Vigna's SplitMix64: the same numbers for the same seed.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
