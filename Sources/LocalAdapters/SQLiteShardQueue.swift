package import Campaigns
internal import GRDB

/// A queue with visibility timeouts in the state folder's SQLite file.
///
/// A message that was received ``maximumReceives`` times and never deleted goes to the dead letters.
package struct SQLiteShardQueue: ShardQueue {
    let database: StateDatabase
    let clock: any WallClock
    /// As an SQS redrive policy's `maxReceiveCount`.
    let maximumReceives: Int

    package func send(_ messages: [ShardMessage], delay: Duration) async throws {
        let visibleAt = clock.now() + delay
        try await database.write { database in
            let statement = try database.cachedStatement(
                sql: """
                    INSERT INTO message (campaign, occurrence, shard, first_batch, visible_at)
                    VALUES (?, ?, ?, ?, ?)
                    """)
            for message in messages {
                try statement.execute(arguments: [
                    message.run.campaign.rawValue, message.run.occurrence.rawValue, message.shard,
                    message.firstBatch, visibleAt.milliseconds,
                ])
            }
        }
    }

    /// How often one who waits for a message looks for it, which costs a read of an index.
    private static let lookInterval = Duration.milliseconds(500)

    package func receive(
        maximum: Int, visibility: Duration, wait: Duration
    ) async throws -> [ReceivedShard] {
        guard wait > .zero else { return try await take(maximum, visibility: visibility) }
        try await releaseOrphans()
        let end = clock.now() + wait
        while try await !hasVisibleMessage() {
            let rest = end - clock.now()
            guard rest > .zero else { return [] }
            try await clock.sleep(for: min(rest, Self.lookInterval))
        }
        return try await take(maximum, visibility: visibility)
    }

    private func hasVisibleMessage() async throws -> Bool {
        let now = clock.now()
        return try await database.read { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM message WHERE visible_at <= ?)",
                arguments: [now.milliseconds]) ?? false
        }
    }

    private func take(_ maximum: Int, visibility: Duration) async throws -> [ReceivedShard] {
        let now = clock.now()
        return try await database.write { [maximumReceives] database in
            try buryPoison(receivedAtLeast: maximumReceives, at: now, in: database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    UPDATE message SET visible_at = ?, receive_count = receive_count + 1, process = ?
                    WHERE id IN (SELECT id FROM message WHERE visible_at <= ? ORDER BY visible_at, id LIMIT ?)
                    RETURNING id, receive_count, campaign, occurrence, shard, first_batch
                    """,
                arguments: [
                    (now + visibility).milliseconds, ProcessIdentity.current.rawValue, now.milliseconds,
                    max(0, maximum),
                ])
            // RETURNING promises no order.
            return try rows.map(ReceivedRow.init).sorted { $0.receipt.id < $1.receipt.id }.map(\.received)
        }
    }

    package func delete(_ received: ReceivedShard) async throws {
        guard let receipt = Receipt(received.receipt) else { return }
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM message WHERE id = ? AND receive_count = ?",
                arguments: [receipt.id, receipt.receiveCount])
        }
    }

    package func changeVisibility(of received: ReceivedShard, to visibility: Duration) async throws {
        guard let receipt = Receipt(received.receipt) else { return }
        let visibleAt = clock.now() + visibility
        try await database.write { database in
            try database.execute(
                sql: "UPDATE message SET visible_at = ? WHERE id = ? AND receive_count = ?",
                arguments: [visibleAt.milliseconds, receipt.id, receipt.receiveCount])
        }
    }

    package func discard(_ run: RunID) async throws {
        try await database.write { database in
            // A person may have withdrawn results since the caller looked: those messages are wanted.
            guard try RunRecord.find(run, in: database)?.run.isFinished ?? true else { return }
            for table in ["message", "dead_letter"] {
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE campaign = ? AND occurrence = ?",
                    arguments: [run.campaign.rawValue, run.occurrence.rawValue])
            }
        }
    }

    package func count() async throws -> Int {
        try await database.read { database in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM message") ?? 0
        }
    }

    /// - Returns: all of them, in the order in which they were put aside.
    package func deadLetters() async throws -> DeadLetters {
        try await database.read { database in
            let letters = try Row.fetchAll(database, sql: "SELECT * FROM dead_letter ORDER BY died_at, id")
                .map {
                    DeadLetters.Letter(message: try ShardMessage($0), receiveCount: $0["receive_count"])
                }
            return DeadLetters(count: letters.count, seen: letters)
        }
    }

    package func discardDeadLetters(of run: RunID) async throws {
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM dead_letter WHERE campaign = ? AND occurrence = ?",
                arguments: [run.campaign.rawValue, run.occurrence.rawValue])
        }
    }

    /// Lets go of what processes that have ended still had in hand, so that nobody waits for its time-out.
    func releaseOrphans() async throws {
        let now = clock.now()
        let holders = try await database.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT DISTINCT process FROM message WHERE visible_at > ? AND process IS NOT NULL",
                arguments: [now.milliseconds])
        }
        let dead = holders.filter { ProcessIdentity(rawValue: $0).hasEnded }
        guard !dead.isEmpty else { return }
        try await database.write { database in
            for holder in dead {
                try database.execute(
                    sql: "UPDATE message SET visible_at = ? WHERE process = ? AND visible_at > ?",
                    arguments: [now.milliseconds, holder, now.milliseconds])
            }
        }
    }
}

private func buryPoison(receivedAtLeast maximum: Int, at now: Timestamp, in database: Database) throws {
    try database.execute(
        sql: """
            INSERT INTO dead_letter (id, campaign, occurrence, shard, first_batch, receive_count, died_at)
            SELECT id, campaign, occurrence, shard, first_batch, receive_count, ? FROM message
            WHERE visible_at <= ? AND receive_count >= ?
            """,
        arguments: [now.milliseconds, now.milliseconds, maximum])
    guard database.changesCount > 0 else { return }
    try database.execute(
        sql: "DELETE FROM message WHERE visible_at <= ? AND receive_count >= ?",
        arguments: [now.milliseconds, maximum])
}

/// Stands for one receipt of a message: it is void as soon as the message is received again.
private struct Receipt {
    let id: Int64
    let receiveCount: Int

    init(id: Int64, receiveCount: Int) {
        self.id = id
        self.receiveCount = receiveCount
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let id = Int64(parts[0]), let receiveCount = Int(parts[1]) else { return nil }
        self.init(id: id, receiveCount: receiveCount)
    }

    var text: String { "\(id).\(receiveCount)" }
}

private struct ReceivedRow {
    let receipt: Receipt
    let received: ReceivedShard

    init(_ row: Row) throws {
        receipt = Receipt(id: row["id"], receiveCount: row["receive_count"])
        received = ReceivedShard(
            message: try ShardMessage(row), receipt: receipt.text, receiveCount: receipt.receiveCount)
    }
}

extension ShardMessage {
    fileprivate init(_ row: Row) throws {
        guard let campaign = CampaignID(row["campaign"]), let occurrence = Occurrence(row["occurrence"])
        else {
            throw StateDatabase.unreadable("\(row["campaign"] as String)#\(row["occurrence"] as String)")
        }
        self.init(
            run: RunID(campaign: campaign, occurrence: occurrence), shard: row["shard"],
            firstBatch: row["first_batch"])
    }
}
