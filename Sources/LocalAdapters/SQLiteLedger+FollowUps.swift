package import Campaigns
internal import GRDB

extension SQLiteLedger {
    package func followUps() async throws -> [FollowUpRecord] {
        try await database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM follow_up").map { row in
                let name = "\(row["campaign"] as String)#\(row["occurrence"] as String)"
                guard let run = RunID(name) else { throw StateDatabase.unreadable(name) }
                return FollowUpRecord(
                    run: run, next: Timestamp(milliseconds: row["next"]),
                    heldAt: (row["held_at"] as Int64?).map(Timestamp.init(milliseconds:)))
            }
        }
    }

    package func put(_ record: FollowUpRecord) async throws {
        try await database.write { database in
            try database.execute(
                sql:
                    "INSERT OR REPLACE INTO follow_up (campaign, occurrence, next, held_at) VALUES (?, ?, ?, ?)",
                arguments: [
                    record.run.campaign.rawValue, record.run.occurrence.rawValue, record.next.milliseconds,
                    record.heldAt?.milliseconds,
                ])
        }
    }

    package func removeFollowUps(of run: RunID) async throws {
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM follow_up WHERE campaign = ? AND occurrence = ?",
                arguments: [run.campaign.rawValue, run.occurrence.rawValue])
        }
    }
}
