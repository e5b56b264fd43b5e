package import Campaigns

/// Sends all shards of a run in this process, until the run is over or what is left of it is to come later.
///
/// Needs no queue: claims keep out what other senders have in hand, and a run that was interrupted goes on where it stood.
package struct Drain: Sendable {
    private let sender: ShardSender
    private let ledger: any Ledger
    private let clock: any WallClock
    /// Shards in hand at once: while one waits for its ledger, another sends.
    private let concurrency: Int

    /// How soon a shard that somebody else holds is looked at again.
    private static let longestPause = Duration.seconds(5)
    /// How soon the 24-hour quota is looked at again.
    private static let quotaPause = Duration.seconds(60)
    /// The time of day may be set forward meanwhile, which a sleeper does not notice.
    private static let longestSleep = Duration.seconds(60)

    package init(sender: ShardSender, concurrency: Int = 8) {
        self.sender = sender
        ledger = sender.environment.ledger
        clock = sender.environment.clock
        self.concurrency = concurrency
    }

    /// - Parameter waits: whether to wait for shards whose time is to come, and send them, too.
    /// - Returns: the run as it stands: finished, held by its ``Run/control``, or with shards whose time is to come.
    /// - Throws: what the ports throw; `CancellationError` once the mails under way have ended.
    package func drain(_ id: RunID, waits: Bool = false) async throws -> Run {
        var begun: Set<Int> = []
        while true {
            let run = try await run(id)
            if run.isFinished {
                try await sender.environment.queue.discard(id)
                return run
            }
            guard run.control == .running else { return run }
            let now = clock.now()
            let due = try await ledger.unfinishedShards(of: run).filter {
                !begun.contains($0.shard) && run.notBefore(ofShard: $0.shard) ?? now <= now
            }
            if due.isEmpty {
                guard waits, let waiting = run.departures?.waiting(at: now) else { return run }
                sender.environment.log.debug("The run waits", ("run", "\(id)"), ("until", "\(waiting.next)"))
                try await sleep(until: waiting.next, orUntilHeld: id)
                continue
            }
            begun.formUnion(due.map(\.shard))
            // A run that was held and let go on in between has them left.
            begun.subtract(try await work(through: due))
        }
    }

    /// - Returns: the shards that were left because the run is held.
    private func work(through messages: [ShardMessage]) async throws -> Set<Int> {
        try await withThrowingTaskGroup(of: Int?.self) { group in
            var halted: Set<Int> = []
            // Processes that drain the same run begin at different places, so as not to meet at every batch.
            for (index, message) in messages.shuffled().enumerated() {
                if index >= concurrency, case let shard?? = try await group.next() { halted.insert(shard) }
                group.addTask { try await work(through: message) ? nil : message.shard }
            }
            for try await shard in group { if let shard { halted.insert(shard) } }
            return halted
        }
    }

    /// Hours may pass: a run that a person stops meanwhile is not waited for.
    private func sleep(until moment: Timestamp, orUntilHeld id: RunID) async throws {
        while clock.now() < moment {
            try await clock.sleep(for: min(moment - clock.now(), Self.longestSleep))
            guard try await run(id).control == .running else { return }
        }
    }

    /// - Returns: whether nothing of the shard is left for this process; `false` if the run is held.
    private func work(through message: ShardMessage) async throws -> Bool {
        var message = message
        var hasTold = false
        while true {
            let (rest, delay, reason): (ShardMessage, Duration, String)
            switch try await sender.work(through: message) {
            case .finished: return true
            case .halted: return false
            case .unfinished(let left, let after, let why): (rest, delay, reason) = (left, after, why)
            }
            try Task.checkCancellation()
            let isLong = delay >= PaceState.quotaPause
            if isLong, !hasTold {
                hasTold = true
                sender.environment.log.warning("The run waits, and goes on by itself", ("reason", reason))
            }
            try await clock.sleep(for: min(delay, isLong ? Self.quotaPause : Self.longestPause))
            message = rest
        }
    }

    private func run(_ id: RunID) async throws -> Run {
        guard let run = try await ledger.run(id) else {
            throw Problem(
                .notFound, key: "\(id)", "the ledger holds no such run", remedy: "List the runs with status")
        }
        return run
    }
}
