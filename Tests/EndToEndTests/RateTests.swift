import AWSSupport
import Foundation
import TestSupport
import Testing

/// Many processes on one account. How much of the rate they use, `Tests/Soak/rate` measures.
@Suite("Eight processes that share a sending rate", .timeLimit(.minutes(10)))
struct RateTests {
    private static let processes = 8

    @Test("on SQLite they are never throttled, and mail nobody twice")
    func sqlite() async throws {
        try await withTemporaryFolder { folder in
            try await withSESSimulator(rate: 100) { simulator in
                try await send(
                    ["--mailer", "ses", "--state", folder.appendingPathComponent("state").path],
                    SESAccount.environment(simulator), simulator)
            }
        }
    }

    @Test("on DynamoDB they are never throttled, and mail nobody twice")
    func dynamoDB() async throws {
        try await withDeployment { deployment in
            try await deployment.simulator.configure(.init(maxSendRate: 100))
            try await deployment.upload("paul-simon")
            try await send(["--aws"], deployment.environment, deployment.simulator)
        }
    }

    @Test("a campaign's own rate holds for all of them together")
    func campaignRate() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon") { $0["rate"] = 40 }
            try await send(["--aws"], deployment.environment, deployment.simulator)
            #expect(try await deployment.simulator.statistics().acceptedInBusiestSecond <= 40)
        }
    }

    @Test("a 24-hour quota that runs out is waited for, and status tells so")
    func dailyQuota() async throws {
        try await withTemporaryFolder { folder in
            try await withSESSimulator(rate: 1000, dailyQuota: 200) { simulator in
                try await simulator.configure(.init(sentLast24Hours: 100))
                let places = ["--mailer", "ses", "--state", folder.appendingPathComponent("state").path]
                let environment = SESAccount.environment(simulator)
                let invoke = try Program(
                    "jada-blast", ["invoke", "events/campaign.json"] + places, environment: environment,
                    folder: Checkout.root)
                while !invoke.errors.contains("The run waits") {
                    try #require(invoke.isRunning, "\(invoke.errors)")
                    try await Task.sleep(for: .milliseconds(50))
                }
                invoke.terminate()
                _ = await invoke.exitStatus
                // A slot that a busy machine missed is left for the next reading of the quota.
                #expect((1...100).contains(try await simulator.acceptedMails().count))
                #expect(try await simulator.statistics().statuses["429"] == nil)

                let told = try await jadaBlast(["status"] + places, environment).output
                #expect(told.contains("waits: the 24-hour quota of 200 mails is used up\n"))
                #expect(told.contains("its first mails leave the quota"))
                let json = try await jadaBlast(["status", "--json"] + places, environment).output
                #expect(json.contains(#""waiting""#))
            }
        }
    }

    /// Has all processes send the example campaign, and judges by what the simulator has accepted.
    private func send(
        _ places: [String], _ environment: [String: String], _ simulator: SESSimulator
    ) async throws {
        // Wide, since tests of other programs run at the same time: what is judged is that the rate is shared.
        let environment = environment.merging(["JADA_BLAST_HEADROOM": "0.3"]) { $1 }
        let arguments = ["invoke", "events/campaign.json", "--json"] + places
        _ = try await jadaBlast(
            arguments.filter { $0 != "--json" } + ["--handler", "scheduler"], environment)
        let results = try await withThrowingTaskGroup(of: CommandResult.self) { group in
            for _ in 0..<Self.processes { group.addTask { try await jadaBlast(arguments, environment) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for result in results {
            #expect(result.status == 0, "\(result.errors)")
            #expect(try result.decode(Summary.self).status == "finished")
        }
        let mails = try await simulator.acceptedMails()
        #expect(mails.count == 171)
        #expect(Set(mails.map { $0.to[0].lowercased() }).count == 171)
        #expect(try await simulator.statistics().statuses["429"] == nil)
    }
}
