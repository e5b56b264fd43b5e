internal import AWS
internal import Campaigns
internal import Digests

/// A batch as the table holds it.
struct BatchItem {
    enum State: String {
        /// Its holder may send.
        case claimed
        /// Its holder, or the next one if its lease is over, may only settle.
        case abandoned
        /// Settled in part; free for the rest.
        case open
        case settled
    }

    let state: State
    let worker: String
    let attempt: Int
    /// 0 once its holder has settled.
    let leaseEnds: Timestamp
    /// What the last settling said, to know it again.
    let settlement: [UInt8]?
    /// Names the last change of its results by an event or a person; `nil` if there was none.
    let revision: String?
    /// What is known of each recipient: a later record replaces an earlier one.
    let records: [Int: ResultRecords.Record]

    init(_ item: DynamoDB.Item) throws(Problem) {
        guard let state = State(rawValue: try item.text("state")) else { throw item.unreadable("state") }
        self.state = state
        worker = try item.text("worker")
        attempt = try item.count("attempt")
        leaseEnds = try item.timestamp("lease_ends")
        settlement = item["settlement"]?.binary
        revision = item["revision"]?.string
        var records: [Int: ResultRecords.Record] = [:]
        for element in item["results"]?.list ?? [] {
            guard let bytes = element.binary, let some = ResultRecords.decode(bytes) else {
                throw item.unreadable("results")
            }
            for record in some { records[record.index] = record.outcome == nil ? nil : record }
        }
        self.records = records
    }

    /// In order of their index.
    var results: [RecipientResult] {
        records.values.compactMap { record in
            record.outcome.map { RecipientResult(index: record.index, outcome: $0) }
        }.sorted { $0.index < $1.index }
    }

    /// In order of their index, with the times at which they were recorded.
    func results(ofBatch number: Int) -> [ShardResult] {
        results.map { result in
            let moment = records[result.index]?.at
            return ShardResult(
                batch: number, result: result, at: moment.flatMap { $0.milliseconds > 0 ? $0 : nil })
        }
    }

    func outcome(of index: Int) -> RecipientResult.Outcome? { records[index]?.outcome }

    /// In order of their index.
    func uncertain(in batch: BatchID) -> [UncertainRecipient] {
        records.values.compactMap { record in
            guard case .uncertain(let reason)? = record.outcome else { return nil }
            return UncertainRecipient(batch: batch, index: record.index, reason: reason, at: record.at)
        }.sorted { $0.index < $1.index }
    }

    /// Whether a holder has gone without settling.
    func isLost(at now: Timestamp) -> Bool {
        switch state {
        case .claimed, .abandoned: leaseEnds <= now
        case .open, .settled: false
        }
    }

    func claim(of batch: BatchID) -> ClaimResult {
        let claim = Claim(
            batch: batch, worker: worker, attempt: attempt, leaseEnds: leaseEnds, settled: results)
        return state == .abandoned ? .abandoned(claim) : .claimed(claim)
    }

    /// What tells one settling of an attempt from another.
    ///
    /// - Parameter results: in order of their index.
    static func fingerprint(of results: [RecipientResult], isComplete: Bool) -> [UInt8] {
        var digest = SHA256()
        digest.update([isComplete ? 1 : 0])
        digest.update(
            ResultRecords.encode(results.map { ($0.index, $0.outcome) }, at: Timestamp(milliseconds: 0)))
        return Array(digest.finish().prefix(16))
    }
}
