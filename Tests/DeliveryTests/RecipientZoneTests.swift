import Campaigns
import Foundation
import HostAdapters
import JSON
import Testing

@testable import Delivery

@Suite("Sending at a time of day where recipients are")
struct RecipientZoneTests {
    let schedule =
        #""schedule": {"at": "2026-06-01T10:00:00", "timeZone": "America/Los_Angeles", "timeZoneColumn": "zone"}"#
    let list = """
        email,name,zone
        la@example.org,L,America/Los_Angeles
        empty@example.org,E,
        tarawa@example.org,T,Pacific/Kiritimati
        baker@example.org,B,Etc/GMT+12
        paris@example.org,P, Europe/Paris\u{20}
        berlin@example.org,Q,Europe/Berlin
        typo@example.org,Y,America/Los_Angelas
        paris@example.org,P,America/New_York
        nobody,N,Europe/Paris

        """
    /// When 10:00 comes where recipients of the list are.
    let moments: [(time: String, addresses: [String])] = [
        ("2026-05-31T20:00:00Z", ["tarawa@example.org"]),
        ("2026-06-01T08:00:00Z", ["berlin@example.org", "paris@example.org"]),
        ("2026-06-01T17:00:00Z", ["empty@example.org", "la@example.org"]),
        ("2026-06-01T22:00:00Z", ["baker@example.org"]),
    ]

    func tick(_ workshop: Workshop) async throws -> Scheduler.Outcome? {
        try await Scheduler(workshop.planner()).handle(.tick).first?.outcome
    }

    func planned(_ workshop: Workshop) async throws -> Run {
        guard case .planned(let run)? = try await tick(workshop) else { throw Workshop.Missing() }
        return run
    }

    /// Sends what the queue gives out now.
    func sendWhatIsThere(_ workshop: Workshop) async throws {
        while case let received = try await workshop.queue.receive(maximum: 10, visibility: .seconds(60)),
            !received.isEmpty
        {
            for shard in received {
                _ = try await workshop.sender().send(shard.message)
                try await workshop.queue.delete(shard)
            }
        }
    }

    private func setAside(_ run: Run, _ workshop: Workshop) async throws -> [SetAsideRow] {
        let object = try await workshop.library.read(
            PlanKeys(prefix: run.planPrefix).setAside(0), maximumBytes: 1 << 20)
        return try String(decoding: object.bytes, as: UTF8.self).split(separator: "\n").map {
            try JSONDecoder().decode(SetAsideRow.self, from: Array($0.utf8))
        }
    }

    @Test(
        "the run is planned when the first zone of the world is due, and each gets its mail at its own 10:00")
    func eachInTime() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-05-31T19:59:59Z")
            guard case .registered(let next)? = try await tick(workshop) else {
                Issue.record("due too early")
                return
            }
            #expect(next?.description == "2026-06-01T17:00:00Z")
            #expect(try await tick(workshop) == nil, "quiet until then")

