import Foundation
import TestSupport
import Testing

@Suite("jada-blast suppression", .timeLimit(.minutes(10)))
struct SuppressionTests {
    private func entries(_ ended: Workplace.Ended) throws -> [[String]] {
        let entries = try #require(try ended.object()["entries"] as? [[String: String]])
        return entries.map { [$0["address"] ?? "", $0["reason"] ?? "", $0["source"] ?? ""] }
    }

    @Test("an added address is listed once, is not mailed, and is mailed again once it is taken off")
    func addAndRemove() async throws {
        try await Workplace.open { place in
            let first = try await place.run(["check", "paul-simon", "--json"])
            #expect(first.status == 0)
            let before = try await place.run(["invoke", Workplace.event("campaign"), "--json"])
            let counts = try #require(try before.object()["counts"] as? [String: Int])
            let mails = place.outbox
            let mail = try #require(mails.first)
            let someone = try #require(try recipient(of: mail, in: place))

            let added = try await place.run(["suppression", "add", someone.uppercased(), "--json"])
            #expect(added.status == 0)
            #expect(try entries(added) == [[someone, "manual", "person"]])
            let again = try await place.run([
                "suppression", "add", someone, "--reason", "complaint", "--json",
            ])
            let complaint = [someone, "complaint", "person, before: manual, person"]
            #expect(try entries(again) == [complaint])
            let weaker = try await place.run(["suppression", "add", someone, "--json"])
            #expect(try entries(weaker) == [complaint])

            let second = try await place.run(["invoke", Workplace.event("campaign"), "--again", "--json"])
            let fewer = try #require(try second.object()["counts"] as? [String: Int])
            #expect(fewer["accepted"] == counts["accepted"].map { $0 - 1 })
            #expect(fewer["suppressed"] == counts["suppressed"].map { $0 + 1 })

            let removed = try await place.run(["suppression", "remove", someone, "--yes"])
            #expect(removed.status == 0 && removed.output.contains(someone))
            let third = try await place.run(["invoke", Workplace.event("campaign"), "--again", "--json"])
            #expect(try third.object()["counts"] as? [String: Int] == counts)
        }
    }

    private func recipient(of mail: String, in place: Workplace) throws -> String? {
        let text = try String(contentsOfFile: place.state + "/outbox/" + mail, encoding: .utf8)
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("To: ") }
        return line.map { $0.dropFirst(4).lowercased() }
    }

    @Test("a bounce that SES tells of is found, with its reason and source, beside the account's list")
    func find() async throws {
        try await Workplace.open { place in
            let none = try await place.run(["suppression", "find", "ann@example.org"])
            #expect(none.status == 66 && none.output.contains("None"))
            let event = try await place.run(["invoke", Workplace.event("bounce"), "--handler", "feedback"])
            #expect(event.status == 0)
            let found = try await place.run(["suppression", "find", "Ann@Example.org", "--json"])
            #expect(found.status == 0)
            #expect(try entries(found) == [["ann@example.org", "bounce", "outbox"]])

            let account = try await place.run(["suppression", "list", "--account", "--json"])
            let listed = try entries(account)
            #expect(!listed.isEmpty && listed.allSatisfy { $0[2] == "suppression.csv" })
            let some = try #require(listed.first)
            let one = try await place.run(["suppression", "find", some[0], "--json"])
            #expect(try entries(one) == [some])
        }
    }

    @Test("the list is printed as text, CSV and JSON, also for one reason only")
    func list() async throws {
        try await Workplace.open { place in
            _ = try await place.run(["suppression", "add", "bob@example.org", "--reason", "unsubscribe"])
            _ = try await place.run(["suppression", "add", #""a,b"@example.org"#])
            let csv = try await place.run(["suppression", "list", "--csv"])
            let lines = csv.output.split(separator: "\n")
            #expect(lines.count == 3 && lines.first == "address,reason,at,source")
            #expect(lines[1].hasPrefix(#""""a,b""@example.org",manual,20"#))
            let only = try await place.run(["suppression", "list", "--reason", "unsubscribe"])
            #expect(only.output.hasPrefix("bob@example.org  unsubscribe  since 20"))
            #expect(only.output.split(separator: "\n").count == 1)
            #expect(try entries(await place.run(["suppression", "list", "--json"])).count == 2)
            #expect(try await place.run(["suppression", "list", "--json", "--csv"]).status == 64)
        }
    }

    @Test("who has unsubscribed or complained is taken off only with --yes, and what is no address is named")
    func refusals() async throws {
        try await Workplace.open { place in
            _ = try await place.run(["suppression", "add", "bob@example.org", "--reason", "unsubscribe"])
            let refused = try await place.run(["suppression", "remove", "bob@example.org", "--json"])
            #expect(refused.status == 75)
            #expect(try refused.problems() == ["is listed for unsubscribe"])
            #expect(try await place.run(["suppression", "remove", "bob@example.org", "--yes"]).status == 0)
            #expect(try entries(await place.run(["suppression", "list", "--json"])) == [])
            let wrong = try await place.run(["suppression", "add", "nobody", "--json"])
            #expect(wrong.status == 64)
            #expect(try wrong.problems() == ["is no address"])
        }
    }
}
