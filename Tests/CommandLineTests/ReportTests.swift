import Foundation
import TestSupport
import Testing

@Suite("jada-blast report", .timeLimit(.minutes(10)))
struct ReportTests {
    private func sent(_ body: (Workplace) async throws -> Void) async throws {
        try await Workplace.open { place in
            #expect(try await place.run(["invoke", Workplace.event("campaign"), "--json"]).status == 0)
            // Of the first mail of that run.
            #expect(
                try await place.run(["invoke", Workplace.event("bounce"), "--handler", "feedback"]).status
                    == 0)
            try await body(place)
        }
    }

    @Test("it tells the counts, the reasons, what SES told, and what each row came to")
    func report() async throws {
        try await sent { place in
            let report = try await place.run(["report", "paul-simon", "--json"]).object()
            let run = try #require(report["run"] as? [String: Any])
            let counts = try #require(run["counts"] as? [String: Int])
            #expect(counts["accepted"] == 165)
            let feedback = try #require(report["feedback"] as? [String: Any])
            // Nobody has told of deliveries: what has not bounced counts for delivered.
            let rate = try #require(feedback["bounceRate"] as? Double)
            #expect(abs(rate - 1.0 / 164) < 1e-12)
            #expect((feedback["counts"] as? [String: Int])?["permanentBounces"] == 1)
            let reasons = try #require(report["notMailed"] as? [[String: Any]])
            #expect(reasons.reduce(0) { $0 + ($1["rows"] as? Int ?? 0) } == 35)
            #expect(report["name"] as? String == "Paul Simon concert cruise")

            let rows = try await place.run(["report", "paul-simon", "--csv", "-"])
            let lines = rows.output.components(separatedBy: "\r\n").dropLast()
            #expect(lines.count == 201)
            // Each row of the list stands there once.
            #expect(Set(lines.dropFirst().map { $0.prefix { $0 != "," } }).count == 200)
            #expect(lines.count { $0.contains(",accepted,") } == 165)
            #expect(lines.count { $0.hasSuffix(",,1,,,") } == 1)
        }
    }

    @Test("the page and the table are files that only their owner reads")
    func files() async throws {
        try await sent { place in
            let page = place.folder.appendingPathComponent("report.html").path
            let table = place.folder.appendingPathComponent("rows.csv").path
            let told = try await place.run(["report", "paul-simon", "--html", page, "--csv", table])
            #expect(told.status == 0)
            #expect(told.output.contains("The page is \(page)"))
            #expect(try String(contentsOfFile: page, encoding: .utf8).contains("</html>"))
            for file in [page, table] {
                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
        }
    }

    @Test("what cannot be told is said, with a status")
    func failures() async throws {
        try await sent { place in
            let unknown = try await place.run(["report", "nobody", "--json"])
            #expect(unknown.status == 66)
            #expect(try unknown.problems() == ["campaign nobody has no run yet"])
            let path = place.folder.appendingPathComponent("no/such/folder/report.html").path
            let nowhere = try await place.run(["report", "paul-simon", "--html", path])
            #expect(nowhere.status == 64)
            #expect(nowhere.errors.contains("cannot be written"))
            #expect(try await place.run(["report", "paul-simon", "--csv", "-", "--json"]).status == 64)
        }
    }

    @Test("a result that finds no room on the disk is told, by files and by standard output alike")
    func fullDisk() async throws {
        try await sent { place in
            let file = try await place.run(["report", "paul-simon", "--csv", "/dev/full"])
            #expect(file.status == 69)
            #expect(file.errors.contains("/dev/full: cannot be written: No space left on device"))
            for command in ["report paul-simon", "suppression list --csv", "suppression export", "status"] {
                let arguments =
                    ([place.executable] + command.split(separator: " ").map(String.init) + place.places)
                let ended = try await place.run(
                    "/bin/sh", ["-c", #""$@" >/dev/full"#, "sh"] + arguments)
                #expect(ended.status == 69, "\(command)")
                #expect(ended.errors.contains("standard output: cannot be written"), "\(command)")
            }
        }
    }
}
