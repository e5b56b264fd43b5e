internal import AWS
package import Campaigns

extension DynamoDBLedger {
    /// Others that may come first, each time one tries to change an item. Each of them has got on, so that nobody waits for
    /// long.
    private static let maximumAttempts = 100

    package func count(
        _ events: [RecipientEvent], inShard shard: Int, of run: RunID, now: Timestamp
    ) async throws {
        let key = CloudTable.key(ofFeedbackTo: shard, of: run)
        var standing = try await table.get(key)
        for _ in 0..<Self.maximumAttempts {
            var feedback = try standing.map(Self.feedback) ?? ShardFeedback()
            var isChanged = false
            for event in events where feedback.take(event) { isChanged = true }
            // Counted before, or by this very call: the answer to its write was lost.
            guard isChanged else { return }
            let revision = try standing?.integer("revision")
            let write = DynamoDB.Write.update(
                key, of: table.name, "SET #data = :data, #revision = :next, #expires_at = :expires_at"
            ).when(revision == nil ? "attribute_not_exists(#pk)" : "#revision = :revision").with(
                values: [
                    ":data": .binary(feedback.bytes), ":next": .integer((revision ?? 0) + 1),
                    ":expires_at": .integer((now + batchRetention).seconds),
                ].merging(revision.map { [":revision": .integer($0)] } ?? [:]) { $1 })
            guard case .conditionFailed(let current) = try await table.write(write) else { return }
            standing = current
        }
        throw tooMany(run)
    }

    package func feedback(of run: RunID) async throws -> RunFeedback {
        var feedback = RunFeedback()
        try await table.forEach(in: table.feedback(to: run)) { item in
            feedback.add(try Self.feedback(item))
        }
        return feedback
    }

    package func feedback(ofShard shard: Int, of run: RunID) async throws -> ShardFeedback {
        try await table.get(CloudTable.key(ofFeedbackTo: shard, of: run)).map(Self.feedback)
            ?? ShardFeedback()
    }

    private static func feedback(_ item: DynamoDB.Item) throws(Problem) -> ShardFeedback {
        guard let bytes = item["data"]?.binary, let feedback = ShardFeedback(bytes: bytes) else {
            throw item.unreadable("data")
        }
        return feedback
    }

    package func record(
        _ finding: RateFinding, of id: RunID
    ) async throws -> (control: RunControl, findings: [RateFinding]) {
        try await changeFindings(of: id) { limits, findings in
            findings.take(finding, limit: findings.limit(of: finding.rate, from: limits[finding.rate]))
                ? .paused(reason: "\(finding)") : nil
        }
    }

    package func override(
        _ overrides: [WatchedRate: RateFinding.Override], of id: RunID
    ) async throws {
        _ = try await changeFindings(of: id) { _, findings in
            _ = findings.override(overrides)
            return nil
        }
    }

    /// Changes the findings of a run, and its control where it is running and `change` returns another; what is left as it was
    /// costs no write.
    private func changeFindings(
        of id: RunID, _ change: (RateLimits, inout [RateFinding]) -> RunControl?
    ) async throws -> (control: RunControl, findings: [RateFinding]) {
        let key = CloudTable.key(of: id)
        var standing = try await table.get(key)
        for _ in 0..<Self.maximumAttempts {
            guard let item = standing else { throw RunItem.missing(id) }
            let known = try RunItem.findings(in: item)
            var findings = known
            var control = try RunItem.control(of: item)
            let pause = change(RunItem.limits(in: item), &findings)
            let pauses = pause != nil && control == .running
            guard findings != known || pauses else { return (control, findings) }

            let revision = item["findings_revision"]?.integer
            var sets = ["#findings = :findings", "#findings_revision = :next"]
            var values: DynamoDB.Item = [
                ":findings": RunItem.attribute(of: findings), ":next": .integer((revision ?? 0) + 1),
                // What a person does meanwhile is not to be taken back.
                ":seen": RunItem.attributes(of: control).name,
            ]
            values[":revision"] = revision.map { .integer($0) }
            if pauses, let pause {
                sets += ["#control = :control", "#reason = :reason"]
                (values[":control"], values[":reason"]) = RunItem.attributes(of: pause)
                control = pause
            }
            let outcome = try await table.update(
                key, "SET " + sets.joined(separator: ", "),
                when: "#control = :seen AND "
                    + (revision == nil
                        ? "attribute_not_exists(#findings_revision)" : "#findings_revision = :revision"),
                values: values)
            guard case .conditionFailed(let current) = outcome else { return (control, findings) }
            standing = current
        }
        throw tooMany(id)
    }

    private func tooMany(_ run: RunID) -> Problem {
        Problem(.unavailable, "run \(run) is being changed by too many at once", remedy: "Try again")
    }
}
