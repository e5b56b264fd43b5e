internal import ArgumentParser
internal import Campaigns
internal import Delivery

/// The runs that a command is about.
struct ChosenRuns: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The run, or the campaign whose runs are meant.", valueName: "run-or-campaign"))
    var selector: RunSelector
}

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Hold a run: senders everywhere end within 5 seconds.",
        discussion: """
            Mails under way end and are recorded. A campaign's id holds all of its runs that are under way; its schedule \
            goes on, and makes new runs.

              jada-blast pause paul-simon
              jada-blast pause paul-simon#2026-06-01T17:00:00Z --reason "wrong date in the subject"
            """)

    @OptionGroup var chosen: ChosenRuns

    @Option(help: "Why, for whoever looks at it.")
    var reason = "paused by hand"

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await hold(chosen, places) { services, run in
            try await services.operations.pause(run, reason: reason)
        }
    }
}

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "End a run for good: whoever has no mail yet gets none.",
        discussion: """
            Senders everywhere end within 5 seconds; mails under way end and are recorded. It cannot be undone: pause \
            holds a run that is to go on.

              jada-blast cancel paul-simon#2026-06-01T17:00:00Z --reason "the concert is off"
            """)

    @OptionGroup var chosen: ChosenRuns

    @Option(help: "Why, for whoever looks at it.")
    var reason = "cancelled by hand"

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await hold(chosen, places) { services, run in
            let run = try await services.operations.cancel(run, reason: reason)
            // Nobody else looks after them any more.
            return try await services.uncertainMails.settleAbandoned(of: run)
        }
    }
}

/// Applies an operation to the runs that are meant, and tells how they stand then.
private func hold(
    _ chosen: ChosenRuns, _ places: PlaceOptions, _ operation: (Services, Run) async throws -> Run
) async throws {
    try await reportingProblems(asJSON: places.json) {
        let services = try await Services(places, sends: false)
        var summaries: [RunSummary] = []
        for run in try await services.unfinishedRuns(chosen.selector) {
            summaries.append(RunSummary(try await operation(services, run)))
        }
        if places.json {
            try Console.printJSON(["runs": summaries])
        } else {
            for summary in summaries { Console.print(summary.text(places.repeated)) }
        }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a run go on that was paused, stopped or interrupted, exactly where it stood.",
        discussion: """
            With --aws its shards go into the queue again, for the Lambdas; else this command sends, to the end of the \
            run. Nobody is mailed twice, however often it is given.

            A run that is held because too many of its mails bounced or were complained about goes on by --override only. \
            Who gave it is recorded. From then on the run is held again when the rate is half as much again as it is now.

              jada-blast resume paul-simon
              jada-blast resume paul-simon#2026-06-01T17:00:00Z --aws
              jada-blast resume paul-simon --override --by ann
            """)

    @OptionGroup var chosen: ChosenRuns

    @Flag(help: "Let it go on in spite of its rate of bounces or complaints.")
    var override = false

    @Option(
        help: ArgumentHelp("Who overrides; by default who is signed in on this machine.", valueName: "name"))
    var by: String?

    @OptionGroup var places: PlaceOptions

    func validate() throws {
        guard let by else { return }
        if !override { throw ValidationError("--by names who overrides: give --override, too.") }
        if by.isEmpty || by.utf8.count > 200 { throw ValidationError("--by takes a name of 1 to 200 bytes.") }
    }

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let bar = ProgressBar()
            defer { bar.end() }
            let services = try await Services(places, sends: !places.aws, bar: bar)
            let report = try await cancellingOnSignals(onSignal: bar.tellStopping) {
                var report = InvokeReport()
                for run in try await services.unfinishedRuns(chosen.selector) {
                    let run = try await services.operations.resume(
                        run,
                        override: override
                            ? (by ?? ProcessEnvironment.userName, services.clock.now()) : nil)
                    report.runs.append(places.aws ? RunSummary(run) : try await services.send(run))
                }
                return report
            }
            bar.end()
            if places.json {
                try report.printJSON()
            } else {
                await report.printText(places, zone: services.zone)
            }
            // On AWS it is the Lambdas that finish it.
            if !places.aws { try report.conclude() }
        }
    }
}
