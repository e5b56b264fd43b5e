import Campaigns
import Delivery
import Foundation
import JSON
import Testing

@Suite("Follow-ups")
struct SequenceTests {
    private static let at = #""schedule": {"at": "2026-06-01T10:00:00", "timeZone": "America/Los_Angeles"}"#
    private static let configured = at + #", "configurationSet": "jada""#
    private static let two = #"""
        "sequence": [
          {"id": "reminder", "after": "P7D", "subject": "Still room, {{name}}", "text": "reminder.txt"},
          {"id": "last-call", "after": "P14D", "text": "reminder.txt"}
        ]
        """#
    private static let anyone = #"""
        "sequence": [{"id": "reminder", "after": "P7D", "text": "reminder.txt", "requireDelivery": false}]
        """#
    private static let people = ["ann", "bob", "cid", "dan", "eve", "fay", "gus"]
    private static var list: String {
        "email,name,seat\n" + people.map { "\($0)@example.org,\($0.capitalized),A1\n" }.joined()
    }
    private static let firstRun = "2026-06-01T17:00:00Z"
    private static let due = "2026-06-08T17:00:00Z"

    private func write(_ workshop: Workshop, _ extra: String) throws {
        try workshop.writeCampaign(extra, recipients: Self.list)
        try workshop.write("reminder.txt", "{{name}}, seat {{seat}} is still yours")
    }

    @Test("a step keeps the time of day where recipients are, though clocks are set in between")
    func zones() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                #""schedule": {"at": "2026-10-20T10:00:00", "timeZone": "America/Los_Angeles", "timeZoneColumn": "zone"}, "#
                    + Self.anyone,
                recipients: """
                    email,name,seat,zone
                    ann@example.org,A,1,Europe/Paris
                    bob@example.org,B,2,
                    cid@example.org,C,3,Pacific/Auckland
                    dan@example.org,D,4,Europe/Berlin

