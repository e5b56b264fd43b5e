internal import Campaigns
internal import Synchronization

extension ShardSender {
    /// What became of a batch, and what that means for the rest of its shard.
    enum Step: Sendable {
        /// Every recipient has an outcome; `results` are those of this attempt.
        case settled([RecipientResult])
        case held(until: Timestamp)
        case later(Duration, reason: String)
        case halted(reason: String)
    }

    /// Claims a batch, sends what is open in it and settles.
    func send(_ batch: BatchID, _ recipients: [ShardReader.Entry], _ context: Context) async throws -> Step {
        // A claim that has been asked for must be settled, whatever happens to this task.
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await Task { try await claimAndWork(batch, recipients, context, stop) }.value
        } onCancel: {
            stop.set()
        }
    }

    private func claimAndWork(
        _ batch: BatchID, _ recipients: [ShardReader.Entry], _ context: Context, _ stop: StopFlag
    ) async throws -> Step {
        // A name of its own for each claim: a ledger that sees a name again takes it for a claim whose answer was lost, and
        // senders of one process must not take each other's batches for their own.
        let claimant = "\(environment.worker)/\(String(UInt64.random(in: .min ... .max), radix: 36))"
        switch try await environment.ledger.claim(
            batch, worker: claimant, now: environment.clock.now(),
            lease: lease(until: context.deadline))
        {
        case .settled: return .settled([])
        case .held(let until): return .held(until: until)
        case .abandoned(let dead):
            let known = Set(dead.settled.map(\.index))
            let lost = recipients.indices.filter { !known.contains($0) }.map {
                RecipientResult(
                    index: $0, outcome: .uncertain(reason: "worker \(dead.worker) ended while it was sending")
                )
            }
            try await settle(dead, lost, isComplete: true)
            return .settled(lost)
        case .claimed(let claim):
            return try await work(on: claim, recipients, context, stop)
        }
    }

    private func work(
        on claim: Claim, _ recipients: [ShardReader.Entry], _ context: Context, _ stop: StopFlag
    ) async throws -> Step {
        let known = Set(claim.settled.map(\.index))
        let left = recipients.indices.filter { !known.contains($0) }
        let work: (suppressed: [RecipientResult], open: [Int], pace: PaceReservation)
        do {
            work = try await prepare(left, of: recipients, context.pacers)
        } catch {
            // Nothing has been handed over: the claim must not end as uncertain.
            try? await settle(claim, [], isComplete: false)
            throw error
        }

        var sending = Sending()
        if case .granted(let delay, let interval) = work.pace {
            sending = await handOver(
                work.open, of: claim, recipients, context, delay: delay, interval: interval, stop: stop)
        }
        let results = work.suppressed + sending.results
        let isComplete = claim.settled.count + results.count == recipients.count
        try await settle(claim, results, isComplete: isComplete)

        if let reason = sending.stopReason { return .halted(reason: reason) }
        if let pause = sending.pause { return .later(pause.delay, reason: pause.reason) }
        if case .later(let delay) = work.pace { return .later(delay, reason: "the sending rate is used up") }
        return isComplete ? .settled(results) : .later(.zero, reason: "out of time")
    }

    /// Sets aside those who have unsubscribed since the plan, and reserves time for the others.
    private func prepare(
        _ left: [Int], of recipients: [ShardReader.Entry], _ pacers: [any Pacer]
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
        return (results, open, try await reserve(open.count, pacers))
    }

    /// A reservation that all pacers grant: the latest start, the longest interval.
    private func reserve(_ count: Int, _ pacers: [any Pacer]) async throws -> PaceReservation {
        var (delay, interval) = (Duration.zero, Duration.zero)
        guard count > 0 else { return .granted(delay: delay, interval: interval) }
        for pacer in pacers {
            switch try await pacer.reserve(count, now: environment.clock.now(), maximumWait: Self.longestWait)
            {
            case .later(let wait): return .later(wait)
            case .granted(let thisDelay, let thisInterval):
                delay = max(delay, thisDelay)
                interval = max(interval, thisInterval)
            }
        }
        return .granted(delay: delay, interval: interval)
    }

    /// What handing over a batch came to.
    private struct Sending {
        var results: [RecipientResult] = []
        var stopReason: String?
        var pause: (delay: Duration, reason: String)?
    }

    /// How often a long batch looks whether its run goes on (invariant I5).
    private static let controlInterval = Duration.seconds(2)

    /// Hands mails over at the pace granted, and ends early when the service throttles or stops, the run is held, or time
    /// runs out.
    private func handOver(
        _ indices: [Int], of claim: Claim, _ recipients: [ShardReader.Entry], _ context: Context,
        delay: Duration,
        interval: Duration, stop: StopFlag
    ) async -> Sending {
        let clock = environment.clock
        let mailer = environment.mailer
        let start = clock.now()
        // No mail begins that may not have ended when the lease does: another worker would call it uncertain.
        let last = min(claim.leaseEnds, context.deadline ?? claim.leaseEnds) - Self.reserve
        var lastLook = start
        var sending = Sending()
        await withTaskGroup(of: (Int, MailerOutcome).self) { group in
            var underWay = 0
            for (position, index) in indices.enumerated() {
                if underWay >= environment.concurrency, let (index, outcome) = await group.next() {
                    underWay -= 1
                    await take(outcome, of: index, in: claim.batch.run, context, into: &sending)
                }
                await wait(
                    until: start + (delay + interval * position), for: claim.batch.run, stop, &lastLook)
                if stop.isSet || clock.now() > last { break }
                let entry = recipients[index]
                let mail = context.maker.mail(
                    to: entry.recipient,
                    place: .init(batch: claim.batch, index: index, indexInShard: entry.index))
                group.addTask {
                    let outcome = await mailer.send(mail)
                    // Seen at once, though the outcome is counted later: no further mail begins.
                    if outcome.endsBatch { stop.set() }
                    return (index, outcome)
                }
                underWay += 1
            }
            for await (index, outcome) in group {
                await take(outcome, of: index, in: claim.batch.run, context, into: &sending)
            }
        }
        return sending
    }

    /// Waits for a mail's moment, and looks every now and then whether its run goes on.
    private func wait(
        until moment: Timestamp, for run: RunID, _ stop: StopFlag, _ lastLook: inout Timestamp
    ) async {
        let clock = environment.clock
        repeat {
            let wait = moment - clock.now()
            if wait > .zero { try? await clock.sleep(for: min(wait, Self.controlInterval)) }
            if clock.now() - lastLook >= Self.controlInterval {
                lastLook = clock.now()
                if let control = try? await environment.ledger.control(of: run), control != .running {
                    stop.set()
                }
            }
        } while !stop.isSet && clock.now() < moment
    }

    private func take(
        _ outcome: MailerOutcome, of index: Int, in run: RunID, _ context: Context,
        into sending: inout Sending
    ) async {
        switch outcome {
        case .accepted(let messageID):
            sending.results.append(RecipientResult(index: index, outcome: .accepted(messageID: messageID)))
        case .rejected(let reason):
            sending.results.append(RecipientResult(index: index, outcome: .rejected(reason: reason)))
        case .ambiguous(let reason):
            sending.results.append(RecipientResult(index: index, outcome: .uncertain(reason: reason)))
        case .stopped(let reason):
            guard sending.stopReason == nil else { return }
            sending.stopReason = reason
            // At once, and not when the mails under way have ended: the other senders go on until they see it.
            _ = try? await environment.ledger.setControl(.stopped(reason: reason), of: run)
        case .throttled(.rate(let retryAfter)):
            for pacer in context.pacers { await pacer.throttled(at: environment.clock.now()) }
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
                ("batch", "\(claim.batch)"), ("leaseEnded", "\(claim.leaseEnds)"))
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
                return try await environment.ledger.settle(
                    claim, results: results, isComplete: isComplete, now: environment.clock.now())
            } catch {
                guard environment.clock.now() + wait < claim.leaseEnds else { throw error }
                environment.log.warning(
                    "A batch could not be settled yet", ("batch", "\(claim.batch)"), ("problem", "\(error)"))
                try await environment.clock.sleep(for: wait)
                wait = min(wait * 2, Self.longestWait)
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

extension MailerOutcome {
    /// Whether the mails that follow would fare alike.
    fileprivate var endsBatch: Bool {
        switch self {
        case .throttled, .stopped: true
        case .accepted, .rejected, .ambiguous: false
        }
    }
}

/// Tells work that shields itself from cancellation that it should come to an end.
private final class StopFlag: Sendable {
    private let flag = Atomic(false)
    func set() { flag.store(true, ordering: .relaxed) }
    var isSet: Bool { flag.load(ordering: .relaxed) }
}
