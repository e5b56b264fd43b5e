import AWSSupport
import Campaigns
import CloudAdapters
import Delivery
import Foundation
import HostAdapters
import LocalAdapters
import TestSupport
import Testing

@Suite("Daemons that send through SES", .timeLimit(.minutes(10)))
struct DaemonTests {
    @Test("two on one SQLite state share a run, and each mail goes out once")
    func pair() async throws {
        try await withTemporaryFolder { folder in
            try await withSESSimulator { simulator in
                let state = folder.appendingPathComponent("state").path
                let run = try await planInSmallShards(state: state)
                #expect(run.shards == 13)
                let daemons = try (1...2).map { _ in
                    try Program(
                        "jada-blast", ["daemon", "--mailer", "ses", "--state", state, "--shards", "2", "-v"],
                        environment: SESAccount.environment(simulator), folder: Checkout.root)
                }
                try await daemons.waitUntilAny("Run finished")
                for daemon in daemons {
                    daemon.terminate()
                    #expect(await daemon.exitStatus == 0)
                    #expect(daemon.errors.contains("Shard finished"))
                }
                let ledger = try await LocalState(folder: state, clock: SystemClock()).ledger
                let end = try #require(try await ledger.run(run.id))
                #expect(end.isFinished)
                #expect(end.settled.accepted == run.recipients)
                try await expectEachMailOnce(run.recipients, simulator)
            }
        }
    }

    @Test("one that is killed while another lives is made up for by that one")
    func survivor() async throws {
        try await withTemporaryFolder { folder in
            try await withSESSimulator { simulator in
                let state = folder.appendingPathComponent("state").path
                let run = try await planInSmallShards(state: state)
                // SES takes the mails from the 41st on, and keeps both waiting for its answers.
                var fault = SESSimulator.Fault.slow(seconds: 3, count: .max)
                fault.skip = 40
                try await simulator.inject(fault)
                let daemons = try (1...2).map { _ in
                    try Program(
                        "jada-blast", ["daemon", "--mailer", "ses", "--state", state, "--shards", "2"],
                        environment: SESAccount.environment(simulator), folder: Checkout.root)
                }
                while try await simulator.statistics().mails <= 60 {}
                daemons[0].kill()
                #expect(await daemons[0].exitStatus == 128 + SIGKILL)
                try await simulator.removeFaults()
                try await daemons.waitUntilAny("Run finished")
                daemons[1].terminate()
                #expect(await daemons[1].exitStatus == 0)

                let ledger = try await LocalState(folder: state, clock: SystemClock()).ledger
                let end = try #require(try await ledger.run(run.id)).settled
                #expect(end.total == run.recipients)
                #expect(end.uncertain > 0)
                let mails = try await simulator.acceptedMails()
                #expect((end.accepted...end.accepted + end.uncertain).contains(mails.count))
                #expect(Set(mails.map { $0.to[0].lowercased() }).count == mails.count)
            }
        }
    }

    @Test("a second signal ends it at once")
    func secondSignal() async throws {
        try await withTemporaryFolder { folder in
            try await withSESSimulator { simulator in
                let state = folder.appendingPathComponent("state").path
                _ = try await planInSmallShards(state: state)
                try await simulator.inject(.slow(seconds: 60, count: .max))
                let daemon = try Program(
                    "jada-blast", ["daemon", "--mailer", "ses", "--state", state],
                    environment: SESAccount.environment(simulator), folder: Checkout.root)
                while try await simulator.statistics().mails == 0 {}
                daemon.terminate()
                try await [daemon].waitUntilAny("Stopping when the mails under way have ended")
                daemon.terminate()
                #expect(await daemon.exitStatus == 128 + SIGTERM)
                #expect(!daemon.errors.contains("Stopped"))
            }
        }
    }

