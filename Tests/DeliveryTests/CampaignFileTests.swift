import Campaigns
import Foundation
import HostAdapters
import JSON
import TestSupport
import Testing

@testable import Delivery

@Suite struct CampaignFileTests {
    private static let complete = """
        {
          "id": "paul-simon", "name": "Paul Simon concert cruise", "subject": "Aboard, {{name}}",
          "from": {"name": "JADA Sailing", "email": "crew@example.com"}, "replyTo": ["admin@example.com"],
          "html": "message.html", "text": "message.txt",
          "recipients": "recipients.csv", "exclude": ["already-booked.csv"],
          "columns": {"email": "E-Mail", "variables": {"name": "Guest Name", "seat": "seat"}},
          "schedule": {"at": "2026-06-01T10:00:00", "timeZone": "America/Los_Angeles", "startWithin": "PT6H"},
          "configurationSet": "jada", "tags": {"season": "summer"}, "headers": {"X-Cruise": "paul simon"}, "rate": 10,
          "bounceLimit": 0.05, "complaintLimit": 0.001, "approval": "required", "requireValues": true,
          "caseSensitiveLocalParts": true
        }
        """

    private static let schema = Checkout.root.appendingPathComponent("docs/campaign.schema.json").path

    private func parse(_ text: String, id: String = "paul-simon") throws -> Campaign {
        try CampaignFile.parse(
            Array(text.utf8), file: "campaigns/\(id)/campaign.json", id: try #require(CampaignID(id)),
            clock: SystemClock(), domainEncoder: IDNAEncoder())
    }

    private func problems(_ text: String) throws -> [Problem] {
        do {
            _ = try parse(text)
            return []
        } catch let problems as Problems {
            return problems.all
        }
    }

    @Test("every key finds its place")
    func complete() throws {
        let campaign = try parse(CampaignFileTests.complete)
        let local = try #require(LocalDateTime("2026-06-01T10:00:00"))
        let expected = Campaign(
            id: try #require(CampaignID("paul-simon")), name: "Paul Simon concert cruise",
            subject: "Aboard, {{name}}",
            from: Mailbox(name: "JADA Sailing", address: "crew@example.com"),
            replyTo: [Mailbox(address: "admin@example.com")], html: "message.html", text: "message.txt",
            recipients: "recipients.csv", exclude: ["already-booked.csv"],
            columns: .init(email: "E-Mail", variables: ["name": "Guest Name", "seat": "seat"]),
            schedule: Schedule(
                moment: .at(local), timeZone: "America/Los_Angeles", startWithin: .seconds(6 * 3600)),
            configurationSet: "jada", tags: ["season": "summer"],
            headers: [.init(name: "X-Cruise", value: "paul simon")], rate: 10, bounceLimit: 0.05,
            complaintLimit: 0.001, requiresApproval: true, requiresValues: true,
            hasCaseSensitiveLocalParts: true)
        #expect(campaign == expected)
    }

