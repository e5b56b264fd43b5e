internal import ArgumentParser
internal import Campaigns
internal import Delivery
internal import Reports

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Tell how a run went: who was mailed and who not, what bounced and why, beside earlier runs.",
        discussion: """
              jada-blast report paul-simon --html report.html
              jada-blast report paul-simon#2026-06-01T17:00:00Z --json | jq .feedback.bounceRate
              jada-blast report paul-simon --csv recipients.csv

            Of a campaign, its latest run is meant. The HTML file is complete in itself: mail it, print it, keep it. --csv \
            writes a line for each row of the list; '-' writes it to standard output. What SES tells (delivered, bounced, \
            complained about) is known of campaigns whose configuration set hands its events to jada-blast-feedback.
            """)

    @Argument(help: ArgumentHelp("The run, or a campaign.", valueName: "run-or-campaign"))
    var selector: RunSelector

    @Option(help: "Write the report as a page.", completion: .file(extensions: ["html"]))
    var html: String?

    @Option(
        help: "Write what became of each row; '-' is standard output.", completion: .file(extensions: ["csv"])
    )
    var csv: String?

    @OptionGroup var places: PlaceOptions

    func validate() throws {
        if csv == "-", places.json || html != nil {
            throw ValidationError("--csv - takes standard output for itself; name a file instead")
        }
    }

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let bar = ProgressBar()
            defer { bar.end() }
            let services = try await Services(places, sends: false, bar: bar)
            guard let run = try await services.runs(selector).first else {
                throw Problem(
                    .notFound, "campaign \(selector) has no run yet",
                    remedy: "See which runs there are with jada-blast status")
            }
            if let csv { try await write(run, to: csv, services) }
            // Nothing else was asked for.
            if csv != nil, html == nil, !places.json { return }

            bar.begin("Reading", unit: "recipients", total: run.recipients)
            let report = try await RunReporter(
                library: services.library, ledger: services.ledger, clock: services.clock
            ).report(on: run) { bar.set($0) }
            bar.end()
            let zone = await services.zone(of: run.id.campaign)
            if let html {
                let page = try ReportPage(zone: zone).html(report)
                let file = try OutputFile(html)
                try file.write(page)
                try file.finish()
            }
            if places.json { return try Console.printJSON(ReportRecord(report)) }
            for line in Self.lines(of: report, zone: zone) { Console.print(line) }
            if let html { Console.print("The page is \(html)") }
        }
    }

    private func write(_ run: Run, to path: String, _ services: Services) async throws {
        services.bar.begin("Writing", unit: "rows", total: run.rows)
        defer { services.bar.end() }
        let table = RecipientTable(of: run, library: services.library, ledger: services.ledger)
        let output = try path == "-" ? OutputFile() : OutputFile(path)
        try await table.write { lines, rows in
            try output.write(lines)
            services.bar.advance(by: rows)
        }
        try output.finish()
        if path != "-", !places.json { Console.print("The rows are in \(path)") }
    }

    /// For a person.
    private static func lines(of report: RunReport, zone: TimeZoneRules) -> [String] {
        let run = report.run
        var summary = RunSummary(run)
        summary.feedback = FeedbackReport(report.feedback, of: run)
        var lines = ["\(summary.run): \(summary.status)", "  \(report.name)"]
        lines.append("  planned \(run.plannedAt.inWords(zone))")
        if let reason = summary.reason { lines.append("  why: \(reason)") }
        lines += summary.findings?.map { "  \($0.line)" } ?? []
        lines += CountTable.lines(summary.outcomes, always: ["accepted"], total: ("rows", run.rows))
        lines += summary.feedback?.lines.map { "  \($0)" } ?? []
        if let duration = report.duration {
            let rate = report.rate.map { ", \($0.asRate) mails a second" } ?? ""
            lines.append("  sent in \(duration.words)\(rate)")
        }
        lines.append("  $\(report.dollars.cents) at SES's list price")
        if !report.reasons.isEmpty {
            lines.append("  not mailed:")
            lines += report.reasons.map { reason in
                "    \(reason.count.grouped) \(reason.outcome): \(reason.text ?? "rarer reasons")"
            }
        }
        if !report.uncertain.isEmpty {
            lines.append("  uncertain:")
            lines += UncertainReport.lines(report.uncertain, zone: zone).map { "  " + $0 }
        }
        if !report.earlier.isEmpty {
            lines.append("  earlier runs:")
            lines += report.earlier.map { earlier in
                let rates = WatchedRate.allCases.compactMap { rate in
                    earlier.share(of: rate).map { ", \(rate.rawValue) \($0.percent)" }
                }
                return
                    "    \(earlier.run.plannedAt.inWords(zone)): \(earlier.run.counts.accepted.grouped) of "
                    + "\(earlier.run.rows.grouped) accepted\(rates.joined())"
            }
        }
        return lines
    }
}

/// A report as JSON.
private struct ReportRecord: Encodable {
    struct Reason: Encodable {
        var outcome: String
        /// `nil`: all rarer reasons.
        var reason: String?
        var rows: Int
    }
    struct Bucket: Encodable {
        var start: String
        var accepted: Int
        var delivered: Int
        var bounced: Int
        var complained: Int
    }
    struct Timeline: Encodable {
        var bucketSeconds: Int64
        /// Without gaps.
        var buckets: [Bucket]
        /// Events after the last bucket.
        var later: Int
    }
    struct Earlier: Encodable {
        var run: RunSummary
        var bounceRate: Double?
        var complaintRate: Double?
    }

    var run: RunSummary
    var name: String
    var subject: String
    var madeAt: String
    var feedback: FeedbackReport
    var notMailed: [Reason]
    var uncertain: [UncertainReport]
    var timeline: Timeline?
    /// From the first mail that was accepted to the last.
    var durationSeconds: Double?
    /// Mails a second in that time.
    var rate: Double?
    /// At SES's list price, in US dollars.
    var dollars: Double
    /// The latest first.
    var earlier: [Earlier]

    init(_ report: RunReport) {
        run = RunSummary(report.run)
        name = report.name
        subject = report.plan.content.subject
        madeAt = report.madeAt.description
        feedback = FeedbackReport(report.feedback, of: report.run)
        notMailed = report.reasons.map { Reason(outcome: $0.outcome, reason: $0.text, rows: $0.count) }
        uncertain = report.uncertain.map(UncertainReport.init)
        timeline = report.activity.plot(maximum: 1000).map { plot in
            Timeline(
                bucketSeconds: plot.length.components.seconds,
                buckets: plot.buckets.enumerated().map { place, bucket in
                    Bucket(
                        start: (plot.start + plot.length * place).description, accepted: bucket.accepted,
                        delivered: bucket.delivered, bounced: bucket.bounced, complained: bucket.complained)
                }, later: plot.later.total)
        }
        durationSeconds = report.duration.map { Double($0.wholeMilliseconds) / 1000 }
        rate = report.rate
        dollars = report.dollars
        earlier = report.earlier.map { one in
            Earlier(
                run: RunSummary(one.run), bounceRate: one.share(of: .bounces),
                complaintRate: one.share(of: .complaints))
        }
    }
}
