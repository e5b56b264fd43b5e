import Foundation
import TestSupport
import Testing

@Suite("jada-blast and follow-ups", .timeLimit(.minutes(10)))
struct SequenceTests {
    private func sendFirst(_ place: Workplace, step: [String: Any]) async throws -> String {
        try place.edit("paul-simon") { campaign in
            campaign["sequence"] = [
                (["id": "reminder", "after": "P7D", "subject": "Again"] as [String: Any]).merging(step) { $1 }
            ]
        }
        let first = try await place.run(["invoke", Workplace.event("campaign"), "--json"]).object()
        let run = try #require(first["run"] as? String)
        return try #require(run.split(separator: "#").last.map(String.init))
    }

    private func invoke(_ place: Workplace, of occurrence: String, _ more: [String] = []) async throws
        -> Workplace.Ended
    {
        try await place.run(
            ["invoke", "-", "--json"] + more,
            input: #"{"campaign": "paul-simon", "step": "reminder", "of": "\#(occurrence)"}"#)
    }

    @Test("a step named by hand goes once, to those whom the first mail has reached")
    func byHand() async throws {
        try await Workplace.open { place in
            let first = try await sendFirst(place, step: ["requireDelivery": false])
            let schedule = try await place.run(["schedule", "paul-simon"])
            #expect(schedule.output.contains("then reminder, 7 days after each run"))
            #expect(schedule.output.contains("reminder of \(first): "))

            for _ in 0..<2 {
                let step = try await invoke(place, of: first)
                #expect(step.status == 0)
                let report = try step.object()
                #expect(report["run"] as? String == "paul-simon#\(first).reminder")
                let counts = try #require(report["counts"] as? [String: Any])
                #expect(counts["accepted"] as? Int == 165)
                #expect(place.outbox.count == 330)
            }
            let coming = try await place.run(["schedule", "paul-simon", "--json"]).object()
            let campaigns = try #require(coming["campaigns"] as? [[String: Any]])
            #expect((campaigns.first?["followUps"] as? [Any])?.isEmpty == true)

            let again = try await invoke(place, of: first, ["--again"])
            #expect(again.status != 0)
            let twice = try await invoke(place, of: first + ".reminder")
            #expect(try twice.problems().first?.contains("follow-up itself") == true)
        }
    }

    @Test("where nothing is known of deliveries a step is refused with the configuration set's name")
    func unknownDelivery() async throws {
        try await Workplace.open { place in
            let first = try await sendFirst(place, step: [:])
            let refused = try await invoke(place, of: first)
            #expect(refused.status == 78)
            #expect(try refused.problems().first?.contains("configuration set 'jada'") == true)
            #expect(place.outbox.count == 165)
        }
    }

    @Test("preview and test-send show a step's mail")
    func preview() async throws {
        try await Workplace.open { place in
            let shown = try await place.run(["preview", "sunset-sails", "--step", "reminder", "--json"])
                .object()
            #expect(shown["subject"] as? String == "Amelia, a few evenings are left this month")
            #expect((shown["files"] as? [String])?.first?.hasSuffix("/sunset-sails-reminder-1.eml") == true)
            let sent = try await place.run([
                "test-send", "sunset-sails", "--step", "reminder", "--to", "you@example.org",
            ])
            #expect(sent.status == 0 && place.outbox.count == 1)
            let unknown = try await place.run(["preview", "sunset-sails", "--step", "thanks", "--json"])
            #expect(unknown.status == 66)
            #expect(try unknown.problems().first?.contains("its steps are reminder") == true)
        }
    }

    @Test("check tells of steps, and of one that no configuration set tells deliveries to")
    func check() async throws {
        try await Workplace.open { place in
            let told = try await place.run(["check", "sunset-sails"])
            #expect(told.status == 0)
            #expect(told.output.contains("Then reminder, 8 days after it: "))
            try place.edit("sunset-sails") { $0["configurationSet"] = nil }
            let warned = try await place.run(["check", "sunset-sails"])
            #expect(warned.status == 0)
            #expect(warned.errors.contains("without a configuration set"))
        }
    }
}
