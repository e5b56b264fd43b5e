package import Campaigns

/// Pauses a run whose bounces or complaints have reached the limit of its plan.
///
/// It looks whenever something is told of the run, also when that comes late: a run that is over by then has nothing left to
/// pause, but what was found is kept. A pause reaches the senders as one by hand does (invariant I5).
package struct RateWatch: Sendable {
    /// What changes a rate, or how much it is based on.
    static let kinds: Set<FeedbackKind> = [.delivered, .permanentBounce, .undeterminedBounce, .complaint]

    private let ledger: any Ledger
    private let clock: any WallClock
    private let log: any Log

    package init(ledger: any Ledger, clock: any WallClock, log: any Log) {
        self.ledger = ledger
        self.clock = clock
        self.log = log
    }

    /// - Parameter run: as it was a moment ago.
    /// - Returns: what stands against the run's going on.
    @discardableResult
    package func look(at run: Run) async throws -> [RateFinding] {
        let counts = try await ledger.feedback(of: run.id).counts
        var findings = run.findings
        for rate in WatchedRate.allCases {
            // One that was made and whose run was let go on by hand holds it again: only an override ends it.
            guard
                let finding = counts.finding(
                    of: rate, ofAccepted: run.settled.accepted, limit: run.limit(of: rate), at: clock.now())
            else { continue }
            let isKnown = findings.contains { $0.rate == rate && $0.override == nil }
            let answer = try await ledger.record(finding, of: run.id)
            findings = answer.findings
            if !isKnown, findings.contains(where: { $0.rate == rate && $0.override == nil }) {
                log.error(
                    "Too many \(rate.rawValue): the run is held", ("run", "\(run.id)"),
                    ("finding", "\(finding)"))
            }
        }
        return findings.filter { $0.override == nil }
    }
}
