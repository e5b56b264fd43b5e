internal import ArgumentParser
internal import Campaigns
internal import Delivery
internal import Glibc

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show runs, newest first: how far they are, what to do about them, and what is to come.",
        discussion: """
              jada-blast status
              jada-blast status --watch
              jada-blast status paul-simon --json | jq '.runs[0].counts'
              jada-blast status paul-simon#2026-06-01T17:00:00Z

            Without a name, campaigns that are overdue or to come are shown, too. --watch looks again every two seconds until \
            Ctrl-C, or until the run that is named is over; with --json it prints an object a look.

            Of a run that is named, what SES has told of its mails is counted, and each uncertain recipient is told. Dead letters are shards that failed again and again: \
            resume puts what is left of them into the queue anew. Times are in the zone of the campaign's schedule, else \
            in UTC.
            """)

    @Argument(
        help: ArgumentHelp("Only this run, or the runs of this campaign.", valueName: "run-or-campaign"))
    var selector: RunSelector?

    @Flag(help: "Look again and again.")
    var watch = false

    @OptionGroup var places: PlaceOptions

    private static let interval = Duration.seconds(2)
    /// Reading all campaigns takes longer than reading all runs, and changes less often.
    private static let looksForUpcoming = 30

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let services = try await Services(places, sends: false)
            var meter = RunProgressMeter()
            var upcoming: [Upcoming] = []
            for number in 0... {
                if selector == nil, number % Self.looksForUpcoming == 0 {
                    let (campaigns, problems) = await services.upcoming()
                    upcoming = campaigns
                    // They are no runs: what is known of those is told all the same.
                    for problem in problems { services.log.warning("\(problem)") }
                }
                let report = try await StatusReport(of: selector, services, places, &meter, upcoming)
                try show(report)
                guard watch, !report.isOver else { break }
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    private func show(_ report: StatusReport) throws {
        // An object a line, which other programs can follow.
        if places.json, watch { return Console.print(try Console.json(report)) }
        if places.json { return try Console.printJSON(report) }
        let text = report.lines.joined(separator: "\n")
        // The whole screen is drawn at once, so that it does not flicker.
        let clear = watch && isatty(STDOUT_FILENO) == 1 ? "\u{1B}[H\u{1B}[J" : ""
        Console.print(clear + text + (watch && clear.isEmpty ? "\n" : ""))
    }
}
