package import Campaigns
internal import GRDB

/// Shares one sending rate among all workers of a state folder.
package struct SQLitePacer: Pacer {
    let database: StateDatabase
    /// Whose rate it is, such as `outbox` or `ses us-west-2`.
    let account: String
    /// Mails a second, headroom already taken off.
    let rate: Double
    let burst: Int

    package func reserve(
        _ count: Int, now: Timestamp, maximumWait: Duration
    ) async throws -> PaceReservation {
        try await database.write { [account, rate, burst] database in
            var pace = try PaceState.find(account, in: database)
            let answer = pace.reserve(count, now: now, rate: rate, burst: burst, maximumWait: maximumWait)
            if case .granted = answer { try pace.write(account, to: database) }
            return answer
        }
    }

    package func throttled(at now: Timestamp) async {
        // Going slower is a courtesy: a state that cannot be written stops the next reservation anyway.
        try? await database.write { [account] database in
            var pace = try PaceState.find(account, in: database)
            if pace.throttled(at: now) { try pace.write(account, to: database) }
        }
    }
}

extension PaceState {
    fileprivate static func find(_ account: String, in database: Database) throws -> PaceState {
        let statement = try database.cachedStatement(
            sql: "SELECT next_free, share, reduced_at FROM pace WHERE account = ?")
        guard let row = try Row.fetchOne(statement, arguments: [account]) else { return PaceState() }
        return PaceState(
            nextFree: row[0], share: row[1], reducedAt: Timestamp(milliseconds: row[2]))
    }

    fileprivate func write(_ account: String, to database: Database) throws {
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO pace (account, next_free, share, reduced_at) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [account, nextFree, share, reducedAt.milliseconds])
    }
}
