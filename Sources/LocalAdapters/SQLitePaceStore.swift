package import Campaigns
internal import GRDB

/// The pace of one account, shared by all workers of a state folder.
package struct SQLitePaceStore: PaceStore {
    let database: StateDatabase
    /// Whose pace it is, such as `outbox` or `ses us-west-2`.
    let account: String

    package func read() async throws -> PaceState {
        try await database.read { [account] database in try PaceState.find(account, in: database) }
    }

    static func all(in database: StateDatabase) async throws -> [(account: String, state: PaceState)] {
        try await database.read { database in
            try String.fetchAll(database, sql: "SELECT account FROM pace ORDER BY account")
                .map { ($0, try PaceState.find($0, in: database)) }
        }
    }

    package func change<Answer: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (inout PaceState) -> Answer
    ) async throws -> Answer {
        // No slot that a power cut can make us forget is still ahead when the computer is up again.
        try await database.write(mustReachDisk: false) { [account] database in
            let before = try PaceState.find(account, in: database)
            var state = before
            let answer = body(&state)
            if state != before { try state.write(account, to: database) }
            return answer
        }
    }
}

extension PaceState {
    fileprivate static func find(_ account: String, in database: Database) throws -> PaceState {
        let statement = try database.cachedStatement(
            sql: """
                SELECT timeline, share, reduced_at, generation, asked_at, maximum_rate, maximum_per_24_hours, \
                quota_left, read_at FROM pace WHERE account = ?
                """)
        var state = PaceState()
        guard let row = try Row.fetchOne(statement, arguments: [account]) else { return state }
        guard let timeline = PaceTimeline(text: row[0]) else { throw StateDatabase.unreadable(row[0]) }
        state.timeline = timeline
        state.share = row[1]
        state.reducedAt = Timestamp(milliseconds: row[2])
        state.generation = row[3]
        state.askedAt = Timestamp(milliseconds: row[4])
        if let maximumRate: Double = row[5], let readAt: Int64 = row[8] {
            state.allowance = PaceAllowance(
                maximumRate: maximumRate, maximumPer24Hours: row[6], left: row[7],
                readAt: Timestamp(milliseconds: readAt))
        }
        return state
    }

    fileprivate func write(_ account: String, to database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO pace (account, timeline, share, reduced_at, generation, asked_at, maximum_rate, \
                maximum_per_24_hours, quota_left, read_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                account, timeline.text, share, reducedAt.milliseconds, generation, askedAt.milliseconds,
                allowance?.maximumRate, allowance?.maximumPer24Hours, allowance?.left,
                allowance?.readAt.milliseconds,
            ])
    }
}
