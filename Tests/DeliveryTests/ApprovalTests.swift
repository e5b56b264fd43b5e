import Campaigns
import Delivery
import Foundation
import HostAdapters
import Testing

@Suite("Approval")
struct ApprovalTests {
    private static let required = #""approval": "required", "exclude": ["booked.csv"]"#
    private static let at =
        #", "schedule": {"at": "2026-06-01T10:00:00", "timeZone": "America/Los_Angeles", "startWithin": "PT6H"}"#

    private func withCampaign(
        _ extra: String = "", _ body: (Workshop) async throws -> Void
    ) async throws {
        try await Workshop.open { workshop in
            try workshop.writeCampaign(Self.required + extra)
            try workshop.write("booked.csv", "email\nzoe@example.org\n")
            try await body(workshop)
        }
    }

    private func approve(_ workshop: Workshop, by name: String = "Ann") async throws {
        let planner = workshop.planner()
        let campaign = try workshop.runID().campaign
        let files = try #require(try await planner.rehearse(planner.draft(of: campaign)).files)
        #expect(
            files.digests.keys.sorted() == [
                "booked.csv", "campaign.json", "message.html", "message.txt", "recipients.csv",
            ])
        try await workshop.ledger.approve(
            Approval(campaign: campaign, files: files, by: name, at: workshop.clock.now()))
    }

    private func refusal(_ plan: () async throws -> Void) async -> Problem? {
        let problem = await #expect(throws: Problem.self) { try await plan() }
        #expect(problem?.isLackOfApproval == true)
        return problem
    }

    @Test("a campaign goes out once it is approved, and as often as it is left as it was")
    func approved() async throws {
        try await withCampaign { workshop async throws in
            let problem = await refusal { _ = try await workshop.plan() }
            #expect(problem?.message == "the campaign requires an approval, and nobody has given one")
            #expect(problem?.remedy?.contains("jada-blast approve cruise --by NAME") == true)
            #expect(workshop.planFiles.isEmpty)
            try await approve(workshop)
            #expect(try await workshop.plan().isNew)
            #expect(try await workshop.plan("two").isNew)
            try await workshop.ledger.revokeApproval(of: workshop.runID().campaign)
            _ = await refusal { _ = try await workshop.plan("three") }
            // A run that is planned goes on.
            #expect(try await !workshop.plan("two").isNew)
        }
    }

    @Test(
        "an edit of any file makes the approval lapse, by its name; what was approved may go again",
        arguments: ["campaign.json", "message.html", "message.txt", "recipients.csv", "booked.csv"])
    func lapse(_ name: String) async throws {
        try await withCampaign { workshop async throws in
            try await approve(workshop, by: "Ann Lee")
            let file = workshop.folder.appendingPathComponent("library/campaigns/cruise/\(name)")
            let before = try Data(contentsOf: file)
            try workshop.write(name, before + Data("\n".utf8))
            let problem = await refusal { _ = try await workshop.plan() }
            let message = try #require(problem?.message)
            #expect(message.hasPrefix("Ann Lee approved "))
            #expect(
                message.hasSuffix(
                    " on 2026-06-01T17:00:00Z, and that has lapsed: \(name) is not as approved"))
            #expect(workshop.planFiles.isEmpty)
            try workshop.write(name, before)
            #expect(try await workshop.plan().isNew)
        }
    }

    @Test("a file that is added or left out is an edit")
    func files() async throws {
        try await withCampaign { workshop async throws in
            try await approve(workshop)
            try workshop.writeCampaign(#""approval": "required""#)
            let problem = await refusal { _ = try await workshop.plan() }
            // As soon as campaign.json is read; that it names no list any more is part of it.
            #expect(problem?.message.contains("campaign.json is not as approved") == true)
            let check = try await CampaignCheck.run(
                workshop.runID().campaign, with: workshop.planner(), headroom: 0)
            #expect(
                check.problems.map(\.message).contains {
                    $0.contains("booked.csv, campaign.json are not as approved")
                })
        }
    }

    @Test("the bytes that are planned count, whatever the file holds before and after")
    func planned() async throws {
        try await withCampaign { workshop async throws in
            try await approve(workshop)
            let other = Array("email,name\neve@example.org,Eve\n".utf8)
            var environment = workshop.planner().environment
            // A draft opens the list to see that it is there; the plan opens it to read it.
            environment.library = SwappingLibrary(
                library: workshop.library, key: "campaigns/cruise/recipients.csv", at: 2, bytes: other)
            let problem = await refusal { _ = try await Planner(environment).plan(workshop.runID()) }
            #expect(problem?.message.contains("recipients.csv is not as approved") == true)
            #expect(workshop.planFiles.isEmpty)
            #expect(try await workshop.ledger.runs(of: nil).isEmpty)
            // Swapped before and afterwards: what was read in between was approved.
            for opening in [1, 3] {
                environment.library = SwappingLibrary(
                    library: workshop.library, key: "campaigns/cruise/recipients.csv", at: opening,
                    bytes: other)
                let run = try await Planner(environment).plan(workshop.runID("swapped-\(opening)")).run
                #expect(run.recipients == 2)
            }
        }
    }

    @Test("what is approved or revoked while a plan is made counts at its end")
    func meanwhile() async throws {
        try await withCampaign { workshop async throws in
            try await approve(workshop)
            let campaign = try workshop.runID().campaign
            var environment = workshop.planner().environment
            environment.progress = { _ in }
            let library = SwappingLibrary(
                library: workshop.library, key: "campaigns/cruise/recipients.csv", at: 0, bytes: [],
                atOpening: { opening in
                    guard opening == 2 else { return }
                    try await workshop.ledger.revokeApproval(of: campaign)
                })
            environment.library = library
            _ = await refusal { _ = try await Planner(environment).plan(workshop.runID()) }
            #expect(workshop.planFiles.isEmpty)
        }
    }

    @Test("a scheduled campaign waits for its approval, told once, and goes out when it comes in time")
    func waiting() async throws {
        try await withCampaign(Self.at) { workshop async throws in
            let scheduler = Scheduler(workshop.planner())
            let campaign = try workshop.runID().campaign
            func tick() async throws -> Scheduler.Outcome? {
                let reports = try await scheduler.handle(.tick)
                for report in reports { report.tell(workshop.log) }
                return reports.first?.outcome
            }
            workshop.clock.set("2026-06-01T16:00:00Z")
            guard case .registered? = try await tick() else { throw Workshop.Missing() }
            for minute in 0..<3 {
                workshop.clock.set("2026-06-01T17:0\(minute):00Z")
                guard case .waiting(let occurrence, _, let isNew)? = try await tick() else {
                    throw Workshop.Missing()
                }
                #expect(occurrence.rawValue == "2026-06-01T17:00:00Z" && isNew == (minute == 0))
            }
            #expect(workshop.log.text.components(separatedBy: "warning: Waiting for approval").count == 2)
            let waiting = try #require(try await workshop.ledger.schedule(of: campaign))
            #expect(waiting.waiting == "the campaign requires an approval, and nobody has given one")

            // Approved as it is not any more: told anew, and once.
            try await approve(workshop)
            try workshop.write("recipients.csv", "email,name\neve@example.org,Eve\n")
            for isFirst in [true, false] {
                guard case .waiting(_, let problem, let isNew)? = try await tick() else {
                    throw Workshop.Missing()
                }
                #expect(isNew == isFirst && problem.message.contains("recipients.csv is not as approved"))
            }
            #expect(workshop.planFiles.isEmpty)

            // A person who names it is told at once.
            let named = await #expect(throws: Problem.self) {
                try await scheduler.handle(
                    .campaign(
                        campaign, occurrence: .named(after: workshop.clock.now()), ignoringSchedule: false))
            }
            #expect(named?.kind == .refused)

            workshop.clock.set("2026-06-01T22:59:00Z")
            try await approve(workshop)
            guard case .planned(let run)? = try await tick() else { throw Workshop.Missing() }
            #expect(run.id.occurrence.rawValue == "2026-06-01T17:00:00Z" && run.recipients == 1)
            #expect(try await workshop.ledger.schedule(of: campaign)?.waiting == nil)
            #expect(try await tick() == nil)
        }
    }

    @Test("approved too late, it is not sent", arguments: [true, false])
    func tooLate(_ repeats: Bool) async throws {
        let weekly =
            #", "schedule": {"expression": "cron(0 17 ? * MON *)", "startWithin": "PT1H"}"#
        try await withCampaign(repeats ? weekly : Self.at) { workshop async throws in
            let scheduler = Scheduler(workshop.planner())
            workshop.clock.set("2026-06-01T16:00:00Z")
            _ = try await scheduler.handle(.tick)
            workshop.clock.set("2026-06-01T17:00:30Z")
            guard case .waiting? = try await scheduler.handle(.tick).first?.outcome else {
                throw Workshop.Missing()
            }
            workshop.clock.set("2026-06-01T23:00:01Z")
            try await approve(workshop)
            guard case .tooLate(let occurrence, _)? = try await scheduler.handle(.tick).first?.outcome else {
                throw Workshop.Missing()
            }
            #expect(occurrence.rawValue == "2026-06-01T17:00:00Z")
            #expect(try await scheduler.handle(.tick).isEmpty)
            #expect(try await workshop.ledger.runs(of: nil).isEmpty)
            let record = try #require(try await workshop.ledger.schedule(of: workshop.runID().campaign))
            #expect(record.waiting == nil)
        }
    }

    @Test("a manifest is read as it was written, and nothing else is read as one")
    func manifest() throws {
        var files = CampaignFiles()
        for (index, name) in ["b c.csv", "a.json", "\u{301}x", "ü/🚢.html"].enumerated() {
            let added1 = files.add(name, sha256: String(repeating: "\(index)", count: 64))
            #expect(added1)
        }
        let added2 = files.add("a.json", sha256: String(repeating: "f", count: 64))
        #expect(!added2)
        let added3 = files.add("a.json", sha256: String(repeating: "f", count: 64))
        #expect(added3)
        #expect(CampaignFiles(manifest: files.manifest) == files)
        for text in ["", "\n", "a.json", "12  a.json\n", String(repeating: "0", count: 66) + "a.json\n"] {
            #expect(CampaignFiles(manifest: text) == nil)
        }
    }
}

