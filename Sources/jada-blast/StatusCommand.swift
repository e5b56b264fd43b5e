internal import ArgumentParser
internal import Campaigns

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show runs, newest first, and how far they are.")

    @Argument(help: "Only runs of this campaign.")
    var campaign: CampaignID?

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let services = try await Services(places, sends: false)
            let runs = try await services.ledger.runs(of: campaign).map { RunSummary($0) }
            let waiting = try await services.queue.count()
            if places.json { return try Console.printJSON(Report(runs: runs, shardsInQueue: waiting)) }
            if runs.isEmpty { Console.print("No runs yet.") }
            for run in runs { Console.print(run.text + "\n") }
            if waiting > 0 { Console.print("\(waiting) shard\(waiting == 1 ? "" : "s") in the queue.") }
        }
    }

    private struct Report: Encodable {
        var runs: [RunSummary]
        var shardsInQueue: Int
    }
}
