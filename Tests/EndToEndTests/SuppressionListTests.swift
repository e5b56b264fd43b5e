import Foundation
import TestSupport
import Testing

/// Our own list in DynamoDB, SES's in two Regions, and a campaign's list held against them.
@Suite("Suppression lists on AWS", .timeLimit(.minutes(10)))
struct SuppressionListTests {
    private static let west = "petrov-xenia@concerts.example.org"
    private static let east = "baker-misaki@example.net"

    private struct Check: Decodable {
        struct Listed: Decodable {
            var email, list, reason, since, source: String
            var isSkipped: Bool
        }
        struct Summary: Decodable {
            var rows, addresses, skipped, mailedAlthoughListed: Int
        }
        var listed: [Listed]
        var summary: Summary
    }
    private struct Sync: Decodable {
        struct List: Decodable, Equatable {
            var list: String
            var entries, added, replaced, kept: Int
            var ours, pushed: Int?
        }
        var dryRun: Bool
        var lists: [List]
    }

    @Test("who is listed in another Region is told, synced into our list and SES's, and then not mailed")
    func regions() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            try await deployment.simulator.configure(
                .init(suppressedIn: [
                    "us-west-2": [Self.west: "BOUNCE", "nobody@example.org": "BOUNCE"],
                    "us-east-1": [Self.east: "COMPLAINT"],
                ]))
            var environment = deployment.environment
            environment["JADA_BLAST_REGIONS"] = "us-east-1, us-west-2"
            func command(_ arguments: String...) async throws -> CommandResult {
                try await jadaBlast(["suppression"] + arguments + ["--aws", "--json"], environment)
            }
            let before = try await command("check", "paul-simon").decode(Check.self)
            #expect(before.summary.rows == 200 && before.summary.addresses == 171)
            #expect(before.summary.skipped == 1 && before.summary.mailedAlthoughListed == 1)
            #expect(before.listed.map(\.email) == [Self.west, Self.east])
            #expect(before.listed.map(\.list) == ["SES us-west-2", "SES us-east-1"])
            #expect(before.listed.map(\.isSkipped) == [true, false])

            let sync = ["sync", "--push", "--rate", "100"]
            let tried = try await jadaBlast(
                ["suppression"] + sync + ["--dry-run", "--aws", "--json"], environment)
            #expect(try tried.decode(Sync.self).lists.map(\.added) == [2, 1])
            #expect(try await command("check", "paul-simon").decode(Check.self).summary.skipped == 1)
            let synced = try await command("sync", "--push", "--rate", "100").decode(Sync.self)
            #expect(
                synced.lists == [
                    .init(
                        list: "SES us-west-2", entries: 2, added: 2, replaced: 0, kept: 0, ours: 3, pushed: 1),
                    .init(
                        list: "SES us-east-1", entries: 1, added: 1, replaced: 0, kept: 0, ours: 3, pushed: 2),
                ])
            let all = [Self.west: "BOUNCE", "nobody@example.org": "BOUNCE", Self.east: "COMPLAINT"]
            for region in ["us-west-2", "us-east-1"] {
                #expect(try await deployment.simulator.suppressed(in: region) == all)
            }
            let again = try await command("sync", "--push", "--rate", "100").decode(Sync.self)
            #expect(again.lists.allSatisfy { $0.added == 0 && $0.replaced == 0 && $0.pushed == 0 })

            let after = try await command("check", "paul-simon").decode(Check.self)
            #expect(after.summary.skipped == 2 && after.summary.mailedAlthoughListed == 0)
            let sent = try await jadaBlast(
                ["invoke", "events/campaign.json", "--aws", "--json"], environment)
            #expect(try sent.decode(Summary.self).counts.accepted == 169)
        }
    }

    @Test("a file goes into the table and comes out as it was, and two at once make one list of it")
    func files() async throws {
        try await withDeployment { deployment in
            let rows = (0..<700).map {
                "guest-\($0)@example.org,\($0 % 3 == 0 ? "complaint" : "bounce"),test,2026-01-02T03:04:05.678Z\n"
            }
            try await withTemporaryFolder { folder in
                let file = folder.appendingPathComponent("list.csv").path
                try ("email,reason,source,at\n" + rows.joined())
                    .write(toFile: file, atomically: true, encoding: .utf8)
                let importing = ["suppression", "import", file, "--aws", "--json"]
                struct Report: Decodable {
                    var rows, added, kept: Int
                }
                async let one = jadaBlast(importing, deployment.environment)
                async let other = jadaBlast(importing, deployment.environment)
                let reports = try await [one, other].map { try $0.decode(Report.self) }
                // What both write at once is the same, and may count as added with both.
                #expect(reports.allSatisfy { $0.added + $0.kept == 700 })
                let out = try await jadaBlast(["suppression", "export", "--aws"], deployment.environment)
                #expect(out.status == 0 && out.output.hasPrefix("email,reason,source,at\n"))
                let lines = out.output.split(separator: "\n", omittingEmptySubsequences: true).dropFirst()
                #expect(lines.map { "\($0)\n" }.sorted() == rows.sorted())
            }
        }
    }
}
