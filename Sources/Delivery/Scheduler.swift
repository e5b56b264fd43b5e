package import Campaigns

/// Decides which campaigns are due, and has them planned.
package struct Scheduler: Sendable {
    /// What asks for a look.
    package enum Trigger: Sendable, Hashable {
        /// A campaign by name. `occurrence` names the sending where its schedule does not; an event that comes twice names
        /// it the same, so that it gives one run.
        case campaign(CampaignID, occurrence: Occurrence, ignoringSchedule: Bool)
        /// A step of a campaign's sequence by name, now, for the recipients of the first run of this occurrence.
        case step(CampaignID, StepID, of: Occurrence)
        /// Time has passed: everything that is due goes.
        case tick
        /// A campaign's metadata has changed.
        case changed(CampaignID)
    }

    /// What became of one campaign.
    package enum Outcome: Sendable {
        case planned(Run)
        /// Its run exists already.
        case known(Run)
        /// An event names the campaign before its time; `next` is the next occurrence, if any is to come.
        case notDue(next: Timestamp?)
        /// Its schedule is known now, and nothing is to be sent yet.
        case registered(next: Timestamp?)
        /// Found later than the schedule's `startWithin` after its time.
        case tooLate(Occurrence, next: Timestamp?)
        /// Its time has come, and a person's approval is missing: it goes out if that comes within `startWithin`.
        ///
        /// - Parameter isNew: whether the look before did not find it so.
        case waiting(Occurrence, Problem, isNew: Bool)
        case failed([Problem])
    }

    package struct Report: Sendable {
        package var campaign: CampaignID
        /// The step of its sequence that it is about; `nil` for the first mail.
        package var step: StepID?
        package var outcome: Outcome

        package init(campaign: CampaignID, step: StepID? = nil, outcome: Outcome) {
            self.campaign = campaign
            self.step = step
            self.outcome = outcome
        }
    }

    let planner: Planner
    var environment: Planner.Environment { planner.environment }

    package init(_ planner: Planner) { self.planner = planner }

    /// An occurrence that no other has, named by the clock.
    package func newOccurrence() -> Occurrence { .named(after: environment.clock.now()) }

    package func handle(_ trigger: Trigger) async throws -> [Report] {
        switch trigger {
        case .campaign(let id, let occurrence, let ignoringSchedule):
            var outcome = try await send(id, occurrence: occurrence, ignoringSchedule: ignoringSchedule)
            if case .known(let run) = outcome { outcome = .known(try await planner.revive(run)) }
            return [Report(campaign: id, outcome: outcome)]
        case .step(let id, let step, let first):
            return [try await send(step, of: RunID(campaign: id, occurrence: first))]
        case .changed(let id):
            return [Report(campaign: id, outcome: try await consider(id))]
        case .tick:
            var reports: [Report] = []
            for (id, version) in try await environment.library.campaigns() {
                try Task.checkCancellation()
                if try await isQuiet(id, version: version) { continue }
                let outcome = try await keepingProblems { try await consider(id) }
                reports.append(Report(campaign: id, outcome: outcome))
            }
            return try await reports + followUps()
        }
    }

    /// Hands over the shards of runs that were planned by one who died before the queue had all of them.
    ///
    /// A scheduled run is completed by any tick; this finds those that events have asked for.
    package func completeRuns() async throws {
        for run in try await environment.ledger.runs(of: nil)
        where !run.isEnqueued && !run.isFinished && run.control == .running {
            environment.log.info("Handing over the shards of a run", ("run", "\(run.id)"))
            _ = try await planner.plan(run.id)
        }
    }

    // MARK: - A campaign that an event names

    private func send(
        _ id: CampaignID, occurrence: Occurrence, ignoringSchedule: Bool
    ) async throws -> Outcome {
        let named = RunID(campaign: id, occurrence: occurrence)
        if ignoringSchedule { return try await plan(named) }
        let now = environment.clock.now()
        let (campaign, object) = try await metadata(of: id)
        guard let schedule = campaign.schedule else { return try await plan(named) }
        let state = try await timing(
            of: id, schedule: schedule, version: object.version, now: now, isNamed: true)
        try await requireUnmoved(schedule, state: state, now: now)
        if state.record == nil, case .expression(.rate) = schedule.moment {
            // The event itself is the first occurrence of a rate that nobody has counted yet.
            let outcome = try await plan(named)
            try await remember(id, state: state, last: occurrence, now: now)
            return outcome
        }
        guard let due = state.due else {
            // What was sent before is confirmed rather than refused.
            if let last = state.record?.last,
                let run = try await environment.ledger.run(RunID(campaign: id, occurrence: last))
            {
                return try await plan(run.id)
            }
            return .notDue(next: state.next)
        }
        return try await settle(due, of: id, schedule: schedule, state: state, now: now, waits: false)
    }

    // MARK: - Campaigns that a tick finds

    /// Whether nothing has changed and nothing is due, so that the campaign's files need not be read.
    private func isQuiet(_ id: CampaignID, version: String) async throws -> Bool {
        guard let record = try await environment.ledger.schedule(of: id), record.version == version else {
            return false
        }
        guard let next = record.next else { return true }
        return next > environment.clock.now()
    }

    /// One campaign that cannot be planned does not keep the others from going.
    func keepingProblems(_ body: () async throws -> Outcome) async throws -> Outcome {
        do {
            return try await body()
        } catch let cancellation as CancellationError {
            throw cancellation
        } catch let problems as Problems {
            return .failed(problems.all)
        } catch let problem as Problem {
            return .failed([problem])
        } catch {
            return .failed([Problem(.software, "\(error)")])
        }
    }

    private func consider(_ id: CampaignID) async throws -> Outcome {
        let now = environment.clock.now()
        let (campaign, object) = try await metadata(of: id)
        guard let schedule = campaign.schedule else {
            let record = try await environment.ledger.schedule(of: id)
            if record?.version != object.version { try await noticeSequence(of: campaign, now: now) }
            try await environment.ledger.put(
                ScheduleRecord(
                    campaign: id, version: object.version, registeredAt: record?.registeredAt ?? now,
                    next: nil,
                    last: record?.last))
            return .registered(next: nil)
        }
        let state = try await timing(
            of: id, schedule: schedule, version: object.version, now: now, isNamed: false)
        // At once after the edit: there is time to cancel the run as long as it waits.
        try await requireUnmoved(schedule, state: state, now: now)
        if state.record?.version != object.version { try await noticeSequence(of: campaign, now: now) }
        guard let due = state.due else {
            try await remember(id, state: state, last: state.record?.last, now: now)
            return .registered(next: state.next)
        }
        return try await settle(due, of: id, schedule: schedule, state: state, now: now, waits: true)
    }

    // MARK: - Time

    /// Where a campaign's schedule stands.
    struct Timing {
        var record: ScheduleRecord?
        /// Of the campaign.json that holds the schedule.
        var version: String
        /// The occurrence whose time has come, and which no record says was dealt with. Where recipients have zones of their
        /// own it has come when the first of them may be due, hours before the occurrence itself.
        var due: Timestamp?
        /// When that one's time came: at ``due`` itself but for recipients' own zones.
        var dueSince: Timestamp?
        /// The next one to come.
        var next: Timestamp?
        /// When that one's time comes: at ``next`` itself but for recipients' own zones.
        var nextLook: Timestamp?
    }

    /// - Parameter isNamed: an event names the campaign, so that an occurrence before its registration counts too.
    private func timing(
        of id: CampaignID, schedule: Schedule, version: String, now: Timestamp, isNamed: Bool
    ) async throws -> Timing {
        let record = try await environment.ledger.schedule(of: id)
        let zone = try environment.clock.zone(named: schedule.timeZone)
        let registered = record?.registeredAt ?? now
        func next(after moment: Timestamp) throws -> Timestamp? {
            do throws(Problem) {
                return try schedule.next(after: moment, zone: zone, registeredAt: registered)
            } catch {
                var problem = error
                problem.file = problem.file ?? CampaignDraft.metadataKey(of: id)
                throw problem
            }
        }

        func begins(_ occurrence: Timestamp) -> Timestamp {
            schedule.span(of: occurrence, zone: zone).lowerBound
        }

        var timing = Timing(record: record, version: version, next: try next(after: now))
        while let moment = timing.next, begins(moment) <= now { timing.next = try next(after: moment) }
        timing.nextLook = timing.next.map(begins)
        switch schedule.moment {
        case .at:
            // Due once its time has come, however long ago: whether it is too late is told, not passed over.
            if let at = try next(after: Timestamp(milliseconds: .min / 2)), begins(at) <= now {
                timing.due = at
            }
        case .expression:
            // The latest occurrence up to now; those missed before it are not made up for. It has to lie after the
            // registration: a new campaign does not begin with the past.
            let window = schedule.startWithin + schedule.longestSpan + .milliseconds(1)
            var candidate = try next(after: isNamed ? now - window : max(registered, now - window))
            if candidate.map({ begins($0) > now }) ?? true, let record, record.version == version,
                let known = record.next,
                known <= now
            {
                // Missed by more than the window: too late, and told so.
                candidate = try next(after: known - .milliseconds(1))
                while let moment = candidate, begins(moment) < known { candidate = try next(after: moment) }
            }
            while let moment = candidate, begins(moment) <= now {
                timing.due = moment
                candidate = try next(after: moment)
            }
        }
        if let due = timing.due, record?.last == .scheduled(at: due) { timing.due = nil }
        timing.dueSince = timing.due.map(begins)
        return timing
    }

    /// - Parameter waits: whether an approval that is missing is waited for; a person who names the campaign is told at once.
    private func settle(
        _ due: Timestamp, of id: CampaignID, schedule: Schedule, state: Timing, now: Timestamp, waits: Bool
    ) async throws -> Outcome {
        let occurrence = Occurrence.scheduled(at: due)
        let outcome: Outcome
        if let run = try await environment.ledger.run(RunID(campaign: id, occurrence: occurrence)) {
            outcome = .known(try await planner.plan(run.id).run)
        } else if schedule.isTooLate(due, at: now, zone: try environment.clock.zone(named: schedule.timeZone))
        {
            outcome = .tooLate(occurrence, next: state.next)
        } else {
            do {
                outcome = try await plan(
                    RunID(campaign: id, occurrence: occurrence), of: due,
                    isWaiting: state.record?.waiting != nil)
            } catch let problem as Problem where waits && problem.isLackOfApproval {
                return try await wait(for: problem, due: due, of: id, state: state, now: now)
            }
        }
        // Only now: a scheduler that dies before is followed by one that finds the occurrence due again.
        try await remember(id, state: state, last: occurrence, now: now)
        return outcome
    }

    /// The occurrence stays due; that it waits is told once.
    private func wait(
        for problem: Problem, due: Timestamp, of id: CampaignID, state: Timing, now: Timestamp
    ) async throws -> Outcome {
        let why = problem.message
        let isNew = state.record?.waiting != why
        if isNew {
            try await environment.ledger.put(
                ScheduleRecord(
                    campaign: id, version: state.version,
                    registeredAt: state.record?.registeredAt ?? now, next: state.dueSince ?? due,
                    last: state.record?.last,
                    waiting: why))
        }
        return .waiting(.scheduled(at: due), problem, isNew: isNew)
    }

    private func remember(_ id: CampaignID, state: Timing, last: Occurrence?, now: Timestamp) async throws {
        try await environment.ledger.put(
            ScheduleRecord(
                campaign: id, version: state.version,
                registeredAt: state.record?.registeredAt ?? now, next: state.nextLook, last: last))
    }

    // MARK: - Planning

    func metadata(of id: CampaignID) async throws -> (campaign: Campaign, object: LibraryObject) {
        try await CampaignDraft.metadata(
            of: id, in: environment.library, clock: environment.clock, addresses: environment.addresses)
    }

    /// - Parameters:
    ///   - due: the schedule's occurrence that it is; `nil` if an event asks for it beside the schedule.
    ///   - isWaiting: whether it was found to lack an approval before: it is looked at whether that still is so before a plan
    ///     is begun that would be thrown away.
    private func plan(_ id: RunID, of due: Timestamp? = nil, isWaiting: Bool = false) async throws -> Outcome
    {
        if isWaiting { try await planner.requireApproval(of: planner.draft(of: id.campaign)) }
        let (run, isNew) = try await planner.plan(id, occurrence: due)
        return isNew ? .planned(run) : .known(run)
    }
}

