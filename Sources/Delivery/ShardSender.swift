package import Campaigns
internal import JSON
internal import Synchronization

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
        /// Names this worker in claims; no other has the name.
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
    private static let longestWait = Duration.seconds(5)
    /// Kept free before the deadline for the batch under way.
    private static let reserve = Duration.seconds(15)
    /// The longest delay of an SQS message.
    private static let longestDelay = Duration.seconds(900)
    private static let quotaPause = longestDelay
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

    // MARK: - One batch

    private enum Step {
        case settled
        case held(until: Timestamp)
        case later(Duration, reason: String)
        case halted(RunControl)
    }

    private func send(
        _ batch: BatchID, _ recipients: [ShardReader.Entry], maker: MailMaker, deadline: Timestamp?
    ) async throws -> Step {
        let claim: Claim
        switch try await environment.ledger.claim(
            batch, worker: environment.worker, now: environment.clock.now(), lease: environment.lease)
        {
        case .settled: return .settled
        case .held(let until): return .held(until: until)
        case .abandoned(let dead):
            let known = Set(dead.settled.map(\.index))
            let lost = recipients.indices.filter { !known.contains($0) }.map {
                RecipientResult(
                    index: $0, outcome: .uncertain(reason: "worker \(dead.worker) ended while it was sending")
                )
            }
            try await settle(dead, lost, isComplete: true)
            return .settled
        case .claimed(let granted): claim = granted
        }

        // From here on the claim must be settled, whatever happens to this task.
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await Task {
                try await work(
                    on: claim, recipients, maker: maker, deadline: deadline, stop: stop)
            }.value
        } onCancel: {
            stop.set()
        }
    }

    private func work(
        on claim: Claim, _ recipients: [ShardReader.Entry], maker: MailMaker, deadline: Timestamp?,
        stop: StopFlag
    ) async throws -> Step {
        let known = Set(claim.settled.map(\.index))
        let left = recipients.indices.filter { !known.contains($0) }
        let work: (suppressed: [RecipientResult], open: [Int], pace: PaceReservation)
        do {
            work = try await prepare(left, of: recipients)
        } catch {
            // Nothing has been handed over: the claim must not end as uncertain.
            try? await settle(claim, [], isComplete: false)
            throw error
        }

        var sending = Sending()
        if case .granted(let delay, let interval) = work.pace {
            sending = await handOver(
                work.open, of: claim.batch, recipients, maker: maker, delay: delay,
                interval: max(interval, maker.minimumInterval), leaseEnds: claim.leaseEnds,
                deadline: deadline,
                stop: stop)
        }
        let results = work.suppressed + sending.results
        let isComplete = claim.settled.count + results.count == recipients.count
        try await settle(claim, results, isComplete: isComplete)

        if let reason = sending.stopReason {
            let control = RunControl.stopped(reason: reason)
            environment.log.error(
                "The mail service stopped the run", ("run", "\(claim.batch.run)"), ("reason", reason))
            try await environment.ledger.setControl(control, of: claim.batch.run)
            return .halted(control)
        }
        if let pause = sending.pause { return .later(pause.delay, reason: pause.reason) }
        if case .later(let delay) = work.pace { return .later(delay, reason: "the sending rate is used up") }
        return isComplete ? .settled : .later(.zero, reason: "out of time")
    }

    /// Sets aside those who have unsubscribed since the plan, and reserves time for the others.
    private func prepare(
        _ left: [Int], of recipients: [ShardReader.Entry]
    ) async throws -> (suppressed: [RecipientResult], open: [Int], pace: PaceReservation) {
        let listed = try await suppressed(left.map { recipients[$0].recipient.to })
        var results: [RecipientResult] = []
        var open: [Int] = []
        for index in left {
            if let entry = listed[Self.compared(recipients[index].recipient.to)] {
                results.append(RecipientResult(index: index, outcome: .suppressed(reason: entry.reason)))
            } else {
                open.append(index)
            }
        }
        let pace =
            open.isEmpty
            ? PaceReservation.granted(delay: .zero, interval: .zero)
            : try await environment.pacer.reserve(
                open.count, now: environment.clock.now(), maximumWait: Self.longestWait)
        return (results, open, pace)
    }

    /// What handing over a batch came to.
    private struct Sending {
        var results: [RecipientResult] = []
        var stopReason: String?
        var pause: (delay: Duration, reason: String)?
        var isEnding: Bool { stopReason != nil || pause != nil }
    }

    /// Hands mails over at the pace granted, and ends early when the service throttles or stops, or time runs out.
    private func handOver(
        _ indices: [Int], of batch: BatchID, _ recipients: [ShardReader.Entry], maker: MailMaker,
        delay: Duration, interval: Duration, leaseEnds: Timestamp, deadline: Timestamp?, stop: StopFlag
    ) async -> Sending {
        let clock = environment.clock
        let mailer = environment.mailer
        let start = clock.now() + delay
        // No mail begins that may not have ended when the lease does: another worker would call it uncertain.
        let last = min(leaseEnds, deadline ?? leaseEnds) - Self.reserve
        var sending = Sending()
        await withTaskGroup(of: (Int, MailerOutcome).self) { group in
            var underWay = 0
            var slot = start
            for index in indices {
                if underWay >= environment.concurrency, let (index, outcome) = await group.next() {
                    underWay -= 1
                    await take(outcome, of: index, into: &sending)
                }
                let wait = slot - clock.now()
                if wait > .zero { try? await clock.sleep(for: wait) }
                if sending.isEnding || stop.isSet || clock.now() > last { break }
                slot = slot + interval
                let entry = recipients[index]
                let mail = maker.mail(
                    to: entry.recipient, place: .init(batch: batch, index: index, indexInShard: entry.index))
                group.addTask { (index, await mailer.send(mail)) }
                underWay += 1
            }
            for await (index, outcome) in group { await take(outcome, of: index, into: &sending) }
        }
        return sending
    }

    private func take(_ outcome: MailerOutcome, of index: Int, into sending: inout Sending) async {
        switch outcome {
        case .accepted(let messageID):
            sending.results.append(RecipientResult(index: index, outcome: .accepted(messageID: messageID)))
        case .rejected(let reason):
            sending.results.append(RecipientResult(index: index, outcome: .rejected(reason: reason)))
        case .ambiguous(let reason):
            sending.results.append(RecipientResult(index: index, outcome: .uncertain(reason: reason)))
        case .stopped(let reason):
            sending.stopReason = sending.stopReason ?? reason
        case .throttled(.rate(let retryAfter)):
            await environment.pacer.throttled(at: environment.clock.now())
            sending.pause = sending.pause ?? (retryAfter ?? .seconds(1), "the mail service throttles")
        case .throttled(.dailyQuota):
            sending.pause = (Self.quotaPause, "the 24-hour quota is used up")
        case .throttled(.unreachable(let reason)):
            sending.pause = sending.pause ?? (.seconds(5), "the mail service cannot be reached: \(reason)")
        }
    }

    private func settle(_ claim: Claim, _ results: [RecipientResult], isComplete: Bool) async throws {
        guard try await settleInsistently(claim, results, isComplete: isComplete) else {
            environment.log.error(
                "A claim was lost before it was settled: its lease is too short for a batch",
                ("batch", "\(claim.batch)"), ("lease", "\(environment.lease)"))
            return
        }
        guard let progress = environment.progress else { return }
        var counts = OutcomeCounts()
        for result in results { counts.add(result.outcome) }
        progress(counts)
    }

    /// What has been handed over must be recorded: an unsettled claim ends as uncertain. Settling twice counts once.
    private func settleInsistently(
        _ claim: Claim, _ results: [RecipientResult], isComplete: Bool
    ) async throws -> Bool {
        var wait = Duration.milliseconds(100)
        while true {
            do {
                return try await environment.ledger.settle(claim, results: results, isComplete: isComplete)
            } catch {
                guard environment.clock.now() + wait < claim.leaseEnds, wait < Self.longestWait else {
                    throw error
                }
                environment.log.warning(
                    "A batch could not be settled yet", ("batch", "\(claim.batch)"), ("problem", "\(error)"))
                try await environment.clock.sleep(for: wait)
                wait = wait * 2
            }
        }
    }

    /// Those of `addresses` that our own list names now, by comparison form (invariant I7).
    private func suppressed(_ addresses: [String]) async throws -> [String: SuppressionEntry] {
        guard !addresses.isEmpty else { return [:] }
        return try await environment.suppression.lookUp(addresses.map(Self.compared))
    }

    /// The suppression list's form of an address that has been planned: its domain is in ASCII already.
    private static func compared(_ address: String) -> String { address.lowercased() }
}

