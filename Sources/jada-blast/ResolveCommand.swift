internal import ArgumentParser
internal import Campaigns
internal import Delivery
internal import Glibc

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Decide about recipients of whom nobody knows whether they got their mail.",
        discussion: """
            A mail whose answer was lost, or whose sender died, may be out or not. It is never sent again by itself; look \
            into SES's events or ask the recipient, then decide:

              jada-blast resolve paul-simon#2026-06-01T17:00:00Z --list
              jada-blast resolve paul-simon#2026-06-01T17:00:00Z --resend --address ann@example.org
              jada-blast resolve paul-simon#2026-06-01T17:00:00Z --drop

            --resend mails them again, though they may have got the mail already; given twice, or given again \
            after it was interrupted, it still sends once. With --aws the Lambdas send, else this command does. --drop leaves them uncertain for good: they \
            stay in that count, and nobody is asked about them any more. An event of SES's that tells what became of such \
            a mail counts at any time.
            """)

    @Argument(help: "The run, as status names it: campaign#occurrence.")
    var run: RunID

    enum Action: String, EnumerableFlag {
        case list, resend, drop

        static func help(for value: Action) -> ArgumentHelp? {
            switch value {
            case .list: "Only show them."
            case .resend: "Mail them again."
            case .drop: "Leave them uncertain for good."
            }
        }
    }

    @Flag(exclusivity: .exclusive) var action: Action

    @Option(help: "Only this address; may be given more than once.")
    var address: [String] = []

    @Option(help: "Only the recipient in this line of the list; may be given more than once.")
    var line: [Int] = []

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let bar = ProgressBar()
            defer { bar.end() }
            let services = try await Services(places, sends: action == .resend && !places.aws, bar: bar)
            let run = try await services.uncertainMails.settleAbandoned(of: services.run(self.run))
            let mails = try await chosen(from: services.uncertainMails.list(of: run))
            let zone = await services.zone(of: run.id.campaign)
            // Of one that was interrupted there may be mails left that nobody has been told to send.
            let isLeft = action == .resend && run.control == .running && !run.isFinished
            guard action != .list, !mails.isEmpty || isLeft else { return try tell(mails, of: run, zone) }
            if action == .resend { try refuseUnlessRunning(run) }
            if !mails.isEmpty { try confirm(mails, zone) }
            try await decide(about: mails, of: run, services, bar)
        }
    }

    /// Those that the options name, each of which must be there.
    private func chosen(from mails: [UncertainMail]) throws -> [UncertainMail] {
        guard !address.isEmpty || !line.isEmpty else { return mails }
        let addresses = Set(address.map { $0.lowercased() })
        let chosen = mails.filter { addresses.contains($0.address.lowercased()) || line.contains($0.line) }
        let missing =
            address.filter { address in !chosen.contains { $0.address.lowercased() == address.lowercased() } }
            + line.filter { line in !chosen.contains { $0.line == line } }.map { "line \($0)" }
        guard missing.isEmpty else {
            throw Problem(
                .notFound, key: missing.joined(separator: ", "),
                "is not among the uncertain recipients of \(run)", remedy: "See who is with --list")
        }
        return chosen
    }

    private func tell(_ mails: [UncertainMail], of run: Run, _ zone: TimeZoneRules) throws {
        if places.json {
            return try Console.printJSON(
                Report(run: RunSummary(run), uncertain: mails.map(UncertainReport.init)))
        }
        Console.print(
            mails.isEmpty
                ? "Nobody is uncertain in \(run.id)."
                : "\(mails.count) uncertain in \(run.id):")
        for line in UncertainReport.lines(mails, zone: zone) { Console.print(line) }
    }

    private func refuseUnlessRunning(_ run: Run) throws(Problem) {
        guard run.control != .running else { return }
        if case .cancelled = run.control {
            throw Problem(
                .refused, "run \(run.id) is cancelled, and sends nothing any more",
                remedy: "Close the matter with --drop")
        }
        throw Problem(
            .refused, "run \(run.id) is held", remedy: "Let it go on first, with jada-blast resume \(run.id)")
    }

    private func confirm(_ mails: [UncertainMail], _ zone: TimeZoneRules) throws {
        if yes { return }
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw Problem(
                .usage, key: "--yes", "there is no terminal on which to ask",
                remedy: "Look at them with --list, then give --yes")
        }
        for line in UncertainReport.lines(mails, zone: zone) { Console.tell(line) }
        let what =
            action == .resend ? "Mail them again, though they may have the mail" : "Leave them uncertain"
        Console.write("\(what)? [y/N] ", to: STDERR_FILENO)
        guard ["y", "yes"].contains(readLine()?.lowercased()) else {
            throw Problem(.refused, "nothing was decided", remedy: "Answer y to decide")
        }
    }

    private func decide(
        about mails: [UncertainMail], of run: Run, _ services: Services, _ bar: ProgressBar
    ) async throws {
        let answer = try await services.uncertainMails.resolve(mails, as: action == .drop ? .drop : .resend)
        var run = try await services.run(run.id)
        var summary = RunSummary(run)
        if action == .resend, !run.isFinished {
            run = try await services.operations.enqueue(run)
            if !places.aws {
                let unfinished = run
                summary = try await cancellingOnSignals(onSignal: bar.tellStopping) {
                    try await services.send(unfinished)
                }
            }
        }
        bar.end()
        if places.json {
            try Console.printJSON(
                Report(
                    run: summary, resolved: answer.resolved.map(UncertainReport.init),
                    held: answer.held.map(UncertainReport.init)))
        } else {
            let what = action == .drop ? "left uncertain for good" : "to be mailed again"
            Console.print("\(answer.resolved.count) \(what).")
            if !answer.held.isEmpty {
                Console.print("\(answer.held.count) are in a sender's hand: decide later.")
            }
            Console.print(summary.text(places.repeated))
        }
        if !answer.held.isEmpty { throw ExitCode.notFinished }
        if action == .resend, !places.aws, let code = summary.exitCode { throw code }
    }

    private struct Report: Encodable {
        var run: RunSummary
        var uncertain: [UncertainReport]?
        /// About whom this command has decided.
        var resolved: [UncertainReport]?
        var held: [UncertainReport]?
    }
}
