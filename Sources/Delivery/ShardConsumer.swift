internal import Campaigns

/// Takes shards from the queue and has them sent, several at once, until its task is cancelled.
///
/// It does what Lambda's event source mapping does for the sender function: hides a message from others while it is in
/// hand, deletes it once its work is done, and leaves one that fails to the queue, which puts it aside after some receives.
package struct ShardConsumer: Sendable {
    /// How it goes about it.
    package struct Settings: Sendable {
        /// Shards in hand at once: while one waits for its ledger, another sends.
        package var shards: Int
        /// For how long a message stays hidden should this process die; prolonged while it is in hand.
        package var visibility: Duration
        /// How long the queue may wait for a message before it answers with none; on SQS also how long ending may take.
        package var wait: Duration
        /// After so long a shard goes back into the queue: others have their turn.
        package var turn: Duration

        package init(
            shards: Int = 4, visibility: Duration = .seconds(60), wait: Duration = .seconds(10),
            turn: Duration = .seconds(600)
        ) {
            self.shards = shards
            self.visibility = visibility
            self.wait = wait
            self.turn = turn
        }
    }

    private let sender: ShardSender
    private let settings: Settings
    private var queue: any ShardQueue { sender.environment.queue }
    private var clock: any WallClock { sender.environment.clock }
    private var log: any Log { sender.environment.log }

    /// A queue that answers with nothing, and does not wait, is not asked more often.
    private static let shortestWait = Duration.seconds(1)
    /// The longest time for which a message that has failed is left alone.
    private static let longestRest = Duration.seconds(60)

    package init(sender: ShardSender, settings: Settings = Settings()) {
        self.sender = sender
        self.settings = settings
    }

    /// Returns once its task is cancelled, the mails under way have ended and what is left is in the queue again.
    package func run() async {
        let hands = Hands(settings.shards)
        await withDiscardingTaskGroup { group in
            var outage = Outage()
            while !Task.isCancelled {
                let free = await hands.whenFree(clock)
                if Task.isCancelled { break }
                let asked = clock.now()
                do {
                    let received = try await queue.receive(
                        maximum: free, visibility: settings.visibility, wait: settings.wait)
                    if let lasted = outage.ended(at: clock.now()) {
                        log.info("The queue answers again", ("afterSeconds", "\(lasted.components.seconds)"))
                    }
                    for shard in received {
                        await hands.take(shard.message.run)
                        group.addTask {
                            await work(on: shard, hands)
                            await hands.giveBack()
                        }
                    }
                    let rest = asked + Self.shortestWait - clock.now()
                    if received.isEmpty, rest > .zero { try await clock.sleep(for: rest) }
                } catch {
                    if Task.isCancelled { break }
                    let (isNew, delay) = outage.failed(at: clock.now(), random: .random(in: 0...1))
                    log.write(
                        isNew ? .error : .debug, "The queue fails; trying again", [("problem", "\(error)")])
                    try? await clock.sleep(for: delay)
                }
            }
        }
    }

    private func work(on received: ReceivedShard, _ hands: Hands) async {
        let outcome = await send(received)
        let isEnding = Task.isCancelled
        // A cancelled task must still be able to give back what it holds.
        await Task {
            switch outcome {
            case .success(let progress):
                if let lasted = await hands.succeeded(at: clock.now()) {
                    log.info(
                        "Shards can be sent again", ("afterSeconds", "\(lasted.components.seconds)"))
                }
                await delete(received)
                await tell(progress, of: received.message, hands, isEnding: isEnding)
            case .failure(let error) where error is CancellationError || Outage.isCause(of: error):
                var delay = Duration.zero
                if !(error is CancellationError) {
                    let isNew: Bool
                    (isNew, delay) = await hands.failed(at: clock.now())
                    log.write(
                        isNew ? .error : .debug, "Shards cannot be sent; trying again",
                        [("run", "\(received.message.run)"), ("problem", "\(error)")])
                }
                await giveBack(received, after: delay)
            case .failure(let error):
                log.error(
                    "A shard failed", ("run", "\(received.message.run)"),
                    ("shard", "\(received.message.shard)"), ("receives", "\(received.receiveCount)"),
                    ("problem", "\(error)"))
                await leave(received)
            }
        }.value
    }

    /// Sends a shard, and keeps its message hidden meanwhile.
    private func send(_ received: ReceivedShard) async -> Result<ShardSender.Progress, any Error> {
        await withTaskGroup(of: Result<ShardSender.Progress, any Error>?.self) { group in
            group.addTask {
                do {
                    return .success(
                        try await sender.send(received.message, until: clock.now() + settings.turn))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                while (try? await clock.sleep(for: settings.visibility / 3)) != nil {
                    do {
                        try await queue.changeVisibility(of: received, to: settings.visibility)
                    } catch {
                        // Should others get it meanwhile, claims keep them from sending it again.
                        log.debug("A message could not be kept hidden", ("problem", "\(error)"))
                    }
                }
                return nil
            }
            defer { group.cancelAll() }
            for await result in group { if let result { return result } }
            return .failure(CancellationError())
        }
    }

    /// Puts a shard into the queue as a new message: what kept it from being sent was not its fault, and does not count as
    /// one of its receives.
    private func giveBack(_ received: ReceivedShard, after delay: Duration) async {
        do {
            try await queue.send([received.message], delay: delay)
            await delete(received)
        } catch {
            log.debug("A shard could not be given back", ("problem", "\(error)"))
        }
    }

    /// Leaves a shard to the queue, which counts its receives.
    private func leave(_ received: ReceivedShard) async {
        let delay = min(.seconds(1 << min(received.receiveCount, 16)), Self.longestRest)
        do {
            try await queue.changeVisibility(of: received, to: delay)
        } catch {
            log.debug("A failed message stays hidden", ("problem", "\(error)"))
        }
    }

    private func delete(_ received: ReceivedShard) async {
        do {
            try await queue.delete(received)
        } catch {
            // It comes again, and costs one read.
            log.debug("A message could not be deleted", ("problem", "\(error)"))
        }
    }

    /// Tells what became of a shard, each news of a run once: at a slow rate shards are handed back every few seconds.
    private func tell(
        _ progress: ShardSender.Progress, of message: ShardMessage, _ hands: Hands, isEnding: Bool
    ) async {
        let fields = [("run", "\(message.run)"), ("shard", "\(message.shard)")]
        switch progress {
        case .finished:
            log.write(.debug, "Shard finished", fields)
            guard let run = try? await sender.environment.ledger.run(message.run), run.isFinished,
                await hands.isFirstToClose(run.id)
            else { return }
            try? await queue.discard(run.id)
            let counts = run.counts
            log.info(
                "Run finished", ("run", "\(run.id)"), ("rows", "\(run.rows)"),
                ("accepted", "\(counts.accepted)"), ("rejected", "\(counts.rejected)"),
                ("uncertain", "\(counts.uncertain)"))
        case .unfinished(let rest, let delay, let reason):
            let isNew = await hands.isNew(reason, of: message.run)
            log.write(
                isNew && !isEnding ? .info : .debug, "Shard handed back",
                fields + [
                    ("firstBatch", "\(rest.firstBatch)"), ("delaySeconds", "\(delay.components.seconds)"),
                    ("reason", reason),
                ])
        case .halted(let control):
            let isNew = await hands.isFirstToClose(message.run)
            log.write(isNew ? .info : .debug, "The run is held", fields + [("control", "\(control)")])
        }
    }
}

/// What the shards in hand have in common.
private actor Hands {
    private var free: Int
    private var waiter: CheckedContinuation<Void, Never>?
    /// Why shards cannot be sent.
    private var outage = Outage()
    /// Until then no shard is begun; one that is begun after it is a trial.
    private var restEnds: Timestamp?
    /// The runs that are under way, each with the reason that was told last for handing back a shard.
    private var runs: [RunID: String] = [:]

    init(_ count: Int) { free = count }

    /// Waits until a shard can be taken; only one task waits at a time.
    ///
    /// - Returns: how many.
    func whenFree(_ clock: any WallClock) async -> Int {
        while true {
            if free == 0 { await withCheckedContinuation { waiter = $0 } }
            guard let restEnds else { return free }
            let rest = restEnds - clock.now()
            guard rest > .zero else { return min(free, 1) }
            guard (try? await clock.sleep(for: rest)) != nil else { return 0 }
        }
    }

    func take(_ run: RunID) {
        free -= 1
        runs[run] = runs[run] ?? ""
    }

    func giveBack() {
        free += 1
        waiter?.resume()
        waiter = nil
    }

    /// - Returns: as ``Outage/failed(at:random:)``.
    func failed(at now: Timestamp) -> (isNew: Bool, delay: Duration) {
        // Those that were begun before fail alike: together they are one attempt.
        if let restEnds, restEnds > now { return (false, restEnds - now) }
        let result = outage.failed(at: now, random: .random(in: 0...1))
        restEnds = now + result.delay
        return result
    }

    /// - Returns: how long shards could not be sent, `nil` if they could.
    func succeeded(at now: Timestamp) -> Duration? {
        restEnds = nil
        return outage.ended(at: now)
    }

    /// Whether a reason differs from the last one; what follows a colon differs each time, such as how long was waited.
    func isNew(_ reason: String, of run: RunID) -> Bool {
        let gist = String(reason.prefix { $0 != ":" })
        return runs.updateValue(gist, forKey: run) != gist
    }

    func isFirstToClose(_ run: RunID) -> Bool { runs.removeValue(forKey: run) != nil }
}
