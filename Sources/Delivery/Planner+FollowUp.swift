package import Campaigns

extension Planner {
    /// Recipients of the first run that are looked at as one.
    private static let recipientsAtOnce = 500

    /// Plans a step of a campaign's sequence for the recipients of a first run, as a run of its own.
    ///
    /// Who they are, and what the templates know of them, is what the first run's plan says, whatever the list holds by now
    /// (invariant I3). Those that nothing is to follow for are set aside with the reason: the rows of the step's run are the
    /// recipients of the first (invariant I2). The step's templates and exclude lists are those of now.
    /// - Parameter moment: when it is due on the schedule's clocks, and at that time of day for recipients of a first run that
    ///   had time zones of their own; `nil` if it goes to everybody at once.
    /// - Returns: the run, and whether this call made it.
    /// - Throws: ``Problems`` or a ``Problem``, with nothing left behind.
    package func plan(
        _ name: StepID, of first: Run, at moment: Timestamp? = nil
    ) async throws -> (run: Run, isNew: Bool) {
        let followUp = FollowUp(step: name, first: first.id.occurrence)
        let id = try Self.runID(of: followUp, after: first)
        if let run = try await environment.ledger.run(id) {
            guard run.followUp == followUp else {
                throw Problem(
                    .refused, "the run \(id) is not the step '\(name)': an event has given it that name",
                    remedy: "Rename the step")
            }
            return (try await enqueue(run), false)
        }
        try Self.refuseHeld(first, before: name)
        let (draft, step) = try await CampaignDraft.load(
            first.id.campaign, step: name, from: environment.library, clock: environment.clock,
            addresses: environment.addresses, links: environment.links)
        // campaign.json and the step's templates: who is mailed is fixed by the first plan, and an exclude list of the day only
        // takes away from that.
        try await requireApproval(of: draft.campaign, files: draft.files, areAll: false)
        let plan = try await Plan.load(of: first, from: environment.library)
        try Self.refuseMissingVariables(of: draft, plan: plan)
        if step.requiresDelivery { try await refuseUnknownDelivery(of: first, plan: plan, step: step) }
        let schedule = first.departures == nil ? nil : draft.campaign.schedule
        // What comes late does so because the first run was late, which is no reason to leave anybody out.
        let zones = try RecipientZones(
            schedule, occurrence: moment, plannedAt: Timestamp(milliseconds: .min / 2),
            clock: environment.clock)
        return try await record(draft, as: id, followUp: followUp) { _, write in
            try await pass(over: first, plan: plan, draft: draft, step: step, zones: zones, write: write)
        }
    }

    private static func runID(of followUp: FollowUp, after first: Run) throws(Problem) -> RunID {
        if let own = first.followUp {
            throw Problem(
                .usage, "\(first.id) is a follow-up itself, the step '\(own.step)'",
                remedy: "Name the occurrence of the first run, \(own.first)")
        }
        guard let occurrence = followUp.occurrence else {
            throw Problem(
                .refused, "the occurrence \(first.id.occurrence) is too long for a step's name behind it",
                remedy: "Keep occurrences below 96 characters in a campaign with a sequence")
        }
        return RunID(campaign: first.id.campaign, occurrence: occurrence)
    }

    private static func refuseHeld(_ first: Run, before step: StepID) throws(Problem) {
        let (state, remedy): (String, String)
        switch first.control {
        case .cancelled(let reason):
            (state, remedy) = ("was cancelled (\(reason))", "A cancelled run has no follow-ups")
        case .paused(let reason), .stopped(let reason):
            (state, remedy) = ("is held (\(reason))", "Resume it first, if its cause is mended")
        case .running:
            if first.isFinished { return }
            (state, remedy) = ("is not finished", "Wait until it is; jada-blast status \(first.id) tells")
        }
        throw Problem(
            .refused, "the step '\(step)' cannot follow the run \(first.id): that \(state)", remedy: remedy)
    }

