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
        switch try await claimInsistently(batch, until: context.deadline, stop) {
        case .settled: return .settled([])
        case .held(let until): return .held(until: until)
        case .abandoned(let dead):
            let lost = dead.lostRecipients(of: recipients.count)
            try await settle(dead, lost, isComplete: true)
            return .settled(lost)
        case .claimed(let claim):
            return try await work(on: claim, recipients, context, stop)
        }
    }

    /// Claims a batch. Where the answer is lost the claim may stand, and would end as uncertain with nothing sent: it is asked
    /// for again as long as it would last.
    private func claimInsistently(
        _ batch: BatchID, until deadline: Timestamp?, _ stop: StopFlag
    ) async throws -> ClaimResult {
        let (clock, ledger) = (environment.clock, environment.ledger)
        // A name of its own for each claim: a ledger that sees a name again takes it for a claim whose answer was lost, and
        // senders of one process must not take each other's batches for their own.
        let claimant = "\(environment.worker)/\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let leaseEnds = clock.now() + lease(until: deadline)
        // What it takes to give the batch back is left before the deadline.
        let last = min(leaseEnds, deadline.map { $0 - Self.longestWait } ?? leaseEnds)
        var wait = Duration.milliseconds(100)
        while true {
            do {
                return try await ledger.claim(
                    batch, worker: claimant, now: clock.now(), lease: leaseEnds - clock.now())
            } catch let problem as Problem where problem.kind == .unavailable {
                guard !stop.isSet, clock.now() + wait < last else { throw problem }
                if wait < Self.longestWait {
                    environment.log.warning(
                        "It is not known whether a batch was claimed; asking again", ("batch", "\(batch)"),
                        ("problem", "\(problem)"))
                }
                try await clock.sleep(for: wait)
                wait = min(wait * 2, Self.longestWait)
            }
        }
    }

    private func work(
        on claim: Claim, _ recipients: [ShardReader.Entry], _ context: Context, _ stop: StopFlag
    ) async throws -> Step {
        let known = Set(claim.settled.map(\.index))
        let left = recipients.indices.filter { !known.contains($0) }
        let work: (suppressed: [RecipientResult], open: [Int])
        do {
            work = try await separate(left, of: recipients)
        } catch {
            // Nothing has been handed over: the claim must not end as uncertain.
            try? await settle(claim, [], isComplete: false)
            throw error
        }

        let sending = await handOver(work.open, of: claim, recipients, context, stop)
        let results = work.suppressed + sending.results
        let isComplete = claim.settled.count + results.count == recipients.count
        try await settle(claim, results, isComplete: isComplete)

        if let reason = sending.stopReason { return .halted(reason: reason) }
        if let failure = sending.failure { throw failure }
        if let pause = sending.pause { return .later(pause.delay, reason: pause.reason) }
        return isComplete ? .settled(results) : .later(.zero, reason: "out of time")
    }

    /// Sets aside those who have unsubscribed since the plan.
    private func separate(
        _ left: [Int], of recipients: [ShardReader.Entry]
    ) async throws -> (suppressed: [RecipientResult], open: [Int]) {
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
        return (results, open)
    }

    /// What handing over a batch came to.
    private struct Sending {
        var results: [RecipientResult] = []
        var stopReason: String?
        var pause: (delay: Duration, reason: String)?
        /// Why the pace could not be reserved.
        var failure: (any Error)?
    }

    /// How often a long batch looks whether its run goes on (invariant I5).
    private static let controlInterval = Duration.seconds(2)
    /// For how long it goes on where it cannot look.
    private static let longestBlindness = Duration.seconds(4)
    /// For how long after its lease a batch's results may still be recorded, if nobody has taken it over.
    private static let settlingPatience = Duration.seconds(300)
    /// After so many reservations in a row whose slots had all passed the ledger is too slow, if ``longestWait`` has passed,
    /// too: each reaches further ahead than the last, and at a high rate three of them are over in a moment.
    private static let mostMissedReservations = 3
    /// Each is a write, however fast.
    private static let mostMissedReservationsByFar = 20

    /// Hands mails over at the pace granted, and ends early when the service throttles or stops, the run is held, others
    /// have reserved the next seconds, or time runs out.
    private func handOver(
        _ indices: [Int], of claim: Claim, _ recipients: [ShardReader.Entry], _ context: Context,
        _ stop: StopFlag
    ) async -> Sending {
        let (clock, mailer, pacer) = (environment.clock, environment.mailer, environment.pacer)
        let run = claim.batch.run
        // No mail begins that may not have ended when the lease does: another worker would call it uncertain.
        let last = min(claim.leaseEnds, context.deadline ?? claim.leaseEnds) - Self.reserve
        var looks = Looks(control: context.controlSeen, pace: clock.now())
        var sending = Sending()
        await withTaskGroup(of: (Int, MailerOutcome).self) { group in
            var underWay = 0
            var open = indices[...]
            var grant: PaceGrant?
            var missed = 0
            var missedSince = clock.now()
            while let index = open.first, !stop.isSet, clock.now() <= last {
                if underWay >= environment.concurrency, let (index, outcome) = await group.next() {
                    underWay -= 1
                    await take(outcome, of: index, in: run, into: &sending)
                }
                guard let moment = grant?.next(at: clock.now()) else {
                    if missed == 0 { missedSince = clock.now() }
                    missed += 1
                    let isPatient = clock.now() - missedSince < Self.longestWait
                    if missed > (isPatient ? Self.mostMissedReservationsByFar : Self.mostMissedReservations) {
                        sending.pause = (.seconds(1), "the ledger is too slow to keep the pace")
                        break
                    }
                    do {
                        switch try await pacer.reserve(context.request(open.count, until: last)) {
                        case .granted(let granted): grant = granted
                        case .later(let delay, let limit):
                            sending.pause = (delay, "\(limit)")
                        }
                    } catch {
                        sending.failure = error
                    }
                    if sending.pause != nil || sending.failure != nil { break }
                    looks.pace = clock.now()
                    continue
                }
                if moment > last { break }
                await wait(until: moment, for: run, &grant, stop, &looks)
                if stop.isSet { break }
                guard let tolerance = grant?.tolerance, clock.now() <= moment + tolerance else { continue }
                let entry = recipients[index]
                let mail = context.maker.mail(
                    to: entry.recipient,
                    place: .init(batch: claim.batch, index: index))
                group.addTask {
                    let outcome = await mailer.send(mail)
                    // Seen at once, though the outcome is counted later: no further mail begins.
                    if outcome.endsBatch { stop.set() }
                    if let limit = outcome.limit { await pacer.throttled(limit) }
                    return (index, outcome)
                }
                underWay += 1
                missed = 0
                open.removeFirst()
            }
            if let grant, grant.end != nil { await pacer.giveBack(grant) }
            for await (index, outcome) in group {
                await take(outcome, of: index, in: run, into: &sending)
            }
        }
        return sending
    }

    /// When a batch last looked around.
    private struct Looks {
        var control: Timestamp
        var pace: Timestamp
    }

    /// Waits for a mail's moment, and looks every now and then whether its run goes on, and its grant still stands: else
    /// that is taken away.
    private func wait(
        until moment: Timestamp, for run: RunID, _ grant: inout PaceGrant?, _ stop: StopFlag,
        _ looks: inout Looks
    ) async {
        let clock = environment.clock
        repeat {
            let wait = moment - clock.now()
            if wait > .zero { try? await clock.sleep(for: min(wait, PaceState.lookInterval)) }
            if clock.now() - looks.pace >= PaceState.lookInterval, let granted = grant {
                looks.pace = clock.now()
                if await !environment.pacer.isCurrent(granted) { grant = nil }
            }
            if clock.now() - looks.control >= Self.controlInterval {
                do {
                    let looked = clock.now()
                    if try await environment.ledger.control(of: run) != .running { stop.set() }
                    looks.control = looked
                } catch {
                    // Who cannot see whether it was stopped stops.
                    if clock.now() - looks.control >= Self.longestBlindness { stop.set() }
                }
            }
        } while !stop.isSet && grant != nil && clock.now() < moment
    }

    private func take(
        _ outcome: MailerOutcome, of index: Int, in run: RunID, into sending: inout Sending
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
            sending.pause = sending.pause ?? (retryAfter ?? .seconds(1), "the mail service throttles")
        case .throttled(.dailyQuota):
            sending.pause = (PaceState.quotaPause, "\(PaceLimit.dailyQuota)")
        case .throttled(.unreachable(let reason)):
            sending.pause = sending.pause ?? (.seconds(5), "the mail service cannot be reached: \(reason)")
        }
    }

    private func settle(_ claim: Claim, _ results: [RecipientResult], isComplete: Bool) async throws {
        guard try await settleInsistently(claim, results, isComplete: isComplete) else {
            environment.log.error(
                "A claim was lost before it was settled: its lease is too short for a batch, or the workers' clocks differ",
                ("batch", "\(claim.batch)"), ("leaseEnded", "\(claim.leaseEnds)"))
            try await confirm(results, of: claim.batch)
            return
        }
        guard let progress = environment.progress else { return }
        var counts = OutcomeCounts()
        for result in results { counts.add(result.outcome) }
        progress(counts)
    }

    /// Tells of accepted mails that somebody else has recorded as uncertain.
    private func confirm(_ results: [RecipientResult], of batch: BatchID) async throws {
        for result in results {
            guard case .accepted(let messageID) = result.outcome else { continue }
            _ = try await environment.ledger.confirm(
                result.index, of: batch, messageID: messageID, now: environment.clock.now())
        }
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
                guard environment.clock.now() + wait < claim.leaseEnds + Self.settlingPatience else {
                    throw error
                }
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

    /// The limit that all senders of the account have come to.
    fileprivate var limit: PaceLimit? {
        switch self {
        case .throttled(.rate): .rate
        case .throttled(.dailyQuota): .dailyQuota
        case .throttled(.unreachable), .accepted, .rejected, .ambiguous, .stopped: nil
        }
    }
}

/// Tells work that shields itself from cancellation that it should come to an end.
private final class StopFlag: Sendable {
    private let flag = Atomic(false)
    func set() { flag.store(true, ordering: .relaxed) }
    var isSet: Bool { flag.load(ordering: .relaxed) }
}
