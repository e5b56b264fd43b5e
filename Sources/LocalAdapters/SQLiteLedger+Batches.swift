package import Campaigns
internal import GRDB

extension SQLiteLedger {
    package func claim(
        _ batch: BatchID, worker: String, now: Timestamp, lease: Duration
    ) async throws -> ClaimResult {
        try await database.write { database in
            let key = try BatchKey(batch, in: database)
            var record =
                try BatchRecord.find(key, in: database)
                ?? BatchRecord(state: .open, worker: "", process: "", attempt: 0, leaseEnds: now)

            switch record.state {
            case .settled:
                return .settled
            case .claimed where record.isHeld(by: worker, at: now),
                .abandoned where record.isHeld(by: worker, at: now):
                break
            case .claimed where record.isHeld(at: now), .abandoned where record.isHeld(at: now):
                return .held(until: record.leaseEnds)
            case .open:
                record.pass(to: worker, as: .claimed, until: now + lease)
                try record.write(key, to: database)
            case .claimed, .abandoned, .openAbandoned:
                // Whoever takes it over may only settle it, however often that changes hands: nothing is known of the
                // mails that the lost holder had in hand.
                record.pass(to: worker, as: .abandoned, until: now + lease)
                try record.write(key, to: database)
            }
            let claim = Claim(
                batch: batch, worker: worker, attempt: record.attempt, leaseEnds: record.leaseEnds,
                settled: try ResultRecord.list(of: key, in: database))
            return record.state == .claimed ? .claimed(claim) : .abandoned(claim)
        }
    }

    package func settle(
        _ claim: Claim, results: [RecipientResult], isComplete: Bool, now: Timestamp
    ) async throws -> Bool {
        try claim.refuseSecondResults(in: results)
        return try await database.write { database in
            let key = try BatchKey(claim.batch, in: database)
            guard var record = try BatchRecord.find(key, in: database), record.attempt == claim.attempt,
                record.worker == claim.worker
            else { return false }

            let recorded = try ResultRecord.list(of: key, in: database)
            let known = Set(recorded.map(\.index))
            switch record.state {
            case .claimed, .abandoned:
                record.state = record.state.settled(isComplete: isComplete)
                var counts = OutcomeCounts()
                // An event may have told of some already.
                for result in results where !known.contains(result.index) {
                    try ResultRecord.put(result, attempt: claim.attempt, at: now, of: key, into: database)
                    counts.add(result.outcome)
                }
                try RunRecord.count(counts, of: key.run, in: database)
                try record.write(key, to: database)
                return true
            case .open, .openAbandoned, .settled:
                // The same words again, after a lost answer.
                let own = try ResultRecord.list(of: key, attempt: claim.attempt, in: database)
                return (record.state == .settled) == isComplete && Set(own).isSubset(of: results)
                    && known.isSuperset(of: results.map(\.index))
            }
        }
    }

    package func firstUnsettled(from batch: BatchID) async throws -> Int {
        try await database.read { database in
            let key = try BatchKey(batch, in: database)
            let statement = try database.cachedStatement(
                sql: """
                    SELECT number FROM batch
                    WHERE run = ? AND shard = ? AND number >= ? AND state = 'settled' ORDER BY number
                    """)
            var number = batch.number
            let settled = try Int.fetchCursor(statement, arguments: key.arguments)
            while let next = try settled.next(), next == number { number += 1 }
            return number
        }
    }

    package func results(of batch: BatchID) async throws -> [RecipientResult] {
        try await database.read { database in
            guard let run = try RunRecord.find(batch.run, in: database)?.key else { return [] }
            let key = BatchKey(run: run, shard: batch.shard, number: batch.number)
            return try ResultRecord.list(of: key, in: database)
        }
    }

    package func results(ofShard shard: Int, of run: RunID) async throws -> [ShardResult] {
        try await database.read { database in
            guard let run = try RunRecord.find(run, in: database)?.key else { return [] }
            return try ResultRecord.list(ofShard: shard, of: run, in: database)
        }
    }
}

/// A batch's primary key.
struct BatchKey {
    let run: Int64
    let shard: Int
    let number: Int

    var arguments: StatementArguments { [run, shard, number] }
}

extension BatchKey {
    init(_ batch: BatchID, in database: Database) throws {
        self.init(
            run: try RunRecord.key(of: batch.run, in: database), shard: batch.shard, number: batch.number)
    }
}

/// A row of `batch`.
struct BatchRecord {
    enum State: String {
        case claimed, abandoned, open, settled
        case openAbandoned = "open-abandoned"

        func settled(isComplete: Bool) -> State {
            isComplete ? .settled : self == .abandoned ? .openAbandoned : .open
        }
    }

    var state: State
    var worker: String
    /// The holder's ``ProcessIdentity``.
    var process: String
    var attempt: Int
    var leaseEnds: Timestamp