    @Test("on AWS a campaign whose time has come goes out, across a restart")
    func cloud() async throws {
        try await withDeployment { deployment in
            let moment = Date(timeIntervalSinceNow: -5).formatted(
                .iso8601.year().month().day().time(includingFractionalSeconds: false))
            try await deployment.upload("paul-simon") { metadata in
                metadata["schedule"] = ["at": moment, "timeZone": "UTC"]
                metadata["rate"] = 40
            }
            func daemon() throws -> Program {
                try Program(
                    "jada-blast", ["daemon", "--aws", "--tick", "1", "--json"],
                    environment: deployment.environment, folder: Checkout.root)
            }
            let first = try daemon()
            while try await deployment.simulator.statistics().mails < 60 {
                try #require(first.isRunning, "it ended by itself\n\(first.lines)")
            }
            first.terminate()
            #expect(await first.exitStatus == 0)
            let half = try #require(try await deployment.cloud.ledger.runs(of: nil).first)
            #expect(half.settled.uncertain == 0)
            #expect(half.settled.accepted == (try await deployment.simulator.acceptedMails().count))
            #expect(!half.isFinished)

            let second = try daemon()
            try await [second].waitUntilAny("Run finished")
            second.terminate()
            #expect(await second.exitStatus == 0)
            let end = try #require(try await deployment.run("\(half.id)"))
            #expect(end.isFinished)
            #expect(end.settled.accepted == end.recipients)
            #expect(try await deployment.waiting() == 0)
            try await expectEachMailOnce(end.recipients, deployment.simulator)
        }
    }

    @Test("a queue and a table that are out of reach are told once and waited for")
    func outage() async throws {
        try await withSESSimulator { simulator in
            let port = try TestServer.freePort()
            let environment = SESAccount.environment(simulator).merging([
                "AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)", "AWS_MAX_ATTEMPTS": "1",
                "JADA_BLAST_BUCKET": "bucket", "JADA_BLAST_TABLE": "table",
                "JADA_BLAST_QUEUE_URL": "http://127.0.0.1:\(port)/123456789012/shards",
            ]) { $1 }
            let daemon = try Program(
                "jada-blast", ["daemon", "--aws", "--tick", "1", "-v"], environment: environment,
                folder: Checkout.root)
            while daemon.errors.components(separatedBy: "trying again").count < 8 {
                try #require(daemon.isRunning, "it ended by itself\n\(daemon.lines)")
                try await Task.sleep(for: .milliseconds(50))
            }
            daemon.terminate()
            #expect(await daemon.exitStatus == 0)
            let errors = daemon.lines.filter { $0.contains(" error: ") }
            #expect(errors.count == 2)
            #expect(errors.contains { $0.contains("The queue fails") })
            #expect(errors.contains { $0.contains("Campaigns cannot be looked at") })
        }
    }

    /// A run of the example campaign in shards of 13.
    private func planInSmallShards(state: String) async throws -> Run {
        let clock = SystemClock()
        let local = try await LocalState(folder: state, clock: clock)
        let library = DirectoryCampaignLibrary(
            library: Checkout.root.appendingPathComponent("examples").path, state: state)
        var environment = Planner.Environment(
            library: library, ledger: local.ledger, queue: local.queue,
            account: LocalSendingAccount(library: library, encoder: IDNAEncoder()),
            suppression: local.suppressionList, clock: clock, addresses: IDNAEncoder(),
            links: .init(
                unsubscribe: try UnsubscribeLinks(
                    template: Deployment.unsubscribeURL,
                    keys: UnsubscribeKeys(secrets: Deployment.unsubscribeKey))),
            log: SilentLog())
        environment.shardSize = 13
        let id = try #require(RunID("paul-simon#shared"))
        return try await Planner(environment).plan(id).run
    }

    private func expectEachMailOnce(_ count: Int, _ simulator: SESSimulator) async throws {
        let mails = try await simulator.acceptedMails()
        #expect(mails.count == count)
        #expect(Set(mails.map { $0.to[0].lowercased() }).count == count)
    }

    private struct SilentLog: Log {
        func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {}
    }
}

extension [Program] {
    /// Waits until a line of one's log holds a text.
    fileprivate func waitUntilAny(_ text: String) async throws {
        while !contains(where: { $0.output.contains(text) || $0.errors.contains(text) }) {
            let isRunning = contains(where: \.isRunning)
            try #require(isRunning, "all have ended\n\(map(\.lines))")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