                    """)
            try workshop.write("reminder.txt", "{{name}}, seat {{seat}} is still yours")
            guard case .planned? = try await tick(workshop, "2026-10-19T20:00:30Z").first?.outcome else {
                Issue.record("not planned")
                return
            }
            // Paris sets its clocks on 25 October.
            #expect(try await tick(workshop, "2026-10-26T19:59:30Z").isEmpty)
            #expect(try await tick(workshop, "2026-10-26T20:00:30Z").isEmpty, "the first mail is not out")
            #expect(try await send(workshop, "2026-10-20T17:00:00Z").isFinished)
            let reports = try await tick(workshop, "2026-10-26T20:01:30Z")
            guard case .planned(let run)? = reports.first?.outcome else {
                Issue.record("not planned: \(reports)")
                return
            }
            #expect(run.id.occurrence.rawValue == "2026-10-20T17:00:00Z.reminder")
            #expect(
                run.departures?.moments.map { "\($0.at) \($0.recipients)" } == [
                    "2026-10-26T21:00:00Z 1", "2026-10-27T09:00:00Z 2", "2026-10-27T17:00:00Z 1",
                ])
            #expect(run.rows == 4 && run.recipients == 4)
            #expect(try await tick(workshop, "2026-10-27T17:00:30Z").isEmpty, "planned once")
            #expect(try await workshop.ledger.followUps().isEmpty)
        }
    }

    /// Where recipients have zones of their own, two steps that are so near that both are planned before the first one's time.
    private func sendFirstOfNearSteps(_ workshop: Workshop) async throws {
        try workshop.writeCampaign(
            #""schedule": {"at": "2026-06-01T10:00:00", "timeZone": "America/Los_Angeles", "timeZoneColumn": "zone"}, "#
                + #"""
                "sequence": [
                  {"id": "reminder", "after": "P7D", "text": "reminder.txt", "requireDelivery": false},
                  {"id": "last-call", "after": "P7DT6H", "text": "last.txt", "requireDelivery": false}
                ]
                """#,
            recipients: "email,name,zone\nann@example.org,A,Europe/Paris\nbob@example.org,B,\n")
        try workshop.write("reminder.txt", "{{name}}")
        try workshop.write("last.txt", "{{name}}")
        _ = try await tick(workshop, "2026-05-31T20:00:30Z")
        workshop.clock.set("2026-06-01T17:00:00Z")
        #expect(try await send(workshop).isFinished)
    }

    @Test("a step is not lost where the next one is planned before its own time has come, for zones ahead")
    func nearSteps() async throws {
        try await Workshop.open { workshop in
            try await sendFirstOfNearSteps(workshop)
            // Both are found at once, as after an outage of the scheduler.
            let reports = try await tick(workshop, "2026-06-08T02:00:30Z")
            let runs = reports.compactMap { report -> Run? in
                if case .planned(let run) = report.outcome { run } else { nil }
            }
            #expect(reports.count == 2 && runs.count == 2)
            #expect(
                runs.map { $0.departures?.moments.map(\.at.description) } == [
                    ["2026-06-08T08:00:00Z", "2026-06-08T17:00:00Z"],
                    ["2026-06-08T14:00:00Z", "2026-06-08T23:00:00Z"],
                ])
            #expect(try await workshop.ledger.followUps().isEmpty)
        }
        try await Workshop.open { workshop in
            try await sendFirstOfNearSteps(workshop)
            // The later one's time has come: it alone goes, and the other is told.
            let reports = try await tick(workshop, "2026-06-08T23:00:00Z")
            guard reports.count == 2, case .tooLate(let overtaken, _) = reports[0].outcome,
                case .planned(let run) = reports[1].outcome
            else {
                Issue.record("\(reports)")
                return
            }
            #expect(overtaken.rawValue == Self.firstRun + ".reminder")
            #expect(run.id.occurrence.rawValue == Self.firstRun + ".last-call")
        }
    }

    @Test("a near step that cannot be planned is tried again, and what was planned before it is told once")
    func nearStepFails() async throws {
        try await Workshop.open { workshop in
            try await sendFirstOfNearSteps(workshop)
            try workshop.write("last.txt", "{{cabin}}")
            let reports = try await tick(workshop, "2026-06-08T02:00:30Z")
            guard reports.count == 2, case .planned = reports[0].outcome, case .failed = reports[1].outcome
            else {
                Issue.record("\(reports)")
                return
            }
            #expect(try await tick(workshop, "2026-06-08T02:01:30Z").count == 1)
            try workshop.write("last.txt", "{{name}}")
            let run = try planned(try await tick(workshop, "2026-06-08T02:02:30Z"))
            #expect(run.id.occurrence.rawValue == Self.firstRun + ".last-call")
            #expect(try await workshop.ledger.followUps().isEmpty)
        }
    }

    private func tick(_ workshop: Workshop, _ time: String, shardSize: Int = 3) async throws
        -> [Scheduler.Report]
    {
        workshop.clock.set(time)
        return try await Scheduler(workshop.planner(shardSize: shardSize)).handle(.tick)
    }

    private func send(_ workshop: Workshop, _ occurrence: String = firstRun) async throws -> Run {
        let run = try await workshop.run(occurrence)
        for shard in 0..<run.shards {
            _ = try await workshop.sender().send(ShardMessage(run: run.id, shard: shard))
        }
        return try await workshop.run(occurrence)
    }

    /// Plans and sends the first mail, and tells of deliveries.
    private func sendFirst(
        _ workshop: Workshop, _ extra: String = configured + "," + two,
        telling events: [Int: [FeedbackKind]] = [:]
    ) async throws -> Run {
        try write(workshop, extra)
        _ = try await tick(workshop, "2026-06-01T17:00:20Z")
        let run = try await send(workshop)
        #expect(run.isFinished && run.shards == 3)
        for (index, kinds) in events {
            try await workshop.ledger.count(
                kinds.map { RecipientEvent(index: index % 3, kind: $0) }, inShard: index / 3, of: run.id,
                now: workshop.clock.now())
        }
        return run
    }

    private func setAside(_ workshop: Workshop, _ run: Run) async throws -> [String: String] {
        let bytes = try await workshop.library.read(
            PlanKeys(prefix: run.planPrefix).setAside(0), maximumBytes: 1 << 20
        ).bytes
        let rows = try bytes.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(SetAsideRow.self, from: Array($0))
        }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.address, "\($0.outcome): \($0.reason)") })
    }

    private func planned(_ reports: [Scheduler.Report]) throws -> Run {
        guard reports.count == 1, case .planned(let run) = reports[0].outcome else {
            Issue.record("not planned: \(reports)")
            throw Workshop.Missing()
        }
        return run
    }

    @Test("a step goes to those who were delivered to and nothing speaks against; the rows add up (I2)")
    func whom() async throws {
        try await Workshop.open { workshop in
            _ = try await sendFirst(
                workshop,
                telling: [
                    0: [.sent, .delivered, .opened], 1: [.sent], 2: [.delivered, .complaint],
                    3: [.delivered, .transientBounce], 4: [.delivered], 5: [.delivered], 6: [.delivered],
                ])
            try await workshop.suppression.add(
                SuppressionEntry(
                    address: "eve@example.org", reason: .unsubscribe, source: "link",
                    at: workshop.clock.now()))
            try write(workshop, Self.configured + #", "exclude": ["booked.csv"],"# + Self.two)
            try workshop.write("booked.csv", "fay@example.org\n")
            #expect(try await tick(workshop, "2026-06-08T16:59:00Z").count == 1)  // The edit.
            #expect(try await tick(workshop, "2026-06-08T16:59:59Z").isEmpty)

            let run = try planned(try await tick(workshop, Self.due))
            #expect(run.id.description == "cruise#2026-06-01T17:00:00Z.reminder")
            #expect(run.followUp == FollowUp(step: StepID("reminder")!, first: Occurrence(Self.firstRun)!))
            #expect(run.rows == 7 && run.recipients == 2 && run.atPlan.excluded == 4)
            #expect(run.atPlan.suppressed == 1)
            #expect(run.atPlan.total + run.recipients == run.rows)
            #expect(
                try await setAside(workshop, run) == [
                    "bob@example.org": "excluded: not delivered to",
                    "cid@example.org": "excluded: has complained about the first mail",
                    "dan@example.org": "excluded: the first mail has bounced",
                    "eve@example.org": "suppressed: unsubscribe (link)",
                    "fay@example.org": "excluded: listed in an exclude list",
                ])
            let sentBefore = workshop.mailer.mails.count
            let sent = try await send(workshop, run.id.occurrence.rawValue)
            #expect(sent.isFinished && sent.settled.accepted == 2)
            let mails = workshop.mailer.mails[sentBefore...].sorted { $0.to.address < $1.to.address }
            #expect(mails.map(\.to.address) == ["ann@example.org", "gus@example.org"])
            #expect(mails.map(\.subject) == ["Still room, Ann", "Still room, Gus"])
            #expect(mails.map(\.text) == ["Ann, seat A1 is still yours", "Gus, seat A1 is still yours"])
            // The parts of the mail belong together.
            #expect(mails.allSatisfy { $0.html == nil })
        }
    }

    @Test("each step goes once, at the first run's local time, and what has gone is confirmed")
    func times() async throws {
        try await Workshop.open { workshop in
            // The clocks of San Diego go back on 2026-11-01.
            try write(
                workshop,
                #""schedule": {"at": "2026-10-28T10:00:00", "timeZone": "America/Los_Angeles"}, "#
                    + #""configurationSet": "jada","# + Self.two)
            _ = try await tick(workshop, "2026-10-28T17:00:00Z")
            let first = try await send(workshop, "2026-10-28T17:00:00Z")
            for index in 0..<7 {
                try await workshop.ledger.count(
                    [RecipientEvent(index: index % 3, kind: .delivered)], inShard: index / 3, of: first.id,
                    now: workshop.clock.now())
            }
            #expect(try await workshop.ledger.followUps().map(\.next.description) == ["2026-11-04T18:00:00Z"])
            #expect(try await tick(workshop, "2026-11-04T17:30:00Z").isEmpty)
            let reminder = try planned(try await tick(workshop, "2026-11-04T18:00:10Z"))
            #expect(reminder.recipients == 7)
            #expect(try await tick(workshop, "2026-11-04T18:01:00Z").isEmpty)
            let lastCall = try planned(try await tick(workshop, "2026-11-11T18:00:00Z"))
            #expect(lastCall.id.occurrence.rawValue == "2026-10-28T17:00:00Z.last-call")
            #expect(try await workshop.ledger.followUps().isEmpty)
            #expect(try await tick(workshop, "2026-11-18T18:00:00Z").isEmpty)

            let planner = workshop.planner()
            let again = try await planner.plan(StepID("reminder")!, of: first)
            #expect(!again.isNew && again.run.id == reminder.id)
            await #expect(throws: Problem.self) { try await planner.plan(StepID("last-call")!, of: reminder) }
        }
    }

    @Test("recipients are the first plan's, whatever the list holds by now (I3)")
    func fixedRecipients() async throws {
        try await Workshop.open { workshop in
            let all = Dictionary(uniqueKeysWithValues: (0..<7).map { ($0, [FeedbackKind.delivered]) })
            _ = try await sendFirst(workshop, telling: all)
            try workshop.write("recipients.csv", "email,name,seat\nnew@example.org,New,Z9\n")
            let run = try planned(try await tick(workshop, Self.due))
            #expect(run.recipients == 7)
            _ = try await send(workshop, run.id.occurrence.rawValue)
            #expect(!workshop.mailer.addresses.contains("new@example.org"))
        }
    }

    @Test("without any Delivery event a step is refused, and the configuration set named")
    func unknownDelivery() async throws {
        try await Workshop.open { workshop in
            _ = try await sendFirst(workshop, telling: [0: [.sent], 1: [.sent]])
            let files = workshop.planFiles.count
            guard case .failed(let problems)? = try await tick(workshop, Self.due).first?.outcome else {
                Issue.record("not refused")
                return
            }
            #expect(problems[0].message.contains("no Delivery event"))
            #expect(problems[0].description.contains("'jada'"))
            #expect(problems[0].description.contains(#""requireDelivery": false"#))
            #expect(workshop.planFiles.count == files)
            // It is tried again until it is too late, which is told once.
            #expect(try await tick(workshop, "2026-06-08T22:00:00Z").count == 1)
            guard case .tooLate? = try await tick(workshop, "2026-06-08T23:00:01Z").first?.outcome else {
                Issue.record("not too late")
                return
            }
            #expect(try await tick(workshop, "2026-06-08T23:01:00Z").isEmpty)
        }
    }

    @Test("with requireDelivery false it goes to all whose mail was accepted and did not come back")
    func anyDelivery() async throws {
        try await Workshop.open { workshop in
            workshop.mailer.answer {
                $0.to.address.hasPrefix("bob")
                    ? .rejected(reason: "no") : .accepted(messageID: $0.to.address)
            }
            _ = try await sendFirst(
                workshop, Self.at + "," + Self.anyone,
                telling: [2: [.permanentBounce], 3: [.rejected]])
            let run = try planned(try await tick(workshop, Self.due))
            #expect(run.recipients == 4 && run.atPlan.excluded == 3)
            #expect(
                try await setAside(workshop, run) == [
                    "bob@example.org": "excluded: the first mail was not accepted",
                    "cid@example.org": "excluded: the first mail has bounced",
                    "dan@example.org": "excluded: the mail service has not sent the first mail",
                ])
        }
    }

    @Test("a first run that is held or unfinished delays its steps; of several due only the latest goes")
    func held() async throws {
        try await Workshop.open { workshop in
            try write(workshop, Self.configured + "," + Self.two)
            _ = try await tick(workshop, "2026-06-01T17:00:20Z")
            let id = try workshop.runID(Self.firstRun)
            try await workshop.ledger.setControl(.paused(reason: "wrong date"), of: id)
            #expect(try await tick(workshop, "2026-06-08T17:00:00Z").isEmpty)
            #expect(try await tick(workshop, "2026-06-15T20:00:00Z").isEmpty)
            await #expect(throws: Problem.self) {
                try await workshop.planner().plan(StepID("reminder")!, of: workshop.run(Self.firstRun))
            }
            try await workshop.ledger.setControl(.running, of: id)
            let first = try await send(workshop)
            try await workshop.ledger.count(
                [RecipientEvent(index: 0, kind: .delivered)], inShard: 0, of: first.id,
                now: workshop.clock.now())
            // Within startWithin of the time at which it was last found held.
            let reports = try await tick(workshop, "2026-06-16T01:00:00Z")
            #expect(reports.count == 2)
            guard case .tooLate(let overtaken, _)? = reports.first?.outcome,
                case .planned(let run)? = reports.last?.outcome
            else {
                Issue.record("\(reports)")
                return
            }
            #expect(overtaken.rawValue == Self.firstRun + ".reminder")
            #expect(run.id.occurrence.rawValue == Self.firstRun + ".last-call" && run.recipients == 1)
            #expect(try await workshop.ledger.followUps().isEmpty)
        }
    }

    @Test("a cancelled run has no follow-ups, nor has one that was never made")
    func cancelled() async throws {
        try await Workshop.open { workshop in
            let first = try await sendFirst(workshop, telling: [0: [.delivered]])
            try await workshop.ledger.setControl(.cancelled(reason: "no"), of: first.id)
            try await workshop.ledger.put(
                FollowUpRecord(run: workshop.runID("never"), next: workshop.clock.now()))
            #expect(try await tick(workshop, Self.due).isEmpty)
            #expect(try await workshop.ledger.followUps().isEmpty)
            await #expect(throws: Problem.self) {
                try await workshop.planner().plan(StepID("reminder")!, of: workshop.run(Self.firstRun))
            }
        }
    }

    @Test("a step that is found later than startWithin after its time is not sent")
    func tooLate() async throws {
        try await Workshop.open { workshop in
            _ = try await sendFirst(workshop, telling: [0: [.delivered]])
            guard case .tooLate? = try await tick(workshop, "2026-06-08T23:00:01Z").first?.outcome else {
                Issue.record("not too late")
                return
            }
            #expect(try await workshop.ledger.followUps().map(\.next.description) == ["2026-06-15T17:00:00Z"])
            _ = try planned(try await tick(workshop, "2026-06-15T17:00:00Z"))
        }
    }

    @Test("a sequence that is added, moved or taken out later is followed from then on")
    func edited() async throws {
        try await Workshop.open { workshop in
            _ = try await sendFirst(workshop, Self.configured, telling: [0: [.delivered]])
            #expect(try await workshop.ledger.followUps().isEmpty)
            // Added after the time of its first step: only what is to come goes.
            try write(workshop, Self.configured + "," + Self.two)
            _ = try await tick(workshop, "2026-06-08T18:00:00Z")
            #expect(try await workshop.ledger.followUps().map(\.next.description) == ["2026-06-15T17:00:00Z"])
            try write(
                workshop,
                Self.configured + "," + Self.two.replacingOccurrences(of: "P14D", with: "P14DT1H"))
            _ = try await tick(workshop, "2026-06-08T18:01:00Z")
            #expect(try await workshop.ledger.followUps().map(\.next.description) == ["2026-06-15T18:00:00Z"])
            try write(workshop, Self.configured)
            _ = try await tick(workshop, "2026-06-08T18:02:00Z")
            #expect(try await workshop.ledger.followUps().isEmpty)
        }
    }

    @Test("a variable of a step that the first plan does not hold is named, with its place")
    func missingVariable() async throws {
        try await Workshop.open { workshop in
            _ = try await sendFirst(workshop, telling: [0: [.delivered]])
            try workshop.write("reminder.txt", "Dear {{name}},\n{{cabin}} is yours")
            guard case .failed(let problems)? = try await tick(workshop, Self.due).first?.outcome else {
                Issue.record("not refused")
                return
            }
            #expect(problems.map(\.key) == ["cabin"] && problems.map(\.line) == [2])
            #expect(problems[0].file == "campaigns/cruise/reminder.txt")
        }
    }

    @Test("all that is wrong with a step's files stops the first mail already (I8)")
    func wrongFiles() async throws {
        try await Workshop.open { workshop in
            try write(workshop, Self.configured + "," + Self.two)
            try workshop.write("reminder.txt", "{{deck}} {{#open}}")
            guard
                case .failed(let unclosed)? = try await tick(workshop, "2026-06-01T17:00:20Z").first?.outcome
            else {
                Issue.record("planned")
                return
            }
            // Both steps use the file, and it is told once.
            #expect(unclosed.map(\.file) == ["campaigns/cruise/reminder.txt"])
            try workshop.write("reminder.txt", "{{deck}}")
            guard case .failed(let missing)? = try await tick(workshop, "2026-06-01T17:01:20Z").first?.outcome
            else {
                Issue.record("planned")
                return
            }
            #expect(missing.map(\.key) == ["deck"])
            #expect(try await workshop.ledger.runs(of: nil).isEmpty)
        }
    }

    @Test("a step goes out only as it was approved; an exclude list of the day does not matter")
    func approval() async throws {
        try await Workshop.open { workshop in
            let members =
                Self.configured + #", "approval": "required", "exclude": ["booked.csv"],"# + Self.two
            try write(workshop, members)
            try workshop.write("booked.csv", "zoe@example.org\n")
            let planner = workshop.planner()
            let draft = try await planner.draft(of: workshop.runID().campaign)
            let files = try #require(try await planner.rehearse(draft).files)
            #expect(files.digests.keys.contains("reminder.txt"))
            try await workshop.ledger.approve(
                Approval(campaign: draft.campaign.id, files: files, by: "Ann", at: workshop.clock.now()))
            _ = try planned(try await tick(workshop, "2026-06-01T17:00:20Z"))
            let first = try await send(workshop)
            try await workshop.ledger.count(
                [RecipientEvent(index: 0, kind: .delivered), RecipientEvent(index: 1, kind: .delivered)],
                inShard: 0, of: first.id, now: workshop.clock.now())

            try workshop.write("booked.csv", "ann@example.org\n")
            try workshop.write("reminder.txt", "{{name}}, hurry")
            guard case .failed(let problems)? = try await tick(workshop, Self.due).first?.outcome else {
                Issue.record("not refused")
                return
            }
            #expect(problems.map(\.isLackOfApproval) == [true])
            #expect(problems[0].message.contains("reminder.txt"))
            try workshop.write("reminder.txt", "{{name}}, seat {{seat}} is still yours")
            let run = try planned(try await tick(workshop, "2026-06-08T17:01:00Z"))
            #expect(run.recipients == 1)
        }
    }

    @Test("an event names a step by hand, before its time; the tick confirms it")
    func byHand() async throws {
        try await Workshop.open { workshop in
            _ = try await sendFirst(workshop, telling: [0: [.delivered]])
            let scheduler = Scheduler(workshop.planner())
            let campaign = try workshop.runID().campaign
            let run = try planned(
                try await scheduler.handle(
                    .step(campaign, StepID("reminder")!, of: Occurrence(Self.firstRun)!)))
            #expect(run.recipients == 1)
            guard case .known(let same)? = try await tick(workshop, Self.due).first?.outcome else {
                Issue.record("not confirmed")
                return
            }
            #expect(same.id == run.id)
            await #expect(throws: Problem.self) {
                try await scheduler.handle(.step(campaign, StepID("thanks")!, of: Occurrence(Self.firstRun)!))
            }
            await #expect(throws: Problem.self) {
                try await scheduler.handle(.step(campaign, StepID("reminder")!, of: Occurrence("never")!))
            }
        }
    }
}

@Suite("Durations of a calendar")
struct CalendarDurationTests {
    @Test(
        "days keep the time of day",
        arguments: [
            ("P7D", "2026-10-28T17:00:00Z", "2026-11-04T18:00:00Z"),
            ("P1W", "2026-03-04T18:00:00Z", "2026-03-11T17:00:00Z"),
            ("PT168H", "2026-10-28T17:00:00Z", "2026-11-04T17:00:00Z"),
            ("P1DT2H", "2026-10-31T17:00:00Z", "2026-11-01T20:00:00Z"),
            // 02:30 does not exist on 2026-03-08: the moment at which the clock goes forward.
            ("P1D", "2026-03-07T10:30:00Z", "2026-03-08T10:00:00Z"),
            // 01:30 comes twice on 2026-11-01: the first.
            ("P1D", "2026-10-31T08:30:00Z", "2026-11-01T08:30:00Z"),
            ("P366D", "2028-02-29T12:00:00Z", "2029-03-01T12:00:00Z"),
        ])
    func after(_ duration: String, _ from: String, _ to: String) throws {
        let moment = try #require(Timestamp(iso8601: from))
        let zone = try TestClock().zone(named: "America/Los_Angeles")
        #expect(try CalendarDuration(iso8601: duration).after(moment, in: zone).description == to)
    }

    @Test("they are told in words")
    func words() throws {
        #expect(try CalendarDuration(iso8601: "P2W").description == "14 days")
        #expect(try CalendarDuration(iso8601: "P1DT6H").description == "1 day and PT6H")
        #expect(try CalendarDuration(iso8601: "PT30M").description == "PT30M")
    }
}
