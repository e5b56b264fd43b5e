internal import Campaigns
internal import GRDB

/// A row of `run`.
struct RunRecord {
    let key: Int64
    let run: Run

    static func find(_ id: RunID, in database: Database) throws -> RunRecord? {
        let statement = try database.cachedStatement(
            sql: "SELECT * FROM run WHERE campaign = ? AND occurrence = ?")
        return try Row.fetchOne(
            statement, arguments: [id.campaign.rawValue, id.occurrence.rawValue]
        ).map { try RunRecord($0, in: database) }
    }

    /// Newest first.
    static func list(of campaign: CampaignID?, in database: Database) throws -> [RunRecord] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM run WHERE campaign = ifnull(?, campaign)
                ORDER BY planned_at DESC, occurrence DESC, campaign
                """,
            arguments: [campaign?.rawValue]
        ).map { try RunRecord($0, in: database) }
    }

    static func required(_ id: RunID, in database: Database) throws -> RunRecord {
        guard let record = try find(id, in: database) else { throw missing(id) }
        return record
    }

    static func control(of id: RunID, in database: Database) throws -> RunControl? {
        let statement = try database.cachedStatement(
            sql: "SELECT control, reason FROM run WHERE campaign = ? AND occurrence = ?")
        return try Row.fetchOne(
            statement, arguments: [id.campaign.rawValue, id.occurrence.rawValue]
        ).map(control(in:))
    }

    private static func control(in row: Row) -> RunControl {
        let reason: String = row["reason"]
        return switch row["control"] as String {
        case "paused": .paused(reason: reason)
        case "cancelled": .cancelled(reason: reason)
        case "stopped": .stopped(reason: reason)
        default: .running
        }
    }

    static func key(of id: RunID, in database: Database) throws -> Int64 {
        guard let key = try findKey(of: id, in: database) else { throw missing(id) }
        return key
    }

    static func findKey(of id: RunID, in database: Database) throws -> Int64? {
        let statement = try database.cachedStatement(
            sql: "SELECT id FROM run WHERE campaign = ? AND occurrence = ?")
        let arguments: StatementArguments = [id.campaign.rawValue, id.occurrence.rawValue]
        return try Int64.fetchOne(statement, arguments: arguments)
    }

    private static func missing(_ id: RunID) -> Problem {
        Problem(.notFound, "there is no run \(id)", remedy: "See which there are with jada-blast status")
    }

    static func insert(_ run: Run, into database: Database) throws {
        let (control, reason) = columns(of: run.control)
        try database.execute(
            sql: """
                INSERT INTO run (campaign, occurrence, plan_prefix, plan_digest, planned_at, row_count, recipients,
                shards, shard_size, batch_size, planned_invalid, planned_duplicate, planned_excluded,
                planned_suppressed, accepted, rejected, suppressed, uncertain, dropped, control, reason,
                is_enqueued, bounce_limit, complaint_limit, step, first_occurrence, departures)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                run.id.campaign.rawValue, run.id.occurrence.rawValue, run.planPrefix, run.planDigest,
                run.plannedAt.milliseconds, run.rows, run.recipients, run.shards, run.shardSize,
                run.batchSize, run.atPlan.invalid, run.atPlan.duplicate, run.atPlan.excluded,
                run.atPlan.suppressed, run.settled.accepted, run.settled.rejected, run.settled.suppressed,
                run.settled.uncertain, run.settled.dropped, control, reason, run.isEnqueued,
                run.limits.bounces, run.limits.complaints, run.followUp?.step.rawValue,
                run.followUp?.first.rawValue, run.departures?.text,
            ])
        let key = database.lastInsertedRowID
        try FindingRecord.put(run.findings, of: key, into: database)
    }

    /// Adds to the run's counters.
    static func count(_ counts: OutcomeCounts, of key: Int64, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE run SET accepted = accepted + ?, rejected = rejected + ?, suppressed = suppressed + ?,
                uncertain = uncertain + ?, dropped = dropped + ? WHERE id = ?
                """
        ).execute(
            arguments: [
                counts.accepted, counts.rejected, counts.suppressed, counts.uncertain, counts.dropped, key,
            ])
    }

    static func columns(of control: RunControl) -> (name: String, reason: String) {
        switch control {
        case .running: ("running", "")
        case .paused(let reason): ("paused", reason)
        case .cancelled(let reason): ("cancelled", reason)
        case .stopped(let reason): ("stopped", reason)
        }
    }
}

extension RunRecord {
    init(_ row: Row, in database: Database) throws {
        guard let campaign = CampaignID(row["campaign"]), let occurrence = Occurrence(row["occurrence"])
        else {
            throw StateDatabase.unreadable("\(row["campaign"] as String)#\(row["occurrence"] as String)")
        }
        var atPlan = OutcomeCounts()
        atPlan.invalid = row["planned_invalid"]
        atPlan.duplicate = row["planned_duplicate"]
        atPlan.excluded = row["planned_excluded"]
        atPlan.suppressed = row["planned_suppressed"]
        var settled = OutcomeCounts()
        settled.accepted = row["accepted"]
        settled.rejected = row["rejected"]
        settled.suppressed = row["suppressed"]
        settled.uncertain = row["uncertain"]
        settled.dropped = row["dropped"]
        var followUp: FollowUp?
        if let step = row["step"] as String?, let first = row["first_occurrence"] as String? {
            guard let step = StepID(step), let first = Occurrence(first) else {
                throw StateDatabase.unreadable("\(step) of \(first)")
            }
            followUp = FollowUp(step: step, first: first)
        }
        let departures = try (row["departures"] as String?).map { text in
            guard let departures = Departures(text: text) else { throw StateDatabase.unreadable(text) }
            return departures
        }
        key = row["id"]
        run = Run(
            id: RunID(campaign: campaign, occurrence: occurrence), planPrefix: row["plan_prefix"],
            planDigest: row["plan_digest"], plannedAt: Timestamp(milliseconds: row["planned_at"]),
            rows: row["row_count"], recipients: row["recipients"], shards: row["shards"],
            shardSize: row["shard_size"], batchSize: row["batch_size"], atPlan: atPlan,
            followUp: followUp, departures: departures,
            limits: RateLimits(bounces: row["bounce_limit"], complaints: row["complaint_limit"]),
            settled: settled, control: RunRecord.control(in: row), isEnqueued: row["is_enqueued"],
            findings: try FindingRecord.list(of: key, in: database))
    }
}
