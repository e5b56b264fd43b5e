package import Campaigns

/// Sends one shard, batch by batch: claim, render, hand over, settle (invariants I1, I2, I5, I7).
package struct ShardSender: Sendable {
    /// The ports and settings that sending needs.
    package struct Environment: Sendable {
        package var library: any CampaignLibrary
        package var ledger: any Ledger
        package var queue: any ShardQueue
        package var mailer: any Mailer
        package var suppression: any SuppressionList
        package var pacer: any Pacer
        package var clock: any WallClock
        package var links: MessageRenderer.LinkConfiguration
        package var log: any Log
        /// Names this worker in claims, for people.
        package var worker: String
        /// How long a claim protects a batch; `nil`: as long as the invocation may last, else ``usualLease``.
        package var lease: Duration?
        /// Mails handed over at once.
        package var concurrency = 64
        /// Told of each batch that is settled.
        package var progress: (@Sendable (_ settled: OutcomeCounts) -> Void)?

        package init(
            library: any CampaignLibrary, ledger: any Ledger, queue: any ShardQueue, mailer: any Mailer,
            suppression: any SuppressionList, pacer: any Pacer, clock: any WallClock,
            links: MessageRenderer.LinkConfiguration, log: any Log, worker: String, lease: Duration? = nil
        ) {
            self.library = library
            self.ledger = ledger
            self.queue = queue
            self.mailer = mailer
            self.suppression = suppression
            self.pacer = pacer
            self.clock = clock
            self.links = links
            self.log = log
            self.worker = worker
            self.lease = lease
        }
    }

    /// How far a shard came.
    package enum Progress: Sendable, Hashable {
        /// Every recipient has an outcome.
        case finished
        /// `rest` is left, to be taken up after a while.
        case unfinished(rest: ShardMessage, after: Duration, reason: String)
        /// The run is paused, cancelled or stopped: the message is spent, and resuming makes new ones.
        case halted(RunControl)
    }

    /// A wait longer than this is left to the queue: nobody pays for it.
    static let longestWait = Duration.seconds(4)
    /// Kept free before the deadline for the batch under way.
    static let reserve = Duration.seconds(15)
    /// After this many refusals in a row, and not one acceptance, it is not the recipients' fault.
    private static let mostRejectionsInARow = 20
    /// An invocation shorter than this could not send a single batch.
    package static let shortestInvocation = reserve + longestWait
    /// How long a claim protects a batch of a sender without a deadline.
    package static let usualLease = Duration.seconds(120)
    /// How much longer than its deadline a function's claims last: clocks differ.
    static let leaseMargin = Duration.seconds(30)
    /// How soon after a dead holder's lease a batch is taken up.
    private static let leaseSlack = Duration.seconds(1)

    package let environment: Environment

    package init(_ environment: Environment) { self.environment = environment }

    /// Sends what is left of a shard; what does not fit before the deadline goes back to the queue as a new message, so
    /// that it does not count as a failure.
    ///
    /// - Throws: what the ports throw; the message is then to be delivered again.
    package func send(_ message: ShardMessage, until deadline: Timestamp? = nil) async throws -> Progress {
        let progress = try await work(through: message, until: deadline)
        if case .unfinished(let rest, let delay, _) = progress {
            let queue = environment.queue
            // A cancelled task must still be able to give back what it holds.
            try await Task { try await queue.send([rest], delay: delay) }.value
        }
        return progress
    }

    /// Sends what is left of a shard, and tells what does not fit before the deadline.
    ///
    /// A cancelled task begins no further mail and waits for those under way.
    /// - Throws: what the ports throw.
    package func work(through message: ShardMessage, until deadline: Timestamp? = nil) async throws
        -> Progress
    {
        let controlSeen = environment.clock.now()
        guard let run = try await environment.ledger.run(message.run) else {
            throw Problem(
                .notFound, key: "\(message.run)", "the message names a run that the ledger does not hold",
                remedy: "Check that scheduler and sender use the same table")
        }
        guard message.shard >= 0, message.shard < run.shards, message.firstBatch >= 0 else {
            throw Problem(
                .invalidInput, key: "\(message.run)", "the run has no shard \(message.shard)",
                remedy: "Only the scheduler should write to the queue")
        }
        guard run.control == .running else { return .halted(run.control) }
        // A message that comes late or twice costs one read.
        if run.isFinished { return .finished }
        if let notBefore = run.notBefore(ofShard: message.shard), notBefore > environment.clock.now() {
            return .unfinished(
                rest: message, after: notBefore - environment.clock.now(),
                reason: "its recipients are sent to later, where they are: at \(notBefore)")
        }
        // Before anything is read or claimed: a message that only waits for its pace costs one look.
        let end = deadline ?? environment.clock.now() + Self.usualLease
        if let (delay, limit) = try await environment.pacer.wait(
            for: PaceRequest(campaign: run.id.campaign, count: 1, maximumWait: Self.longestWait, end: end))
        {
            return .unfinished(rest: message, after: delay, reason: "\(limit)")
        }
        let plan = try await Plan.load(of: run, from: environment.library)
        let maker = try MessageRenderer(plan.content, links: environment.links).bound(to: plan.variables)
        var context = Context(
            maker: maker, campaign: run.id.campaign, rate: plan.content.rate, deadline: deadline,
            controlSeen: controlSeen)
        // The campaign's own rate may let it wait as well.
        if context.rate != nil,
            let (delay, limit) = try await environment.pacer.wait(for: context.request(1, until: end))
        {
            return .unfinished(rest: message, after: delay, reason: "\(limit)")
        }

        var shard = try await ShardReader(
            PlanKeys(prefix: run.planPrefix).shard(message.shard), in: environment.library,
            skipping: message.firstBatch * run.batchSize)
        var number = message.firstBatch
        var rejectionsInARow = 0
        /// The first batch that somebody else holds, and until when the first of them does.
        var held: (number: Int, until: Timestamp)?
        /// Whether the next batch has probably been sent by somebody else: a look costs less than a claim that fails.
        var isOnTrodGround = false
        func unfinished(after delay: Duration, _ reason: String) -> Progress {
            let first = held?.number ?? number
            return .unfinished(
                rest: ShardMessage(run: run.id, shard: message.shard, firstBatch: first), after: delay,
                reason: reason)
        }

        while true {
            let recipients = try await shard.next(run.batchSize)
            if recipients.isEmpty { break }
            if isLate(deadline) { return unfinished(after: .zero, "out of time") }
            if number > message.firstBatch {
                let seen = environment.clock.now()
                let control =
                    try await environment.ledger.control(of: run.id) ?? .cancelled(reason: "the run is gone")
                guard control == .running else { return .halted(control) }
                context.controlSeen = seen
            }
            let batch = BatchID(run: run.id, shard: message.shard, number: number)
            if isOnTrodGround {
                let next = try await environment.ledger.firstUnsettled(from: batch)
                isOnTrodGround = false
                if next > number {
                    shard.skip((next - number - 1) * run.batchSize)
                    number = next
                    continue
                }
            }
            switch try await send(batch, recipients, context) {
            case .settled(let results):
                isOnTrodGround = results.isEmpty
                rejectionsInARow = results.rejectionsInARow(after: rejectionsInARow)
                if rejectionsInARow >= Self.mostRejectionsInARow,
                    case .rejected(let reason)? = results.last?.outcome
                {
                    return .halted(
                        try await halt(run.id, "\(rejectionsInARow) mails in a row were refused: \(reason)"))
                }
            case .held(let until):
                isOnTrodGround = true
                held = (min(held?.number ?? number, number), min(held?.until ?? until, until))
            case .later(let delay, let reason):
                return unfinished(after: delay, reason)
            case .halted(let reason):
                return .halted(try await halt(run.id, reason))
            }
            number += 1
        }
        guard let held else { return .finished }
        let wait = held.until - environment.clock.now() + Self.leaseSlack
        return unfinished(after: max(wait, .zero), "another worker holds a batch")
    }

    /// What the batches of one shard have in common.
    struct Context: Sendable {
        let maker: MailMaker
        let campaign: CampaignID
        /// The campaign's own rate, `nil` if it has none.
        let rate: Double?
        let deadline: Timestamp?
        /// When it was last seen that the run goes on.
        var controlSeen: Timestamp

        /// What to ask the pacer for so many mails that begin by `end`.
        func request(_ count: Int, until end: Timestamp) -> PaceRequest {
            PaceRequest(
                campaign: campaign, ceiling: rate, count: count, maximumWait: ShardSender.longestWait,
                end: end)
        }
    }

    private func isLate(_ deadline: Timestamp?) -> Bool {
        if Task.isCancelled { return true }
        guard let deadline else { return false }
        return environment.clock.now() + Self.shortestInvocation > deadline
    }

    /// Stops the run everywhere. What a person has decided meanwhile stands.
    func halt(_ id: RunID, _ reason: String) async throws -> RunControl {
        environment.log.error("The run is stopped", ("run", "\(id)"), ("reason", reason))
        return try await environment.ledger.setControl(.stopped(reason: reason), of: id)
    }

    /// How long a claim made now should last: a little longer than its holder may live, so that nobody doubts a living one
    /// and what a dead one had in hand is soon told.
    func lease(until deadline: Timestamp?) -> Duration {
        if let lease = environment.lease { return lease }
        guard let deadline else { return Self.usualLease }
        return max(deadline - environment.clock.now(), .zero) + Self.leaseMargin
    }
}

extension [RecipientResult] {
    /// How many mails in a row were refused by the end of these, if `count` were before them.
    fileprivate func rejectionsInARow(after count: Int) -> Int {
        reduce(count) { count, result in
            switch result.outcome {
            case .rejected: count + 1
            case .suppressed: count
            case .accepted, .uncertain, .dropped: 0
            }
        }
    }
}
