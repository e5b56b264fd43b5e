import Foundation
import TestSupport
import Testing

@Suite("jada-blast pause, resume and cancel", .timeLimit(.minutes(1)))
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
}
