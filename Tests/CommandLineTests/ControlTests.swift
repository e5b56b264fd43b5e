import Campaigns
import Foundation
import HostAdapters
import LocalAdapters
import TestSupport
import Testing

@Suite("jada-blast pause, resume and cancel", .timeLimit(.minutes(10)))
struct ControlTests {
    /// A run of the example campaign, planned and not sent.
    private func planned(_ body: (Workplace, _ run: String) async throws -> Void) async throws {
        try await Workplace.open { place in
            let planned = try await place.run([
                "invoke", Workplace.event("campaign"), "--handler", "scheduler",
            ])
            let campaigns = try #require(try planned.object()["campaigns"] as? [[String: Any]])
            try await body(place, try #require(campaigns.first?["run"] as? String))
        }
    }

    private func status(_ ended: Workplace.Ended) throws -> [String?] {
        let runs = try #require(try ended.object()["runs"] as? [[String: Any]])
        return runs.map { $0["status"] as? String }
    }

    @Test("a paused run is sent by nobody, keeps its reason, and goes on from where it stood")
    func paused() async throws {
        try await planned { place, run in
            let paused = try await place.run(["pause", run, "--reason", "wrong date", "--json"])
            #expect(paused.status == 0)
            #expect(try status(paused) == ["paused"])
            let again = try await place.run(["pause", "paul-simon", "--reason", "too"])
            #expect(again.status == 0)
            #expect(again.output.contains("paused (wrong date)"))

            let invoked = try await place.run(["invoke", Workplace.event("campaign"), "--json"])
            #expect(invoked.status == 75)
            #expect(try invoked.object()["reason"] as? String == "wrong date")
            #expect(place.outbox == [])

            let resumed = try await place.run(["resume", run, "--json"])
            #expect(resumed.status == 0)
            #expect(try resumed.object()["status"] as? String == "finished")
            #expect(place.outbox.count == 165)

            let over = try await place.run(["pause", run, "--json"])
            #expect(over.status == 75)
            #expect(try over.problems() == ["run \(run) is finished"])
        }
    }

    @Test("a cancelled run is never sent, and cannot be resumed")
    func cancelled() async throws {
        try await planned { place, run in
            let cancelled = try await place.run(["cancel", "paul-simon", "--reason", "off", "--json"])
            #expect(cancelled.status == 0)
            #expect(try status(cancelled) == ["cancelled"])
            let resumed = try await place.run(["resume", run, "--json"])
            #expect(resumed.status == 75)
            #expect(try resumed.problems() == ["run \(run) is cancelled"])
            let invoked = try await place.run(["invoke", Workplace.event("campaign"), "--resume", "--json"])
            #expect(invoked.status == 75)
            #expect(place.outbox == [])
        }
    }

    @Test("a sender that dies after the run was cancelled or paused is told of by the run's status")
    func diedLater() async throws {
        for command in ["cancel", "pause"] {
            try await planned { place, run in
                let state = try await LocalState(folder: place.state, clock: SystemClock())
                let id = try #require(RunID(run))
                let now = SystemClock().now()
                // As if by a process that is gone, or stands still.
                let claim = try await state.ledger.claim(
                    BatchID(run: id, shard: 0, number: 1), worker: "dead", now: now - .seconds(60),
                    lease: .milliseconds(62_000))
                guard case .claimed = claim else {
                    Issue.record("\(claim)")
                    return
                }
                #expect(try await place.run([command, run]).status == 0)
                while SystemClock().now() < now + .seconds(2) {
                    try await Task.sleep(for: .milliseconds(100))
                }
                let status = try await place.run(["status", run, "--json"]).object()
                #expect((status["uncertain"] as? [[String: Any]])?.count == 50)
                let runs = try #require(status["runs"] as? [[String: Any]])
                #expect((runs[0]["counts"] as? [String: Any])?["uncertain"] as? Int == 50)
            }
        }
    }

    @Test("a run that is held for its bounces tells the figures, and goes on when a person overrides that")
    func override() async throws {
        try await planned { place, run in
            let state = try await LocalState(folder: place.state, clock: SystemClock())
            let (id, now) = (try #require(RunID(run)), SystemClock().now())
            let events = (0..<108).map { index in
                RecipientEvent(
                    index: index, kind: index < 100 ? .delivered : .permanentBounce,
                    reason: index < 100 ? "" : "NoEmail 5.1.1", domain: "example.org", at: now)
            }
            try await state.ledger.count(events, inShard: 0, of: id, now: now)
            let counts = try await state.ledger.feedback(of: id).counts
            let finding = try #require(counts.finding(of: .bounces, ofAccepted: 0, limit: 0.04, at: now))
            _ = try await state.ledger.record(finding, of: id)

            let told = try await place.run(["status", run]).output
            for line in [
                "why: 8 bounces over 100 delivered mails (8 %) reach the limit of 4 %",
                "SES tells: 100 delivered, 8 bounced for good",
                "bounces 8 % of what was delivered (held at 4 %), complaints 0 %",
                "bounced because of: 8 NoEmail 5.1.1", "bounced at: 8 example.org",
                "jada-blast resume \(run) --override",
            ] {
                #expect(told.contains(line), "\(told)")
            }
            let runs = try #require(
                try await place.run(["status", run, "--json"]).object()["runs"] as? [[String: Any]])
            let feedback = try #require(runs[0]["feedback"] as? [String: Any])
            #expect((feedback["counts"] as? [String: Int])?["permanentBounces"] == 8)
            #expect(feedback["bounceRate"] as? Double == 0.08 && feedback["bounceLimit"] as? Double == 0.04)

            for arguments in [
                ["resume", run, "--json"], ["invoke", Workplace.event("campaign"), "--resume", "--json"],
            ] {
                let refused = try await place.run(arguments)
                #expect(refused.status == 75)
                #expect(try refused.problems().first?.contains("8 bounces over 100") == true)
                #expect(place.outbox == [])
            }
            #expect(try await place.run(["resume", run, "--by", "ann"]).status == 64)

            let resumed = try await place.run(["resume", run, "--override", "--by", "ann", "--json"])
            #expect(resumed.status == 0)
            #expect(place.outbox.count == 165)
            let findings = try #require(try resumed.object()["findings"] as? [[String: Any]])
            #expect((findings.first?["override"] as? [String: Any])?["by"] as? String == "ann")
            #expect(
                try await place.run(["status", run]).output.contains("ann lets it go on, held again at 12 %"))
        }
    }

