internal import ArgumentParser
internal import Campaigns
internal import Delivery
internal import Handlers

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say all that a plan of the campaign would refuse, without sending anything.",
        discussion: """
            Reads campaign.json, templates and lists to their end. With --aws it also looks at the sender's identity, DKIM, \
            MAIL FROM, the account's quota and its suppression list.
            """)

    @Argument(help: "The campaign's id: the name of its folder.")
    var campaign: CampaignID

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let bar = ProgressBar()
            let services = try await Services(places, sends: false, bar: bar)
            bar.begin("Checking", total: nil)
            let check = try await CampaignCheck.run(
                campaign, with: services.planner, headroom: services.configuration.headroom)
            bar.end()
            if places.json { try Console.printJSON(Report(campaign, check)) } else { tell(check) }
            if let first = check.problems.first { throw first.kind.exitCode }
        }
    }

    private func tell(_ check: CampaignCheck) {
        for problem in check.problems { Console.complain("error: \(problem)") }
        for warning in check.warnings { Console.complain("warning: \(warning)") }
        if let rows = check.rows {
            let counts = check.counts
            Console.print(
                "\(campaign): \(rows) rows, \(check.recipients) to be mailed; \(counts.suppressed) suppressed, "
                    + "\(counts.excluded) excluded, \(counts.duplicate) duplicate, \(counts.invalid) invalid")
        }
        if let identity = check.identity {
            Console.print(
                "Identity \(identity.name): verified, DKIM \(identity.dkimStatus ?? "not set up"), MAIL FROM "
                    + "\(identity.mailFromDomain.map { "\($0) \(identity.mailFromStatus ?? "")" } ?? "not set up")"
            )
        }
        if let quota = check.quota, places.sendsThroughSES {
            let daily =
                quota.maximumPer24Hours.map { "\(Int(quota.sentLast24Hours)) of \(Int($0))" } ?? "no limit"
            Console.print("Quota: \(quota.maximumRate.inWords) mails a second; in 24 hours: \(daily)")
        }
        if let duration = check.duration {
            Console.print("Sending takes about \(duration.inWords) at \(check.rate.inWords) mails a second")
        }
        if let next = check.next { Console.print("Next occurrence: \(next)") }
        Console.print(
            check.problems.isEmpty
                ? "Ready to send."
                : "Not ready: \(check.problems.count) problem\(check.problems.count == 1 ? "" : "s").")
    }

    private struct Report: Encodable {
        var campaign: String
        var isReady: Bool
        var rows: Int?
        var recipients: Int
        var suppressed: Int
        var excluded: Int
        var duplicate: Int
        var invalid: Int
        var rate: Double?
        var estimatedSeconds: Double?
        var next: String?
        var problems: [ProblemReport.Entry]
        var warnings: [ProblemReport.Entry]

        init(_ campaign: CampaignID, _ check: CampaignCheck) {
            self.campaign = campaign.rawValue
            isReady = check.problems.isEmpty
            rows = check.rows
            recipients = check.recipients
            suppressed = check.counts.suppressed
            excluded = check.counts.excluded
            duplicate = check.counts.duplicate
            invalid = check.counts.invalid
            rate = check.rate.isFinite ? check.rate : nil
            estimatedSeconds = check.duration.map { Double($0.wholeMilliseconds) / 1000 }
            next = check.next?.description
            problems = ProblemReport(check.problems).problems
            warnings = ProblemReport(check.warnings).problems
        }
    }
}

extension Duration {
    /// `2 h 5 min`, `40 s`.
    var inWords: String {
        let seconds = Int(components.seconds)
        switch seconds {
        case ..<60: return "\(Swift.max(seconds, 1)) s"
        case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
        default: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
        }
    }
}

extension Double {
    /// `14`, `13.3`: with two decimals at most.
    var inWords: String {
        let rounded = (self * 100).rounded() / 100
        return Int(exactly: rounded).map { "\($0)" } ?? "\(rounded)"
    }
}
