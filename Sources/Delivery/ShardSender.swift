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
        /// How long a claim protects a batch. Longer than any batch takes.
        package var lease: Duration
        /// Mails handed over at once.
        package var concurrency = 64
        /// Told of each batch that is settled.
        package var progress: (@Sendable (_ settled: OutcomeCounts) -> Void)?

        package init(
            library: any CampaignLibrary, ledger: any Ledger, queue: any ShardQueue, mailer: any Mailer,
            suppression: any SuppressionList, pacer: any Pacer, clock: any WallClock,
            links: MessageRenderer.LinkConfiguration, log: any Log, worker: String, lease: Duration
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
        /// What is left went back to the queue, to be taken up after a while.
        case handedBack(after: Duration, reason: String)
        /// The run is paused, cancelled or stopped: the message is spent, and resuming makes new ones.
        case halted(RunControl)
    }

    /// A wait longer than this is left to the queue: nobody pays for it.
    static let longestWait = Duration.seconds(5)
    /// Kept free before the deadline for the batch under way.
    static let reserve = Duration.seconds(15)
    /// The longest delay of an SQS message.
    private static let longestDelay = Duration.seconds(900)
    static let quotaPause = longestDelay
    /// An invocation shorter than this could not send a single batch.
    package static let shortestInvocation = reserve + longestWait
    /// How soon after a dead holder's lease a batch is taken up.
    private static let leaseSlack = Duration.seconds(1)

    package let environment: Environment

    package init(_ environment: Environment) { self.environment = environment }

    /// Sends what is left of a shard.
    ///
    /// A cancelled task begins no further mail, waits for those under way and hands the rest back.
    /// - Parameter deadline: when the work must have ended; what is left then goes back to the queue.
    /// - Throws: what the ports throw; the message is then to be delivered again.
    package func send(_ message: ShardMessage, until deadline: Timestamp? = nil) async throws -> Progress {
        guard let run = try await environment.ledger.run(message.run) else {
            throw Problem(
                .notFound, key: "\(message.run)", "the message names a run that the ledger does not hold",
                remedy: "Check that scheduler and sender use the same table")
        }
        guard message.shard >= 0, message.shard < run.shards, message.firstBatch >= 0 else {
            throw Problem(.invalidInput, key: "\(message.run)", "the run has no shard \(message.shard)")
        }
        guard run.control == .running else { return .halted(run.control) }
        // A message that comes late or twice costs one read.
        if run.isFinished { return .finished }
        let plan = try await Plan.load(of: run, from: environment.library)
        let maker = try MessageRenderer(plan.content, links: environment.links).bound(to: plan.variables)

        var shard = try await ShardReader(
            PlanKeys(prefix: run.planPrefix).shard(message.shard), in: environment.library,
            skipping: message.firstBatch * run.batchSize)
        var number = message.firstBatch
        /// The first batch that somebody else holds, and until when.
        var held: (number: Int, until: Timestamp)?

        while true {
            let recipients = try await shard.next(run.batchSize)
            if recipients.isEmpty { break }
            let batch = BatchID(run: run.id, shard: message.shard, number: number)
            if isLate(deadline) {
                return try await handBack(message, from: held?.number ?? number, reason: "out of time")
            }
            if number > message.firstBatch {
                guard let current = try await environment.ledger.run(run.id), current.control == .running
                else {
                    return .halted(
                        try await environment.ledger.run(run.id)?.control
                            ?? .cancelled(reason: "the run is gone"))
                }
            }
            let step = try await send(
                batch, recipients, maker: maker, deadline: deadline)
            switch step {
            case .settled: break
            case .held(let until):
                held = (min(held?.number ?? number, number), min(held?.until ?? until, until))
            case .later(let delay, let reason):
                return try await handBack(message, from: held?.number ?? number, after: delay, reason: reason)
            case .halted(let control):
                return .halted(control)
            }
            number += 1
        }
        guard let held else { return .finished }
        let wait = held.until - environment.clock.now() + Self.leaseSlack
        return try await handBack(
            message, from: held.number, after: max(wait, .zero), reason: "another worker holds a batch")
    }

    private func isLate(_ deadline: Timestamp?) -> Bool {
        if Task.isCancelled { return true }
        guard let deadline else { return false }
        return environment.clock.now() + Self.reserve > deadline
    }

    /// Puts what is left of a shard back into the queue as a new message, so that it does not count as a failure.
    private func handBack(
        _ message: ShardMessage, from batch: Int, after wait: Duration = .zero, reason: String
    ) async throws -> Progress {
        let delay = min(wait, Self.longestDelay)
        var rest = message
        rest.firstBatch = batch
        let queue = environment.queue
        // A cancelled task must still be able to give back what it holds.
        try await Task { [rest] in try await queue.send([rest], delay: delay) }.value
        return .handedBack(after: delay, reason: reason)
    }
}