    @Test("what keeps another account waiting is told apart from the run")
    func otherAccount() async throws {
        try await planned { place, run in
            let (clock, reason) = (SystemClock(), "the 24-hour quota of 200 mails is used up")
            let state = try await LocalState(folder: place.state, clock: clock)
            func usedUp(_ account: String) async throws {
                try await state.pace(of: account).change { pace in
                    pace.learn(
                        SendingQuota(maximumRate: 10, maximumPer24Hours: 200, sentLast24Hours: 200),
                        at: clock.now())
                }
            }
            try await usedUp("ses us-west-2")
            // No other account has sent on this state.
            #expect(try await place.run(["status"]).output.contains("  waits: \(reason)\n"))
            try await state.pace(of: "outbox").change { $0.generation += 1 }
            let told = try await place.run(["status"]).output
            #expect(!told.contains("  waits:"))
            #expect(told.contains("What goes through ses us-west-2 waits: \(reason).\n"))
            let json = try await place.run(["status", "--json"]).object()
            let others = try #require(json["otherAccounts"] as? [[String: String]])
            #expect(others == [["account": "ses us-west-2", "waiting": reason]])
            let ses = try await place.run(
                ["status", "--mailer", "ses"],
                environment: [
                    "AWS_REGION": "us-west-2", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                ])
            #expect(ses.output.contains("  waits: \(reason)\n"))
            #expect(!ses.output.contains("What goes through"))
        }
    }
}