    @Test("what is left out has its default")
    func defaults() throws {
        let campaign = try parse(
            """
            {"id": "paul-simon", "name": "n", "subject": "s", "from": {"email": " Crew@Bücher.example "},
             "text": "t.txt", "recipients": "r.csv", "schedule": {"expression": "rate(7 days)"}}
            """)
        #expect(
            campaign
                == Campaign(
                    id: try #require(CampaignID("paul-simon")), name: "n", subject: "s",
                    from: Mailbox(address: "Crew@xn--bcher-kva.example"), text: "t.txt", recipients: "r.csv",
                    schedule: Schedule(moment: .expression(.rate(.seconds(604_800))))))
    }

    @Test("all problems are told at once, with file, line, column, path and remedy, in the order of the file")
    func allAtOnce() throws {
        let found = try problems(
            """
            {
              "id": "simon",
              "subjekt": "Aboard",
              "name": "Two\\nlines",
              "from": {"email": "crew at example.com"},
              "recipients": "../recipients.csv",
              "rate": "10"
            }
            """)
        #expect(
            found.map { "\($0.line ?? 0) \($0.key ?? "")" } == [
                "1 $", "1 $.subject", "2 $.id", "3 $.subjekt", "4 $.name", "5 $.from.email", "6 $.recipients",
                "7 $.rate",
            ])
        #expect(found.allSatisfy { $0.file == "campaigns/paul-simon/campaign.json" && $0.remedy != nil })
        #expect(
            found[3].description
                == "campaigns/paul-simon/campaign.json:3:3: $.subjekt: unknown key. "
                + "Did you mean \"subject\"? Correct or remove it.")
    }

    @Test(
        "malformed JSON is refused with line and column",
        arguments: [
            ("", 1), ("{\n  \"id\": \"paul-simon\",\n}", 3), ("{\"id\": \"a\",\n \"id\": \"b\"}", 2),
            ("[]", 1), ("\"x\"", 1),
            ("{\n\"id\": \"\u{0}\"}", 2), (String(repeating: "[", count: 5000), 1),
        ])
    func malformed(text: String, line: Int) throws {
        let found = try problems(text)
        #expect(found.count == 1)
        #expect(found.first?.line == line)
        #expect(found.first?.column != nil)
        #expect(found.first?.remedy != nil)
    }

    @Test("a hostile file yields a bounded list of problems")
    func hostile() throws {
        let keys = (0..<2000).map { "\"k\($0)\": 1" }.joined(separator: ",")
        #expect(try problems("{\(keys)}").count <= 50)
    }

    /// A change to the complete document (JSON merge patch, RFC 7396), and the path that is then complained about.
    struct Change: Sendable, CustomTestStringConvertible {
        var patch: String
        /// `nil`: the document stays good.
        var path: String?
        /// Whether the published schema can tell.
        var isInSchema = true
        var testDescription: String { patch }
    }

    static let changes: [Change] = [
        Change(patch: #"{}"#),
        Change(patch: #"{"$schema": "../../../docs/campaign.schema.json"}"#),
        Change(patch: #"{"id": "simon"}"#, path: "$.id", isInSchema: false),
        Change(patch: #"{"id": "Paul Simon"}"#, path: "$.id"),
        Change(patch: #"{"id": null}"#, path: "$.id"),
        Change(patch: #"{"id": 1}"#, path: "$.id"),
        Change(patch: #"{"name": " "}"#, path: "$.name"),
        Change(patch: #"{"name": "a\tb"}"#, path: "$.name"),
        Change(patch: #"{"subject": "a\r\nBcc: b@example.com"}"#, path: "$.subject"),
        Change(patch: #"{"subject": "a\u2028b"}"#, path: "$.subject"),
        Change(patch: #"{"subject": null}"#, path: "$.subject"),
        Change(patch: #"{"from": null}"#, path: "$.from"),
        Change(patch: #"{"from": "crew@example.com"}"#, path: "$.from"),
        Change(patch: #"{"from": {"email": null}}"#, path: "$.from.email"),
        Change(patch: #"{"from": {"name": null}}"#),
        Change(patch: #"{"from": {"name": "JADA\nBcc: x@example.com"}}"#, path: "$.from.name"),
        Change(patch: #"{"from": {"email": "crew"}}"#, path: "$.from.email"),
        Change(patch: #"{"from": {"email": "a@b@example.com"}}"#, path: "$.from.email"),
        Change(patch: #"{"from": {"email": "crew@-example-.com"}}"#, path: "$.from.email", isInSchema: false),
        Change(patch: #"{"from": {"mail": "crew@example.com"}}"#, path: "$.from.mail"),
        Change(patch: #"{"replyTo": []}"#),
        Change(patch: #"{"replyTo": ["a@example.com", "b"]}"#, path: "$.replyTo[1]"),
        Change(patch: #"{"replyTo": "a@example.com"}"#, path: "$.replyTo"),
        Change(patch: #"{"replyTo": [1]}"#, path: "$.replyTo[0]"),
        Change(patch: #"{"html": null}"#),
        Change(patch: #"{"html": null, "text": null}"#, path: "$"),
        Change(patch: #"{"html": "sub/message.html"}"#),
        Change(patch: #"{"html": "..message.html"}"#),
        Change(patch: #"{"html": ""}"#, path: "$.html"),
        Change(patch: #"{"html": "/etc/passwd"}"#, path: "$.html"),
        Change(patch: #"{"html": "../other/message.html"}"#, path: "$.html"),
        Change(patch: #"{"html": "a/../b"}"#, path: "$.html"),
        Change(patch: #"{"html": "a/./b"}"#, path: "$.html"),
        Change(patch: #"{"html": "a//b"}"#, path: "$.html"),
        Change(patch: #"{"html": "a/"}"#, path: "$.html"),
        Change(patch: #"{"html": "a\\b"}"#, path: "$.html"),
        Change(patch: #"{"html": "a\u0000b"}"#, path: "$.html"),
        Change(patch: #"{"html": false}"#, path: "$.html"),
        Change(patch: #"{"recipients": null}"#, path: "$.recipients"),
        Change(patch: #"{"recipients": ".."}"#, path: "$.recipients"),
        Change(patch: #"{"recipients": "list.csv.gz"}"#),
        Change(patch: #"{"exclude": ["a.csv", "../b.csv"]}"#, path: "$.exclude[1]"),
        Change(patch: #"{"exclude": {"a.csv": true}}"#, path: "$.exclude"),
        Change(patch: #"{"columns": null}"#),
        Change(patch: #"{"columns": {"variables": null}}"#),
        Change(patch: #"{"columns": {"email": null}}"#, path: "$.columns.email"),
        Change(patch: #"{"columns": {"email": ""}}"#, path: "$.columns.email"),
        Change(patch: #"{"columns": {"variables": {"Guest Name": "Name", "größe": "size"}}}"#),
        Change(patch: #"{"columns": {"variables": {"a": 1}}}"#, path: "$.columns.variables.a"),
        Change(patch: #"{"columns": {"variables": {"a.b": "c"}}}"#, path: #"$.columns.variables["a.b"]"#),
        Change(patch: #"{"columns": {"variables": {"{{a": "c"}}}"#, path: #"$.columns.variables["{{a"]"#),
        Change(patch: #"{"columns": {"variables": {" a": "c"}}}"#, path: #"$.columns.variables[" a"]"#),
        Change(patch: #"{"columns": {"variables": {"email": "c"}}}"#, path: "$.columns.variables.email"),
        Change(patch: #"{"columns": {"variables": ["name"]}}"#, path: "$.columns.variables"),
        Change(patch: #"{"columns": {"vars": {}}}"#, path: "$.columns.vars"),
        Change(patch: #"{"schedule": null}"#),
        Change(patch: #"{"schedule": {"at": null}}"#, path: "$.schedule"),
        Change(patch: #"{"schedule": {"expression": "rate(1 day)"}}"#, path: "$.schedule"),
        Change(patch: #"{"schedule": {"at": null, "expression": "cron(0 10 ? * MON *)"}}"#),
        Change(
            patch: #"{"schedule": {"at": null, "expression": "every day"}}"#, path: "$.schedule.expression"),
        Change(
            patch: #"{"schedule": {"at": null, "expression": "cron(0 25 ? * MON *)"}}"#,
            path: "$.schedule.expression", isInSchema: false),
        Change(patch: #"{"schedule": {"at": "2026-06-01T10:00"}}"#),
        Change(patch: #"{"schedule": {"at": "2026-06-01T10:00:00Z"}}"#, path: "$.schedule.at"),
        Change(patch: #"{"schedule": {"at": "2026-06-01 10:00:00"}}"#, path: "$.schedule.at"),
        Change(
            patch: #"{"schedule": {"at": "2026-02-30T10:00:00"}}"#, path: "$.schedule.at", isInSchema: false),
        Change(
            patch: #"{"schedule": {"at": "2026-03-08T02:30:00"}}"#, path: "$.schedule.at", isInSchema: false),
        Change(
            patch: #"{"schedule": {"at": "2026-11-01T01:30:00"}}"#, path: "$.schedule.at", isInSchema: false),
        Change(
            patch: #"{"schedule": {"timeZone": "America/Los_Angelos"}}"#, path: "$.schedule.timeZone",
            isInSchema: false),
        Change(
            patch: #"{"schedule": {"timeZone": "../../etc/passwd"}}"#, path: "$.schedule.timeZone",
            isInSchema: false),
        Change(patch: #"{"schedule": {"timeZone": 8}}"#, path: "$.schedule.timeZone"),
        Change(patch: #"{"schedule": {"timeZoneColumn": "Time Zone"}}"#),
        Change(
            patch:
                #"{"schedule": {"at": null, "expression": "cron(0 10 ? * MON *)", "timeZoneColumn": "zone"}}"#
        ),
        Change(
            patch: #"{"schedule": {"at": null, "expression": "rate(7 days)", "timeZoneColumn": "zone"}}"#,
            path: "$.schedule.timeZoneColumn"),
        Change(patch: #"{"schedule": {"timeZoneColumn": " "}}"#, path: "$.schedule.timeZoneColumn"),
        Change(patch: #"{"schedule": {"timeZoneColumn": true}}"#, path: "$.schedule.timeZoneColumn"),
        Change(patch: #"{"schedule": {"startWithin": "P1DT12H"}}"#),
        Change(patch: #"{"schedule": {"startWithin": "6h"}}"#, path: "$.schedule.startWithin"),
        Change(patch: #"{"schedule": {"startWithin": "P1M"}}"#, path: "$.schedule.startWithin"),
        Change(patch: #"{"schedule": {"startWithin": "PT0S"}}"#, path: "$.schedule.startWithin"),
        Change(patch: #"{"schedule": {"startWithin": 6}}"#, path: "$.schedule.startWithin"),
        Change(patch: #"{"schedule": {"when": "now"}}"#, path: "$.schedule.when"),
        Change(patch: #"{"schedule": [1]}"#, path: "$.schedule"),
        Change(patch: #"{"configurationSet": "my set"}"#, path: "$.configurationSet"),
        Change(patch: #"{"configurationSet": ""}"#, path: "$.configurationSet"),
        Change(patch: #"{"tags": {"a": "b_c-D9"}}"#),
        Change(patch: #"{"tags": {"a": "b@c"}}"#, path: "$.tags.a"),
        Change(patch: #"{"tags": {"a": ""}}"#, path: "$.tags.a"),
        Change(patch: #"{"tags": {"a b": "c"}}"#, path: #"$.tags["a b"]"#),
        Change(patch: #"{"tags": {"a": true}}"#, path: "$.tags.a"),
        Change(patch: #"{"headers": {"Feedback-ID": "a:b:c:jada", "Precedence": "bulk", "X-A": "~"}}"#),
        Change(patch: #"{"headers": {"Bcc": "x@example.com"}}"#, path: "$.headers.Bcc"),
        Change(patch: #"{"headers": {"X-A\r\nBcc": "x"}}"#, path: #"$.headers["X-A\r\nBcc"]"#),
        Change(patch: #"{"headers": {"X-A": "b\r\nBcc: c"}}"#, path: "$.headers.X-A"),
        Change(patch: #"{"headers": {"X-A": "é"}}"#, path: "$.headers.X-A"),
        Change(patch: #"{"headers": {"X-A": ""}}"#, path: "$.headers.X-A"),
        Change(
            patch: #"{"headers": {"X-SES-CONFIGURATION-SET": "other"}}"#,
            path: "$.headers.X-SES-CONFIGURATION-SET"),
        Change(
            patch: #"{"headers": {"List-Unsubscribe": "<https://example.com>"}}"#,
            path: "$.headers.List-Unsubscribe"),
        Change(patch: #"{"headers": {"x-cruise": "twice"}}"#, path: "$.headers.x-cruise", isInSchema: false),
        Change(patch: #"{"sequence": []}"#),
        Change(patch: #"{"sequence": [{"id": "a", "after": "P7D"}, {"id": "b", "after": "P1WT1S"}]}"#),
        Change(
            patch:
                #"{"sequence": [{"id": "a", "after": "P7D", "subject": "s", "from": {"email": "a@example.com"}, "replyTo": [], "html": "h", "text": "t", "exclude": ["e"], "configurationSet": "c", "tags": {"a": "b"}, "headers": {"X-A": "b"}, "rate": 1, "requireDelivery": false}]}"#
        ),
        Change(patch: #"{"sequence": {"id": "a", "after": "P7D"}}"#, path: "$.sequence"),
        Change(patch: #"{"sequence": ["P7D"]}"#, path: "$.sequence[0]"),
        Change(patch: #"{"sequence": [{"after": "P7D"}]}"#, path: "$.sequence[0].id"),
        Change(patch: #"{"sequence": [{"id": "a.b", "after": "P7D"}]}"#, path: "$.sequence[0].id"),
        Change(patch: #"{"sequence": [{"id": "a"}]}"#, path: "$.sequence[0].after"),
        Change(patch: #"{"sequence": [{"id": "a", "after": "P0D"}]}"#, path: "$.sequence[0].after"),
        Change(patch: #"{"sequence": [{"id": "a", "after": "a week"}]}"#, path: "$.sequence[0].after"),
        Change(patch: #"{"sequence": [{"id": "a", "after": "P1M"}]}"#, path: "$.sequence[0].after"),
        Change(
            patch: #"{"sequence": [{"id": "a", "after": "P7D"}, {"id": "a", "after": "P8D"}]}"#,
            path: "$.sequence[1].id", isInSchema: false),
        Change(
            patch: #"{"sequence": [{"id": "a", "after": "P7D"}, {"id": "b", "after": "PT168H"}]}"#,
            path: "$.sequence[1].after", isInSchema: false),
        Change(
            patch: #"{"sequence": [{"id": "a", "after": "P7D", "recipients": "r.csv"}]}"#,
            path: "$.sequence[0].recipients"),
        Change(
            patch: #"{"sequence": [{"id": "a", "after": "P7D", "text": "../t"}]}"#,
            path: "$.sequence[0].text"),
        Change(
            patch: #"{"sequence": [{"id": "a", "after": "P7D", "requireDelivery": "no"}]}"#,
            path: "$.sequence[0].requireDelivery"),
        Change(patch: #"{"rate": 0.01}"#),
        Change(patch: #"{"rate": 10000}"#),
        Change(patch: #"{"rate": 0.009}"#, path: "$.rate"),
        Change(patch: #"{"rate": 10000.5}"#, path: "$.rate"),
        Change(patch: #"{"rate": 0}"#, path: "$.rate"),
        Change(patch: #"{"rate": -1}"#, path: "$.rate"),
        Change(patch: #"{"rate": "10"}"#, path: "$.rate"),
        Change(patch: #"{"bounceLimit": 1}"#),
        Change(patch: #"{"bounceLimit": 4}"#, path: "$.bounceLimit"),
        Change(patch: #"{"complaintLimit": -0.1}"#, path: "$.complaintLimit"),
        Change(patch: #"{"approval": "none"}"#),
        Change(patch: #"{"approval": true}"#, path: "$.approval"),
        Change(patch: #"{"approval": "maybe"}"#, path: "$.approval"),
        Change(patch: #"{"requireValues": "yes"}"#, path: "$.requireValues"),
        Change(patch: #"{"caseSensitiveLocalParts": 0}"#, path: "$.caseSensitiveLocalParts"),
        Change(patch: #"{"Subject": "x"}"#, path: "$.Subject"),
        Change(
            patch: "{\"headers\": {\"X-A\": \"\(String(repeating: "v", count: 871))\"}}",
            path: "$.headers.X-A"),
        Change(patch: "{\"headers\": {\(longHeaders(12))}}"),
        Change(patch: "{\"headers\": {\(longHeaders(13))}}", path: "$.headers"),
        Change(patch: "{\"tags\": {\"a\": \"\(String(repeating: "v", count: 257))\"}}", path: "$.tags.a"),
        Change(patch: "{\"text\": \"\(String(repeating: "f", count: 256))\"}", path: "$.text"),
    ]

    private static func longHeaders(_ count: Int) -> String {
        (0..<count).map { "\"X-\($0)\": \"v\"" }.joined(separator: ",")
    }

    private func document(_ change: Change) throws -> String {
        func merge(_ target: Any, _ patch: Any) -> Any {
            guard let patch = patch as? [String: Any] else { return patch }
            var merged = target as? [String: Any] ?? [:]
            for (key, value) in patch {
                merged[key] = value is NSNull ? nil : merge(merged[key] ?? [:], value)
            }
            return merged
        }
        func object(_ text: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
        let merged = merge(try object(CampaignFileTests.complete), try object(change.patch))
        return String(decoding: try JSONSerialization.data(withJSONObject: merged), as: UTF8.self)
    }

    @Test("each rule is held, and its breach is reported at the right path", arguments: changes)
    func rules(change: Change) throws {
        let found = try problems(try document(change))
        #expect(found.map(\.key) == (change.path.map { [$0] } ?? []))
        #expect(found.allSatisfy { $0.remedy != nil && $0.line != nil })
    }

    @Test("the published JSON Schema judges as the parser does, where a schema can tell")
    func schemaAgrees() async throws {
        let documents = try CampaignFileTests.changes.map(document)
        let verdicts = try await runPython(
            "oracles/schema.py", [CampaignFileTests.schema],
            input: Data(documents.joined(separator: "\n").utf8)
        ).split(separator: "\n")
        #expect(verdicts.count == documents.count)
        for (change, verdict) in zip(CampaignFileTests.changes, verdicts) {
            let isGood = change.path == nil || !change.isInSchema
            #expect((verdict == "good") == isGood, "\(change.patch): \(verdict)")
        }
    }

    @Test("the examples are good, to the parser and to the schema")
    func examples() async throws {
        let folder = Checkout.root.appendingPathComponent("examples/campaigns")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let data = try Data(contentsOf: folder.appendingPathComponent("\(name)/campaign.json"))
            let campaign = try parse(String(decoding: data, as: UTF8.self), id: name)
            for file in [campaign.html, campaign.text, campaign.recipients].compactMap({ $0 })
                + campaign.exclude
            {
                #expect(
                    FileManager.default.fileExists(
                        atPath: folder.appendingPathComponent("\(name)/\(file)").path))
            }
            let line = try JSONSerialization.data(withJSONObject: JSONSerialization.jsonObject(with: data))
            #expect(
                try await runPython("oracles/schema.py", [CampaignFileTests.schema], input: line) == "good\n")
        }
    }
}
