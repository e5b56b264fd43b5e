package import Campaigns
internal import GRDB

extension SQLiteLedger {
    package func abandonedBatches(of run: RunID, now: Timestamp) async throws -> [BatchID] {
        try await database.read { database in
            let key = try RunRecord.key(of: run, in: database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT shard, number FROM batch
                    WHERE run = ? AND state IN ('claimed', 'abandoned', 'open-abandoned') ORDER BY shard, number
                    """,
                arguments: [key])
            return try rows.compactMap { row in
                let batch = BatchKey(run: key, shard: row[0], number: row[1])
                guard let record = try BatchRecord.find(batch, in: database), record.isLost(at: now) else {
                    return nil
                }
                return BatchID(run: run, shard: batch.shard, number: batch.number)
            }
        }
    }

    package func uncertainRecipients(of run: RunID) async throws -> [UncertainRecipient] {
        try await database.read { database in
            let key = try RunRecord.key(of: run, in: database)
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT shard, number, position, detail, at FROM result
                    WHERE run = ? AND outcome = 'uncertain' ORDER BY shard, number, position
                    """,
                arguments: [key]
            ).map { row in
                UncertainRecipient(
                    batch: BatchID(run: run, shard: row[0], number: row[1]), index: row[2], reason: row[3],
                    at: Timestamp(milliseconds: row[4]))
            }
        }
    }

    package func resolve(
        _ indices: Set<Int>, of batch: BatchID, as resolution: Resolution, now: Timestamp
    ) async throws -> ResolutionAnswer {
        try await database.write { database in
            let key = try BatchKey(batch, in: database)
            guard var record = try BatchRecord.find(key, in: database) else { return .resolved([]) }
            switch record.state {
            case .claimed, .abandoned, .openAbandoned: return .held(until: record.leaseEnds)
            case .open, .settled: break
            }
            var resolved: Set<Int> = []
            var counts = OutcomeCounts()
            for result in try ResultRecord.list(of: key, in: database) where indices.contains(result.index) {
                guard case .uncertain(let reason) = result.outcome else { continue }
                resolved.insert(result.index)
                counts.remove(result.outcome)
                switch resolution {
                case .resend: try ResultRecord.delete(result.index, of: key, in: database)
                case .drop:
                    let dropped = RecipientResult(index: result.index, outcome: .dropped(reason: reason))
                    counts.add(dropped.outcome)
                    try ResultRecord.put(
                        dropped, attempt: ResultRecord.byOthers, at: now, of: key, into: database)
                }
            }
            if resolved.isEmpty { return .resolved([]) }
            try RunRecord.count(counts, of: key.run, in: database)
            if resolution == .resend {
                record.state = .open
                try record.write(key, to: database)
            }
            return .resolved(resolved)
        }
    }

    package func confirm(
        _ messageIDs: [BatchID: [Int: String]], now: Timestamp
    ) async throws -> [BatchID: [Int: ConfirmationAnswer]] {
        // Nearly always all is known already, which a look tells: that takes no turn among the writers, and no flush.
        var answers = try await database.read { database in
            try Self.change(messageIDs, in: database) { _, _, _ in }
        }
        let fresh = messageIDs.filter { batch, _ in answers[batch]?.values.contains(.confirmed) ?? false }
        if fresh.isEmpty { return answers }
        let written = try await database.write { database in
            try Self.change(fresh, in: database) { key, accepted, counts in
                for result in accepted {
                    try ResultRecord.put(
                        result, attempt: ResultRecord.byOthers, at: now, of: key, into: database)
                }
                try RunRecord.count(counts, of: key.run, in: database)
            }
        }
        answers.merge(written) { $1 }
        return answers
    }

    /// What news comes to, batch by batch.
    ///
    /// - Parameter make: records results of a batch that it ends the doubt about, and counts them in its run.
    private static func change(
        _ messageIDs: [BatchID: [Int: String]], in database: Database,
        _ make: (BatchKey, [RecipientResult], OutcomeCounts) throws -> Void
    ) throws -> [BatchID: [Int: ConfirmationAnswer]] {
        var answers: [BatchID: [Int: ConfirmationAnswer]] = [:]
        for (batch, messageIDs) in messageIDs {
            guard let run = try RunRecord.findKey(of: batch.run, in: database) else {
                answers[batch] = messageIDs.mapValues { _ in .unknown }
                continue
            }
            let key = BatchKey(run: run, shard: batch.shard, number: batch.number)
            guard try BatchRecord.find(key, in: database) != nil else {
                answers[batch] = messageIDs.mapValues { _ in .unknown }
                continue
            }
            var standing: [Int: RecipientResult.Outcome] = [:]
            for result in try ResultRecord.list(of: key, in: database) {
                standing[result.index] = result.outcome
            }
            var accepted: [RecipientResult] = []
            var counts = OutcomeCounts()
            for (index, messageID) in messageIDs {
                let answer = ConfirmationAnswer(of: standing[index])
                answers[batch, default: [:]][index] = answer
                guard answer == .confirmed else { continue }
                accepted.append(RecipientResult(index: index, outcome: .accepted(messageID: messageID)))
                if let outcome = standing[index] { counts.remove(outcome) }
                counts.add(.accepted(messageID: messageID))
            }
            if !accepted.isEmpty { try make(key, accepted, counts) }
        }
        return answers
    }
}