/// Tells work that shields itself from cancellation that it should come to an end.
private final class StopFlag: Sendable {
    private let flag = Atomic(false)
    func set() { flag.store(true, ordering: .relaxed) }
    var isSet: Bool { flag.load(ordering: .relaxed) }
}

/// Reads a shard's lines as they are needed.
struct ShardReader {
    struct Entry: Sendable {
        /// Place in the shard, counted from 0.
        var index: Int
        var recipient: PlannedRecipient
    }

    private static let maximumLineBytes = 2 << 20
    private let key: String
    private let stream: ByteStream
    private let decoder = JSONDecoder(limits: .init(bytes: maximumLineBytes))
    private var buffer: [UInt8] = []
    private var position = 0
    private var index: Int
    private var toSkip: Int
    private var isAtEnd = false

    /// - Parameter count: recipients to pass over without decoding them.
    init(_ key: String, in library: any CampaignLibrary, skipping count: Int) async throws {
        self.key = key
        stream = try await library.open(key)
        toSkip = count
        index = count
    }

    /// Up to `count` further recipients; none at the end.
    mutating func next(_ count: Int) async throws -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        while entries.count < count, let line = try await nextLine() {
            if toSkip > 0 {
                toSkip -= 1
                continue
            }
            do {
                entries.append(
                    Entry(index: index, recipient: try decoder.decode(PlannedRecipient.self, from: line)))
            } catch {
                throw Problem(
                    .invalidInput, file: key, line: index + 1, key: error.path,
                    "the shard is damaged: \(error.message)",
                    remedy: "Restore the object's original version; plans are never edited")
            }
            index += 1
        }
        return entries
    }

    private mutating func nextLine() async throws -> [UInt8]? {
        while true {
            if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return Array(buffer[position..<end])
            }
            guard !isAtEnd, buffer.count - position <= Self.maximumLineBytes else {
                guard position == buffer.count else {
                    throw Problem(
                        .invalidInput, file: key, line: index + 1, "the shard is cut off",
                        remedy: "Restore the object's original version; plans are never edited")
                }
                return nil
            }
            buffer.removeSubrange(..<position)
            position = 0
            if let piece = try await stream.next() { buffer += piece } else { isAtEnd = true }
        }
    }
}
