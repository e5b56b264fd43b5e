import Foundation
import TestSupport
import Testing

@Suite("jada-blast invoke", .timeLimit(.minutes(10)))
struct InvokeTests {
    /// The counts of the example campaign, as examples/README.md tells them.
    static let expected = [
        "rows": 200, "accepted": 165, "rejected": 0, "suppressed": 6, "invalid": 14, "duplicate": 9,
        "excluded": 6, "uncertain": 0,
    ]

    private func counts(_ run: [String: Any]) throws -> [String: Int] {
        let counts = try #require(run["counts"] as? [String: Int])
        let sum = counts.filter { $0.key != "rows" }.values.reduce(0, +)
        #expect(sum + (run["pending"] as? Int ?? 0) == counts["rows"])
        return counts
    }

    @Test("an event that names a campaign sends it, once", arguments: ["campaign", "direct", "scheduler"])
    func named(_ event: String) async throws {
        try await Workplace.open { place in
            let first = try await place.run(["invoke", Workplace.event(event), "--json"])
            #expect(first.status == 0)
            #expect(first.errors == "")
            let run = try first.object()
            #expect(run["status"] as? String == "finished")
            #expect(try counts(run) == Self.expected)
            #expect(place.outbox.count == 165)

            let second = try await place.run(["invoke", Workplace.event(event), "--json"])
            #expect(second.status == 0)
            #expect(try second.object() as NSDictionary == run as NSDictionary)
            #expect(place.outbox.count == 165)
        }
    }

    @Test("--again makes a new run that mails everybody anew")
    func again() async throws {
        try await Workplace.open { place in
            let first = try await place.run(["invoke", Workplace.event("campaign"), "--json"]).object()
            let second = try await place.run(["invoke", Workplace.event("campaign"), "--again", "--json"])
            #expect(second.status == 0)
            let run = try second.object()
            #expect(run["run"] as? String != first["run"] as? String)
            #expect(try counts(run) == Self.expected)
            #expect(place.outbox.count == 330)
        }
    }

    @Test("every mail opens in Python's email package, with one-click unsubscribe and the row's own values")
    func mails() async throws {
        try await Workplace.open { place in
            _ = try await place.run(["invoke", Workplace.event("campaign")])
            let mails = try await place.openMails()
            #expect(mails.count == 165)
            #expect(Set(mails.map(\.to)).count == 165)
            #expect(Set(mails.map(\.messageID)).count == 165)
            #expect(Set(mails.map(\.unsubscribe)).count == 165)
            for mail in mails {
                #expect(mail.defects == [], "\(mail.file)")
                #expect(mail.types == ["text/plain", "text/html"], "\(mail.file)")
            }
            let xenia = try #require(mails.first { $0.to == "petrov-xenia@concerts.example.org" })
            #expect(xenia.subject == "Aboard for Paul Simon, Xenia Petrov")
            #expect(xenia.text.contains("Ahoy Xenia Petrov,"))
            let likeATemplate = try #require(mails.first { $0.to == "baker-misaki@example.net" })
            #expect(likeATemplate.text.contains("{{#name}}is data{{/name}}"), "values are data")
        }
    }