/// A library in which a file holds other bytes at one of its openings.
private struct SwappingLibrary: CampaignLibrary {
    let library: any CampaignLibrary
    let key: String
    /// Counted from 1.
    let at: Int
    let bytes: [UInt8]
    var atOpening: @Sendable (Int) async throws -> Void = { _ in }
    private let openings = LedgerUnderTest.Shared(0)

    init(
        library: any CampaignLibrary, key: String, at: Int, bytes: [UInt8],
        atOpening: @escaping @Sendable (Int) async throws -> Void = { _ in }
    ) {
        self.library = library
        self.key = key
        self.at = at
        self.bytes = bytes
        self.atOpening = atOpening
    }

    func open(_ key: String) async throws -> ByteStream {
        guard key == self.key else { return try await library.open(key) }
        let opening = openings.withLock { count in
            count += 1
            return count
        }
        try await atOpening(opening)
        guard opening == at else { return try await library.open(key) }
        let rest = LedgerUnderTest.Shared([bytes])
        return ByteStream { rest.withLock { $0.popLast() } }
    }

    func campaigns() async throws -> [(id: CampaignID, version: String)] { try await library.campaigns() }
    func read(_ key: String, maximumBytes: Int) async throws -> LibraryObject {
        try await library.read(key, maximumBytes: maximumBytes)
    }
    func write(_ bytes: [UInt8], to key: String) async throws { try await library.write(bytes, to: key) }
    func flush() async throws { try await library.flush() }
    func delete(_ keys: [String]) async throws { try await library.delete(keys) }
}
