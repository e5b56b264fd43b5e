import Campaigns
import Delivery
import Foundation
import Testing

@Suite("Bad input stops before the first mail (I8)")
struct BadInputTests {
    /// One way of spoiling a good campaign, and what has to be told.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var spoil: @Sendable (Workshop) throws -> Void
        var file: String
        var line: Int?
        /// Must stand in the message.
        var mentions: String
        var testDescription: String { name }
    }

    static let metadata = "campaigns/cruise/campaign.json"
    static let list = "campaigns/cruise/recipients.csv"

    static let cases: [Case] = [
        Case(
            name: "campaign.json malformed",
            spoil: { try $0.write("campaign.json", "{\n  \"id\": \"cruise\",\n  name\n}") }, file: metadata,
            line: 3, mentions: "expected"),
        Case(
            name: "unknown key", spoil: { try $0.writeCampaign(#""subjekt": "x""#) }, file: metadata, line: 6,
            mentions: "subjekt"),
        Case(
            name: "wrong type", spoil: { try $0.writeCampaign(#""rate": "fast""#) }, file: metadata, line: 6,
            mentions: "rate"),
        Case(
            name: "file that is named is missing",
            spoil: { try $0.writeCampaign(#""exclude": ["nobody.csv"]"#) },
            file: "campaigns/cruise/nobody.csv", line: nil, mentions: "does not exist"),
        Case(
            name: "list without the address column",
            spoil: { try $0.write("recipients.csv", "mail,name\na@example.org,A\n") }, file: list, line: 1,
            mentions: "email"),
        Case(
            name: "ragged row",
            spoil: { try $0.write("recipients.csv", "email,name\na@example.org,A\nb@example.org\n") },
            file: list, line: 3, mentions: "1 field"),
        Case(
            name: "invalid UTF-8",
            spoil: {
                try $0.write("recipients.csv", Data("email,name\na@example.org,".utf8) + [0xE9, 0x0A])
            }, file: list, line: 2, mentions: "UTF-8"),
        Case(
            name: "unterminated quote",
            spoil: { try $0.write("recipients.csv", "email,name\na@example.org,\"A\nb@example.org,B\n") },
            file: list, line: 2, mentions: "quote"),
        Case(
            name: "10 MB field",
            spoil: {
                try $0.write(
                    "recipients.csv",
                    "email,name\na@example.org," + String(repeating: "x", count: 10 << 20) + "\n")
            }, file: list, line: 2, mentions: "longer than"),
        Case(
            name: "empty list", spoil: { try $0.write("recipients.csv", "") }, file: list, line: 1,
            mentions: "empty"),
        Case(
            name: "header only", spoil: { try $0.write("recipients.csv", "email,name\n") }, file: list,
            line: 1, mentions: "no rows"),
        Case(
            name: "template syntax error", spoil: { try $0.write("message.html", "<p>\n{{name</p>") },
            file: "campaigns/cruise/message.html", line: 2, mentions: "never closed"),
        Case(
            name: "unclosed section", spoil: { try $0.write("message.txt", "a\n\n{{#name}} b") },
            file: "campaigns/cruise/message.txt", line: 3, mentions: "name"),
        Case(
            name: "unknown variable",
            spoil: { try $0.write("message.html", "<p>Dear {{name}}\n  in {{seat}}</p>") },
            file: "campaigns/cruise/message.html", line: 2, mentions: "seat"),
        Case(
            name: "line break in the subject",
            spoil: {
                try $0.write(
                    "campaign.json",
                    #"{"id": "cruise", "name": "C", "subject": "a\r\nBcc: x", "from": {"email": "c@example.com"}, "text": "message.txt", "recipients": "recipients.csv"}"#
                )
            }, file: metadata, line: 1, mentions: "subject"),
        Case(
            name: "line break in the sender's name",
            spoil: {
                try $0.write(
                    "campaign.json",
                    #"{"id": "cruise", "name": "C", "subject": "a", "from": {"name": "x\ny", "email": "c@example.com"}, "text": "message.txt", "recipients": "recipients.csv"}"#
                )
            }, file: metadata, line: 1, mentions: "from.name"),
        Case(
            name: "line break in a header value",
            spoil: { try $0.writeCampaign(##""headers": {"X-Season": "a\r\nBcc: b"}"##) }, file: metadata,
            line: 6, mentions: "X-Season"),
        Case(
            name: "schedule in a skipped hour",
            spoil: {
                try $0.writeCampaign(
                    #""schedule": {"at": "2027-03-14T02:30:00", "timeZone": "America/Los_Angeles"}"#)
            }, file: metadata, line: nil, mentions: "does not exist"),
        Case(
            name: "schedule in a doubled hour",
            spoil: {
                try $0.writeCampaign(
                    #""schedule": {"at": "2026-11-01T01:30:00", "timeZone": "America/Los_Angeles"}"#)
            }, file: metadata, line: nil, mentions: "twice"),
        Case(
            name: "empty cell where values are required",
            spoil: {
                try $0.writeCampaign(
                    #""requireValues": true"#, recipients: "email,name\na@example.org,A\nb@example.org,\n")
            }, file: list, line: 3, mentions: "name"),
        Case(
            name: "reserved tag", spoil: { try $0.writeCampaign(#""tags": {"batch": "x"}"#) }, file: metadata,
            line: nil, mentions: "batch"),
    ]

    @Test("names file, line and remedy, and leaves nothing behind", arguments: cases)
    func stops(_ spoiled: Case) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign()
            try spoiled.spoil(workshop)
            var problems: [Problem] = []
            do {
                _ = try await Scheduler(workshop.planner()).handle(
                    .campaign(
                        workshop.runID().campaign, occurrence: workshop.runID().occurrence,
                        ignoringSchedule: false))
            } catch let problem as Problem {
                problems = [problem]
            } catch let all as Problems {
                problems = all.all
            }
            let problem = try #require(problems.first, "the spoiled campaign was planned")
            #expect(problem.file == spoiled.file)
            if let line = spoiled.line { #expect(problem.line == line) }
            #expect(problem.description.contains(spoiled.mentions))
            #expect(problem.remedy?.isEmpty == false)
            #expect(workshop.planFiles.isEmpty)
            #expect(try await workshop.queue.count() == 0)
            #expect(try await workshop.ledger.runs(of: nil).isEmpty)
        }
    }
}
