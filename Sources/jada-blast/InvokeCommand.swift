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
            The same event again continues or confirms the same run and never sends twice; --again makes a new run, and \
            --resume goes on with one that was stopped. Ctrl-C ends it in good order.

              jada-blast invoke events/campaign.json
              jada-blast invoke events/campaign.json --json | jq .counts
              jada-blast invoke events/tick.json --handler scheduler
              echo '{"campaign": "paul-simon"}' | jada-blast invoke -

            --json prints one run as {"run", "status", "counts", …}; anything else, such as a tick that finds two \
            campaigns, as {"runs", "registered", "problems"}. With --handler the handler's own answer is printed.
            """)

    @Argument(
        help: ArgumentHelp(
            "File that holds the event as JSON; - is standard input.", valueName: "event.json"),
        completion: .file(extensions: ["json"]))
    var event: String

    @Option(
        help: """
            Only this handler: scheduler plans, sender sends what an SQS event holds, feedback takes in what SES tells of \
            mails, unsubscribe answers a request of its page, canary looks at both mail paths. Default: plan, then send.
            """)
    var handler: HandlerChoice?

    @OptionGroup var places: PlaceOptions

    @Flag(help: "Make a new run of the campaign that the event names, whatever ran before.")
    var again = false

    @Flag(help: "Go on with a run that was stopped, once its cause is mended.")
    var resume = false

    @Flag(help: "Wait for recipients whose time is to come, where they are, and send to them, too.")
    var wait = false

    enum HandlerChoice: String, ExpressibleByArgument, CaseIterable {
        case scheduler, sender, feedback, unsubscribe, canary
    }

    func validate() throws {
        if again, resume {
            throw ValidationError("--again makes a new run, --resume goes on with an old one.")
        }
        if again, handler != nil, handler != .scheduler {
            throw ValidationError("--again is for what plans only.")
        }
        if resume, handler != nil { throw ValidationError("--resume is not for a single handler.") }
        if wait, handler != nil { throw ValidationError("--wait is not for a single handler.") }
    }

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let bytes = try InputFile.read(event)
            let bar = ProgressBar()
            defer { bar.end() }
            let sends = handler == nil || handler == .sender
            let services = try await Services(places, sends: sends, bar: bar)
            switch handler {
            case .scheduler:
                let reports = try await cancellingOnSignals(onSignal: bar.tellStopping) {
                    try await services.schedulerHandler.reports(of: bytes, again: again)
                }
                Console.print(String(decoding: try SchedulerHandler.answer(reports), as: UTF8.self))
                var report = InvokeReport()
                for each in reports { report.add(each.outcome, of: each.campaign) }
                try report.conclude()
            case .sender: try await invoke(services.senderHandler, bytes, bar)
            case .feedback: try await invoke(services.feedbackHandler, bytes, bar)
            case .unsubscribe:
                let endpoint = try await services.unsubscribeEndpoint()
                try await invoke(UnsubscribeHandler(endpoint: endpoint), bytes, bar)
            case .canary: try await invoke(services.canaryHandler(), bytes, bar)
            case nil:
                let report = try await cancellingOnSignals(onSignal: bar.tellStopping) {
                    try await planAndSend(bytes, services, bar)
                }
                bar.end()
                if places.json {
                    try report.printJSON()
                } else {
                    await report.printText(places, zone: services.zone)
                }
                try report.conclude()
            }
        }
    }

    /// Prints the answer of a handler that may give back messages of a queue.
    private func invoke(_ handler: some EventHandler, _ event: [UInt8], _ bar: ProgressBar) async throws {
        let answer = try await cancellingOnSignals(onSignal: bar.tellStopping) {
            try await handler.handle(event, context: EventContext())
        }
        Console.print(String(decoding: answer, as: UTF8.self))
        switch try JSONDecoder().decode(JSONValue.self, from: answer)["batchItemFailures"] {
        case nil, .array([]): break
        default: throw ExitCode.notFinished
        }
    }

    private func planAndSend(
        _ bytes: [UInt8], _ services: Services, _ bar: ProgressBar
    ) async throws -> InvokeReport {
        bar.begin("Planning", unit: "rows", total: nil)
        var report = InvokeReport()
        for each in try await services.schedulerHandler.reports(of: bytes, again: again) {
            report.add(each.outcome, of: each.campaign)
            switch each.outcome {
            case .planned(let run), .known(let run):
                do {
                    report.runs.append(try await send(run, services))
                } catch {
                    // What the others came to is told all the same.
                    report.add(Problem.all(in: error))
                }
            case .registered, .notDue, .tooLate, .waiting, .failed: break
            }
        }
        return report
    }

    private func send(_ run: Run, _ services: Services) async throws -> RunSummary {
        guard resume, run.control.isHeld else { return try await services.send(run, waits: wait) }
        return try await services.send(services.operations.resume(run), waits: wait)
    }
}
