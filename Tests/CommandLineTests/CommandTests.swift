import Foundation
import TestSupport
import Testing

@Suite("jada-blast check, preview, test-send, status and schedule", .timeLimit(.minutes(10)))
struct CommandTests {
    @Test("check counts what a plan would hold, and sends nothing")
    func check() async throws {
        try await Workplace.open { place in
            let told = try await place.run(["check", "paul-simon"])
            #expect(told.status == 0)
            #expect(told.output.contains("\n    165  to be mailed\n"))
            #expect(told.output.hasSuffix("Ready to send.\n"))
            #expect(!told.output.contains("DKIM"), "nobody has looked at SES")

            let report = try await place.run(["check", "paul-simon", "--json"]).object()
            #expect(report["isReady"] as? Bool == true)
            #expect(report["recipients"] as? Int == 165)
            #expect(report["rows"] as? Int == 200)
            #expect(place.outbox == [])
        }
    }

    @Test("check tells all problems at once, as messages and as JSON")
    func checkProblems() async throws {
        try await Workplace.open { place in
            try place.edit("paul-simon") {
                $0["html"] = "mesage.html"
                $0["recipients"] = "list.csv"
            }
            let ended = try await place.run(["check", "paul-simon", "--json"])
            #expect(ended.status == 65)
            #expect(try ended.object()["isReady"] as? Bool == false)
            #expect(try ended.problems().count == 2)
            #expect(ended.errors.contains("error: campaigns/paul-simon/mesage.html: "))
            #expect(ended.errors.contains("error: campaigns/paul-simon/list.csv: "))
        }
    }

