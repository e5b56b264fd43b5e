import Foundation
import TestSupport
import Testing

@Suite("jada-blast suppression import, export, check and sync", .timeLimit(.minutes(10)))
struct SuppressionFilesTests {
    private func exported(_ place: Workplace, _ options: String...) async throws -> String {
        let ended = try await place.run(["suppression", "export"] + options)
        #expect(ended.status == 0 && ended.errors == "")
        return ended.output
    }

    private func counts(_ ended: Workplace.Ended) throws -> [String: Int] {
        try ended.object().compactMapValues { $0 as? Int }
    }

    private static let list = """
        email,reason,source,at
        \"\"\"a,b\"\"@example.org\",manual,"a person, by hand",2026-01-02T03:04:05Z
        ann@example.org,complaint,"SES us-west-2, before: bounce, ""x""\",2026-01-02T03:04:05.006Z
        bob@xn--bcher-kva.example,unsubscribe,link in paul-simon,2025-12-31T23:59:59.999Z
        zoe@example.org,bounce,Ünïcode 🚢,1970-01-01T00:00:00Z

        """

    @Test("what export writes, import reads into the same list, as CSV and as JSON lines")
    func roundTrip() async throws {
        try await Workplace.open { place in
            let first = try await place.run(["suppression", "import", "-", "--json"], input: Self.list)
            #expect(first.status == 0, "\(first.errors)")
            #expect(try counts(first)["added"] == 4)
            let csv = try await exported(place)
            let json = try await exported(place, "--json")
            #expect(csv == Self.list)
            #expect(json.split(separator: "\n").count == 4)
            try await Workplace.open { other in
                for (name, text) in [("x.csv", csv), ("x.jsonl", json)] {
                    let file = other.folder.appendingPathComponent(name).path
                    try text.write(toFile: file, atomically: true, encoding: .utf8)
                    #expect(try await other.run(["suppression", "import", file]).status == 0)
                    #expect(try await exported(other) == csv)
                    #expect(try await exported(other, "--json") == json)
                    let again = try await other.run(["suppression", "import", file, "--json"])
                    #expect(try counts(again)["kept"] == 4)
                    _ = try await other.run(
                        ["suppression", "remove", "--yes", #""a,b"@example.org"#]
                            + ["ann@example.org", "bob@xn--bcher-kva.example", "zoe@example.org"])
                    #expect(try await exported(other) == "email,reason,source,at\n")
                }
            }
            let only = try await exported(place, "--reason", "unsubscribe")
            #expect(only.split(separator: "\n").count == 2 && only.contains("bob@xn--bcher-kva.example"))
        }
    }

    @Test(
        "a file that is wrong in one row changes nothing, and says where; --skip-invalid leaves the row out")
    func allOrNothing() async throws {
        try await Workplace.open { place in
            let text =
                "email,reason,name\nann@example.org,bounce,Ann\nnobody,bounce,\nbob@example.org,cross,\n"
            let refused = try await place.run(["suppression", "import", "-", "--json"], input: text)
            #expect(refused.status == 65)
            #expect(
                try refused.problems() == [
                    "the address has no @ between name and domain", "'cross' is no reason",
                ])
            #expect(refused.errors.contains("standard input:3: email: "))
            #expect(try await exported(place) == "email,reason,source,at\n")

            let tried = try await place.run(
                ["suppression", "import", "-", "--skip-invalid", "--dry-run", "--json"], input: text)
            #expect(tried.status == 0)
            #expect(try counts(tried)["added"] == 1 && counts(tried)["invalid"] == 2)
            #expect(try await exported(place) == "email,reason,source,at\n")
            let taken = try await place.run(["suppression", "import", "-", "--skip-invalid"], input: text)
            #expect(taken.status == 0)
            #expect(taken.output == "      1  added\n      2  invalid, left out\n      3  rows\n")
            #expect(taken.errors.contains("Columns not used: name"))
            #expect(taken.errors.contains("left out: standard input:4: reason: 'cross' is no reason"))
            #expect(try await exported(place).contains("ann@example.org,bounce,import,20"))

            let none = try await place.run(["suppression", "import", "absent.csv", "--json"])
            #expect(none.status == 66)
            #expect(try await place.run(["suppression", "export", "--csv", "--json"]).status == 64)
        }
    }

