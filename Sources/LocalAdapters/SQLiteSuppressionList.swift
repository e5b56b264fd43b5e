package import Campaigns
internal import GRDB

/// Our own suppression list in the state folder's SQLite file.
package struct SQLiteSuppressionList: SuppressionList {
    private static let pageSize = 200

    let database: StateDatabase

    package func entries(_ page: ([SuppressionEntry]) async throws -> Void) async throws {
        // Each page goes on after the last address of the one before, so that no transaction stays open meanwhile.
        var last = ""
        while true {
            let entries = try await database.read { [last] database in
                try Row.fetchAll(
                    database, sql: "SELECT * FROM suppression WHERE address > ? ORDER BY address LIMIT ?",
                    arguments: [last, SQLiteSuppressionList.pageSize]
                ).map(SuppressionEntry.init)
            }
            guard let end = entries.last else { return }
            try await page(entries)
            last = end.address
        }
    }

    package func lookUp(_ addresses: [String]) async throws -> [String: SuppressionEntry] {
        guard !addresses.isEmpty else { return [:] }
        return try await database.read { database in
            let places = repeatElement("?", count: addresses.count).joined(separator: ", ")
            // Nearly all batches are equally long.
            let statement = try database.cachedStatement(
                sql: "SELECT * FROM suppression WHERE address IN (\(places))")
            let rows = try Row.fetchAll(statement, arguments: StatementArguments(addresses))
            return try rows.map(SuppressionEntry.init).reduce(into: [:]) { $0[$1.address] = $1 }
        }
    }

    package func add(_ entry: SuppressionEntry) async throws {
        try await database.write { database in try entry.insert(into: database) }
    }

    package func remove(_ address: String) async throws {
        try await database.write { database in
            try Self.delete(address, from: database)
            try Self.forgetTransientBounces(of: address, in: database)
        }
    }

    package func forgetTransientBounces(of address: String) async throws {
        try await database.write { try Self.forgetTransientBounces(of: address, in: $0) }
    }

    private static func forgetTransientBounces(of address: String, in database: Database) throws {
        try database.execute(sql: "DELETE FROM transient_bounce WHERE address = ?", arguments: [address])
    }

    package func change(
        _ address: String, from old: SuppressionEntry?, to new: SuppressionEntry?
    ) async throws -> Bool {
        try await change([SuppressionChange(address: address, from: old, to: new)]) == [true]
    }

    package func change(_ changes: [SuppressionChange]) async throws -> [Bool] {
        guard !changes.isEmpty else { return [] }
        return try await database.write { database in
            try changes.map { try Self.make($0, in: database) }
        }
    }

    private static func make(_ change: SuppressionChange, in database: Database) throws -> Bool {
        let statement = try database.cachedStatement(sql: "SELECT * FROM suppression WHERE address = ?")
        let current = try Row.fetchOne(statement, arguments: [change.address]).map(SuppressionEntry.init)
        guard current == change.old else { return current == change.new }
        if let new = change.new {
            try new.insert(into: database)
        } else {
            try delete(change.address, from: database)
        }
        return true
    }

    package func noteTransientBounce(
        of address: String, in run: RunID, at moment: Timestamp, memory: Duration
    ) async throws -> Int {
        try await database.write { database in
            // Only what this address has: the moment is the event's, and may be wrong. The first of a run stands.
            try database.cachedStatement(
                sql: "DELETE FROM transient_bounce WHERE address = ? AND at <= ?"
            ).execute(arguments: [address, (moment - memory).milliseconds])
            try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO transient_bounce (address, campaign, occurrence, at)
                    VALUES (?, ?, ?, ?)
                    """
            ).execute(
                arguments: [
                    address, run.campaign.rawValue, run.occurrence.rawValue, moment.milliseconds,
                ])
            let statement = try database.cachedStatement(
                sql: "SELECT at FROM transient_bounce WHERE address = ?")
            let moments = try Int64.fetchAll(statement, arguments: [address])
            return TransientBounces(moments.map(Timestamp.init(milliseconds:)))
                .most(within: memory, around: moment)
        }
    }

    private static func delete(_ address: String, from database: Database) throws {
        try database.execute(sql: "DELETE FROM suppression WHERE address = ?", arguments: [address])
    }
}

extension SuppressionEntry {
    fileprivate init(_ row: Row) throws {
        guard let reason = SuppressionReason(rawValue: row["reason"]) else {
            throw StateDatabase.unreadable(row["reason"])
        }
        self.init(
            address: row["address"], reason: reason, source: row["source"],
            at: Timestamp(milliseconds: row["at"]))
    }

    fileprivate func insert(into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO suppression (address, reason, source, at) VALUES (?, ?, ?, ?)")
        try statement.execute(arguments: [address, reason.rawValue, source, at.milliseconds])
    }
}
