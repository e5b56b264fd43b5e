import Foundation
import TestSupport
import Testing

/// Recipients of whom nobody knows whether they got their mail, from the lost answer to a person's decision.
@Suite("Uncertain recipients on the command line", .timeLimit(.minutes(10)))
struct ResolutionTests {
    private static let run = "paul-simon#7bf73129-1428-4cd3-a780-95db273d1602"
    private static let uncertain = ["baker-misaki@example.net", "petrov-xenia@concerts.example.org"]

    private struct Resolution: Decodable {
        var run: Summary
        var uncertain: [Recipient]?
        var resolved: [Recipient]?
        var held: [Recipient]?
    }
    private struct Status: Decodable {
        var runs: [Summary]
        var uncertain: [Recipient]?
    }
    private struct Recipient: Decodable {
        var line: Int
        var address: String
        var batch: String
        var reason: String
        var at: String
    }

    /// A run of the example campaign in which the answers for two recipients were lost, the mails being out.
    private func sent(
        onAWS: Bool,
        _ body: (
            _ command: ([String]) async throws -> CommandResult, _ arguments: [String], [String: String],
            SESSimulator
        ) async throws -> Void
    ) async throws {
        func check(
            _ arguments: [String], _ environment: [String: String], _ simulator: SESSimulator
        ) async throws {
            for address in Self.uncertain {
                try await simulator.inject(
                    .reset(afterAccepting: true).forAddresses(matching: "^\(address)$"))
            }
            let command: ([String]) async throws -> CommandResult = {
                try await jadaBlast($0 + arguments, environment)
            }
            let invoked = try await command(["invoke", "events/campaign.json"])
            #expect(invoked.status == 74)
            #expect(try invoked.decode(Summary.self).counts.uncertain == 2)
            try await simulator.removeFaults()
            try await body(command, arguments, environment, simulator)
        }
        if onAWS {
            try await withDeployment { deployment in
                try await deployment.upload("paul-simon")
                try await check(["--aws", "--json"], deployment.environment, deployment.simulator)
            }
        } else {
            try await withTemporaryFolder { folder in
                try await withSESSimulator { simulator in
                    let state = folder.appendingPathComponent("state").path
                    try await check(
                        ["--mailer", "ses", "--state", state, "--json"], SESAccount.environment(simulator),
                        simulator)
                }
            }
        }
    }

    private func mails(to address: String, _ simulator: SESSimulator) async throws -> Int {
        try await simulator.acceptedMails().count { $0.to[0] == address }
    }

    @Test("they are named, mailed again once or dropped, and then nothing is open", arguments: [false, true])
    func resolve(onAWS: Bool) async throws {
        try await sent(onAWS: onAWS) { command, _, _, simulator in
            let status = try await command(["status", Self.run]).decode(Status.self)
            let named = try #require(status.uncertain)
            #expect(named.map(\.address).sorted() == Self.uncertain)
            #expect(named.allSatisfy { $0.line > 1 && !$0.reason.isEmpty && $0.batch.hasPrefix("0-") })
            let listed = try await command(["resolve", Self.run, "--list"])
            #expect(listed.status == 0)
            #expect(try listed.decode(Resolution.self).uncertain?.map(\.line) == named.map(\.line))

            let unasked = try await command(["resolve", Self.run, "--resend"])
            #expect(unasked.status == 64)
            #expect(try unasked.decode(Complaint.self).problems.first?.key == "--yes")
            let nobody = try await command(["resolve", Self.run, "--drop", "--yes", "--line", "1"])
            #expect(nobody.status == 66)

            let (again, dropped) = (Self.uncertain[0], Self.uncertain[1])
            let resend = ["resolve", Self.run, "--resend", "--yes", "--address", again.uppercased()]
            let resent = try await command(resend)
            #expect(try resent.decode(Resolution.self).resolved?.map(\.address) == [again])
            if onAWS { _ = try await command(["invoke", "events/campaign.json"]) }
            #expect(try await mails(to: again, simulator) == 2)
            #expect(try await command(resend).status == 66, "it is not uncertain any more")
            #expect(try await mails(to: again, simulator) == 2)

            let closed = try await command(["resolve", Self.run, "--drop", "--yes"])
            #expect(closed.status == 0)
            #expect(try closed.decode(Resolution.self).resolved?.map(\.address) == [dropped])
            #expect(try await mails(to: dropped, simulator) == 1)

            let confirmed = try await command(["invoke", "events/campaign.json"])
            #expect(confirmed.status == 0, "nothing is open")
            let summary = try confirmed.decode(Summary.self)
            #expect(summary.status == "finished")
            #expect(summary.counts.uncertain == 1)
            #expect(summary.counts.total == summary.counts.rows)
        }
    }

    @Test("a resend that is killed leaves its recipients uncertain again, and sends to nobody a third time")
    func killed() async throws {
        try await sent(onAWS: false) { command, arguments, environment, simulator in
            try await simulator.inject(.slow(seconds: 120, count: .max))
            let before = try await simulator.statistics().mails
            let victim = try Program(
                "jada-blast", ["resolve", Self.run, "--resend", "--yes"] + arguments,
                environment: environment,
                folder: Checkout.root)
            while try await simulator.statistics().mails < before + 2 {
                guard victim.isRunning else {
                    throw UnexpectedAnswer(description: "it ended\n\(victim.output)\n\(victim.errors)")
                }
            }
            victim.kill()
            _ = await victim.exitStatus
            try await simulator.removeFaults()

            let invoked = try await command(["invoke", "events/campaign.json"])
            #expect(invoked.status == 74)
            #expect(try invoked.decode(Summary.self).counts.uncertain == 2)
            let listed = try await command(["resolve", Self.run, "--list"]).decode(Resolution.self)
            #expect(listed.uncertain?.map(\.address).sorted() == Self.uncertain)
            for address in Self.uncertain { #expect(try await mails(to: address, simulator) == 2) }
        }
    }
}