    @Test("a bare list, compressed, takes its reason from the command line; a terminal shows how far it is")
    func bare() async throws {
        try await Workplace.open { place in
            let file = place.folder.appendingPathComponent("gone.txt").path
            try (0..<30_000).map { "guest-\($0)@example.org\n" }.joined()
                .write(toFile: file, atomically: true, encoding: .utf8)
            _ = try await place.run("/usr/bin/gzip", [file])
            let ended = try await place.runOnTerminal(
                columns: 80,
                ["suppression", "import", file + ".gz", "--reason", "unsubscribe", "--source", "old shop"])
            #expect(ended.status == 0)
            #expect(ended.output.contains("Checking ") && ended.output.contains("Importing "))
            let list = try await exported(place, "--reason", "unsubscribe")
            #expect(list.split(separator: "\n").count == 30_001)
            #expect(list.contains("guest-29999@example.org,unsubscribe,old shop,20"))
        }
    }

    @Test(
        "an import that is killed in the middle is made whole by the same command",
        arguments: ["0.3", "0.6", "1.2"])
    func killed(after seconds: String) async throws {
        try await Workplace.open { place in
            let file = place.folder.appendingPathComponent("list.csv").path
            let rows = (0..<20_000).map { "guest-\($0)@example.org,bounce,test,2026-01-02T03:04:05Z" }
            try (["email,reason,source,at"] + rows).map { $0 + "\n" }.joined()
                .write(toFile: file, atomically: true, encoding: .utf8)
            let importing = ["suppression", "import", file, "--json"]
            // Whichever moment that is on this computer: a part is there, nothing yet, or all.
            _ = try await place.run(
                "/usr/bin/timeout", ["-s", "KILL", seconds, place.executable] + importing + place.places)
            let again = try await place.run(importing)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try counts(again)["added", default: 0] + counts(again)["kept", default: 0] == 20_000)
            let listed = try await exported(place).split(separator: "\n").dropFirst().map(String.init)
            #expect(listed == rows.sorted())
        }
    }

    @Test(
        "check names who of a campaign's list would be skipped, as the plan then skips them, and sync moves them"
    )
    func check() async throws {
        try await Workplace.open { place in
            _ = try await place.run(["suppression", "add", "nobody-of-the-list@example.org"])
            let file = place.folder.appendingPathComponent("listed.csv").path
            let told = try await place.run(["suppression", "check", "paul-simon", "--json", "--csv", file])
            #expect(told.status == 0, "\(told.errors)")
            let object = try told.object()
            let listed = try #require(object["listed"] as? [[String: Any]])
            let summary = try #require(object["summary"] as? [String: Any])
            let check = try await place.run(["check", "paul-simon", "--json"])
            let suppressed = try #require(try check.object()["suppressed"] as? Int)
            #expect(summary["skipped"] as? Int == suppressed && suppressed == 6)
            #expect(summary["rows"] as? Int == 200 && summary["addresses"] as? Int == 171)
            #expect(
                listed.count == suppressed && listed.allSatisfy { $0["list"] as? String == "suppression.csv" }
            )
            let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == suppressed + 1 && lines[0] == "email,list,reason,since,source,skipped")

            let sync = try await place.run(["suppression", "sync", "--rate", "100", "--json"])
            #expect(sync.status == 0, "\(sync.errors)")
            let both = try await place.run(["suppression", "check", "paul-simon"])
            #expect(both.output.contains("      6  skipped\n"))
            #expect(both.output.contains("  our list, ") && both.output.contains("  suppression.csv, "))
            #expect(both.output.contains("our list (suppression.csv)"))

            let absent = try await place.run(["suppression", "check", "paul-simn", "--json"])
            #expect(absent.status == 66)
            let regions = try await place.run(
                ["suppression", "check", "paul-simon", "--regions", "us-east-1", "--json"])
            #expect(regions.status == 64)
            #expect(try await place.run(["suppression", "sync", "--push"]).status == 64)
            #expect(try await place.run(["suppression", "sync", "--regions", "west"]).status == 64)
        }
    }
}
