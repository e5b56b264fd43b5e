internal import ArgumentParser
internal import Campaigns

/// A run as `invoke` and `status` tell it.
struct RunSummary: Encodable {
    /// The counts add up to `rows` once the run is finished; until then `pending` makes up the rest.
    struct Counts: Encodable {
        var rows: Int
        var accepted: Int
        var rejected: Int
        var suppressed: Int
        var invalid: Int
        var duplicate: Int
        var excluded: Int
        var uncertain: Int

        init(_ run: Run) {
            let counts = run.counts
            rows = run.rows
            accepted = counts.accepted
            rejected = counts.rejected
            suppressed = counts.suppressed
            invalid = counts.invalid
            duplicate = counts.duplicate
            excluded = counts.excluded
            uncertain = counts.uncertain
        }
    }

    enum Status: String, Encodable { case finished, running, interrupted, paused, cancelled, stopped }

    var run: String
    var status: Status
    /// Why it is paused, cancelled or stopped.
    var reason: String?
    var plannedAt: String
    var counts: Counts
    /// Recipients without an outcome.
    var pending: Int
    /// Of the uncertain, those that a person has closed with `resolve --drop`; `nil` if there are none.
    var dropped: Int?
    /// Rates that have reached their limits; `nil` if none has.
    var findings: [FindingReport]?
    /// What the mail service has told of its mails; only of a run that `status` names.
    var feedback: FeedbackReport?
    /// How fast it gets on; only of a run under way, as `status` sees it.
    var progress: RunProgress?
    /// What a running run waits for.
    var waiting: Waiting?
    /// Recipients whose time is to come, where they are; only of a run that goes on.
    var toCome: ToCome?
    /// Folder that mails are written into, where they are.
    var outbox: String?

    struct ToCome: Encodable {
        var recipients: Int
        var next: Timestamp
        var last: Timestamp

        private enum CodingKeys: String, CodingKey { case recipients, next, last }

        init(_ waiting: Departures.Waiting) {
            (recipients, next, last) = (waiting.recipients, waiting.next, waiting.last)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(recipients, forKey: .recipients)
            try container.encode(next.description, forKey: .next)
            try container.encode(last.description, forKey: .last)
        }

        /// For a person.
        func line(_ zone: TimeZoneRules) -> String {
            let who = recipients == 1 ? "1 recipient" : "\(recipients) recipients"
            let end = last == next ? "" : ", the last \(last.inWords(zone))"
            return "waiting for \(who) until it is time where they are: the next \(next.inWords(zone))\(end)"
        }
    }

    struct Waiting: Encodable {
        var reason: String
        /// From then on the run's own first mails no longer count, if nothing frees the quota sooner.
        var until: Timestamp?

        private enum CodingKeys: String, CodingKey { case reason, until }

        /// - Parameter pace: of the account that the run is sent through.
        /// - Returns: `nil` where no sender waits for the account's 24-hour quota.
        init?(_ run: Run, pace: PaceState, now: Timestamp) {
            guard run.control == .running, !run.isFinished, let reason = Self.reason(pace, now: now) else {
                return nil
            }
            self.reason = reason
            let freed = run.plannedAt + .seconds(86_400)
            until = freed > now ? freed : nil
        }

        /// Why an account's senders wait; `nil` if they do not.
        static func reason(_ pace: PaceState, now: Timestamp) -> String? {
            guard pace.waitsForQuota(at: now) else { return nil }
            let maximum = pace.allowance?.maximumPer24Hours.map { " of \(Int($0)) mails" } ?? ""
            return "the 24-hour quota\(maximum) is used up"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(reason, forKey: .reason)
            try container.encodeIfPresent(until?.description, forKey: .until)
        }
    }

    /// - Parameters:
    ///   - isInterrupted: whether this process was told to end before the run did.
    ///   - waiting: what its senders wait for.
    ///   - now: `nil` where it does not matter what is to come.
    init(
        _ run: Run, outbox: String? = nil, isInterrupted: Bool = false, waiting: Waiting? = nil,
        now: Timestamp? = nil
    ) {
        self.waiting = waiting
        self.run = run.id.description
        plannedAt = run.plannedAt.description
        counts = Counts(run)
        pending = max(0, run.recipients - run.settled.total)
        dropped = run.settled.dropped > 0 ? run.settled.dropped : nil
        findings = run.findings.isEmpty ? nil : run.findings.map(FindingReport.init)
        self.outbox = outbox
        if let now, run.control == .running, !run.isFinished {
            toCome = run.departures?.waiting(at: now).map(ToCome.init)
        }
        switch run.control {
        case _ where run.isFinished: status = .finished
        case .running: status = isInterrupted ? .interrupted : .running
        case .paused(let why): (status, reason) = (.paused, why)
        case .cancelled(let why): (status, reason) = (.cancelled, why)
        case .stopped(let why): (status, reason) = (.stopped, why)
        }
    }

    /// `nil` if the run ended as meant.
    var exitCode: ExitCode? {
        // What is left of it goes out later, as it should.
        if status == .running, let toCome, toCome.recipients == pending { return nil }
        if status != .finished { return .notFinished }
        return openUncertain > 0 ? .uncertain : nil
    }

    private var isHeldByFinding: Bool { findings?.contains { $0.override == nil } ?? false }

    /// Uncertain recipients about whom nobody has decided.
    private var openUncertain: Int { counts.uncertain - (dropped ?? 0) }

    /// For a person, after the run.
    ///
    /// - Parameter zone: in which times are told.
    func text(_ options: String, zone: TimeZoneRules = .utc) -> String {
        var lines = ["Run \(run): \(status)" + (reason.map { " (\($0))" } ?? "")]
        lines += CountTable.lines(outcomes, always: ["accepted"], total: ("rows", counts.rows))
        if let outbox { lines.append("The mails are in \(outbox)") }
        if let toCome {
            lines.append("It is " + toCome.line(zone))
            lines.append(
                "They are in the queue: a sender or jada-blast daemon sends to them in time, and so does invoke --wait"
            )
        }
        lines += advice(options)
        return lines.joined(separator: "\n")
    }

    /// What every row came to, in the order in which it is told.
    var outcomes: [(name: String, count: Int)] {
        [
            ("accepted", counts.accepted), ("rejected", counts.rejected), ("suppressed", counts.suppressed),
            ("invalid", counts.invalid), ("duplicate", counts.duplicate), ("excluded", counts.excluded),
            ("uncertain" + (dropped.map { " (\($0) dropped)" } ?? ""), counts.uncertain),
            ("pending", pending),
        ]
    }

    /// What a person may do about it, in lines; none if there is nothing to do.
    ///
    /// - Parameter options: what a command needs to find the same run: see ``PlaceOptions/repeated``.
    func advice(_ options: String) -> [String] {
        func command(_ words: String) -> String { "  jada-blast \(words)\(options)" }
        switch status {
        case .running: return []
        case .interrupted: return ["It goes on where it stands with", command("resume \(run)")]
        case .stopped where isHeldByFinding, .paused where isHeldByFinding:
            return [
                "Look at the list before anybody else is mailed. End the run, or let it go on all the same, with",
                command("cancel \(run)"), command("resume \(run) --override"),
            ]
        case .stopped, .paused: return ["Mend the cause, then go on with", command("resume \(run)")]
        case .finished where openUncertain > 0:
            return [
                "Nobody knows whether the uncertain mails went out. See who, and decide, with",
                command("resolve \(run) --list"), command("resolve \(run) --resend"),
                command("resolve \(run) --drop"),
            ]
        case .finished, .cancelled: return []
        }
    }
}
