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
        var outcome = try await table.update(
            key, "SET #state = :claimed, #attempt = if_not_exists(#attempt, :zero) + :one, \(assignments)",
            when: "attribute_not_exists(#pk) OR #state = :open",
            values: values.merging([
                ":claimed": .string(BatchItem.State.claimed.rawValue),
                ":open": .string(BatchItem.State.open.rawValue), ":zero": .integer(0),
            ]) { $1 })
        while true {
            switch outcome {
            case .written(let item): return try BatchItem(item).claim(of: batch)
            case .conditionFailed(current: nil):
                // Claimed and deleted in between: only the table's owner does that.
                throw Problem(
                    .unavailable, "batch \(batch) is being changed by somebody else", remedy: "Try again")
            case .conditionFailed(let current?):
                let item = try BatchItem(current)
                if item.state == .settled { return .settled }
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

    package func settle(
        _ claim: Claim, results: [RecipientResult], isComplete: Bool
    ) async throws -> Bool {
        let results = results.sorted { $0.index < $1.index }
        let indices = Set((claim.settled + results).map(\.index))
        guard indices.count == claim.settled.count + results.count else {
            throw Problem(
                .software, "a recipient of batch \(claim.batch) has two results",
                remedy: "Report it; nothing was recorded")
        }
        let settlement = BatchItem.fingerprint(of: results, isComplete: isComplete)
        // A holder that took the batch over knows no more of the rest than the one before: it stays abandoned.
        let settling = DynamoDB.Write.update(
            CloudTable.key(of: claim.batch), of: table.name,
            """
            SET #state = :next, #lease_ends = :zero, #settlement = :settlement, \
            #results = list_append(if_not_exists(#results, :none), :results)
            """
        ).when("#worker = :worker AND #attempt = :attempt AND #lease_ends > :zero AND #state = :state")
        var counts = OutcomeCounts()
        for result in results { counts.add(result.outcome) }
        let (addition, added) = RunItem.addition(of: counts)
        let counting = DynamoDB.Write.update(CloudTable.key(of: claim.batch.run), of: table.name, addition)
            .when("attribute_exists(#pk)").with(values: added)

        var state = BatchItem.State.claimed
        while true {
            let next = isComplete ? BatchItem.State.settled : state == .claimed ? .open : .abandoned
            let settling = settling.with(values: [
                ":next": .string(next.rawValue), ":state": .string(state.rawValue), ":zero": .integer(0),
                ":none": .list([]), ":results": .list(results.map(BatchItem.attribute)),
                ":settlement": .string(settlement), ":worker": .string(claim.worker),
                ":attempt": .integer(claim.attempt),
            ])
            let standing: DynamoDB.Item?
            if addition.isEmpty {
                // Nothing to count: one write does, at half the price of a transaction's.
                guard case .conditionFailed(let current) = try await table.write(settling) else {
                    return true
                }
                standing = current
            } else {
                guard case .cancelled(let reasons) = try await table.transact([settling, counting]) else {
                    return true
                }
                standing = reasons.first?.item
                if reasons.first?.code == "None", reasons.last?.code == "ConditionalCheckFailed" {
                    throw RunItem.missing(claim.batch.run)
                }
            }
            guard let current = try standing.map(BatchItem.init) else { return false }
            guard current.worker == claim.worker, current.attempt == claim.attempt else { return false }
            // The same words again, after a lost answer.
            if current.settlement == settlement { return true }
            guard current.leaseEnds.milliseconds > 0, current.state == .abandoned, state == .claimed else {
                return false
            }
            state = .abandoned
        }
    }

    package func results(of batch: BatchID) async throws -> [RecipientResult] {
        guard let item = try await table.get(CloudTable.key(of: batch)) else { return [] }
        return try BatchItem(item).results
    }
}
