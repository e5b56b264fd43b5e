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
                try await sleep(until: waiting.next)
                continue
            }
            begun.formUnion(due.map(\.shard))
            try await work(through: due)
        }
    }

    private func work(through messages: [ShardMessage]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Processes that drain the same run begin at different places, so as not to meet at every batch.
            for (index, message) in messages.shuffled().enumerated() {
                if index >= concurrency { try await group.next() }
                group.addTask { try await work(through: message) }
            }
            try await group.waitForAll()
        }
    }

    private func sleep(until moment: Timestamp) async throws {
        while clock.now() < moment {
            try await clock.sleep(for: min(moment - clock.now(), Self.longestSleep))
        }
    }

    private func work(through message: ShardMessage) async throws {
        var message = message
        var hasTold = false
        while case .unfinished(let rest, let delay, let reason) = try await sender.work(through: message) {
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
