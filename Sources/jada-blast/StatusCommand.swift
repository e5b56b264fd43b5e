internal import ArgumentParser
internal import Campaigns
internal import Delivery

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show runs, newest first: how far they are, and what to do about them.",
        discussion: """
              jada-blast status
              jada-blast status paul-simon --json | jq '.runs[0].counts'
              jada-blast status paul-simon#2026-06-01T17:00:00Z

            Of a run that is named, what SES has told of its mails is counted, and each uncertain recipient is told. Dead letters are shards that failed again and again: \
            resume puts what is left of them into the queue anew. Times are in the zone of the campaign's schedule, else \
            in UTC.
            """)

    @Argument(
        help: ArgumentHelp("Only this run, or the runs of this campaign.", valueName: "run-or-campaign"))
    var selector: RunSelector?

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let services = try await Services(places, sends: false)
            var runs = try await services.runs(selector)
            let unapproved = try await WaitingCampaign.all(selector, services)
            var uncertain: [UncertainMail]?
            var feedback: RunFeedback?
            if case .run = selector, var run = runs.first {
                if run.control != .running, !run.isFinished {
                    // No sender finds out any more that another one has died.
                    run = try await services.uncertainMails.settleAbandoned(of: run)
                    runs = [run]
                }
                uncertain = try await services.uncertainMails.list(of: run)
                feedback = try await services.ledger.feedback(of: run.id)
            }
            // On this machine invoke sends without the queue, so that its count tells little.
            let waiting = places.aws ? try await services.queue.count() : nil
            let dead = try await services.queue.deadLetters()
            let (paces, now) = (try await services.paces(), services.clock.now())
            // Which account a run goes through is not recorded: where there is one only, it is that.
            let account = paces.count == 1 ? paces[0].account : services.sendingAccount
            let pace = paces.first { $0.account == account }?.state ?? PaceState()
            func summary(of run: Run) -> RunSummary {
                var summary = RunSummary(run, waiting: RunSummary.Waiting(run, pace: pace, now: now))
                summary.feedback = feedback.map { FeedbackReport($0, of: run) }
                return summary
            }
            let others = paces.filter { $0.account != account }.compactMap { account, pace in
                RunSummary.Waiting.reason(pace, now: now).map {
                    Report.Account(account: account, waiting: $0)
                }
            }
            if places.json {
                return try Console.printJSON(
                    Report(
                        runs: runs.map(summary), uncertain: uncertain?.map(UncertainReport.init),
                        waitingForApproval: unapproved.isEmpty ? nil : unapproved,
                        otherAccounts: others.isEmpty ? nil : others, shardsInQueue: waiting,
                        deadLetters: dead.count > 0 ? .init(dead) : nil))
            }
            if runs.isEmpty {
                Console.print("No runs yet" + (selector.map { " of \($0)" } ?? "") + ".")
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
                Console.print(Self.text(of: run, summary(of: run), zone: zone))
                for line in UncertainReport.lines(uncertain ?? [], zone: zone) { Console.print("  " + line) }
                Console.print("")
            }
            for campaign in unapproved { Console.print(campaign.text) }
            for other in others {
                Console.print("What goes through \(other.account) waits: \(other.waiting).")
            }
            if let waiting { Console.print("\(waiting) shard\(waiting == 1 ? "" : "s") in the queue.") }
            for line in Self.lines(of: dead) { Console.print(line) }
        }
    }

    private struct Report: Encodable {
        var runs: [RunSummary]
        /// Only of a run that is named.
        var uncertain: [UncertainReport]?
        /// Campaigns whose time has come; only if there are any.
        var waitingForApproval: [WaitingCampaign]?
        /// Those that wait beside the one that `--mailer` names; only if there are any.
        var otherAccounts: [Account]?
        /// Only on AWS; approximate.
        var shardsInQueue: Int?
        /// Only if there are any.
        var deadLetters: DeadLetterReport?

        struct Account: Encodable {
            var account: String
            /// Why.
            var waiting: String
        }
    }

    private struct DeadLetterReport: Encodable {
        /// Approximate on AWS.
        var count: Int
        /// Those that could be looked at.
        var shards: [Shard]

        struct Shard: Encodable {
            /// `nil` if it is no message of ours.
            var run: String?
            var shard: Int?
            var firstBatch: Int?
            var receiveCount: Int
        }

        init(_ letters: DeadLetters) {
            count = letters.count
            shards = letters.seen.map { letter in
                Shard(
                    run: letter.message?.run.description, shard: letter.message?.shard,
                    firstBatch: letter.message?.firstBatch, receiveCount: letter.receiveCount)
            }
        }
    }

    private static func lines(of dead: DeadLetters) -> [String] {
        guard dead.count > 0 else { return [] }
        let runs = Set(dead.seen.compactMap { $0.message?.run.description }).sorted()
        return ["\(dead.count) dead letter\(dead.count == 1 ? "" : "s"):"]
            + dead.seen.map { letter in
                let what = letter.message.map { "\($0.run), shard \($0.shard)" } ?? "no message of ours"
                return "  \(what): received \(letter.receiveCount) times"
            }
            + runs.map { "Mend the cause, then go on with jada-blast resume \($0)" }
    }

    private static func text(of run: Run, _ summary: RunSummary, zone: TimeZoneRules) -> String {
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
        lines += summary.findings?.map { "  \($0.line)" } ?? []
        lines += summary.feedback?.lines.map { "  \($0)" } ?? []
        if let waiting = summary.waiting {
            lines.append("  waits: \(waiting.reason)")
            lines.append("  it is looked at again within 15 minutes, and the run goes on by itself")
            if let until = waiting.until {
                lines.append("  its first mails leave the quota \(until.inWords(zone))")
            }
        }
        lines += summary.advice.map { "  \($0)" }
        return lines.joined(separator: "\n")
    }
}