    private static func refuseMissingVariables(of draft: CampaignDraft, plan: Plan) throws(Problems) {
        let missing = draft.needs.filter { !plan.variables.contains($0.variable.name) }
        guard !missing.isEmpty else { return }
        let known = plan.variables.map { "'\($0)'" }.joined(separator: ", ")
        throw Problems(
            missing.map { need in
                Problem(
                    .invalidInput, file: need.file, line: need.variable.line, column: need.variable.column,
                    key: need.variable.name,
                    "the template needs a variable that the plan of \(plan.run) does not hold: no template asked for "
                        + "it when that was planned; it holds \(known.isEmpty ? "none" : known)",
                    remedy: "Take it out of the template; a plan is never changed")
            })
    }

    /// Where the mail service has told nothing of the first mails, nobody can say who had one.
    private func refuseUnknownDelivery(of first: Run, plan: Plan, step: SequenceStep) async throws {
        let accepted = first.settled.accepted
        let told = try await environment.ledger.feedback(of: first.id).counts
        guard told[.delivered] == 0, told.bounces < accepted else { return }
        let how =
            plan.content.configurationSet.map { "with the configuration set '\($0)'" }
            ?? "without a configuration set, which SES tells nothing of"
        throw Problem(
            .configuration, file: CampaignDraft.metadataKey(of: first.id.campaign), key: "$.sequence",
            "the step '\(step.id)' goes to those who were delivered to, and no Delivery event of \(first.id) has come "
                + "in: its \(accepted) mails went out \(how)",
            remedy: (plan.content.configurationSet.map {
                "Have the configuration set '\($0)' publish Delivery events to jada-blast"
            } ?? "Name a configuration set that publishes Delivery events to jada-blast")
                + ", or give the step \"requireDelivery\": false")
    }

    // MARK: - The recipients

    private func pass(
        over first: Run, plan: Plan, draft: CampaignDraft, step: SequenceStep, zones: RecipientZones?,
        write: ObjectWriter
    ) async throws -> PassResult {
        let quota = try await environment.account.quota()
        var files: CampaignFiles?
        var sieve = FollowUpSieve(
            campaign: draft.campaign, shardSize: environment.shardSize,
            leftOut: try await leftOut(of: draft.campaign, quota: quota, files: &files),
            encoder: environment.addresses, zones: zones)
        let keys = PlanKeys(prefix: first.planPrefix)
        var written = WrittenObjects()
        for shard in 0..<first.shards {
            try Task.checkCancellation()
            let fates = FirstMails(
                feedback: try await environment.ledger.feedback(ofShard: shard, of: first.id),
                accepted: step.requiresDelivery ? nil : try await accepted(inShard: shard, of: first))
            let before = sieve.rows
            var reader = try await ShardReader(keys.shard(shard), in: environment.library, skipping: 0)
            while case let entries = try await reader.next(Self.recipientsAtOnce), !entries.isEmpty {
                try await written.hand(try sieve.take(entries, fates: fates), to: write)
                environment.progress?(sieve.rows)
            }
            guard sieve.rows - before == first.recipients(inShard: shard) else {
                throw Problem(
                    .invalidInput, file: keys.shard(shard), "the shard is damaged: recipients are missing",
                    remedy: "Restore the object's original version; plans are never edited")
            }
        }
        try await written.hand(sieve.finish(), to: write)
        return PassResult(
            variables: plan.variables, rows: sieve.rows, recipients: sieve.recipients,
            shards: written.shards.count, counts: sieve.counts, quota: quota,
            shardsByTime: sieve.zones?.departures(of: written.shards))
    }

    /// Positions in a shard of those whose mail the mail service has accepted.
    private func accepted(inShard shard: Int, of run: Run) async throws -> Set<Int> {
        var accepted: Set<Int> = []
        for each in try await environment.ledger.results(ofShard: shard, of: run.id) {
            guard case .accepted = each.result.outcome else { continue }
            accepted.insert(each.batch * run.batchSize + each.result.index)
        }
        return accepted
    }
}
