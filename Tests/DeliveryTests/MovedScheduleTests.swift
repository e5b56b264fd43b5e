import Campaigns
import Delivery
import Foundation
import Testing

/// Schedules that are moved while a run of theirs waits for the recipients' time.
extension RecipientZoneTests {
    @Test(
        "a schedule that is moved once its run is planned is refused, whatever the new time, until that is cancelled",
        arguments: ["2026-06-01T12:00:00", "2026-06-03T10:00:00", "2026-05-20T10:00:00"])
    func moved(to time: String) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-05-31T20:00:00Z")
            let run = try await planned(workshop)
            try workshop.writeCampaign(
                schedule.replacingOccurrences(of: "2026-06-01T10:00:00", with: time), recipients: list)
            // On the edit, and when the first zone's new time has come.
            for now in ["2026-05-31T20:01:00Z", "2026-05-31T22:00:30Z", "2026-06-01T21:59:59Z"] {
                workshop.clock.set(now)
                guard case .failed(let problems)? = try await tick(workshop) else {
                    Issue.record("not refused at \(now)")
                    return
                }
                #expect(problems.first?.kind == .refused)
                let text = "\(problems)"
                #expect(text.contains("recipients of it still wait"))
                #expect(text.contains("jada-blast cancel \(run.id)") && text.contains("set the time back"))
            }
            try await sendWhatIsThere(workshop)
            #expect(workshop.mailer.mails.count == 5, "the run itself goes on")
            await #expect(throws: Problem.self) {
                try await Scheduler(workshop.planner()).handle(
                    .campaign(run.id.campaign, occurrence: Occurrence("event")!, ignoringSchedule: false))
            }
            #expect(try await workshop.ledger.runs(of: nil).count == 1)

            try await workshop.ledger.setControl(.cancelled(reason: "moved"), of: run.id)
            switch try await tick(workshop) {
            case .planned(let new)?:
                #expect(new.id.occurrence.rawValue == "2026-06-01T19:00:00Z")
            case .registered(let next)?:
                #expect(next?.description == "2026-06-03T17:00:00Z")
            case .tooLate(let occurrence, _)?:
                #expect(occurrence.rawValue == "2026-05-20T17:00:00Z")
            case let other:
                Issue.record("\(String(describing: other))")
            }
        }
    }

    @Test("who waits for a refused move to come about by itself mails nobody twice either")
    func movedAndLeft() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-05-31T20:00:00Z")
            _ = try await planned(workshop)
            try workshop.writeCampaign(
                schedule.replacingOccurrences(of: "T10:00", with: "T12:00"), recipients: list)
            workshop.clock.set("2026-06-01T22:00:30Z")
            try await sendWhatIsThere(workshop)
            guard case .failed(let problems)? = try await tick(workshop) else {
                Issue.record("not refused")
                return
            }
            #expect("\(problems)".contains("--again"))
            workshop.clock.set("2026-06-02T06:00:30Z")
            guard case .tooLate? = try await tick(workshop) else {
                Issue.record("not too late")
                return
            }
            #expect(workshop.mailer.mails.count == 6)
        }
        try await Workshop.open { workshop in
            try workshop.writeCampaign(schedule, recipients: list)
            workshop.clock.set("2026-05-31T20:00:00Z")
            let run = try await planned(workshop)
            try workshop.writeCampaign(
                schedule.replacingOccurrences(of: "T10:00", with: "T12:00"), recipients: list)
            guard case .failed? = try await tick(workshop) else {
                Issue.record("not refused")
                return
            }
            try workshop.writeCampaign(schedule, recipients: list)
            if case .failed(let problems)? = try await tick(workshop) {
                Issue.record("refused though the time was set back: \(problems)")
            }
            #expect(try await workshop.ledger.runs(of: nil).map(\.id) == [run.id])
        }
    }

    @Test("a daily campaign's next day is planned while the last zone of the day before waits")
    func daily() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(
                #""schedule": {"expression": "cron(0 10 * * ? *)", "timeZone": "America/Los_Angeles", "timeZoneColumn": "zone"}"#,
                recipients: list)
            workshop.clock.set("2026-05-31T19:00:00Z")
            _ = try await tick(workshop)
            workshop.clock.set("2026-05-31T20:00:30Z")
            let first = try await planned(workshop)
            workshop.clock.set("2026-06-01T20:00:30Z")
            #expect(first.departures?.waiting(at: workshop.clock.now())?.recipients == 1)
            let second = try await planned(workshop)
            #expect(second.id.occurrence.rawValue == "2026-06-02T17:00:00Z")

            // Another day is added to it, and what waits is still its own.
            try workshop.writeCampaign(
                #""schedule": {"expression": "cron(0 10 ? * * *)", "timeZone": "America/Los_Angeles", "timeZoneColumn": "zone"}"#,
                recipients: list)
            guard case .registered? = try await tick(workshop) else {
                Issue.record("taken for moved")
                return
            }
            try workshop.writeCampaign(
                #""schedule": {"expression": "cron(0 12 ? * * *)", "timeZone": "America/Los_Angeles", "timeZoneColumn": "zone"}"#,
                recipients: list)
            guard case .failed? = try await tick(workshop) else {
                Issue.record("not refused")
                return
            }
        }
    }
}
