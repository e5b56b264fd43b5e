internal import AWS
package import Campaigns

/// The ledger in a DynamoDB table: see ``CloudTable`` for its items.
package struct DynamoDBLedger: Ledger {
    let table: CloudTable
    let batchRetention: Duration

    package func run(_ id: RunID) async throws -> Run? {
        var items: [DynamoDB.Item] = []
        let query = DynamoDB.Query(
            table: table.name, keyCondition: "#pk = :pk AND begins_with(#sk, :run)",
            values: [":pk": .string("RUN#\(id)"), ":run": .string("RUN")])
        try await table.forEach(in: query) { items.append($0) }
        return try RunItem.run(of: items)
    }

    package func runs(of campaign: CampaignID?) async throws -> [Run] {
        var query = DynamoDB.Query(
            table: table.name, keyCondition: "#pk = :pk", values: [":pk": .string(RunItem.listPartition)])
        if let campaign {
            query.keyCondition += " AND begins_with(#sk, :prefix)"
            query.values[":prefix"] = .string("\(campaign)#")
        }
        let keys = try await table.attempt { () async throws(AWSError) in
            var keys: [DynamoDB.Item] = []
            for try await page in table.client.pages(of: query) {
                keys += page.compactMap { $0["run"]?.string.flatMap(RunID.init) }.flatMap(CloudTable.keys)
            }
            return keys
        }
        let items = try await table.attempt { () async throws(AWSError) in
            try await table.client.batchGet(keys, from: table.name, isConsistent: true)
        }
        let runs = Dictionary(grouping: items) { $0["pk"]?.string ?? "" }
        return try runs.values.compactMap(RunItem.run).sorted {
            ($0.plannedAt, $0.id.description) > ($1.plannedAt, $1.id.description)
        }
    }

    package func create(_ run: Run) async throws -> (run: Run, isNew: Bool) {
        let outcome = try await table.transact([
            .put(RunItem.item(of: run), into: table.name).when("attribute_not_exists(#pk)"),
            .put(RunItem.listEntry(of: run), into: table.name),
        ])
        guard case .cancelled(let reasons) = outcome else { return (run, true) }
        guard let item = reasons.first?.item else {
            throw Problem(
                .unavailable, "the table \(table.name) tells of no run that stands in the way of \(run.id)",
                remedy: "Try again")
        }
        guard let recorded = try await self.run(run.id) ?? RunItem.run(of: [item]) else {
            throw item.unreadable("run")
        }
        // The same plan, not only the same run: its planner asks again after a lost answer.
        let isSamePlan = recorded.planPrefix == run.planPrefix && recorded.planDigest == run.planDigest
        return (recorded, isSamePlan)
    }

    package func markEnqueued(_ id: RunID) async throws {
        let outcome = try await table.update(
            CloudTable.key(of: id), "SET #is_enqueued = :true", when: "attribute_exists(#pk)",
            values: [":true": .bool(true)])
        if case .conditionFailed = outcome { throw RunItem.missing(id) }
    }

    package func control(of id: RunID) async throws -> RunControl? {
        try await table.get(CloudTable.key(of: id)).map(RunItem.control)
    }

    package func setControl(_ control: RunControl, of id: RunID) async throws -> RunControl {
        let (name, reason) = RunItem.attributes(of: control)
        let (condition, values) = RunItem.conditionToSet(control)
        let outcome = try await table.update(
            CloudTable.key(of: id), "SET #control = :control, #reason = :reason",
            when: "attribute_exists(#pk) AND \(condition)",
            values: values.merging([":control": name, ":reason": reason]) { $1 })
        switch outcome {
        case .written: return control
        case .conditionFailed(nil): throw RunItem.missing(id)
        // A change that was made and whose answer was lost fails its condition the second time, and stands.
        case .conditionFailed(let current?): return try RunItem.control(of: current)
        }
    }

    package func unfinishedShards(of run: Run) async throws -> [ShardMessage] {
        var query = table.batches(of: run.id)
        query.projection = "#sk, #state"
        var settled: [Int: [Int]] = [:]
        try await table.forEach(in: query) { item in
            guard item["state"]?.string == BatchItem.State.settled.rawValue else { return }
            let batch = try CloudTable.batch(of: item, in: run.id)
            settled[batch.shard, default: []].append(batch.number)
        }
        return run.unfinishedShards(settled: settled)
    }

    package func schedule(of campaign: CampaignID) async throws -> ScheduleRecord? {
        guard let item = try await table.get(CloudTable.key(ofScheduleOf: campaign)) else { return nil }
        return ScheduleRecord(
            campaign: campaign, version: try item.text("version"),
            registeredAt: try item.timestamp("registered_at"),
            next: item["next"]?.integer.map(Timestamp.init(milliseconds:)),
            last: item["last"]?.string.flatMap(Occurrence.init), waiting: item["waiting"]?.string)
    }

    package func put(_ record: ScheduleRecord) async throws {
        var item = CloudTable.key(ofScheduleOf: record.campaign)
        item["version"] = .string(record.version)
        item["registered_at"] = record.registeredAt.attribute
        item["next"] = record.next?.attribute
        item["last"] = record.last.map { .string($0.rawValue) }
        item["waiting"] = record.waiting.map { .string($0) }
        try await table.put(item)
    }
}
