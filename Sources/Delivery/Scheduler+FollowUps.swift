package import Campaigns

/// Steps of sequences: each goes when its time after the first run has come, and that run is finished.
extension Scheduler {
    /// A step and when it is due.
    package struct DueStep: Sendable {
        package let step: SequenceStep
        /// On the schedule's clocks.
        package let moment: Timestamp
        /// Where recipients of the first run had time zones of their own: from when to when it is due anywhere.
        let span: ClosedRange<Timestamp>
        /// When it is planned.
        package var at: Timestamp { span.lowerBound }
    }

    /// When the steps that follow a run are due, in order.
    package static func steps(
        of campaign: Campaign, after run: Run, clock: any WallClock
    ) throws -> [DueStep] {
        let zone = try campaign.schedule.map { try clock.zone(named: $0.timeZone) } ?? .utc
        return campaign.sequence.map { step in
            let moment = step.after.after(run.startOfSequence, in: zone)
            let schedule = run.departures == nil ? nil : campaign.schedule
            return DueStep(
                step: step, moment: moment, span: schedule?.span(of: moment, zone: zone) ?? moment...moment)
        }
    }

    /// A step that an event names.
    func send(_ step: StepID, of id: RunID) async throws -> Report {
        guard let first = try await environment.ledger.run(id) else {
            throw Problem(
                .notFound, "there is no run \(id) that the step '\(step)' could follow",
                remedy: "Name the occurrence of a run that jada-blast status \(id.campaign) shows")
        }
        let (run, isNew) = try await planner.plan(step, of: first)
        return Report(
            campaign: id.campaign, step: step,
            outcome: isNew ? .planned(run) : .known(try await planner.revive(run)))
    }

    // MARK: - What a tick finds

    /// Plans the steps whose time has come.
    func followUps() async throws -> [Report] {
        let now = environment.clock.now()
        var reports: [Report] = []
        for record in try await environment.ledger.followUps().sorted(by: { $0.next < $1.next })
        where record.next <= now {
            try Task.checkCancellation()
            reports += try await followUp(record, now: now)
        }
        return reports
    }

    private func followUp(_ record: FollowUpRecord, now: Timestamp) async throws -> [Report] {
        let ledger = environment.ledger
        let id = record.run.campaign
        guard let first = try await ledger.run(record.run), !first.isCancelled else {
            try await ledger.removeFollowUps(of: record.run)
            return []
        }
        let campaign: Campaign
        do {
            campaign = try await metadata(of: id).campaign
        } catch let problem as Problem where problem.kind == .notFound {
            try await ledger.removeFollowUps(of: record.run)
            return [Report(campaign: id, outcome: .failed([problem]))]
        } catch let problems as Problems {
            return [Report(campaign: id, outcome: .failed(problems.all))]
        }

        let steps = try Self.steps(of: campaign, after: first, clock: environment.clock)
            .filter { $0.at >= record.next }
        let next = steps.first { $0.at > now }?.at
        let due = steps.filter { $0.at <= now }
        var reports: [Report] = []
        if !due.isEmpty {
            guard first.isFinished, first.control == .running else {
                environment.log.debug("Follow-ups wait for their first run", ("run", "\(first.id)"))
                try await ledger.put(FollowUpRecord(run: record.run, next: record.next, heldAt: now))
                return []
            }
            // Those that a later one has overtaken are not made up for: nobody wants two mails at once. One that is only planned
            // before its time, for zones that are ahead, has overtaken nothing yet.
            let latest = due.lastIndex { $0.moment <= now } ?? due.startIndex
            for step in due[..<latest] where try await run(of: step.step, after: first) == nil {
                reports.append(tooLate(step.step, after: first, next: due[latest].at))
            }
            for step in due[latest...] {
                let report = try await plan(
                    step, after: first, of: campaign, heldAt: record.heldAt, now: now)
                reports.append(report)
                if case .failed = report.outcome {
                    // Tried again at the next tick, until it is too late or overtaken.
                    if step.at > record.next {
                        try await ledger.put(
                            FollowUpRecord(run: record.run, next: step.at, heldAt: record.heldAt))
                    }
                    return reports
                }
            }
        }
        // Only now: a scheduler that dies before is followed by one that finds the step due again.
        if let next {
            try await ledger.put(FollowUpRecord(run: record.run, next: next))
        } else {
            try await ledger.removeFollowUps(of: record.run)
        }
        return reports
    }

    private func plan(
        _ due: DueStep, after first: Run, of campaign: Campaign, heldAt: Timestamp?, now: Timestamp
    ) async throws -> Report {
        let step = due.step
        if try await run(of: step, after: first) == nil {
            let startWithin = campaign.schedule?.startWithin ?? Schedule.defaultStartWithin
            if now - max(due.span.upperBound, heldAt ?? due.span.upperBound) > startWithin {
                return tooLate(step, after: first, next: nil)
            }
        }
        let outcome = try await keepingProblems {
            let (run, isNew) = try await planner.plan(step.id, of: first, at: due.moment)
            return isNew ? .planned(run) : .known(run)
        }
        return Report(campaign: first.id.campaign, step: step.id, outcome: outcome)
    }

    private func run(of step: SequenceStep, after first: Run) async throws -> Run? {
        guard let occurrence = FollowUp(step: step.id, first: first.id.occurrence).occurrence else {
            return nil
        }
        return try await environment.ledger.run(
            RunID(campaign: first.id.campaign, occurrence: occurrence))
    }

    private func tooLate(_ step: SequenceStep, after first: Run, next: Timestamp?) -> Report {
        let occurrence = FollowUp(step: step.id, first: first.id.occurrence).occurrence
        return Report(
            campaign: first.id.campaign, step: step.id,
            outcome: .tooLate(occurrence ?? first.id.occurrence, next: next))
    }

    // MARK: - Sequences that change

    /// Takes in the sequence of a campaign.json that is new: what is to follow runs of before.
    ///
    /// Only what is still to come: a step that is added late does not go at once.
    func noticeSequence(of campaign: Campaign, now: Timestamp) async throws {
        let ledger = environment.ledger
        let known = Dictionary(
            try await ledger.followUps().filter { $0.run.campaign == campaign.id }.map { ($0.run, $0) },
            uniquingKeysWith: { first, _ in first })
        if campaign.sequence.isEmpty && known.isEmpty { return }
        for run in try await ledger.runs(of: campaign.id) where run.followUp == nil && !run.isCancelled {
            // One that is due already is the tick's.
            if let record = known[run.id], record.next <= now { continue }
            let steps = try Self.steps(of: campaign, after: run, clock: environment.clock)
            if let next = steps.first(where: { $0.at > now })?.at {
                try await ledger.put(FollowUpRecord(run: run.id, next: next))
            } else if known[run.id] != nil {
                try await ledger.removeFollowUps(of: run.id)
            }
        }
    }
}

extension Run {
    var isCancelled: Bool {
        if case .cancelled = control { true } else { false }
    }
}
