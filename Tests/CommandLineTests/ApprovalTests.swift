import Foundation
import TestSupport
import Testing

@Suite("jada-blast approve", .timeLimit(.minutes(10)))
struct ApprovalTests {
    @Test("a campaign that requires an approval goes out as approved, and not once a file is edited")
    func approve() async throws {
        try await Workplace.open { place in
            try place.edit("paul-simon") { $0["approval"] = "required" }
            let invocation = ["invoke", Workplace.event("campaign"), "--json"]
            #expect(try await place.run(invocation).status == 75)
            let check = try await place.run(["check", "paul-simon", "--json"])
            #expect(check.status == 75)
            #expect(
                try check.problems() == [
                    "the campaign requires an approval, and nobody has given one"
                ])
            let digest = try #require(try check.object()["digest"] as? String)
            let schedule = try await place.run(["schedule", "paul-simon"])
            #expect(schedule.output.contains("not approved: the campaign requires an approval"))

            let stale = try await place.run(
                ["approve", "paul-simon", "--by", "Ann Lee", "--digest", "00000000", "--json"])
            #expect(stale.status == 75)
            let approved = try await place.run(
                ["approve", "paul-simon", "--by", "Ann Lee", "--digest", String(digest.prefix(12))])
            #expect(approved.status == 0, "\(approved.errors)")
            for line in [
                "  subject  Aboard for Paul Simon{{#name}}, {{name}}{{/name}}\n", "    165  to be mailed\n",
                "    200  rows\n", "…  recipients.csv\n", "Approved by Ann Lee, 20", "digest \(digest)\n",
            ] {
                #expect(approved.output.contains(line), "\(approved.output)")
            }
            #expect(try await place.run(["check", "paul-simon"]).output.contains("Approved by Ann Lee, "))
            let told = try await place.run(["schedule", "paul-simon"])
            #expect(told.output.contains("approved by Ann Lee, 20"))
            #expect(try await place.run(invocation).status == 0)
            #expect(place.outbox.count == 165)

            try place.shortenList(to: 3)
            let lapsed = try await place.run(invocation + ["--again"])
            #expect(lapsed.status == 75)
            #expect(
                try lapsed.problems().first?.hasSuffix(
                    "and that has lapsed: recipients.csv is not as approved")
                    == true)
            #expect(place.outbox.count == 165)
            let second = try await place.run(
                ["approve", "paul-simon", "--by", "Bob", "--note", "short list", "--json"])
            #expect(try second.object()["recipients"] as? Int == 3)
            let record = try #require(try second.object()["approval"] as? [String: String])
            #expect(record["by"] == "Bob" && record["note"] == "short list")
            #expect(try await place.run(invocation + ["--again"]).status == 0)

            #expect(try await place.run(["approve", "paul-simon", "--revoke"]).status == 0)
            #expect(try await place.run(["approve", "paul-simon", "--revoke"]).status == 66)
            #expect(try await place.run(invocation + ["--again"]).status == 75)
        }
    }

    @Test("a due campaign waits, status and schedule tell of it, and approved it goes with the next tick")
    func waiting() async throws {
        try await Workplace.open { place in
            try FileManager.default.removeItem(atPath: place.library + "/campaigns/sunset-sails")
            let time = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: -600)).dropLast()
            try place.edit("paul-simon") {
                $0["approval"] = "required"
                $0["schedule"] = ["at": String(time), "timeZone": "UTC"]
            }
            let tick = #"{"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}"#
            let scheduler = ["invoke", "-", "--handler", "scheduler"]
            for count in [1, 0] {
                let ticked = try await place.run(scheduler, input: tick)
                #expect(ticked.status == 75)
                #expect(ticked.output.contains(#""outcome":"waitingForApproval""#))
                #expect(ticked.errors.components(separatedBy: "Waiting for approval").count == count + 1)
            }
            let status = try await place.run(["status"])
            #expect(status.output.contains("paul-simon waits for approval: the campaign requires"))
            #expect(!status.output.contains("overdue"))
            let object = try await place.run(["status", "--json"]).object()
            #expect((object["waitingForApproval"] as? [[String: String]])?.count == 1)
            #expect(try await place.run(["schedule"]).output.contains("its time has come, and it waits"))

            #expect(try await place.run(["approve", "paul-simon", "--by", "Ann"]).status == 0)
            let sent = try await place.run(["invoke", "-", "--json"], input: tick)
            #expect(sent.status == 0, "\(sent.errors)")
            #expect(place.outbox.count == 165)
            #expect(try await !place.run(["status"]).output.contains("waits for approval"))
        }
    }

    @Test("status tells of runs also where there are no campaigns to look at")
    func noLibrary() async throws {
        try await Workplace.open { place in
            try FileManager.default.removeItem(atPath: place.library)
            let status = try await place.run(["status"])
            #expect(status.status == 0 && status.output.contains("No runs yet"), "\(status.errors)")
        }
    }

    @Test(
        "a wrong command line is refused",
        arguments: [
            (["paul-simon"], 64), (["paul-simon", "--by", " "], 64), (["paul-simon", "--by", "a\nb"], 64),
            (["paul-simon", "--by", "Ann", "--revoke"], 64),
            (["paul-simon", "--by", "Ann", "--digest", "ab"], 64),
            (["nobody", "--by", "Ann"], 66),
            // It requires none.
            (["paul-simon", "--by", "Ann"], 75),
        ] as [([String], Int32)])
    func usage(_ arguments: [String], status: Int32) async throws {
        try await Workplace.open { place in
            let ended = try await place.run(["approve"] + arguments + ["--json"])
            #expect(ended.status == status)
            #expect(try ended.problems().count == 1)
        }
    }
}
