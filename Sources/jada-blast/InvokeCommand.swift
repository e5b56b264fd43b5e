internal import ArgumentParser
internal import Campaigns
internal import Delivery
internal import Handlers
internal import JSON

struct InvokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoke",
        abstract: "Handle an event as the Lambdas would: plan what it asks for, and send it.",
        discussion: """
            The same event again continues or confirms the same run and never sends twice; --again makes a new run.

              jada-blast invoke events/campaign.json
              jada-blast invoke events/campaign.json --json | jq .counts
              jada-blast invoke events/tick.json --handler scheduler
            """)

    @Argument(
        help: ArgumentHelp("File that holds the event as JSON; - is standard input.", valueName: "event.json")
    )
    var event: String

    @Option(
        help:
            "Only this handler: scheduler plans, sender sends what an SQS event holds. Default: both in turn."
    )
    var handler: HandlerChoice?

    @OptionGroup var places: PlaceOptions

    @Flag(help: "Make a new run of the campaign that the event names, whatever ran before.")
    var again = false

    enum HandlerChoice: String, ExpressibleByArgument, CaseIterable { case scheduler, sender }

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let bytes = try InputFile.read(event)
            let bar = ProgressBar()
            defer { bar.end() }
            let services = try await Services(places, sends: handler != .scheduler, bar: bar)
            switch handler {
            case .scheduler:
                let answer = try await services.schedulerHandler.handle(bytes, context: EventContext())
                bar.end()
                Console.print(String(decoding: answer, as: UTF8.self))
            case .sender:
                let answer = try await services.senderHandler.handle(bytes, context: EventContext())
                bar.end()
                Console.print(String(decoding: answer, as: UTF8.self))
            case nil:
                try await cancellingOnSignals { try await planAndSend(bytes, services, bar) }
            }
        }
    }

    private func planAndSend(_ bytes: [UInt8], _ services: Services, _ bar: ProgressBar) async throws {
        bar.begin("Planning", total: nil)
        let reports = try await services.schedulerHandler.reports(of: bytes, again: again)
        var summaries: [RunSummary] = []
        for report in reports {
            let campaign = report.campaign
            switch report.outcome {
            case .planned(let run), .known(let run):
                summaries.append(try await send(run, services, bar))
            case .registered: break
            case .notDue(let next):
                throw Problem(
                    .refused, key: campaign.rawValue,
                    next.map { "the campaign is not due before \($0)" }
                        ?? "the campaign's schedule has nothing to come",
                    remedy: "Wait for it, or send it now with --again")
            case .tooLate(let occurrence, _):
                let problem = Problem(
                    .refused, key: campaign.rawValue,
                    "its occurrence \(occurrence) is longer ago than startWithin allows, and was not sent",
                    remedy: "Change the schedule, or send it now with --again")
                guard reports.count > 1 else { throw problem }
                Console.complain("error: \(problem)")
            case .failed(let problems):
                guard reports.count > 1 else { throw Problems(problems) }
                for problem in problems { Console.complain("error: \(problem)") }
            }
        }
        bar.end()
        if places.json {
            if reports.count == 1, let only = summaries.first {
                try Console.printJSON(only)
            } else {
                try Console.printJSON(["runs": summaries])
            }
        } else if summaries.isEmpty {
            Console.print("Nothing is due.")
        } else {
            for summary in summaries { Console.print(summary.text) }
        }
        if let worst = summaries.compactMap(\.exitCode).max(by: { $0.rawValue < $1.rawValue }) { throw worst }
    }

    private func send(_ run: Run, _ services: Services, _ bar: ProgressBar) async throws -> RunSummary {
        bar.begin("Sending", total: run.recipients, done: run.settled.total)
        var run = run
        if !run.isFinished, run.control == .running {
            run = try await Drain(sender: services.sender).drain(run.id)
        }
        return RunSummary(run, outbox: services.outbox)
    }
}
