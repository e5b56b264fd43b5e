internal import ArgumentParser
internal import Campaigns

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show runs, newest first: how far they are, and what to do about them.",
        discussion: """
              jada-blast status
              jada-blast status paul-simon --json | jq '.runs[0].counts'

            Times are in the zone of the campaign's schedule, else in UTC.
            """)

    @Argument(help: "Only runs of this campaign.")
    var campaign: CampaignID?

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let services = try await Services(places, sends: false)
            let runs = try await services.ledger.runs(of: campaign)
            // On this machine nobody takes shards from the queue: invoke sends without it.
            let waiting = places.aws ? try await services.queue.count() : nil
            if places.json {
                return try Console.printJSON(
                    Report(runs: runs.map { RunSummary($0) }, shardsInQueue: waiting))
            }
            if runs.isEmpty {
                Console.print("No runs yet" + (campaign.map { " of \($0)" } ?? "") + ".")
            }
            var zones: [CampaignID: TimeZoneRules] = [:]
            for run in runs {
                let zone: TimeZoneRules
                if let known = zones[run.id.campaign] {
                    zone = known
                } else {
                    zone = await services.zone(of: run.id.campaign)
                    zones[run.id.campaign] = zone
                }
                Console.print(Self.text(of: run, zone: zone) + "\n")
            }
            if let waiting { Console.print("\(waiting) shard\(waiting == 1 ? "" : "s") in the queue.") }
        }
    }

    private struct Report: Encodable {
        var runs: [RunSummary]
        /// Only on AWS; approximate.
        var shardsInQueue: Int?
    }

    private static func text(of run: Run, zone: TimeZoneRules) -> String {
        let summary = RunSummary(run)
        let settled = run.settled.total
        let percent = run.recipients == 0 ? 100 : settled * 100 / run.recipients
        let outcomes = summary.outcomes.filter { $0.count > 0 }.map { "\($0.count) \($0.name)" }
        var lines = [
            summary.run,
            "  \(summary.status), \(settled) of \(run.recipients) mails settled (\(percent) %)",
            "  planned \(run.plannedAt.inWords(zone))",
            "  \(run.rows) rows: " + (outcomes.isEmpty ? "none" : outcomes.joined(separator: ", ")),
        ]
        if let reason = summary.reason { lines.append("  why: \(reason)") }
        if let advice = summary.advice { lines.append("  \(advice)") }
        return lines.joined(separator: "\n")
    }
}