    /// Whether its holder may still be at work.
    func isHeld(at now: Timestamp) -> Bool {
        now < leaseEnds && !ProcessIdentity(rawValue: process).hasEnded
    }

    /// Whether a holder has gone without settling. What one took over as abandoned and settled in part is lost too.
    func isLost(at now: Timestamp) -> Bool {
        switch state {
        case .claimed, .abandoned: !isHeld(at: now)
        case .openAbandoned: true
        case .open, .settled: false
        }
    }

    /// Whether it is this very worker that holds it. A name that outlives its process names another worker there.
    func isHeld(by worker: String, at now: Timestamp) -> Bool {
        self.worker == worker && process == ProcessIdentity.current.rawValue && now < leaseEnds
    }

    mutating func pass(to worker: String, as state: State, until leaseEnds: Timestamp) {
        self.state = state
        self.worker = worker
        self.leaseEnds = leaseEnds
        process = ProcessIdentity.current.rawValue
        attempt += 1
    }

    static func find(_ key: BatchKey, in database: Database) throws -> BatchRecord? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT state, worker, process, attempt, lease_ends FROM batch
                WHERE run = ? AND shard = ? AND number = ?
                """)
        guard let row = try Row.fetchOne(statement, arguments: key.arguments) else { return nil }
        guard let state = State(rawValue: row[0]) else { throw StateDatabase.unreadable(row[0]) }
        return BatchRecord(
            state: state, worker: row[1], process: row[2], attempt: row[3],
            leaseEnds: Timestamp(milliseconds: row[4]))
    }

    func write(_ key: BatchKey, to database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO batch (run, shard, number, state, worker, process, attempt, lease_ends)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (run, shard, number) DO UPDATE SET state = excluded.state, worker = excluded.worker,
                process = excluded.process, attempt = excluded.attempt, lease_ends = excluded.lease_ends
                """
        ).execute(
            arguments: [
                key.run, key.shard, key.number, state.rawValue, worker, process, attempt,
                leaseEnds.milliseconds,
            ])
    }
}

/// A row of `result`.
enum ResultRecord {
    static func list(
        of key: BatchKey, attempt: Int? = nil, in database: Database
    ) throws -> [RecipientResult] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT position, outcome, detail FROM result
                WHERE run = ? AND shard = ? AND number = ? AND attempt = ifnull(?, attempt) ORDER BY position
                """)
        return try Row.fetchAll(statement, arguments: key.arguments + [attempt]).map { row in
            RecipientResult(index: row[0], outcome: try outcome(named: row[1], detail: row[2]))
        }
    }

    static func list(ofShard shard: Int, of run: Int64, in database: Database) throws -> [ShardResult] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT number, position, outcome, detail, at FROM result
                WHERE run = ? AND shard = ? ORDER BY number, position
                """)
        return try Row.fetchAll(statement, arguments: [run, shard]).map { row in
            let moment: Int64 = row[4]
            return ShardResult(
                batch: row[0],
                result: RecipientResult(index: row[1], outcome: try outcome(named: row[2], detail: row[3])),
                at: moment > 0 ? Timestamp(milliseconds: moment) : nil)
        }
    }

    /// - Parameter attempt: whose result it is; ``byOthers`` if it is no attempt's.
    static func put(
        _ result: RecipientResult, attempt: Int, at moment: Timestamp, of key: BatchKey,
        into database: Database
    ) throws {
        let (name, detail) = columns(of: result.outcome)
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO result (run, shard, number, position, attempt, outcome, detail, at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: key.arguments + [result.index, attempt, name, detail, moment.milliseconds])
    }

    /// The attempt of results that an event or a person gave.
    static let byOthers = 0

    static func delete(_ index: Int, of key: BatchKey, in database: Database) throws {
        try database.cachedStatement(
            sql: "DELETE FROM result WHERE run = ? AND shard = ? AND number = ? AND position = ?"
        ).execute(arguments: key.arguments + [index])
    }

    private static func columns(of outcome: RecipientResult.Outcome) -> (name: String, detail: String) {
        switch outcome {
        case .accepted(let messageID): ("accepted", messageID)
        case .rejected(let reason): ("rejected", reason)
        case .suppressed(let reason): ("suppressed", reason.rawValue)
        case .uncertain(let reason): ("uncertain", reason)
        case .dropped(let reason): ("dropped", reason)
        }
    }

    private static func outcome(named name: String, detail: String) throws -> RecipientResult.Outcome {
        switch name {
        case "accepted": return .accepted(messageID: detail)
        case "rejected": return .rejected(reason: detail)
        case "uncertain": return .uncertain(reason: detail)
        case "dropped": return .dropped(reason: detail)
        default:
            guard let reason = SuppressionReason(rawValue: detail) else {
                throw StateDatabase.unreadable(detail)
            }
            return .suppressed(reason: reason)
        }
    }
}
