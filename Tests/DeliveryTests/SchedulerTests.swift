import Campaigns
import Delivery
import Foundation
import Testing

@Suite("Deciding what is due")
struct SchedulerTests {
    private let at =
        #""schedule": {"at": "2026-06-01T10:00:00", "timeZone": "America/Los_Angeles", "startWithin": "PT6H"}"#
    private let weekly =
        #""schedule": {"expression": "cron(0 10 ? * MON *)", "timeZone": "America/Los_Angeles", "startWithin": "PT1H"}"#

    private func tick(_ workshop: Workshop) async throws -> [Scheduler.Report] {
        try await Scheduler(workshop.planner()).handle(.tick)
    }
    private func name(
        _ workshop: Workshop, occurrence: String = "event-1", again: Bool = false
    ) async throws -> Scheduler.Outcome {
        let reports = try await Scheduler(workshop.planner()).handle(
            .campaign(
                workshop.runID().campaign, occurrence: #require(Occurrence(occurrence)),
                ignoringSchedule: again))
        return try #require(reports.first).outcome
    }

    @Test("a campaign goes at its local time, once")
    func onTime() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(at)
            workshop.clock.set("2026-06-01T16:59:59Z")
            guard case .registered(let next)? = try await tick(workshop).first?.outcome else {
                Issue.record("due too early")
                return
            }
            #expect(next?.description == "2026-06-01T17:00:00Z")
            #expect(try await tick(workshop).isEmpty)
            workshop.clock.set("2026-06-01T17:00:30Z")
            guard case .planned(let run)? = try await tick(workshop).first?.outcome else {
                Issue.record("not planned")
                return
            }
            #expect(run.id.description == "cruise#2026-06-01T17:00:00Z")
            #expect(try await tick(workshop).isEmpty)
            #expect(try await workshop.ledger.runs(of: nil).count == 1)
        }
    }

    @Test("found later than startWithin after its time, it is not sent any more, and that is told once")
    func tooLate() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(at)
            workshop.clock.set("2026-06-01T23:00:01Z")
            guard case .tooLate? = try await tick(workshop).first?.outcome else {
                Issue.record("not too late")
                return
            }
            #expect(try await tick(workshop).isEmpty)
            #expect(try await workshop.ledger.runs(of: nil).isEmpty)
        }
    }

    @Test("a new recurring campaign does not begin with the past, and then goes each week")
    func recurring() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(weekly)
            workshop.clock.set("2026-06-01T17:10:00Z")  // A Monday, ten minutes past ten in San Diego.
            guard case .registered? = try await tick(workshop).first?.outcome else {
                Issue.record("began with the past")
                return
            }
            for monday in ["2026-06-08", "2026-06-15"] {
                workshop.clock.set("\(monday)T17:00:20Z")
                guard case .planned(let run)? = try await tick(workshop).first?.outcome else {
                    Issue.record("not planned on \(monday)")
                    return
                }
                #expect(run.id.occurrence.rawValue == "\(monday)T17:00:00Z")
                #expect(try await tick(workshop).isEmpty)
            }
        }
    }

    @Test("after a long outage the missed occurrence is too late, and the next one goes")
    func outage() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(weekly)
            workshop.clock.set("2026-06-02T00:00:00Z")
            _ = try await tick(workshop)
            workshop.clock.set("2026-06-10T00:00:00Z")
            guard case .tooLate(let occurrence, let next)? = try await tick(workshop).first?.outcome else {
                Issue.record("not too late")
                return
            }
            #expect(occurrence.rawValue == "2026-06-08T17:00:00Z")
            #expect(next?.description == "2026-06-15T17:00:00Z")
            workshop.clock.set("2026-06-15T17:30:00Z")
            guard case .planned? = try await tick(workshop).first?.outcome else {
                Issue.record("not planned")
                return
            }
        }
    }

    @Test("an event that names a scheduled campaign confirms the tick's run")
    func named() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(weekly)
            workshop.clock.set("2026-06-01T17:00:05Z")
            guard case .planned(let run) = try await name(workshop) else {
                Issue.record("not planned")
                return
            }
            #expect(run.id.occurrence.rawValue == "2026-06-01T17:00:00Z")
            workshop.clock.set("2026-06-01T18:30:00Z")
            guard case .known(let same) = try await name(workshop) else {
                Issue.record("not confirmed")
                return
            }
            #expect(same.id == run.id)
        }
    }

    @Test("before its time a named campaign is not due; --again sends it all the same")
    func early() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(at)
            workshop.clock.set("2026-05-01T00:00:00Z")
            guard case .notDue = try await name(workshop) else {
                Issue.record("due")
                return
            }
            guard case .planned(let run) = try await name(workshop, again: true) else {
                Issue.record("not planned")
                return
            }
            #expect(run.id.occurrence.rawValue == "event-1")
        }
    }

    @Test(
        "an event that comes twice gives one run, also where it is the first to name a rate, or asks for it again"
    )
    func repeatedEvent() async throws {
        for again in [false, true] {
            try await Workshop.open { workshop in
                try workshop.writeCampaign(#""schedule": {"expression": "rate(7 days)"}"#)
                guard case .planned(let run) = try await name(workshop, again: again) else {
                    Issue.record("not planned")
                    return
                }
                workshop.clock.advance(by: .seconds(3))
                guard case .known(let same) = try await name(workshop, again: again) else {
                    Issue.record("planned twice")
                    return
                }
                #expect(same.id == run.id)
                #expect(try await workshop.ledger.runs(of: nil).count == 1)
            }
        }
    }

    @Test("naming an unfinished run again hands its shards to the queue again, in case messages were lost")
    func revived() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign()
            _ = try await name(workshop)
            for received in try await workshop.queue.receive(maximum: 10, visibility: .seconds(60)) {
                try await workshop.queue.delete(received)
            }
            _ = try await name(workshop)
            #expect(try await workshop.queue.count() == 1)
        }
    }

    @Test("without a schedule the event names the occurrence")
    func unscheduled() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign()
            #expect(try await tick(workshop).count == 1)
            guard case .planned(let run) = try await name(workshop, occurrence: "first") else {
                Issue.record("not planned")
                return
            }
            #expect(run.id.description == "cruise#first")
            guard case .known = try await name(workshop, occurrence: "first") else {
                Issue.record("planned twice")
                return
            }
        }
    }

    @Test("a campaign that cannot be planned does not keep the others from going")
    func others() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(at)
            try FileManager.default.createDirectory(
                at: workshop.folder.appendingPathComponent("library/campaigns/aaa"),
                withIntermediateDirectories: true)
            try Data("{".utf8).write(
                to: workshop.folder.appendingPathComponent("library/campaigns/aaa/campaign.json"))
            let reports = try await tick(workshop)
            #expect(reports.map(\.campaign.rawValue) == ["aaa", "cruise"])
            guard case .failed = try #require(reports.first).outcome, case .planned = reports[1].outcome
            else {
                Issue.record("\(reports)")
                return
            }
        }
    }

    @Test("ticks at once plan one run")
    func concurrentTicks() async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(at)
            workshop.clock.set("2026-06-01T17:00:30Z")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { _ = try await tick(workshop) } }
                try await group.waitForAll()
            }
            #expect(try await workshop.ledger.runs(of: nil).count == 1)
            #expect(workshop.planFiles.count == 2)
        }
    }
}
