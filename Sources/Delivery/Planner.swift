package import Campaigns
internal import Digests
internal import JSON

/// Turns a campaign as it is now into a run that nothing changes any more (invariants I2, I3, I8).
package struct Planner: Sendable {
    /// The ports and settings that planning needs.
    package struct Environment: Sendable {
        package var library: any CampaignLibrary
        package var ledger: any Ledger
        package var queue: any ShardQueue
        package var account: any SendingAccount
        package var suppression: any SuppressionList
        package var clock: any WallClock
        package var addresses: any DomainEncoder
        package var links: MessageRenderer.LinkConfiguration
        package var log: any Log
        /// Recipients a shard.
        package var shardSize = 5000
        /// Told how many rows have been read so far.
        package var progress: (@Sendable (_ rows: Int) -> Void)?

        package init(
            library: any CampaignLibrary, ledger: any Ledger, queue: any ShardQueue,
            account: any SendingAccount,
            suppression: any SuppressionList, clock: any WallClock, addresses: any DomainEncoder,
            links: MessageRenderer.LinkConfiguration, log: any Log
        ) {
            self.library = library
            self.ledger = ledger
            self.queue = queue
            self.account = account
            self.suppression = suppression
            self.clock = clock
            self.addresses = addresses
            self.links = links
            self.log = log
        }
    }

    /// Writes of shards under way at once.
    private static let concurrentWrites = 8
    /// A batch should take no longer than this, so that a stop is obeyed in time (invariant I5).
    private static let batchSeconds = 5.0
    private static let maximumBatchSize = 50

    package let environment: Environment

    package init(_ environment: Environment) { self.environment = environment }

    /// Reads a campaign's files and checks all of them but the lists.
    package func draft(of id: CampaignID) async throws -> CampaignDraft {
        try await CampaignDraft.load(
            id, from: environment.library, clock: environment.clock, addresses: environment.addresses,
            links: environment.links)
    }

    /// Plans an occurrence, records the run and hands its shards to the queue.
    ///
    /// An occurrence that was planned before is not planned again; a run whose shards did not all reach the queue is
    /// completed.
    /// - Parameter occurrence: of the schedule, whose time of day counts where recipients have time zones of their own;
    ///   `nil` if the run is none of the schedule's, and everybody is sent to at once.
    /// - Returns: the run, and whether this call made it.
    /// - Throws: ``Problems`` or a ``Problem``, with nothing left behind.
    package func plan(
        _ id: RunID, occurrence: Timestamp? = nil
    ) async throws -> (run: Run, isNew: Bool) {
        if let run = try await environment.ledger.run(id) {
            return (try await enqueue(run), false)
        }
        let draft = try await draft(of: id.campaign)
        // Before anything is read or written for it; what the lists hold is known once they have been read.
        try await requireApproval(of: draft.campaign, files: draft.files, areAll: false)
        return try await record(draft, as: id, followUp: nil) { plannedAt, write in
            let zones = try RecipientZones(
                draft.campaign.schedule, occurrence: occurrence, plannedAt: plannedAt,
                clock: environment.clock)
            return try await pass(over: draft, zones: zones, write: write)
        }
    }

    /// Where the objects of a plan go as soon as each is complete.
    typealias ObjectWriter = (ObjectKind, Int, [UInt8]) async throws -> Void

    /// Goes over the recipients of a plan that was begun at a moment.
    typealias RecipientsPass = (_ plannedAt: Timestamp, ObjectWriter) async throws -> PassResult

    /// Writes a plan, records its run and hands the shards to the queue.
    func record(
        _ draft: CampaignDraft, as id: RunID, followUp: FollowUp?,
        pass: RecipientsPass
    ) async throws -> (run: Run, isNew: Bool) {
        let plannedAt = environment.clock.now()
        let keys = PlanKeys(run: id, plan: Self.planName(at: plannedAt))
        let written = WrittenKeys()
        let run: Run
        do {
            run = try await write(
                draft, as: id, followUp: followUp, plannedAt: plannedAt, keys: keys, written: written,
                pass: pass)
            // Before the run: one that dies in between leaves a record without a run, which is no harm, and not a run whose
            // follow-ups nobody knows of.
            let steps = try Scheduler.steps(of: draft.campaign, after: run, clock: environment.clock)
            if let next = steps.first?.at {
                try await environment.ledger.put(FollowUpRecord(run: id, next: next))
            }
        } catch {
            await clean(written)
            throw error
        }
        // If this throws, the run may have been recorded all the same: its plan stays.
        let (recorded, isNew) = try await environment.ledger.create(run)
        if recorded.planPrefix != run.planPrefix { await clean(written) }
        return (try await enqueue(recorded), isNew)
    }

    /// Hands the shards of a run that is not over to the queue again: messages may have been lost, and claims see to it
    /// that a second message does no harm.
    ///
    /// Not those whose time is to come: each message of such a shard is put back until then, so that they would become more
    /// with every event that comes again. Once it has come they can be revived, too, and resuming the run renews them all.
    package func revive(_ run: Run) async throws -> Run {
        guard !run.isFinished, run.control == .running else { return run }
        guard run.isEnqueued else { return try await enqueue(run) }
        let now = environment.clock.now()
        let due = try await environment.ledger.unfinishedShards(of: run).filter {
            run.notBefore(ofShard: $0.shard) ?? now <= now
        }
        try await environment.queue.send(due, of: run, now: now)
        return run
    }

    /// Hands shards to the queue, unless that was done before.
    func enqueue(_ run: Run) async throws -> Run {
        guard !run.isEnqueued else { return run }
        let messages = (0..<run.shards).map { ShardMessage(run: run.id, shard: $0) }
        try await environment.queue.send(messages, of: run, now: environment.clock.now())
        try await environment.ledger.markEnqueued(run.id)
        var run = run
        run.isEnqueued = true
        return run
    }

    // MARK: - Writing a plan

    private func write(
        _ draft: CampaignDraft, as id: RunID, followUp: FollowUp?, plannedAt: Timestamp, keys: PlanKeys,
        written: WrittenKeys, pass: RecipientsPass
    ) async throws -> Run {
        let library = environment.library
        let (result, digests) = try await withThrowingTaskGroup(of: ShardDigest?.self) { group in
            var pending = 0
            var digests: [ShardDigest] = []
            let result = try await pass(plannedAt) { kind, number, bytes in
                let key = kind == .shard ? keys.shard(number) : keys.setAside(number)
                await written.add(key)
                if pending == Self.concurrentWrites {
                    if case let digest?? = try await group.next() { digests.append(digest) }
                    pending -= 1
                }
                group.addTask {
                    // Hashed here, beside the reading of the list that goes on.
                    let digest = kind == .shard ? ShardDigest(shard: number, sha256: SHA256.hash(bytes)) : nil
                    try await library.write(bytes, to: key)
                    return digest
                }
                pending += 1
            }
            for try await digest in group { if let digest { digests.append(digest) } }
            return (result, digests)
        }

        // The bytes that the shards were made of, not what the files hold by now (invariant I3).
        if let files = result.files {
            try await requireApproval(of: draft.campaign, files: files, areAll: true)
        }
        let quota = result.quota
        let rate = min(draft.campaign.rate ?? .infinity, quota.maximumRate)
        let plan = Plan(
            run: id.description, plannedAt: plannedAt.description, source: draft.source,
            content: draft.content,
            variables: result.variables, rows: result.rows, recipients: result.recipients,
            shards: result.shards, shardSize: environment.shardSize,
            batchSize: max(1, min(Self.maximumBatchSize, Int(min(rate, 1000) * Self.batchSeconds))),
            setAside: result.counts, recipientsDigest: Self.combined(digests), departures: result.shardsByTime
        )
        let bytes = try JSONEncoder(sortsKeys: true).encode(plan)
        await written.add(keys.plan)
        try await library.write(bytes, to: keys.plan)
        // A run that is recorded has to find its plan, whatever happens in between.
        try await library.flush()

        return Run(
            id: id, planPrefix: keys.prefix, planDigest: SHA256.hash(bytes).hexadecimal, plannedAt: plannedAt,
            rows: plan.rows, recipients: plan.recipients, shards: plan.shards, shardSize: plan.shardSize,
            batchSize: plan.batchSize, atPlan: plan.setAside, followUp: followUp,
            departures: result.shardsByTime,
            limits: RateLimits(
                bounces: draft.campaign.bounceLimit, complaints: draft.campaign.complaintLimit))
    }

    /// What one shard's bytes come to.
    private struct ShardDigest: Sendable {
        var shard: Int
        var sha256: [UInt8]
    }

    /// SHA-256 over the shards' own digests in order, in hexadecimal.
    private static func combined(_ digests: [ShardDigest]) -> String {
        var digest = SHA256()
        for each in digests.sorted(by: { $0.shard < $1.shard }) { digest.update(each.sha256) }
        return digest.finish().hexadecimal
    }

    enum ObjectKind: Sendable { case shard, setAside }

    /// The objects of a plan that have been written.
    struct WrittenObjects {
        private(set) var shards: [Shard] = []
        private var setAside = 0

        struct Shard: Sendable {
            var recipients: Int
            /// See ``PlanObjects/Shard``.
            var departure: Int
        }

        /// Writes what is complete, each kind numbered from 0.
        mutating func hand(_ output: PlanObjects.Output, to write: ObjectWriter) async throws {
            for shard in output.shards {
                try await write(.shard, shards.count, shard.bytes)
                shards.append(Shard(recipients: shard.recipients, departure: shard.departure))
            }
            for bytes in output.setAside {
                try await write(.setAside, setAside, bytes)
                setAside += 1
            }
        }
    }

    struct PassResult: Sendable {
        var variables: [String]
        var rows: Int
        var recipients: Int
        var shards: Int
        var counts: OutcomeCounts
        var quota: SendingQuota
        /// When the shards go out; `nil` if all do at once.
        var shardsByTime: Departures?
        /// The same in order of time, with the zones.
        var departures: [ZoneGroup] = []
        /// See ``Rehearsal/unknownZones``.
        var unknownZones: [(problem: Problem, rows: Int)] = []
        /// Only where an approval depends on them.
        var files: CampaignFiles?
    }

    /// Reads all lists of a campaign; `write` is given each shard and each set-aside object as soon as it is complete.
    ///
    /// - Parameter zones: when recipients are sent to, if not at once.
    func pass(
        over draft: CampaignDraft, zones: RecipientZones?, write: ObjectWriter
    ) async throws -> PassResult {
        let campaign = draft.campaign
        let quota = try await environment.account.quota()
        let parser = AddressParser(
            encoder: environment.addresses, isLocalPartCaseSensitive: campaign.hasCaseSensitiveLocalParts)
        var files = campaign.requiresApproval ? draft.files : nil
        let leftOut = try await leftOut(of: campaign, quota: quota, files: &files)
        let key = CampaignDraft.folder(of: campaign.id) + campaign.recipients
        var checker = RowChecker(
            file: key, campaign: campaign, needs: draft.needs, key: leftOut.key, parser: parser, zones: zones)
        let sieve = ConcurrentSieve(
            RecipientSieve(
                file: key, campaign: campaign, shardSize: environment.shardSize, leftOut: leftOut))
        var list = try await ListReader(key, in: environment.library, isHashed: files != nil)
        var written = WrittenObjects()
        var isOpen = true
        while isOpen {
            try Task.checkCancellation()
            // What has been read is sieved beside the reading of what follows.
            let (rows, variables) = (checker.takeRows(), checker.variables)
            async let output = sieve.take(rows, variables: variables)
            isOpen = try await list.readOn { try checker.take($0) }
            try await written.hand(await output, to: write)
            environment.progress?(checker.count)
        }
        try checker.finish()
        try files?.add(key, of: campaign.id, sha256: list.finishDigest())
        try await written.hand(await sieve.take(checker.takeRows(), variables: checker.variables), to: write)
        let end = try await sieve.finish()
        try await written.hand(end.output, to: write)
        return PassResult(
            variables: checker.variables, rows: checker.count, recipients: end.recipients,
            shards: written.shards.count, counts: end.counts, quota: quota,
            shardsByTime: checker.zones?.departures(of: written.shards),
            departures: checker.zones?.groups(of: written.shards) ?? [],
            unknownZones: checker.unknownZones, files: files)
    }

    /// Whom a campaign leaves out as its exclude lists and the suppression lists are now.
    ///
    /// - Parameter files: takes up the exclude lists; `nil` if nobody asks.
    func leftOut(
        of campaign: Campaign, quota: SendingQuota, files: inout CampaignFiles?
    ) async throws -> LeftOut {
        var leftOut = LeftOut()
        try await leftOut.addSuppressed(
            account: environment.account, reasons: quota.suppressedReasons, own: environment.suppression)
        var parser = AddressParser(
            encoder: environment.addresses, isLocalPartCaseSensitive: campaign.hasCaseSensitiveLocalParts)
        try await leftOut.addExcluded(
            by: campaign, in: environment.library, parser: &parser, files: &files)
        return leftOut
    }

    // MARK: - Leaving nothing behind

    /// Keys of a plan that may have to be deleted again.
    private actor WrittenKeys {
        private(set) var keys: [String] = []
        func add(_ key: String) { keys.append(key) }
    }

    /// Deletes the objects of a plan that no run uses. A failure is no harm: they are garbage, not state.
    private func clean(_ written: WrittenKeys) async {
        do {
            let library = environment.library
            // Cleaning up is what a cancelled plan still has to do.
            try await Task { try await library.delete(await written.keys) }.value
        } catch {
            environment.log.warning(
                "Objects of an unused plan could not be deleted", ("error", "\(error)"))
        }
    }

    /// A name that no other plan of the same occurrence has.
    private static func planName(at moment: Timestamp) -> String {
        let random = UInt32.random(in: .min ... .max)
        let digits = String(random, radix: 16)
        return "\(moment.milliseconds)-" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
