package import Campaigns

/// Sends a run's shards from the queue, in this process, until the run is over.
package struct Drain: Sendable {
    private let sender: ShardSender
    private let queue: any ShardQueue
    private let ledger: any Ledger
    private let clock: any WallClock
    /// Shards in hand at once: while one waits for its ledger, another sends.
    private let concurrency: Int

    /// How long a message stays with this process before another may take it.
    private static let visibility = Duration.seconds(300)
    private static let pollInterval = Duration.milliseconds(250)
    private static let notOurs = Duration.seconds(5)

    package init(sender: ShardSender, concurrency: Int = 4) {
        self.sender = sender
        queue = sender.environment.queue
        ledger = sender.environment.ledger
        clock = sender.environment.clock
        self.concurrency = concurrency
    }

    /// - Returns: the run as it stands: finished, or held by its ``Run/control``.
    /// - Throws: what the ports throw; `CancellationError` once the mails under way have ended.
    package func drain(_ id: RunID) async throws -> Run {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<concurrency { group.addTask { try await work(on: id) } }
            try await group.waitForAll()
        }
        guard let run = try await ledger.run(id) else {
            throw Problem(.notFound, key: "\(id)", "the ledger holds no such run")
        }
        return run
    }

    private func work(on id: RunID) async throws {
        while let run = try await ledger.run(id), !run.isFinished, run.control == .running {
            try Task.checkCancellation()
            guard let received = try await queue.receive(maximum: 1, visibility: Self.visibility).first else {
                if try await queue.count() == 0 { try await revive(run) }
                try await clock.sleep(for: Self.pollInterval)
                continue
            }
            guard received.message.run == id else {
                try await queue.changeVisibility(of: received, to: Self.notOurs)
                continue
            }
            do {
                _ = try await sender.send(received.message)
                try await queue.delete(received)
            } catch {
                // Given back at once: the next try need not wait for the message to become visible again.
                try? await Task { try await queue.changeVisibility(of: received, to: .zero) }.value
                throw error
            }
        }
    }

    /// A run that is not over while its queue is empty has lost its messages: claims make sure that new ones do no harm.
    private func revive(_ run: Run) async throws {
        guard let current = try await ledger.run(run.id), !current.isFinished, current.control == .running
        else { return }
        try await queue.send((0..<run.shards).map { ShardMessage(run: run.id, shard: $0) }, delay: .zero)
    }
}