    @Test("preview writes the mail of a row, its parts beside it")
    func preview() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(["preview", "paul-simon", "--row", "2", "--json"])
            #expect(ended.status == 0)
            let report = try ended.object()
            #expect(report["to"] as? String == "petrov-xenia@concerts.example.org")
            let files = try #require(report["files"] as? [String])
            #expect(files.map { ($0 as NSString).pathExtension } == ["eml", "html", "txt"])
            for file in files { #expect(FileManager.default.fileExists(atPath: file)) }

            let missing = try await place.run(["preview", "paul-simon", "--row", "201", "--json"])
            #expect(missing.status == 66)
            #expect(try missing.problems() == ["there is no row 201; the list has 200"])
        }
    }

    @Test("preview --open without a browser says what to open by hand")
    func previewWithoutBrowser() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(
                ["preview", "paul-simon", "--open", "--json"], environment: ["PATH": "/nonexistent"])
            #expect(ended.status == 0)
            #expect((try ended.object()["files"] as? [Any])?.count == 3)
            #expect(ended.errors.contains("Open file://\(place.state)/preview/paul-simon-1.html by hand"))
        }
    }

    @Test("test-send mails one row to the address given, which the unsubscribe link is for")
    func testSend() async throws {
        try await Workplace.open { place in
            let ended = try await place.run([
                "test-send", "paul-simon", "--to", "me@example.com", "--row", "2", "--json",
            ])
            #expect(ended.status == 0)
            #expect(try ended.object()["to"] as? String == "me@example.com")
            let mails = try await place.openMails()
            #expect(mails.map(\.to) == ["me@example.com"])
            #expect(mails[0].subject == "[Test] Aboard for Paul Simon, Xenia Petrov")
            #expect(mails[0].text.contains("me@example.com"))
            #expect(!mails[0].text.contains("petrov-xenia@"))
            #expect(try await place.run(["status"]).output.hasPrefix("No runs yet.\n"))

            let wrong = try await place.run(["test-send", "paul-simon", "--to", "nobody", "--json"])
            #expect(wrong.status == 64)
            #expect(try wrong.problems().count == 1)
        }
    }

    @Test("status shows each run, newest first, and how far it is")
    func status() async throws {
        try await Workplace.open { place in
            let none = try await place.run(["status"])
            #expect(none.output.hasPrefix("No runs yet.\nTo come:\n  sunset-sails: Tue "))
            _ = try await place.run(["invoke", Workplace.event("campaign")])
            _ = try await place.run(["invoke", Workplace.event("direct"), "--handler", "scheduler"])

            let told = try await place.run(["status"])
            #expect(told.status == 0)
            #expect(
                told.output.hasPrefix(
                    "paul-simon#first-announcement\n  running, 0 of 165 mails settled (0 %)"))
            #expect(
                told.output.contains(
                    "200 rows: 6 suppressed, 14 invalid, 9 duplicate, 6 excluded, 165 pending"))
            #expect(told.output.contains("finished, 165 of 165 mails settled (100 %)"))
            #expect(told.output.split(separator: "\n").allSatisfy { $0.count <= 80 })

            let report = try await place.run(["status", "paul-simon", "--json"]).object()
            #expect(
                (report["runs"] as? [[String: Any]])?.map { $0["status"] as? String } == [
                    "running", "finished",
                ])
            #expect(
                try await place.run(["status", "sunset-sails"]).output.hasPrefix(
                    "No runs yet of sunset-sails."))
        }
    }

    @Test("status tells what is to come, and of a campaign that is broken no more than that it is")
    func upcoming() async throws {
        try await Workplace.open { place in
            let report = try await place.run(["status", "--json"]).object()
            let upcoming = try #require(report["upcoming"] as? [[String: Any]])
            #expect(upcoming.map { $0["campaign"] as? String } == ["sunset-sails"])
            #expect(upcoming.map { $0["state"] as? String } == ["waiting"])
            try "{".write(
                toFile: place.library + "/campaigns/sunset-sails/campaign.json", atomically: true,
                encoding: .utf8)
            let broken = try await place.run(["status"])
            #expect(broken.status == 0)
            #expect(broken.output == "No runs yet.\n")
            #expect(broken.errors.contains("campaigns/sunset-sails/campaign.json"))
        }
    }

    @Test("status --watch looks again until the run is over, and tells how fast it gets on")
    func watch() async throws {
        try await Workplace.open { place in
            let planned = try await place.run([
                "invoke", Workplace.event("direct"), "--handler", "scheduler", "--json",
            ])
            let campaigns = try #require(try planned.object()["campaigns"] as? [[String: Any]])
            let run = try #require(campaigns.first?["run"] as? String)
            async let watched = place.run(["status", run, "--watch", "--json"])
            // Sent while it is watched, most likely; the last look is the same in any case.
            _ = try await place.run(["resume", run])
            let looks = try await watched.output.split(separator: "\n")
            let line = try #require(looks.last)
            let last = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let runs = try #require(last["runs"] as? [[String: Any]])
            #expect(runs.map { $0["status"] as? String } == ["finished"])
        }
    }

    @Test("schedule tells times in the campaign's zone and in UTC")
    func schedule() async throws {
        try await Workplace.open { place in
            let told = try await place.run(["schedule"])
            #expect(told.status == 0)
            #expect(told.output.contains("no schedule: goes out when an event names it"))
            #expect(told.output.contains(" 10:00 America/Los_Angeles  ("))

            let report = try await place.run(["schedule", "sunset-sails", "--next", "5", "--json"]).object()
            let campaigns = try #require(report["campaigns"] as? [[String: Any]])
            #expect((campaigns[0]["next"] as? [String])?.count == 5)
            #expect(
                (campaigns[0]["nextLocal"] as? [String])?.allSatisfy { $0.hasSuffix("T10:00:00") } == true)
        }
    }

    @Test("schedule prints one JSON object even when one campaign is broken")
    func brokenSchedule() async throws {
        try await Workplace.open { place in
            try place.edit("paul-simon") { $0["name"] = 1 }
            let ended = try await place.run(["schedule", "--json"])
            #expect(ended.status == 65)
            #expect((try ended.object()["campaigns"] as? [Any])?.count == 1)
            #expect(try ended.problems().count == 1)
        }
    }
}
