internal import AWS
internal import Campaigns

/// A run as the table holds it.
enum RunItem {
    /// The partition that lists all runs, so that they can be found without a scan.
    static let listPartition = "RUNS"
    private static let running = "running"
    private static let cancelled = "cancelled"

    static func item(of run: Run) -> DynamoDB.Item {
        var item = CloudTable.key(of: run.id)
        item["run"] = .string(run.id.description)
        item["plan_prefix"] = .string(run.planPrefix)
        item["plan_digest"] = .string(run.planDigest)
        item["planned_at"] = run.plannedAt.attribute
        item["rows"] = .integer(run.rows)
        item["recipients"] = .integer(run.recipients)
        item["shards"] = .integer(run.shards)
        item["shard_size"] = .integer(run.shardSize)
        item["batch_size"] = .integer(run.batchSize)
        for (name, count) in members where run.atPlan[keyPath: count] != 0 {
            item["planned_\(name)"] = .integer(run.atPlan[keyPath: count])
        }
        for (name, count) in members where run.settled[keyPath: count] != 0 {
            item["settled_\(name)"] = .integer(run.settled[keyPath: count])
        }
        if let followUp = run.followUp {
            item["step"] = .string(followUp.step.rawValue)
            item["first_occurrence"] = .string(followUp.first.rawValue)
        }
        item["departures"] = run.departures.map { .string($0.text) }
        item["limit_bounces"] = .double(run.limits.bounces)
        item["limit_complaints"] = .double(run.limits.complaints)
        if !run.findings.isEmpty { item["findings"] = attribute(of: run.findings) }
        (item["control"], item["reason"]) = attributes(of: run.control)
        item["is_enqueued"] = .bool(run.isEnqueued)
        return item
    }

    static func listEntry(of run: Run) -> DynamoDB.Item {
        // Thirteen digits until the year 2286.
        var item = CloudTable.key(
            listPartition, "\(run.id.campaign)#\(run.plannedAt.milliseconds)#\(run.id.occurrence)")
        item["run"] = .string(run.id.description)
        return item
    }

    /// The run that items tell of, its own and those that count it; `nil` without its own.
    static func run(of items: [DynamoDB.Item]) throws(Problem) -> Run? {
        guard let item = items.first(where: { $0["run"] != nil }) else { return nil }
        guard let id = RunID(try item.text("run")) else { throw item.unreadable("run") }
        return Run(
            id: id, planPrefix: try item.text("plan_prefix"), planDigest: try item.text("plan_digest"),
            plannedAt: try item.timestamp("planned_at"), rows: try item.count("rows"),
            recipients: try item.count("recipients"), shards: try item.count("shards"),
            shardSize: try item.count("shard_size"), batchSize: try item.count("batch_size"),
            atPlan: counts(in: item, "planned"), followUp: try followUp(in: item),
            departures: try departures(in: item), limits: limits(in: item),
            settled: items.reduce(OutcomeCounts()) { $0 + counts(in: $1, "settled") },
            control: try control(of: item), isEnqueued: item["is_enqueued"]?.bool ?? false,
            findings: try findings(in: item))
    }

    private static func followUp(in item: DynamoDB.Item) throws(Problem) -> FollowUp? {
        guard let text = item["step"]?.string else { return nil }
        guard let step = StepID(text) else { throw item.unreadable("step") }
        guard let first = Occurrence(try item.text("first_occurrence")) else {
            throw item.unreadable("first_occurrence")
        }
        return FollowUp(step: step, first: first)
    }

    private static func departures(in item: DynamoDB.Item) throws(Problem) -> Departures? {
        guard let text = item["departures"]?.string else { return nil }
        guard let departures = Departures(text: text) else { throw item.unreadable("departures") }
        return departures
    }

    /// Runs of older versions have none of their own.
    static func limits(in item: DynamoDB.Item) -> RateLimits {
        let standard = RateLimits()
        return RateLimits(
            bounces: item["limit_bounces"]?.double ?? standard.bounces,
            complaints: item["limit_complaints"]?.double ?? standard.complaints)
    }

