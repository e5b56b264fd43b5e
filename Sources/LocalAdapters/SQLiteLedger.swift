package import Campaigns
internal import GRDB

/// The ledger in the state folder's SQLite file.
package struct SQLiteLedger: Ledger {
    let database: StateDatabase

    package func run(_ id: RunID) async throws -> Run? {
        try await database.read { database in try RunRecord.find(id, in: database)?.run }
    }

    package func runs(of campaign: CampaignID?) async throws -> [Run] {
        try await database.read { database in
            try RunRecord.list(of: campaign, in: database).map(\.run)
        }
    }

    package func create(_ run: Run) async throws -> (run: Run, isNew: Bool) {
        try await database.write { database in
            if let recorded = try RunRecord.find(run.id, in: database)?.run {
                // The same plan, not only the same run: its planner asks again after a lost answer.
                let isSamePlan =
                    recorded.planPrefix == run.planPrefix && recorded.planDigest == run.planDigest
                return (recorded, isSamePlan)
            }
            try RunRecord.insert(run, into: database)
            return (run, true)
        }
    }

    package func markEnqueued(_ id: RunID) async throws {
        try await database.write { database in
            let key = try RunRecord.key(of: id, in: database)
            try database.execute(sql: "UPDATE run SET is_enqueued = 1 WHERE id = ?", arguments: [key])
        }
    }

    package func control(of id: RunID) async throws -> RunControl? {
        try await database.read { database in try RunRecord.control(of: id, in: database) }
    }

    package func setControl(_ control: RunControl, of id: RunID) async throws -> RunControl {
        try await database.write { database in
            let record = try RunRecord.required(id, in: database)
            guard record.run.control.allows(control) else { return record.run.control }
            let (name, reason) = RunRecord.columns(of: control)
            try database.execute(
                sql: "UPDATE run SET control = ?, reason = ? WHERE id = ?",
                arguments: [name, reason, record.key])
            return control
        }
    }

    package func unfinishedShards(of run: Run) async throws -> [ShardMessage] {
        try await database.read { database in
            let key = try RunRecord.required(run.id, in: database).key
            let rows = try Row.fetchCursor(
                database,
                sql:
                    "SELECT shard, number FROM batch WHERE run = ? AND state = 'settled' ORDER BY shard, number",
                arguments: [key])
            var settled: [Int: [Int]] = [:]
            while let row = try rows.next() { settled[row[0], default: []].append(row[1]) }
            return run.unfinishedShards(settled: settled)
        }
    }

    package func schedule(of campaign: CampaignID) async throws -> ScheduleRecord? {
        try await database.read { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM schedule WHERE campaign = ?", arguments: [campaign.rawValue]
            ).map { row in
                ScheduleRecord(
                    campaign: campaign, version: row["version"],
                    registeredAt: Timestamp(milliseconds: row["registered_at"]),
                    next: (row["next"] as Int64?).map(Timestamp.init(milliseconds:)),
                    last: try (row["last"] as String?).map { last in
                        guard let occurrence = Occurrence(last) else { throw StateDatabase.unreadable(last) }
                        return occurrence
                    }, waiting: row["waiting"])
            }
        }
    }

    package func put(_ record: ScheduleRecord) async throws {
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO schedule (campaign, version, registered_at, next, last, waiting)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    record.campaign.rawValue, record.version, record.registeredAt.milliseconds,
                    record.next?.milliseconds, record.last?.rawValue, record.waiting,
                ])
        }
    }
}