extension Scheduler.Report {
    /// Writes a line for people into a log.
    package func tell(_ log: any Log) {
        let campaign = (name: "campaign", value: campaign.rawValue + (step.map { " (\($0))" } ?? ""))
        switch outcome {
        case .planned(let run):
            // Where recipients have time zones of their own, from when to when they are sent to.
            let moments = run.departures?.moments.map(\.at) ?? []
            let span = [("first", moments.first), ("last", moments.last)].compactMap { name, moment in
                moment.map { (name: name, value: "\($0)") }
            }
            log.write(
                .info, "Planned",
                [
                    campaign, ("run", "\(run.id)"), ("rows", "\(run.rows)"),
                    ("recipients", "\(run.recipients)"), ("shards", "\(run.shards)"),
                ] + span)
        case .known(let run): log.info("Planned before", campaign, ("run", "\(run.id)"))
        case .registered(let next): log.info("Registered", campaign, ("next", next?.description ?? "none"))
        case .notDue(let next): log.debug("Not due", campaign, ("next", next?.description ?? "none"))
        case .tooLate(let occurrence, _):
            log.error("Too late to send: not sent", campaign, ("occurrence", "\(occurrence)"))
        case .waiting(let occurrence, let problem, let isNew):
            log.write(
                isNew ? .warning : .debug, "Waiting for approval",
                [campaign, ("occurrence", "\(occurrence)"), ("problem", "\(problem)")])
        case .failed(let problems):
            for problem in problems { log.error("Cannot be planned", campaign, ("problem", "\(problem)")) }
        }
    }
}

extension Occurrence {
    /// The occurrence of a schedule's instant: `2026-06-01T17:00:00Z`.
    package static func scheduled(at moment: Timestamp) -> Occurrence { .named(after: moment) }

    /// An occurrence named by the clock.
    package static func named(after moment: Timestamp) -> Occurrence {
        guard let occurrence = Occurrence(moment.description) else {
            preconditionFailure("a timestamp's characters are all allowed in an occurrence")
        }
        return occurrence
    }
}