    static func attribute(of findings: [RateFinding]) -> AttributeValue {
        .list(
            findings.map { finding in
                var item: DynamoDB.Item = [
                    "rate": .string(finding.rate.rawValue), "events": .integer(finding.events),
                    "delivered": .integer(finding.delivered), "limit": .double(finding.limit),
                    "at": finding.at.attribute,
                ]
                item["overridden_by"] = finding.override.map { .string($0.by) }
                item["overridden_at"] = finding.override.map(\.at.attribute)
                item["next_limit"] = finding.override.map { .double($0.limit) }
                return .map(item)
            })
    }

    static func findings(in item: DynamoDB.Item) throws(Problem) -> [RateFinding] {
        var findings: [RateFinding] = []
        for element in item["findings"]?.list ?? [] {
            guard let members = element.map, let limit = members["limit"]?.double,
                let rate = members["rate"]?.string.flatMap(WatchedRate.init)
            else { throw item.unreadable("findings") }
            var finding = RateFinding(
                rate: rate, events: try members.count("events"), delivered: try members.count("delivered"),
                limit: limit, at: try members.timestamp("at"))
            if let by = members["overridden_by"]?.string, let next = members["next_limit"]?.double {
                finding.override = .init(by: by, at: try members.timestamp("overridden_at"), limit: next)
            }
            findings.append(finding)
        }
        return findings
    }

    /// An update expression, and its values, that adds to the settled counts.
    static func addition(of counts: OutcomeCounts) -> (expression: String, values: DynamoDB.Item) {
        let added = members.filter { counts[keyPath: $0.count] != 0 }
        return (
            added.isEmpty
                ? "" : "ADD " + added.map { "#settled_\($0.name) :\($0.name)" }.joined(separator: ", "),
            added.reduce(into: [:]) { $0[":\($1.name)"] = .integer(counts[keyPath: $1.count]) }
        )
    }

    static func attributes(of control: RunControl) -> (name: AttributeValue, reason: AttributeValue) {
        switch control {
        case .running: (.string(running), .null)
        case .paused(let reason): (.string("paused"), .string(reason))
        case .cancelled(let reason): (.string(cancelled), .string(reason))
        case .stopped(let reason): (.string("stopped"), .string(reason))
        }
    }

    /// A condition, and its values, that holds where ``RunControl/allows(_:)`` does.
    static func conditionToSet(_ control: RunControl) -> (expression: String, values: DynamoDB.Item) {
        switch control {
        case .running, .cancelled: ("#control <> :cancelled", [":cancelled": .string(cancelled)])
        case .paused, .stopped: ("#control = :running", [":running": .string(running)])
        }
    }

    static func missing(_ id: RunID) -> Problem {
        Problem(
            .notFound, "there is no run \(id)",
            remedy: "See the runs that there are with jada-blast status")
    }

    static func control(of item: DynamoDB.Item) throws(Problem) -> RunControl {
        let reason = item["reason"]?.string ?? ""
        switch item["control"]?.string {
        case running: return .running
        case "paused": return .paused(reason: reason)
        case cancelled: return .cancelled(reason: reason)
        case "stopped": return .stopped(reason: reason)
        default: throw item.unreadable("control")
        }
    }

    private static func counts(in item: DynamoDB.Item, _ group: String) -> OutcomeCounts {
        var counts = OutcomeCounts()
        for (name, count) in members { counts[keyPath: count] = Int(item["\(group)_\(name)"]?.integer ?? 0) }
        return counts
    }

    private static var members: [(name: String, count: WritableKeyPath<OutcomeCounts, Int>)] {
        [
            ("accepted", \.accepted), ("rejected", \.rejected), ("suppressed", \.suppressed),
            ("invalid", \.invalid), ("duplicate", \.duplicate), ("excluded", \.excluded),
            ("uncertain", \.uncertain), ("dropped", \.dropped),
        ]
    }
}
