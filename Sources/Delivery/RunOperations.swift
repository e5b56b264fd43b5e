package import Campaigns

/// What a person does to a run: hold it, let it go on, end it (invariant I5).
package struct RunOperations: Sendable {
    private let ledger: any Ledger
    private let queue: any ShardQueue
    private let clock: any WallClock

    package init(ledger: any Ledger, queue: any ShardQueue, clock: any WallClock) {
        self.ledger = ledger
        self.queue = queue
        self.clock = clock
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
    /// - Parameter override: who lets it go on in spite of rates that have reached their limits, and when. Each of them has
    ///   a higher limit from then on: half as much again as it has come to.
    /// - Returns: the run as it stands: a cancelled one stays cancelled.
    /// - Throws: a ``Problem`` of kind `refused` if such a rate stands, and nobody overrides it, or if one is found
    ///   meanwhile.
    package func resume(
        _ run: Run, override: (by: String, at: Timestamp)? = nil
    ) async throws -> Run {
        let latest = try await ledger.run(run.id) ?? run
        if !latest.standingFindings.isEmpty { try await settle(latest, override) }
        // Before the messages: a sender throws away the message of a run that is held.
        var run = try await set(.running, of: latest)
        guard run.control == .running, !run.isFinished else { return run }
        // What was found since the run was read has paused it, and has just been set aside.
        if let now = try await ledger.run(run.id), let finding = now.standingFindings.first {
            _ = try await set(.paused(reason: "\(finding)"), of: now)
            throw Self.held(now)
        }
        run = try await enqueue(run)
        try await queue.discardDeadLetters(of: run.id)
        return try await ledger.run(run.id) ?? run
    }

    private func settle(_ run: Run, _ override: (by: String, at: Timestamp)?) async throws {
        guard let override else { throw Self.held(run) }
        // It may have got worse since it was found.
        let counts = try await ledger.feedback(of: run.id).counts
        var overrides: [WatchedRate: RateFinding.Override] = [:]
        for finding in run.standingFindings {
            let worst = max(
                finding.share, counts.share(of: finding.rate, ofAccepted: run.settled.accepted) ?? 0)
            overrides[finding.rate] = .init(
                by: override.by, at: override.at, limit: RateFinding.Override.limit(above: worst))
        }
        try await ledger.override(overrides, of: run.id)
    }

    private static func held(_ run: Run) -> Problem {
        Problem(
            .refused,
            "run \(run.id) is held: \(run.standingFindings.map { "\($0)" }.joined(separator: "; "))",
            remedy: "Cancel it, or let it go on all the same with jada-blast resume \(run.id) --override")
    }

    /// Hands to the queue what is left of a run. A message that is there already does no harm: claims see to that.
    package func enqueue(_ run: Run) async throws -> Run {
        try await queue.send(ledger.unfinishedShards(of: run), of: run, now: clock.now())
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
