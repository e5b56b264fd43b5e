package import Campaigns
internal import Foundation
internal import GRDB

extension SQLiteLedger {
    package func count(
        _ events: [RecipientEvent], inShard shard: Int, of run: RunID, now: Timestamp
    ) async throws {
        try await database.write { database in
            let key = try RunRecord.key(of: run, in: database)
            var feedback = try FeedbackRecord.find(key, shard, in: database)
            var isChanged = false
            for event in events where feedback.take(event) { isChanged = true }
            if isChanged { try FeedbackRecord.put(feedback, key, shard, into: database) }
        }
    }

    package func feedback(of run: RunID) async throws -> RunFeedback {
        try await database.read { database in
            let key = try RunRecord.key(of: run, in: database)
            let statement = try database.cachedStatement(
                sql: "SELECT data FROM feedback WHERE run = ? ORDER BY shard")
            let rows = try Row.fetchCursor(statement, arguments: [key])
            var feedback = RunFeedback()
            while let row = try rows.next() { feedback.add(try FeedbackRecord.feedback(in: row)) }
            return feedback
        }
    }

    package func feedback(ofShard shard: Int, of run: RunID) async throws -> ShardFeedback {
        try await database.read { database in
            try FeedbackRecord.find(RunRecord.key(of: run, in: database), shard, in: database)
        }
    }

    package func record(
        _ finding: RateFinding, of id: RunID
    ) async throws -> (control: RunControl, findings: [RateFinding]) {
        try await database.write { database in
            let record = try RunRecord.required(id, in: database)
            var run = record.run
            guard run.findings.take(finding, limit: run.limit(of: finding.rate)) else {
                return (run.control, run.findings)
            }
            try FindingRecord.put(run.findings, of: record.key, into: database)
            let pause = RunControl.paused(reason: "\(finding)")
            if run.control == .running {
                let (name, reason) = RunRecord.columns(of: pause)
                try database.execute(
                    sql: "UPDATE run SET control = ?, reason = ? WHERE id = ?",
                    arguments: [name, reason, record.key])
                run.control = pause
            }
            return (run.control, run.findings)
        }
    }

    package func override(
        _ overrides: [WatchedRate: RateFinding.Override], of id: RunID
    ) async throws {
        try await database.write { database in
            let record = try RunRecord.required(id, in: database)
            var findings = record.run.findings
            guard findings.override(overrides) else { return }
            try FindingRecord.put(findings, of: record.key, into: database)
        }
    }
}

/// A row of `feedback`.
private enum FeedbackRecord {
    static func find(_ run: Int64, _ shard: Int, in database: Database) throws -> ShardFeedback {
        let statement = try database.cachedStatement(
            sql: "SELECT data FROM feedback WHERE run = ? AND shard = ?")
        guard let row = try Row.fetchOne(statement, arguments: [run, shard]) else { return ShardFeedback() }
        return try feedback(in: row)
    }

    static func feedback(in row: Row) throws -> ShardFeedback {
        let feedback = try row.withUnsafeData(atIndex: 0) { data in
            data.flatMap { ShardFeedback(bytes: Array($0)) }
        }
        guard let feedback else { throw StateDatabase.unreadable("the feedback of a shard") }
        return feedback
    }

    static func put(
        _ feedback: ShardFeedback, _ run: Int64, _ shard: Int, into database: Database
    ) throws {
        let data = Data(feedback.bytes)
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO feedback (run, shard, data) VALUES (?, ?, ?)"
        ).execute(arguments: [run, shard, data])
    }
}

/// A row of `finding`.
enum FindingRecord {
    static func list(of run: Int64, in database: Database) throws -> [RateFinding] {
        let statement = try database.cachedStatement(
            sql: "SELECT * FROM finding WHERE run = ? ORDER BY number")
        return try Row.fetchAll(statement, arguments: [run]).map { row in
            guard let rate = WatchedRate(rawValue: row["rate"]) else {
                throw StateDatabase.unreadable(row["rate"])
            }
            return RateFinding(
                rate: rate, events: row["events"], delivered: row["delivered"], limit: row["ceiling"],
                at: Timestamp(milliseconds: row["at"]),
                override: (row["overridden_by"] as String?).map { by in
                    RateFinding.Override(
                        by: by, at: Timestamp(milliseconds: row["overridden_at"]),
                        limit: row["next_ceiling"])
                })
        }
    }

    static func put(_ findings: [RateFinding], of run: Int64, into database: Database) throws {
        for (number, finding) in findings.enumerated() {
            try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO finding (run, number, rate, events, delivered, ceiling, at,
                    overridden_by, overridden_at, next_ceiling) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(
                arguments: [
                    run, number, finding.rate.rawValue, finding.events, finding.delivered, finding.limit,
                    finding.at.milliseconds, finding.override?.by, finding.override?.at.milliseconds,
                    finding.override?.limit,
                ])
        }
    }
}
