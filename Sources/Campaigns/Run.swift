/// How every row of a recipients file ended. The counts add up to the rows (invariant I2).
package struct OutcomeCounts: Sendable, Hashable, Codable {
    package var accepted = 0
    package var rejected = 0
    package var suppressed = 0
    package var invalid = 0
    package var duplicate = 0
    package var excluded = 0
    package var uncertain = 0
    /// Of the uncertain, those about whom a person has decided that it stays so.
    package var dropped = 0

    /// `dropped` is none: a plan is not asked for it.
    private enum CodingKeys: String, CodingKey {
        case accepted, rejected, suppressed, invalid, duplicate, excluded, uncertain
    }

    package init() {}

    package var total: Int { accepted + rejected + suppressed + invalid + duplicate + excluded + uncertain }

    package mutating func add(_ outcome: RecipientResult.Outcome) { change(outcome, by: 1) }

    package mutating func remove(_ outcome: RecipientResult.Outcome) { change(outcome, by: -1) }

    private mutating func change(_ outcome: RecipientResult.Outcome, by count: Int) {
        switch outcome {
        case .accepted: accepted += count
        case .rejected: rejected += count
        case .suppressed: suppressed += count
        case .uncertain: uncertain += count
        case .dropped:
            uncertain += count
            dropped += count
        }
    }

    package static func + (a: OutcomeCounts, b: OutcomeCounts) -> OutcomeCounts {
        var sum = a
        sum.accepted += b.accepted
        sum.rejected += b.rejected
        sum.suppressed += b.suppressed
        sum.invalid += b.invalid
        sum.duplicate += b.duplicate
        sum.excluded += b.excluded
        sum.uncertain += b.uncertain
        sum.dropped += b.dropped
        return sum
    }
}

/// Whether senders may work on a run.
package enum RunControl: Sendable, Hashable {
    case running
    /// Held until a person resumes it.
    case paused(reason: String)
    /// Ended by a person; never resumed.
    case cancelled(reason: String)
    /// Stopped by SES or by the worker, with the reason; a person may resume it.
    case stopped(reason: String)

    /// Whether a person may let the run go on.
    package var isHeld: Bool {
        switch self {
        case .paused, .stopped: true
        case .running, .cancelled: false
        }
    }

    /// Whether a run may go from this to `next`.
    ///
    /// What holds a run keeps its reason: a pause is not overwritten by a stop that a sender tells late, nor the other way
    /// round. A cancelled run stays so.
    package func allows(_ next: RunControl) -> Bool {
        switch (self, next) {
        case (.running, _): true
        case (.paused, .running), (.stopped, .running), (.paused, .cancelled), (.stopped, .cancelled): true
        case (.paused, _), (.stopped, _), (.cancelled, _): false
        }
    }
}

/// One sending of one campaign: what was planned, and how far it is.
package struct Run: Sendable, Hashable {
    package let id: RunID
    /// Where the plan's objects lie: `runs/<campaign>/<occurrence>/<plan>/`.
    package let planPrefix: String
    /// SHA-256 over all that the plan holds, in hexadecimal.
    package let planDigest: String
    package let plannedAt: Timestamp
    /// Rows of the recipients file.
    package let rows: Int
    /// Recipients in the shards: those whose outcome the senders decide.
    package let recipients: Int
    package let shards: Int
    /// Recipients a shard, but for the last; with ``departures`` the most that one has.
    package let shardSize: Int
    /// Recipients a batch, but for the last of a shard.
    package let batchSize: Int
    /// Outcomes decided while planning: invalid, duplicate, excluded, suppressed.
    package let atPlan: OutcomeCounts
    /// Which step of a sequence it is; `nil` for a campaign's first mail.
    package let followUp: FollowUp?
    /// When each shard goes out; `nil` if all do at once.
    package let departures: Departures?
    /// The rates at which it is paused.
    package let limits: RateLimits
    /// Outcomes settled by senders so far: accepted, rejected, suppressed, uncertain.
    package var settled: OutcomeCounts
    package var control: RunControl
    /// Whether every shard has been handed to the queue at least once.
    package var isEnqueued: Bool
    /// Rates that have reached their limits, in the order in which that was found.
    package var findings: [RateFinding]

    package init(
        id: RunID, planPrefix: String, planDigest: String, plannedAt: Timestamp, rows: Int, recipients: Int,
        shards: Int, shardSize: Int, batchSize: Int, atPlan: OutcomeCounts, followUp: FollowUp? = nil,
        departures: Departures? = nil, limits: RateLimits = RateLimits(),
        settled: OutcomeCounts = OutcomeCounts(), control: RunControl = .running, isEnqueued: Bool = false,
        findings: [RateFinding] = []
    ) {
        self.id = id
        self.planPrefix = planPrefix
        self.planDigest = planDigest
        self.plannedAt = plannedAt
        self.rows = rows
        self.recipients = recipients
        self.shards = shards
        self.shardSize = shardSize
        self.batchSize = batchSize
        self.atPlan = atPlan
        self.followUp = followUp
        self.departures = departures
        self.limits = limits
        self.settled = settled
        self.control = control
        self.isEnqueued = isEnqueued
        self.findings = findings
    }

    package var counts: OutcomeCounts { atPlan + settled }
    /// Whether every recipient has an outcome.
    package var isFinished: Bool { settled.total >= recipients }
}

