internal import Campaigns
internal import Synchronization

extension ShardSender {
    /// What became of a batch, and what that means for the rest of its shard.
    enum Step {
        case settled
        case held(until: Timestamp)
        case later(Duration, reason: String)
        case halted(RunControl)
    }

    /// Claims a batch, sends what is open in it and settles.
    func send(
        _ batch: BatchID, _ recipients: [ShardReader.Entry], maker: MailMaker, deadline: Timestamp?
    ) async throws -> Step {
        let claim: Claim
        // A name of its own for each claim: a ledger that sees a name again takes it for a claim whose answer was lost, and
        // senders of one process must not take each other's batches for their own.
        let claimant = "\(environment.worker)/\(String(UInt64.random(in: .min ... .max), radix: 36))"
        switch try await environment.ledger.claim(
            batch, worker: claimant, now: environment.clock.now(), lease: environment.lease)
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
            // What a person has decided meanwhile stands.
            if let run = try await environment.ledger.run(claim.batch.run), run.control == .running {
                try await environment.ledger.setControl(control, of: run.id)
            }
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
                if stop.isSet || clock.now() > last { break }
                slot = slot + interval
                let entry = recipients[index]
                let mail = maker.mail(
                    to: entry.recipient, place: .init(batch: batch, index: index, indexInShard: entry.index))
                group.addTask {
                    let outcome = await mailer.send(mail)
                    // Seen at once, though the outcome is counted later: no further mail begins.
                    if outcome.endsBatch { stop.set() }
                    return (index, outcome)
                }
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
