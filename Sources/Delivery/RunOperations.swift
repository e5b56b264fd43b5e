package import Campaigns

/// What a person does to a run: hold it, let it go on, end it (invariant I5).
package struct RunOperations: Sendable {
    private let ledger: any Ledger
    private let queue: any ShardQueue

    package init(ledger: any Ledger, queue: any ShardQueue) {
        self.ledger = ledger
        self.queue = queue
    }

    /// Holds a run until ``resume(_:)``. Senders everywhere end within seconds.
    ///
    /// - Returns: the run as it stands: one that SES has stopped before keeps that reason.
    package func pause(_ run: Run, reason: String) async throws -> Run {
        try await set(.paused(reason: reason), of: run)
    }

    /// Ends a run for good. Whoever has no mail yet gets none.
    package func cancel(_ run: Run, reason: String) async throws -> Run {
        try await set(.cancelled(reason: reason), of: run)
    }

    /// Lets a run go on exactly where it stood.
    ///
    /// - Returns: the run as it stands: a cancelled one stays cancelled.
    package func resume(_ run: Run) async throws -> Run {
        // Before the messages: a sender throws away the message of a run that is held.
        let run = try await set(.running, of: run)
        guard run.control == .running, !run.isFinished else { return run }
        let enqueued = try await enqueue(run)
        try await queue.discardDeadLetters(of: run.id)
        return enqueued
    }

    /// Hands to the queue what is left of a run. A message that is there already does no harm: claims see to that.
    package func enqueue(_ run: Run) async throws -> Run {
        try await queue.send(ledger.unfinishedShards(of: run), delay: .zero)
        try await ledger.markEnqueued(run.id)
        var run = run
        run.isEnqueued = true
        return run
    }

    private func set(_ control: RunControl, of run: Run) async throws -> Run {
        var run = run
        run.control = try await ledger.setControl(control, of: run.id)
        return run
    }
}
