package import Campaigns

/// Sends all shards of a run in this process, until the run is over.
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

    package init(sender: ShardSender, concurrency: Int = 8) {
        self.sender = sender
        ledger = sender.environment.ledger
        clock = sender.environment.clock
        self.concurrency = concurrency
    }

    /// - Returns: the run as it stands: finished, or held by its ``Run/control``.
    /// - Throws: what the ports throw; `CancellationError` once the mails under way have ended.
    package func drain(_ id: RunID) async throws -> Run {
        let run = try await run(id)
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Processes that drain the same run begin at different places, so as not to meet at every batch.
            for (index, message) in try await ledger.unfinishedShards(of: run).shuffled().enumerated() {
                if index >= concurrency { try await group.next() }
                group.addTask { try await work(through: message) }
            }
            try await group.waitForAll()
        }
        let end = try await self.run(id)
        if end.isFinished { try await sender.environment.queue.discard(id) }
        return end
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