    @Test("a person is told the counts, right-aligned, and where the mails are")
    func text() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(["invoke", Workplace.event("campaign")])
            #expect(ended.status == 0)
            #expect(
                ended.output == """
                    Run paul-simon#7bf73129-1428-4cd3-a780-95db273d1602: finished
                        165  accepted
                          6  suppressed
                         14  invalid
                          9  duplicate
                          6  excluded
                        200  rows
                    The mails are in \(place.state)/outbox

                    """)
            #expect(ended.errors == "", "no progress bar in a pipe")
        }
    }

    @Test("a tick registers the campaigns, and sends none before its time")
    func tick() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(["invoke", Workplace.event("tick"), "--json"])
            #expect(ended.status == 0)
            let report = try ended.object()
            let registered = try #require(report["registered"] as? [[String: Any]])
            #expect(registered.map { $0["campaign"] as? String } == ["paul-simon", "sunset-sails"])
            #expect(registered[0]["next"] == nil)
            #expect(registered[1]["next"] != nil)
            #expect((report["runs"] as? [Any])?.isEmpty == true)
            #expect(place.outbox == [])

            let second = try await place.run(["invoke", Workplace.event("tick")])
            #expect(second.status == 0)
            #expect(second.output == "Nothing is due.\n")
        }
    }

    @Test("a campaign that a tick finds broken does not hide the others, and shows in the exit status")
    func brokenAmongOthers() async throws {
        try await Workplace.open { place in
            try place.edit("sunset-sails") { $0["subjekt"] = "?" }
            let ended = try await place.run(["invoke", Workplace.event("tick"), "--json"])
            #expect(ended.status == 65)
            #expect((try ended.object()["registered"] as? [Any])?.count == 1)
            #expect(try ended.problems().count == 1)
            #expect(ended.errors.contains("campaigns/sunset-sails/campaign.json"))
        }
    }

    @Test("an upload of campaign.json registers the campaign")
    func objectCreated() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(["invoke", Workplace.event("object-created")])
            #expect(ended.status == 0)
            #expect(ended.output == "paul-simon: registered; goes out when an event names it\n")
            #expect(place.outbox == [])
        }
    }

    @Test("the handlers one by one: the scheduler plans, the sender sends what its event holds")
    func handlers() async throws {
        try await Workplace.open { place in
            let planned = try await place.run([
                "invoke", Workplace.event("campaign"), "--handler", "scheduler", "--json",
            ])
            #expect(planned.status == 0)
            let campaigns = try #require(try planned.object()["campaigns"] as? [[String: Any]])
            #expect(campaigns.map { $0["outcome"] as? String } == ["planned"])
            #expect(place.outbox == [])

            let sent = try await place.run([
                "invoke", Workplace.event("shards"), "--handler", "sender", "--json",
            ])
            #expect(sent.status == 0)
            #expect((try sent.object()["batchItemFailures"] as? [Any])?.isEmpty == true)
            #expect(place.outbox.count == 165)

            let confirmed = try await place.run(["invoke", Workplace.event("campaign"), "--json"])
            #expect(confirmed.status == 0)
            #expect(try counts(confirmed.object()) == Self.expected)
            #expect(place.outbox.count == 165)
        }
    }

    @Test("a shard of a run that is not known is handed back, and that is no success")
    func unknownRun() async throws {
        try await Workplace.open { place in
            let ended = try await place.run([
                "invoke", Workplace.event("shards"), "--handler", "sender", "--json",
            ])
            #expect(ended.status == 75)
            #expect((try ended.object()["batchItemFailures"] as? [Any])?.count == 1)
        }
    }

    @Test("an event on standard input")
    func standardInput() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(
                ["invoke", "-", "--json"], input: #"{"campaign": "paul-simon", "occurrence": "piped"}"#)
            #expect(ended.status == 0)
            #expect(try ended.object()["run"] as? String == "paul-simon#piped")
        }
    }

    @Test(
        "an interrupted run ends in good order, and the next command finishes it without doubling",
        arguments: [SIGINT, SIGTERM])
    func interruption(_ signal: Int32) async throws {
        try await Workplace.open { place in
            try place.edit("paul-simon") { $0["rate"] = 10 }
            try place.shortenList(to: 40)
            let invoke = ["invoke", Workplace.event("campaign"), "--json"]
            let interrupted = try await place.runInterrupted(by: signal, invoke)
            #expect(interrupted.status == 75)
            let run = try interrupted.object()
            #expect(run["status"] as? String == "interrupted")
            let accepted = try #require(counts(run)["accepted"])
            #expect((3..<40).contains(accepted))
            #expect(place.outbox.count == accepted)

            let resumed = try await place.run(invoke)
            #expect(resumed.status == 0)
            #expect(try counts(resumed.object())["accepted"] == 40)
            #expect(place.outbox.count == 40)
        }
    }

    @Test(
        "a run that the mailer stops says why, and goes on once that is mended, by its event or by its name",
        arguments: [true, false])
    func stopped(_ isByEvent: Bool) async throws {
        try await Workplace.open { place in
            let planned = try await place.run([
                "invoke", Workplace.event("campaign"), "--handler", "scheduler",
            ])
            #expect(planned.status == 0)
            // Root may write into any folder but this one.
            let outbox = place.state + "/outbox"
            try FileManager.default.removeItem(atPath: outbox)
            try FileManager.default.createSymbolicLink(atPath: outbox, withDestinationPath: "/proc/self")
            let stopped = try await place.run(["invoke", Workplace.event("campaign"), "--json"])
            #expect(stopped.status == 75)
            #expect(try stopped.object()["status"] as? String == "stopped")

            let status = try await place.run(["status"])
            #expect(status.output.contains("why: The outbox"))
            #expect(status.output.contains("jada-blast resume paul-simon#"))

            try FileManager.default.removeItem(atPath: outbox)
            let still = try await place.run(["invoke", Workplace.event("campaign")])
            #expect(still.status == 75)
            let resumed =
                isByEvent
                ? try await place.run(["invoke", Workplace.event("campaign"), "--resume", "--json"])
                : try await place.run(["resume", "paul-simon", "--json"])
            #expect(resumed.status == 0)
            #expect(try counts(resumed.object()) == Self.expected)
            #expect(place.outbox.count == 165)
        }
    }
}
