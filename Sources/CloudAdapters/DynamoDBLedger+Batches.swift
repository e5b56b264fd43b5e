internal import AWS
package import Campaigns

extension DynamoDBLedger {
    package func claim(
        _ batch: BatchID, worker: String, now: Timestamp, lease: Duration
    ) async throws -> ClaimResult {
        let key = CloudTable.key(of: batch)
        let values: DynamoDB.Item = [
            ":worker": .string(worker), ":lease_ends": (now + lease).attribute, ":one": .integer(1),
            ":expires_at": .integer((now + batchRetention).seconds),
        ]
        let assignments = "#worker = :worker, #lease_ends = :lease_ends, #expires_at = :expires_at"
        func take() async throws -> DynamoDB.WriteOutcome {
            try await table.update(
                key,
                "SET #state = :claimed, #attempt = if_not_exists(#attempt, :zero) + :one, \(assignments)",
                when: "attribute_not_exists(#pk) OR #state = :open",
                values: values.merging([
                    ":claimed": .string(BatchItem.State.claimed.rawValue),
                    ":open": .string(BatchItem.State.open.rawValue), ":zero": .integer(0),
                ]) { $1 })
        }
        var outcome = try await take()
        while true {
            switch outcome {
            case .written(let item): return try BatchItem(item).claim(of: batch)
            case .conditionFailed(current: nil):
                // Claimed and deleted in between: only the table's owner does that.
                throw Problem(
                    .unavailable, "batch \(batch) is being changed by somebody else", remedy: "Try again")
            case .conditionFailed(let current?):
                let item = try BatchItem(current)
                switch item.state {
                case .settled: return .settled
                case .open:
                    // Its holder has settled in part between two looks.
                    outcome = try await take()
                case .claimed, .abandoned:
                    if now < item.leaseEnds {
                        // One's own claim: the answer to it was lost.
                        return item.worker == worker ? item.claim(of: batch) : .held(until: item.leaseEnds)
                    }
                    // Whoever takes it over may only settle it, however often that changes hands: nothing is known of the
                    // mails that the lost holder had in hand.
                    outcome = try await table.update(
                        key, "SET #state = :abandoned, #attempt = #attempt + :one, \(assignments)",
                        when: "#attempt = :attempt AND #state = :state",
                        values: values.merging([
                            ":abandoned": .string(BatchItem.State.abandoned.rawValue),
                            ":attempt": .integer(item.attempt), ":state": .string(item.state.rawValue),
                        ]) { $1 })
                }
            }
        }
    }

    package func settle(
        _ claim: Claim, results: [RecipientResult], isComplete: Bool, now: Timestamp
    ) async throws -> Bool {
        try claim.refuseSecondResults(in: results)
        let results = results.sorted { $0.index < $1.index }
        let settlement = BatchItem.fingerprint(of: results, isComplete: isComplete)
        // What the item is expected to say; where it says something else, that is tried next.
        var state = BatchItem.State.claimed
        var revision: String?
        var fresh = results
        while true {
            var change = BatchChange(of: claim.batch, at: now)
            change.condition = "#worker = :worker AND #attempt = :attempt AND #lease_ends > :zero"
            change.values = [
                ":worker": .string(claim.worker), ":attempt": .integer(claim.attempt), ":zero": .integer(0),
                ":settlement": .binary(settlement),
            ]
            change.assignments = "#lease_ends = :zero, #settlement = :settlement"
            change.expect(state: state, revision: revision)
            // A holder that took the batch over knows no more of the rest than the one before: it stays abandoned.
            change.set(isComplete ? .settled : state == .claimed ? .open : .abandoned)
            for result in fresh { change.record(result.index, result.outcome, instead: nil) }

            guard case .refused(let standing) = try await make(change) else { return true }
            guard let current = standing else { return false }
            guard current.worker == claim.worker, current.attempt == claim.attempt else { return false }
            // Settled under this claim: the same words again, after a lost answer. What an earlier claim has settled may
            // read the same, where its recipients were to be mailed again.
            if current.leaseEnds.milliseconds == 0 { return current.settlement == settlement }
            guard (current.state, current.revision) != (state, revision) else { return false }
            (state, revision) = (current.state, current.revision)
            // Events have told of some meanwhile.
            fresh = results.filter { current.outcome(of: $0.index) == nil }
        }
    }

    package func firstUnsettled(from batch: BatchID) async throws -> Int {
        var query = table.batches(from: batch)
        query.projection = "#sk, #state"
        query.pageSize = Self.batchesLookedAt
        var number = batch.number
        try await table.read(query) { item in
            guard item["state"]?.string == BatchItem.State.settled.rawValue,
                try CloudTable.batch(of: item, in: batch.run).number == number
            else { return false }
            number += 1
            return true
        }
        return number
    }

    /// Some 100 KB: what is read of batches behind the one that is sought is read for nothing.
    private static let batchesLookedAt = 64

    package func results(of batch: BatchID) async throws -> [RecipientResult] {
        guard let item = try await table.get(CloudTable.key(of: batch)) else { return [] }
        return try BatchItem(item).results
    }

    package func results(ofShard shard: Int, of run: RunID) async throws -> [ShardResult] {
        var results: [ShardResult] = []
        try await table.forEach(in: table.batches(from: BatchID(run: run, shard: shard, number: 0))) { item in
            let batch = try CloudTable.batch(of: item, in: run)
            results += try BatchItem(item).results(ofBatch: batch.number)
        }
        return results
    }
}
