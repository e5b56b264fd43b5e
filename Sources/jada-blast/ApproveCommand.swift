internal import ArgumentParser
internal import Campaigns
internal import Delivery

struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Say that a campaign may go out as its files are now.",
        discussion: """
            A campaign with "approval": "required" is planned only while campaign.json, its templates and its lists are \
            what was approved, to the byte: whoever edits one of them has it approved again. A campaign that goes again and \
            again keeps its approval as long as they stay as they are. Approved after its time, and within startWithin, it \
            goes out with the next tick.

              jada-blast check paul-simon
              jada-blast approve paul-simon --by "Ann Lee" --note "as agreed with the band"
              jada-blast approve paul-simon --by "Ann Lee" --digest 3f0c9a…     only if it still is what check told
              jada-blast approve paul-simon --revoke

            Who approves, --by says, and nobody checks: who may write the state may approve. A run that is planned already \
            goes on when its approval is revoked; pause or cancel it.
            """)

    @Argument(help: "The campaign's id: the name of its folder.")
    var campaign: CampaignID

    @Option(help: ArgumentHelp("Who approves it.", valueName: "name"))
    var by: String?

    @Option(help: ArgumentHelp("What is worth knowing about it later.", valueName: "text"))
    var note: String?

    @Option(
        help: ArgumentHelp(
            "Approve it only if its digest, as check tells it, begins like this.", valueName: "hex"))
    var digest: String?

    @Flag(help: "Take the approval back.")
    var revoke = false

    @OptionGroup var places: PlaceOptions

    private static let longestName = 100
    private static let longestNote = 1000
    private static let shortestDigest = 8

    func validate() throws {
        guard revoke == (by == nil), !revoke || (note == nil && digest == nil) else {
            throw ValidationError(
                "Say who approves it with --by, or take the approval back with --revoke alone.")
        }
        for (option, text, longest) in [("--by", by, Self.longestName), ("--note", note, Self.longestNote)] {
            guard let text else { continue }
            let isLine = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            guard isLine, text.contains(where: { !$0.isWhitespace }), text.count <= longest else {
                throw ValidationError("\(option) takes one line of at most \(longest) characters.")
            }
        }
        if let digest, digest.count < Self.shortestDigest {
            throw ValidationError("--digest takes \(Self.shortestDigest) digits or more.")
        }
    }

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let bar = ProgressBar()
            defer { bar.end() }
            let services = try await Services(places, sends: false, bar: bar)
            guard let by else { return try await revoke(services) }
            let planner = services.planner
            let draft = try await planner.draft(of: campaign)
            bar.begin("Checking", unit: "rows", total: nil)
            let rehearsal = try await planner.rehearse(draft)
            bar.end()
            guard let files = rehearsal.files else {
                throw Problem(
                    .refused, file: CampaignDraft.metadataKey(of: campaign), key: "$.approval",
                    "the campaign requires no approval, and goes out without one",
                    remedy: #"Write "approval": "required" into campaign.json first"#)
            }
            if let digest, !files.digest.hasPrefix(digest.lowercased()) {
                throw Problem(
                    .refused, key: "--digest",
                    "the campaign's digest is \(files.digest): its files have changed",
                    remedy: "Look at it again with jada-blast check \(campaign)")
            }
            let approval = Approval(
                campaign: campaign, files: files, by: by, note: note, at: services.clock.now())
            try await services.ledger.approve(approval)
            if places.json {
                try Console.printJSON(Report(draft.campaign, rehearsal, approval))
            } else {
                for line in Self.lines(draft.campaign, rehearsal, approval) { Console.print(line) }
            }
        }
    }

    private func revoke(_ services: Services) async throws {
        guard try await services.ledger.revokeApproval(of: campaign) else {
            throw Problem(
                .notFound, key: campaign.rawValue, "nobody has approved it",
                remedy: "See where campaigns stand with jada-blast schedule")
        }
        if places.json {
            try Console.printJSON(["revoked": campaign.rawValue])
        } else {
            Console.print("\(campaign): the approval is revoked. Runs that are planned go on.")
        }
    }

    private static func lines(
        _ campaign: Campaign, _ rehearsal: Planner.Rehearsal, _ approval: Approval
    ) -> [String] {
        let sender = campaign.from.name.map { "\($0) <\(campaign.from.address)>" } ?? campaign.from.address
        let counts = rehearsal.counts
        return [
            "\(campaign.id): \(campaign.name)", "  subject  \(campaign.subject)", "  from     \(sender)",
        ]
            + CountTable.lines(
                [
                    ("to be mailed", rehearsal.recipients), ("suppressed", counts.suppressed),
                    ("invalid", counts.invalid), ("duplicate", counts.duplicate),
                    ("excluded", counts.excluded),
                ], always: ["to be mailed"], total: ("rows", rehearsal.rows))
            + approval.files.manifest.split(separator: "\n").map { "  \($0.prefix(12))…\($0.dropFirst(64))" }
            + ["Approved by \(approval.by), \(approval.at), digest \(approval.files.digest)"]
    }

    private struct Report: Encodable {
        var campaign, name, subject, from: String
        var rows, recipients, suppressed, invalid, duplicate, excluded: Int
        /// Name to SHA-256.
        var files: [String: String]
        var approval: ApprovalReport

        init(_ campaign: Campaign, _ rehearsal: Planner.Rehearsal, _ approval: Approval) {
            self.campaign = campaign.id.rawValue
            name = campaign.name
            subject = campaign.subject
            from = campaign.from.address
            rows = rehearsal.rows
            recipients = rehearsal.recipients
            suppressed = rehearsal.counts.suppressed
            invalid = rehearsal.counts.invalid
            duplicate = rehearsal.counts.duplicate
            excluded = rehearsal.counts.excluded
            files = approval.files.digests
            self.approval = ApprovalReport(approval)
        }
    }
}

/// An approval in the form that `--json` prints.
struct ApprovalReport: Encodable {
    var by: String
    var at: String
    var note: String?
    var digest: String

    init(_ approval: Approval) {
        by = approval.by
        at = approval.at.description
        note = approval.note
        digest = approval.files.digest
    }
}

/// A campaign whose time has come, and which lacks an approval, as `status` tells it.
struct WaitingCampaign: Encodable {
    var campaign: String
    var reason: String

    /// For a person.
    var text: String {
        "\(campaign) waits for approval: \(reason)\n  jada-blast approve \(campaign) --by NAME"
    }

    /// Those that wait, in order of name.
    ///
    /// - Parameter selector: `nil` means all.
    static func all(_ selector: RunSelector?, _ services: Services) async throws -> [WaitingCampaign] {
        let campaigns: [CampaignID]
        switch selector {
        case .run: return []
        case .campaign(let id): campaigns = [id]
        // Runs are told also where nobody may or can look at the campaigns.
        case nil: campaigns = ((try? await services.library.campaigns()) ?? []).map(\.id)
        }
        var waiting: [WaitingCampaign] = []
        for id in campaigns {
            guard let why = try await services.ledger.schedule(of: id)?.waiting else { continue }
            waiting.append(WaitingCampaign(campaign: id.rawValue, reason: why))
        }
        return waiting
    }
}
