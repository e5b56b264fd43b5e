import AWS
import AWSSupport
import CloudAdapters
import Foundation
import TestSupport
import Testing

/// A stop is obeyed within seconds by senders in other processes, and what is resumed goes on where it stood (I5).
@Suite("Runs that are stopped from elsewhere", .timeLimit(.minutes(10)))
struct StopTests {
    /// Where state lies.
    enum Place: String, CaseIterable { case local, aws }

    private static let run = "paul-simon#7bf73129-1428-4cd3-a780-95db273d1602"

    /// More guests than are mailed before a test has its say, however slow the computer is.
    private static func guests(at rate: Double) -> Int { Int(rate * 300) }

    /// A campaign at a rate, the arguments and environment of commands on it, and the SES that they send through.
    private func withCampaign(
        _ place: Place, rate: Double,
        _ body: (_ arguments: [String], _ environment: [String: String], SESSimulator) async throws -> Void
    ) async throws {
        let list =
            "email,name,party,deck,boarding,note\n"
            + (0..<Self.guests(at: rate)).map { "guest\($0)@example.org,Guest,2 guests,Foredeck,5:45 pm,\n" }
            .joined()
        switch place {
        case .aws:
            try await withDeployment { deployment in
                try await deployment.upload("paul-simon") { $0["rate"] = rate }
                try await S3(configuration: deployment.account.aws).put(
                    .bytes(Array(list.utf8)), to: "campaigns/paul-simon/recipients.csv",
                    in: deployment.configuration.bucket)
                try await body(["--aws", "--json"], deployment.environment, deployment.simulator)
            }
        case .local:
            try await withTemporaryFolder { folder in
                let library = folder.appendingPathComponent("library")
                try FileManager.default.copyItem(
                    at: Checkout.root.appendingPathComponent("examples"), to: library)
                let campaign = library.appendingPathComponent("campaigns/paul-simon")
                try Data(list.utf8).write(to: campaign.appendingPathComponent("recipients.csv"))
                let file = campaign.appendingPathComponent("campaign.json")
                var metadata =
                    try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
                metadata["rate"] = rate
                try JSONSerialization.data(withJSONObject: metadata).write(to: file)
                try await withSESSimulator { simulator in
                    try await body(
                        [
                            "--mailer", "ses", "--library", library.path, "--json", "--state",
                            folder.appendingPathComponent("state").path,
                        ], SESAccount.environment(simulator), simulator)
                }
            }
        }
    }

    /// Starts a command, and waits until SES has taken so many mails more.
    private func begin(
        _ command: [String], _ environment: [String: String], andSend mails: Int, _ simulator: SESSimulator
    ) async throws -> Program {
        let before = try await simulator.statistics().mails
        let program = try Program("jada-blast", command, environment: environment, folder: Checkout.root)
        while try await simulator.statistics().mails < before + mails {
            guard program.isRunning else {
                throw UnexpectedAnswer(description: "it ended\n\(program.output)\n\(program.errors)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return program
    }

    private struct Runs: Decodable { var runs: [Summary] }

    private func summary(of program: Program) throws -> Summary {
        try JSONDecoder().decode(Summary.self, from: Data(program.output.utf8))
    }

    /// Lets a held run go on for a few mails and cancels it: nobody was mailed twice, and everybody is accounted for.
    private func expectToGoOn(
        by command: [String], _ arguments: [String], _ environment: [String: String],
        _ simulator: SESSimulator
    ) async throws {
        let sender = try await begin(command, environment, andSend: 5, simulator)
        let cancelled = try await jadaBlast(["cancel", Self.run] + arguments, environment)
        #expect(cancelled.status == 0)
        #expect(await sender.exitStatus == 75)
        let counts = try summary(of: sender).counts
        let addresses = try await simulator.acceptedMails().map { $0.to[0] }
        #expect(counts.accepted == addresses.count && counts.uncertain == 0)
        #expect(Set(addresses).count == addresses.count)
    }

    @Test(
        "a run that another process pauses ends within five seconds of mails, and goes on where it stood",
        arguments: Place.allCases, [1.0, 10])
    func pause(_ place: Place, _ rate: Double) async throws {
        try await withCampaign(place, rate: rate) { arguments, environment, simulator in
            let invoke = ["invoke", "events/campaign.json"] + arguments
            let victim = try await begin(invoke, environment, andSend: 3, simulator)
            let paused = try await jadaBlast(
                ["pause", "paul-simon", "--reason", "wrong date"] + arguments, environment)
            #expect(paused.status == 0)
            #expect(try paused.decode(Runs.self).runs.map(\.status) == ["paused"])
            let atPause = try await simulator.statistics().mails

            #expect(await victim.exitStatus == 75)
            let end = try summary(of: victim)
            #expect(end.status == "paused")
            #expect(end.reason == "wrong date")
            let sent = try await simulator.statistics().mails
            #expect(sent - atPause <= Int(rate * 5))
            #expect(end.counts.accepted == sent && end.counts.uncertain == 0)
            #expect(end.pending == Self.guests(at: rate) - sent)

            var resume = ["resume", Self.run] + arguments
            if place == .aws {
                let resumed = try await jadaBlast(resume, environment)
                #expect(resumed.status == 0)
                #expect(try resumed.decode(Summary.self).status == "running")
                // The queue has it again, for the Lambdas; here this process stands in for them.
                resume = invoke
            }
            try await expectToGoOn(by: resume, arguments, environment, simulator)
        }
    }

    @Test(
        "each of SES's errors that stop sending stops the senders of all processes, with the reason kept",
        arguments: [
            "AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException",
            "LimitExceededException",
        ])
    func stopErrors(_ code: String) async throws {
        try await withCampaign(.local, rate: 20) { arguments, environment, simulator in
            let invoke = ["invoke", "events/campaign.json"] + arguments
            // The shard's batches are shared out between the two.
            let senders = [
                try await begin(invoke, environment, andSend: 1, simulator),
                try await begin(invoke, environment, andSend: 5, simulator),
            ]
            try await simulator.inject(.error(code))
            for sender in senders {
                #expect(await sender.exitStatus == 75)
                let end = try summary(of: sender)
                #expect(end.status == "stopped")
                #expect(end.reason?.contains(code) == true)
            }
            try await expectToGoOn(
                by: ["resume", "paul-simon"] + arguments, arguments, environment, simulator)
        }
    }

    @Test("a cancelled run ends within five seconds of mails, and is over")
    func cancel() async throws {
        try await withCampaign(.local, rate: 5) { arguments, environment, simulator in
            let invoke = ["invoke", "events/campaign.json"] + arguments
            let victim = try await begin(invoke, environment, andSend: 3, simulator)
            let cancelled = try await jadaBlast(["cancel", Self.run] + arguments, environment)
            #expect(cancelled.status == 0)
            let atCancel = try await simulator.statistics().mails
            #expect(await victim.exitStatus == 75)
            #expect(try summary(of: victim).status == "cancelled")
            let sent = try await simulator.statistics().mails
            #expect(sent - atCancel <= 25)
            let again = try await jadaBlast(invoke + ["--resume"], environment)
            #expect(again.status == 75)
            #expect(try await simulator.statistics().mails == sent)
        }
    }
}