            workshop.clock.set("2026-05-31T20:00:00Z")
            let run = try await planned(workshop)
            #expect(
                run.id.description == "cruise#2026-06-01T17:00:00Z", "named after the schedule's own moment")
            #expect(run.rows == 9 && run.recipients == 6 && run.shards == 4)
            #expect(run.atPlan.invalid == 2 && run.atPlan.duplicate == 1)
            let plan = try await Plan.load(of: run, from: workshop.library)
            #expect(plan.version == 2 && plan.departures?.count == 4)
            #expect(
                Set(plan.departures?.map { "\($0.notBefore) \($0.recipients)" } ?? [])
                    == Set(moments.map { "\($0.time) \($0.addresses.count)" }))

            var mailed: [String] = []
            for (time, addresses) in moments {
                let moment = try #require(Timestamp(iso8601: time))
                if moment > workshop.clock.now() {
                    workshop.clock.advance(by: moment - workshop.clock.now() - .seconds(1))
                    try await sendWhatIsThere(workshop)
                    #expect(workshop.mailer.addresses == mailed.sorted(), "nobody before \(time)")
                    workshop.clock.advance(by: .seconds(1))
                }
                try await sendWhatIsThere(workshop)
                mailed += addresses
                #expect(workshop.mailer.addresses == mailed.sorted(), "\(time)")
                #expect(try await tick(workshop) == nil, "planned once")
            }
            let end = try #require(try await workshop.ledger.run(run.id))
            #expect(end.isFinished && end.counts.accepted == 6 && end.counts.total == end.rows)
            #expect(try await workshop.ledger.runs(of: nil).count == 1)
        }
    }

    @Test("a zone that there is not is told with names that are near, as an address would be")
    func unknownZone() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            let rows = try await setAside(planned(workshop), workshop)
            let typo = try #require(rows.first { $0.address == "typo@example.org" })
            #expect(typo.outcome == "invalid" && typo.line == 8)
            #expect(
                typo.reason.contains("America/Los_Angelas") && typo.reason.contains("America/Los_Angeles"))
        }
    }

    @Test(
        "abbreviations and old names are set aside though the zone data has them, and what is meant is told")
    func abbreviations() async throws {
        let good = ["UTC", "GMT", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "US/Pacific"]
        let bad = [
            "EST": "America/New_York", "MST": "America/Denver", "HST": "Pacific/Honolulu",
            "PST": "America/Los_Angeles", "Japan": "Asia/Tokyo", "posixrules": "such as America/",
            "localtime": "IANA", "posix/Europe/Paris": "IANA", "right/Europe/Paris": "IANA",
            "Factory": "IANA",
        ]
        try await Workshop.open { workshop in
            let names = good + bad.keys
            let rows = names.enumerated().map { "g\($0)@example.org,N,\($1)" }
            try workshop.writeCampaign(
                schedule, recipients: (["email,name,zone"] + rows).joined(separator: "\n"))
            workshop.clock.set("2026-05-31T20:00:00Z")
            let run = try await planned(workshop)
            #expect(run.recipients == good.count && run.atPlan.invalid == bad.count)
            for row in try await setAside(run, workshop) {
                let name = names[row.line - 2]
                #expect(row.reason.contains(name))
                #expect(row.reason.contains(try #require(bad[name])))
            }
        }
        // The schedule's own zone is what campaign.json says, and no value of the list's alone.
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                schedule.replacingOccurrences(of: "America/Los_Angeles", with: "EST"),
                recipients: "email,name,zone\na@example.org,A,EST\n")
            workshop.clock.set("2026-06-01T15:00:00Z")
            #expect(try await planned(workshop).recipients == 1)
        }
    }

    @Test("startWithin counts from each recipient's own moment")
    func tooLate() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            // Two hours after Paris's moment plus six, and before the schedule's own.
            workshop.clock.set("2026-06-01T16:00:00Z")
            let run = try await planned(workshop)
            #expect(run.recipients == 3 && run.atPlan.excluded == 3)
            #expect(run.counts.total + run.recipients == run.rows)
            let late = try await setAside(run, workshop).filter { $0.outcome == "excluded" }
            #expect(
                late.map(\.address).sorted() == [
                    "berlin@example.org", "paris@example.org", "tarawa@example.org",
                ])
            #expect(late.first?.reason.contains("too long ago where they are") == true)
        }
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-06-02T03:00:00Z")
            #expect(try await planned(workshop).recipients == 1, "the westernmost alone")
        }
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-06-02T04:00:01Z")
            guard case .tooLate? = try await tick(workshop) else {
                Issue.record("not too late")
                return
            }
        }
    }

    @Test("a weekly campaign has a run a week, each at the local time of its day")
    func recurring() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                #""schedule": {"expression": "cron(0 10 ? * MON *)", "timeZone": "America/Los_Angeles", "timeZoneColumn": "zone"}"#,
                recipients:
                    "email,name,zone\na@example.org,A,Europe/Paris\nb@example.org,B,Pacific/Auckland\n")
            workshop.clock.set("2026-10-18T00:00:00Z")
            guard case .registered? = try await tick(workshop) else {
                Issue.record("not registered")
                return
            }
            // Paris sets its clocks on 25 October, Los Angeles on 1 November.
            let weeks: [(tick: String, moments: [String])] = [
                ("2026-10-18T20:00:30Z", ["2026-10-18T21:00:00Z", "2026-10-19T08:00:00Z"]),
                ("2026-10-25T20:00:30Z", ["2026-10-25T21:00:00Z", "2026-10-26T09:00:00Z"]),
                ("2026-11-01T20:00:30Z", ["2026-11-01T21:00:00Z", "2026-11-02T09:00:00Z"]),
            ]
            for week in weeks {
                workshop.clock.set(week.tick)
                let run = try await planned(workshop)
                #expect(run.departures?.moments.map(\.at.description) == week.moments)
                #expect(try await tick(workshop) == nil)
                workshop.clock.advance(by: .seconds(86_400))
                #expect(try await tick(workshop) == nil, "the occurrence itself makes no second run")
            }
        }
    }

    @Test(
        "an event that names the campaign plans the run that a tick would, and --again sends to all at once")
    func named() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-06-01T00:00:00Z")
            let scheduler = Scheduler(workshop.planner())
            let campaign = try workshop.runID().campaign
            func name(_ occurrence: String, again: Bool) async throws -> Run? {
                let trigger = Scheduler.Trigger.campaign(
                    campaign, occurrence: Occurrence(occurrence)!, ignoringSchedule: again)
                switch try await scheduler.handle(trigger).first?.outcome {
                case .planned(let run)?, .known(let run)?: return run
                default: return nil
                }
            }
            let run = try #require(try await name("event", again: false))
            #expect(run.id.occurrence.rawValue == "2026-06-01T17:00:00Z" && run.departures != nil)
            #expect(try await name("event", again: false)?.id == run.id)
            let again = try #require(try await name("again", again: true))
            #expect(again.departures == nil && again.recipients == 7, "zones do not matter then")
        }
    }

    @Test("a column that is missing, or holds no zones, stops the plan before anything is written")
    func wrongColumn() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule)
            guard case .failed(let missing)? = try await tick(workshop) else {
                Issue.record("planned")
                return
            }
            #expect(
                "\(missing)".contains("$.schedule.timeZoneColumn")
                    && "\(missing)".contains("no column 'zone'"))
            let rows = (0..<200).map { "g\($0)@example.org,N,Kabin \($0)" }
            try workshop.writeCampaign(
                schedule, recipients: (["email,name,zone"] + rows).joined(separator: "\n"))
            guard case .failed(let wrong)? = try await tick(workshop) else {
                Issue.record("planned")
                return
            }
            #expect(wrong.first?.line == 102 && wrong.first?.key == "zone")
            #expect(workshop.planFiles.isEmpty)
        }
    }

    @Test(
        "an approval that comes late lets those be sent to whose time has not passed, and is waited for until the last",
        arguments: [true, false])
    func approval(comes: Bool) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                #""schedule": {"expression": "cron(0 10 ? * MON *)", "timeZone": "America/Los_Angeles", "timeZoneColumn": "zone"}, "approval": "required""#,
                recipients: list)
            workshop.clock.set("2026-05-31T10:00:00Z")
            guard case .registered? = try await tick(workshop) else {
                Issue.record("not registered")
                return
            }
            workshop.clock.set("2026-05-31T20:00:30Z")
            guard case .waiting(let occurrence, _, isNew: true)? = try await tick(workshop) else {
                Issue.record("it does not wait")
                return
            }
            #expect(occurrence.rawValue == "2026-06-01T17:00:00Z")
            workshop.clock.set("2026-06-01T09:00:00Z")
            guard case .waiting(_, _, isNew: false)? = try await tick(workshop) else {
                Issue.record("it does not wait any more")
                return
            }
            let planner = workshop.planner()
            let id = try workshop.runID().campaign
            let files = try #require(try await planner.rehearse(planner.draft(of: id)).files)
            let approval = Approval(
                campaign: id, files: files, by: "Ann", note: nil, at: workshop.clock.now())
            if comes {
                try await workshop.ledger.approve(approval)
                let run = try await planned(workshop)
                #expect(run.recipients == 5 && run.atPlan.excluded == 1)
            } else {
                workshop.clock.set("2026-06-02T04:00:30Z")
                guard case .tooLate(occurrence, let next)? = try await tick(workshop) else {
                    Issue.record("not too late")
                    return
                }
                #expect(next?.description == "2026-06-08T17:00:00Z")
            }
        }
    }

    @Test("where zones cannot be read at all the plan stops: it is not the list's fault")
    func noZoneData() throws {
        let schedule = Schedule(
            moment: .at(try #require(LocalDateTime("2026-06-01T10:00:00"))), timeZoneColumn: "zone")
        let at = try #require(Timestamp(iso8601: "2026-06-01T10:00:00Z"))
        var zones = try #require(
            try RecipientZones(
                schedule, occurrence: at, plannedAt: at, clock: SystemClock(zoneFolders: ["/nowhere"])))
        func place(_ text: String) throws -> RecipientZones.Place {
            try Array(text.utf8).withUnsafeBytes { try zones.place(of: $0, line: 2) }
        }
        _ = try place("UTC")
        _ = try place(" ")
        let problem = #expect(throws: Problem.self) { try place("Europe/Paris") }
        #expect(problem?.kind == .configuration && problem?.message.contains("no zone data") == true)
        guard case .unknown(0) = try place(String(repeating: "x", count: 10_000)),
            case .unknown(1) = try place("../../etc/passwd")
        else {
            Issue.record("taken for zones")
            return
        }
        #expect(zones.unknown.map(\.rows) == [1, 1] && zones.departures.count == 1)
    }

    @Test("a long list of many zones is divided by them, in shards of bounded size, and no row is lost")
    func manyZones() async throws {
        try await Workshop.open { workshop in
            let zones = (-12...14).map { $0 <= 0 ? "Etc/GMT+\(-$0)" : "Etc/GMT-\($0)" }
            let rows = (0..<5400).map { "g\($0)@example.org,N \($0),\(zones[$0 % zones.count])" }
            try workshop.writeCampaign(
                schedule, recipients: (["email,name,zone"] + rows).joined(separator: "\n"))
            workshop.clock.set("2026-05-31T20:00:00Z")
            let outcome = try await Scheduler(workshop.planner(shardSize: 150)).handle(.tick).first?.outcome
            guard case .planned(let run)? = outcome else {
                Issue.record("not planned")
                return
            }
            let departures = try #require(run.departures)
            #expect(run.recipients == 5400 && run.shards == 54 && departures.moments.count == 27)
            #expect(departures.moments.allSatisfy { $0.recipients == 200 })
            var seen: Set<String> = []
            for shard in 0..<run.shards {
                var reader = try await ShardReader(
                    PlanKeys(prefix: run.planPrefix).shard(shard), in: workshop.library, skipping: 0)
                let entries = try await reader.next(1000)
                #expect(entries.count == run.recipients(inShard: shard))
                for entry in entries {
                    seen.insert(entry.recipient.to)
                    let number = try #require(Int(entry.recipient.to.dropFirst().prefix { $0 != "@" }))
                    let zone = try workshop.clock.zone(named: zones[number % zones.count])
                    let moment = try #require(run.notBefore(ofShard: shard))
                    #expect("\(zone.local(at: moment))" == "2026-06-01T10:00:00")
                }
            }
            #expect(seen.count == 5400)
        }
    }

    @Test("open shards of many moments hold no more memory than they may: the fullest is closed early")
    func boundedMemory() throws {
        var objects = PlanObjects(shardSize: 1000, mostOpenBytes: 4000)
        let line = Array("{\"line\":1,\"to\":\"guest@example.org\",\"values\":[]}\n".utf8)
        var shards: [PlanObjects.Shard] = []
        for number in 0..<1000 {
            line.withUnsafeBytes { objects.append($0, departure: number % 3 == 0 ? 0 : number % 20) }
            shards += objects.take().shards
        }
        #expect(shards.count > 5 && shards.allSatisfy { $0.bytes.count <= 4000 + line.count })
        shards += objects.finish().shards
        #expect(shards.map(\.recipients).reduce(0, +) == 1000)
        #expect(shards.allSatisfy { $0.bytes.count == $0.recipients * line.count })
    }
}
