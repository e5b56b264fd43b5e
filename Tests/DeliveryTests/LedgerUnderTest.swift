import Campaigns
import Locks

/// A ledger that fails as a test says, counts claims and lets others come in between.
struct LedgerUnderTest: Ledger {
    /// What is still to go wrong.
    struct Failures {
        /// How often nothing is settled.
        var settling = 0
        /// How many claims are made, and not told of.
        var lostClaims = 0
        /// How often no event is counted.
        var counting = 0
        /// How often nothing that was found is kept.
        var finding = 0
    }
    let failures = Shared(Failures())
    /// What is said instead.
    var problem = Problem(.unavailable, "no answer")
    /// How often it was asked for a claim.
    let claims = Shared(0)
    var afterLookingForAbandoned: @Sendable () async throws -> Void = {}
    /// Changes what a read of a run gives; it is told how many there were before.
    var whenReading: @Sendable (inout Run, Int) -> Void = { _, _ in }
    private let reads = Shared(0)
    var beforeSettingControl: @Sendable () async throws -> Void = {}

    /// State that copies share.
    final class Shared<Value: Sendable>: Sendable {
        private let value: Mutex<Value>
        init(_ value: Value) { self.value = Mutex(value) }
        func withLock<Result>(_ body: (inout sending Value) -> sending Result) -> sending Result {
            value.withLock(body)
        }
    }

    private let real: any Ledger

    init(_ real: any Ledger) { self.real = real }

    /// Whether one of these failures is due, which it is no more then.
    private func takes(_ kind: any WritableKeyPath<Failures, Int> & Sendable) -> Bool {
        failures.withLock { failures in
            guard failures[keyPath: kind] > 0 else { return false }
            failures[keyPath: kind] -= 1
            return true
        }
    }

    func settle(
        _ claim: Claim, results: [RecipientResult], isComplete: Bool, now: Timestamp
    ) async throws -> Bool {
        if takes(\.settling) { throw problem }
        return try await real.settle(claim, results: results, isComplete: isComplete, now: now)
    }
    func claim(_ batch: BatchID, worker: String, now: Timestamp, lease: Duration) async throws -> ClaimResult
    {
        claims.withLock { $0 += 1 }
        let result = try await real.claim(batch, worker: worker, now: now, lease: lease)
        if takes(\.lostClaims) { throw problem }
        return result
    }
    func abandonedBatches(of run: RunID, now: Timestamp) async throws -> [BatchID] {
        let batches = try await real.abandonedBatches(of: run, now: now)
        try await afterLookingForAbandoned()
        return batches
    }

    func run(_ id: RunID) async throws -> Run? {
        guard var run = try await real.run(id) else { return nil }
        let before = reads.withLock { count in
            count += 1
            return count - 1
        }
        whenReading(&run, before)
        return run
    }
    func runs(of campaign: CampaignID?) async throws -> [Run] { try await real.runs(of: campaign) }
    func create(_ run: Run) async throws -> (run: Run, isNew: Bool) { try await real.create(run) }
    func markEnqueued(_ id: RunID) async throws { try await real.markEnqueued(id) }
    func control(of id: RunID) async throws -> RunControl? { try await real.control(of: id) }
    func setControl(_ control: RunControl, of id: RunID) async throws -> RunControl {
        try await beforeSettingControl()
        return try await real.setControl(control, of: id)
    }
    func unfinishedShards(of run: Run) async throws -> [ShardMessage] {
        try await real.unfinishedShards(of: run)
    }
    func firstUnsettled(from batch: BatchID) async throws -> Int {
        try await real.firstUnsettled(from: batch)
    }
    func results(of batch: BatchID) async throws -> [RecipientResult] { try await real.results(of: batch) }
    func results(ofShard shard: Int, of run: RunID) async throws -> [ShardResult] {
        try await real.results(ofShard: shard, of: run)
    }
    func uncertainRecipients(of run: RunID) async throws -> [UncertainRecipient] {
        try await real.uncertainRecipients(of: run)
    }
    func resolve(
        _ indices: Set<Int>, of batch: BatchID, as resolution: Resolution, now: Timestamp
    ) async throws -> ResolutionAnswer {
        try await real.resolve(indices, of: batch, as: resolution, now: now)
    }
    func confirm(
        _ messageIDs: [BatchID: [Int: String]], now: Timestamp
    ) async throws -> [BatchID: [Int: ConfirmationAnswer]] {
        try await real.confirm(messageIDs, now: now)
    }
    func count(_ events: [RecipientEvent], inShard shard: Int, of run: RunID, now: Timestamp) async throws {
        if takes(\.counting) { throw problem }
        try await real.count(events, inShard: shard, of: run, now: now)
    }
    func feedback(of run: RunID) async throws -> RunFeedback { try await real.feedback(of: run) }
    func feedback(ofShard shard: Int, of run: RunID) async throws -> ShardFeedback {
        try await real.feedback(ofShard: shard, of: run)
    }
    func record(
        _ finding: RateFinding, of id: RunID
    ) async throws -> (control: RunControl, findings: [RateFinding]) {
        if takes(\.finding) { throw problem }
        return try await real.record(finding, of: id)
    }
    func override(_ overrides: [WatchedRate: RateFinding.Override], of id: RunID) async throws {
        try await real.override(overrides, of: id)
    }
    func approval(of campaign: CampaignID) async throws -> Approval? {
        try await real.approval(of: campaign)
    }
    func approve(_ approval: Approval) async throws { try await real.approve(approval) }
    func revokeApproval(of campaign: CampaignID) async throws -> Bool {
        try await real.revokeApproval(of: campaign)
    }
    func schedule(of campaign: CampaignID) async throws -> ScheduleRecord? {
        try await real.schedule(of: campaign)
    }
    func put(_ record: ScheduleRecord) async throws { try await real.put(record) }
    func followUps() async throws -> [FollowUpRecord] { try await real.followUps() }
    func put(_ record: FollowUpRecord) async throws { try await real.put(record) }
    func removeFollowUps(of run: RunID) async throws { try await real.removeFollowUps(of: run) }
}
