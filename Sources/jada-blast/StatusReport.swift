internal import Campaigns
internal import Delivery

/// What `status` tells: runs, and what is waiting, dead, overdue or to come.
struct StatusReport: Encodable {
    /// What goes through an account waits.
    struct Account: Encodable {
        var account: String
        /// Why.
        var waiting: String
    }

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
    /// Only where no run or campaign is named.
    var upcoming: [Upcoming]?
    /// For a person.
    private(set) var lines: [String] = []
    /// Whether the run that is named will change no more.
    private(set) var isOver = false

    private enum CodingKeys: String, CodingKey {
        case runs, uncertain, waitingForApproval, otherAccounts, shardsInQueue, deadLetters, upcoming
    }

    init(
        of selector: RunSelector?, _ services: Services, _ places: PlaceOptions,
        _ meter: inout RunProgressMeter, _ upcoming: [Upcoming]
    ) async throws {
        var runs = try await services.runs(selector)
        let unapproved = try await WaitingCampaign.all(selector, services)
        waitingForApproval = unapproved.isEmpty ? nil : unapproved
        var unresolved: [UncertainMail] = []
        var feedback: RunFeedback?
        if case .run = selector, var run = runs.first {
            if run.control != .running, !run.isFinished {
                // No sender finds out any more that another one has died.
                run = try await services.uncertainMails.settleAbandoned(of: run)
                runs = [run]
            }
            unresolved = try await services.uncertainMails.list(of: run)
            uncertain = unresolved.map(UncertainReport.init)
            feedback = try await services.ledger.feedback(of: run.id)
            if case .cancelled = run.control { isOver = true } else { isOver = run.isFinished }
        }
        // On this machine invoke sends without the queue, so that its count tells little.
        shardsInQueue = places.aws ? try await services.queue.count() : nil
        let dead = try await services.queue.deadLetters()
        deadLetters = dead.count > 0 ? DeadLetterReport(dead) : nil
        let (paces, now) = (try await services.paces(), services.clock.now())
        // Which account a run goes through is not recorded: where there is one only, it is that.
        let account = paces.count == 1 ? paces[0].account : services.sendingAccount
        let pace = paces.first { $0.account == account }?.state ?? PaceState()
        let others = paces.filter { $0.account != account }.compactMap { account, pace in
            RunSummary.Waiting.reason(pace, now: now).map { Account(account: account, waiting: $0) }
        }
        otherAccounts = others.isEmpty ? nil : others
        self.runs = []
        if runs.isEmpty { lines.append("No runs yet" + (selector.map { " of \($0)" } ?? "") + ".") }
        var zones: [CampaignID: TimeZoneRules] = [:]
        for run in runs {
            var summary = RunSummary(run, waiting: RunSummary.Waiting(run, pace: pace, now: now), now: now)
            summary.feedback = feedback.map { FeedbackReport($0, of: run) }
            // At the rate of those who were sent to, nobody knows when the others will have been.
            if summary.waiting == nil, summary.toCome == nil {
                summary.progress = meter.progress(of: run, now: now)
            }
            self.runs.append(summary)

            let zone: TimeZoneRules
            if let known = zones[run.id.campaign] {
                zone = known
            } else {
                zone = await services.zone(of: run.id.campaign)
                zones[run.id.campaign] = zone
            }
            lines.append(Self.text(of: run, summary, zone: zone, places.repeated))
            lines += UncertainReport.lines(unresolved, zone: zone).map { "  " + $0 } + [""]
        }
        lines += unapproved.map(\.text)
        lines += others.map { "What goes through \($0.account) waits: \($0.waiting)." }
        lines += shardsInQueue.map { ["\($0) shard\($0 == 1 ? "" : "s") in the queue."] } ?? []
        lines += Self.lines(of: dead, places.repeated)
        if selector == nil {
            self.upcoming = upcoming
            if !upcoming.isEmpty { lines += ["To come:"] + upcoming.map { "  " + $0.line } }
        }
    }

    private static func text(
        of run: Run, _ summary: RunSummary, zone: TimeZoneRules, _ options: String
    ) -> String {
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
        if let progress = summary.progress { lines.append("  \(progress.line(zone: zone))") }
        if let toCome = summary.toCome { lines.append("  \(toCome.line(zone))") }
        if let waiting = summary.waiting {
            lines.append("  waits: \(waiting.reason)")
            lines.append("  it is looked at again within 15 minutes, and the run goes on by itself")
            if let until = waiting.until {
                lines.append("  its first mails leave the quota \(until.inWords(zone))")
            }
        }
        lines += summary.advice(options).map { "  \($0)" }
        return lines.joined(separator: "\n")
    }

    private static func lines(of dead: DeadLetters, _ options: String) -> [String] {
        guard dead.count > 0 else { return [] }
        let runs = Set(dead.seen.compactMap { $0.message?.run.description }).sorted()
        return ["\(dead.count) dead letter\(dead.count == 1 ? "" : "s"):"]
            + dead.seen.map { letter in
                let what = letter.message.map { "\($0.run), shard \($0.shard)" } ?? "no message of ours"
                return "  \(what): received \(letter.receiveCount) times"
            }
            + runs.map { "Mend the cause, then go on with jada-blast resume \($0)\(options)" }
    }
}

/// Shards that failed again and again.
struct DeadLetterReport: Encodable {
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
