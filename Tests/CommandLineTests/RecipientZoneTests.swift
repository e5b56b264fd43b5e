import Foundation
import TestSupport
import Testing

@Suite("jada-blast and recipients' own time zones", .timeLimit(.minutes(10)))
struct RecipientZoneTests {
    /// Writes the campaign's list, and schedules it at a time of day in UTC so many seconds from now.
    private func schedule(
        _ place: Workplace, in seconds: TimeInterval, zones: [(name: String, zone: String)]
    ) throws {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
        let at = format.string(from: Date(timeIntervalSinceNow: seconds))
        try place.edit("paul-simon") { campaign in
            campaign["schedule"] = ["at": at, "timeZone": "UTC", "timeZoneColumn": "Time Zone"]
        }
        let lines = zones.map { "\($0.name)@example.org,Guest,2 guests,Foredeck,5:45 pm,,\($0.zone)" }
        try (["email,name,party,deck,boarding,note,Time Zone"] + lines).joined(separator: "\n").write(
            toFile: place.library + "/campaigns/paul-simon/recipients.csv", atomically: true, encoding: .utf8)
    }

    @Test("what is due is sent, and what is to come is told by invoke and status, and is no failure")
    func toCome() async throws {
        try await Workplace.open { place in
            try schedule(
                place, in: -60,
                zones: [
                    ("here", "UTC"), ("empty", ""), ("east", "Etc/GMT-3"), ("west", "Etc/GMT+5"),
                    ("too-far-east", "Etc/GMT-10"), ("typo", "Europe/Pariss"), ("far-west", "Etc/GMT+9"),
                ])
            for _ in 0..<2 {
                let ended = try await place.run(["invoke", Workplace.event("campaign"), "--json"])
                #expect(ended.status == 0 && ended.errors == "")
                let run = try ended.object()
                #expect(run["status"] as? String == "running")
                let counts = try #require(run["counts"] as? [String: Int])
                #expect(counts["accepted"] == 3 && counts["invalid"] == 1 && counts["excluded"] == 1)
                #expect(run["pending"] as? Int == 2)
                let toCome = try #require(run["toCome"] as? [String: Any])
                #expect(toCome["recipients"] as? Int == 2)
                #expect((toCome["next"] as? String) != (toCome["last"] as? String))
                #expect(place.outbox.count == 3, "once, however often")
            }
            let told = try await place.run(["invoke", Workplace.event("campaign")])
            #expect(
                told.output.contains(
                    "It is waiting for 2 recipients until it is time where they are: the next"))
            #expect(told.output.contains("jada-blast daemon"))
            let status = try await place.run(["status"])
            #expect(
                status.output.contains("  waiting for 2 recipients until it is time where they are: the next")
            )
            #expect(!status.output.contains("  paul-simon: "), "its run is there, and nothing more to come")
            let tick = try await place.run(["invoke", Workplace.event("tick"), "--json"])
            #expect(tick.status == 0 && place.outbox.count == 3)
        }
    }

    @Test("--wait waits for those whose time is to come")
    func wait() async throws {
        try await Workplace.open { place in
            try schedule(place, in: 4, zones: [("east", "Etc/GMT-3"), ("here", "UTC")])
            let ended = try await place.run(["invoke", Workplace.event("campaign"), "--wait", "--json"])
            #expect(ended.status == 0)
            let run = try ended.object()
            #expect(run["status"] as? String == "finished" && run["toCome"] == nil)
            #expect(place.outbox.count == 2)
            let handler = try await place.run([
                "invoke", Workplace.event("campaign"), "--wait", "--handler", "scheduler",
            ])
            #expect(handler.status == 64)
        }
    }

    @Test("check, preview and schedule say when each is sent to, and what are no zones")
    func looks() async throws {
        try await Workplace.open { place in
            try schedule(
                place, in: 3 * 86_400,
                zones: [
                    ("paris", "Europe/Paris"), ("berlin", "Europe/Berlin"), ("empty", ""),
                    ("typo", "Europe/Pariss"), ("kathmandu", "Asia/Kathmandu"),
                ])
            let check = try await place.run(["check", "paul-simon"])
            #expect(check.status == 0)
            #expect(check.output.contains("At that time of day where recipients are:"))
            #expect(check.output.contains("UTC  2  Europe/Berlin, Europe/Paris\n"))
            #expect(check.output.contains("UTC  1  Asia/Kathmandu\n"))
            #expect(
                check.errors.contains("recipients.csv:5: Time Zone: there is no time zone \"Europe/Pariss\""))
            #expect(
                check.errors.contains("1 row is set aside as invalid. Use an IANA name, such as Europe/Paris")
            )
            let report = try await place.run(["check", "paul-simon", "--json"]).object()
            let departures = try #require(report["departures"] as? [[String: Any]])
            #expect(departures.map { $0["recipients"] as? Int } == [1, 2, 1])
            #expect(report["plansAt"] is String)

            let preview = try await place.run(["preview", "paul-simon", "--row", "1"])
            #expect(preview.output.contains("Goes out: ") && preview.output.contains("Europe/Paris\n"))
            let wrong = try await place.run(["preview", "paul-simon", "--row", "4", "--json"])
            #expect(try wrong.problems().first?.contains("Europe/Pariss") == true)
            let coming = try await place.run(["schedule", "paul-simon"])
            #expect(coming.output.contains("where recipients are, as the column 'Time Zone' says"))
            let status = try await place.run(["status"])
            #expect(status.output.contains("paul-simon: "))
        }
    }
}