// MARK: - How a run is divided

extension Run {
    /// How many recipients a shard has.
    package func recipients(inShard shard: Int) -> Int {
        guard let departures else { return min(shardSize, max(0, recipients - shard * shardSize)) }
        return departures.shards.indices.contains(shard) ? departures.shards[shard].recipients : 0
    }

    /// When a shard may go out; `nil` if nothing keeps it.
    package func notBefore(ofShard shard: Int) -> Timestamp? {
        guard let departures, departures.shards.indices.contains(shard) else { return nil }
        return departures.shards[shard].notBefore
    }

    /// How many batches a shard has.
    package func batches(inShard shard: Int) -> Int {
        (recipients(inShard: shard) + batchSize - 1) / max(1, batchSize)
    }

    /// How many recipients a batch has.
    package func recipients(in batch: BatchID) -> Int {
        min(batchSize, max(0, recipients(inShard: batch.shard) - batch.number * batchSize))
    }

    /// Messages for the shards that are not settled to their end, each from its first batch that is not.
    ///
    /// - Parameter settled: the numbers of the settled batches of each shard, in ascending order.
    package func unfinishedShards(settled: [Int: [Int]]) -> [ShardMessage] {
        (0..<shards).compactMap { shard in
            var first = 0
            for number in settled[shard] ?? [] where number == first { first += 1 }
            return first < batches(inShard: shard)
                ? ShardMessage(run: id, shard: shard, firstBatch: first) : nil
        }
    }
}

/// How one recipient of a batch ended.
package struct RecipientResult: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case accepted(messageID: String)
        case rejected(reason: String)
        case suppressed(reason: SuppressionReason)
        case uncertain(reason: String)
        /// Uncertain, and a person has decided that it stays so.
        case dropped(reason: String)
    }
    /// Position within the batch, counted from 0.
    package let index: Int
    package let outcome: Outcome

    package init(index: Int, outcome: Outcome) {
        self.index = index
        self.outcome = outcome
    }
}

/// What has become of a recipient of a shard.
package struct ShardResult: Sendable, Hashable {
    /// Number of the batch within the shard, counted from 0.
    package let batch: Int
    package let result: RecipientResult
    /// When that was recorded; `nil` where an older version recorded it, which kept no time.
    package let at: Timestamp?

    package init(batch: Int, result: RecipientResult, at: Timestamp?) {
        self.batch = batch
        self.result = result
        self.at = at
    }
}

/// The right to send a batch, held by one worker until it settles or its lease ends.
package struct Claim: Sendable, Hashable {
    package let batch: BatchID
    package let worker: String
    /// 1 at the first claim; it fences off an earlier holder that wakes up late.
    package let attempt: Int
    package let leaseEnds: Timestamp
    /// Results of earlier attempts at the same batch; their recipients are not to be sent to again.
    package let settled: [RecipientResult]

    package init(
        batch: BatchID, worker: String, attempt: Int, leaseEnds: Timestamp, settled: [RecipientResult]
    ) {
        self.batch = batch
        self.worker = worker
        self.attempt = attempt
        self.leaseEnds = leaseEnds
        self.settled = settled
    }
}

/// The answer to a claim.
package enum ClaimResult: Sendable, Hashable {
    case claimed(Claim)
    /// Every recipient of the batch has an outcome.
    case settled
    /// Another worker holds it.
    case held(until: Timestamp)
    /// The holder's lease has run out before it settled: each recipient without a result is uncertain. Settle it with that.
    case abandoned(Claim)
}

/// What the scheduler remembers of a campaign between ticks.
package struct ScheduleRecord: Sendable, Hashable {
    package let campaign: CampaignID
    /// Version (ETag) of the campaign.json that was read.
    package var version: String
    /// When the campaign was first seen: the instant from which a `rate(...)` counts.
    package var registeredAt: Timestamp
    /// When the campaign has to be looked at next: at its next occurrence, or before it where recipients have time zones of
    /// their own (``Schedule/span(of:zone:)``). `nil` if there is none to come.
    package var next: Timestamp?
    /// The last occurrence that was planned or found too late.
    package var last: Occurrence?
    /// Why an occurrence whose time has come does not go out yet: it lacks an approval.
    package var waiting: String?

    package init(
        campaign: CampaignID, version: String, registeredAt: Timestamp, next: Timestamp? = nil,
        last: Occurrence? = nil, waiting: String? = nil
    ) {
        self.campaign = campaign
        self.version = version
        self.registeredAt = registeredAt
        self.next = next
        self.last = last
        self.waiting = waiting
    }
}

/// A shard of a run, to be sent: what travels through the queue, as JSON
/// `{"run": "campaign#occurrence", "shard": 0, "firstBatch": 0}`.
package struct ShardMessage: Sendable, Hashable, Codable {
    package let run: RunID
    /// Counted from 0.
    package let shard: Int
    /// The first batch that may have something left to send, counted from 0.
    package var firstBatch: Int

    package init(run: RunID, shard: Int, firstBatch: Int = 0) {
        self.run = run
        self.shard = shard
        self.firstBatch = firstBatch
    }
}
