internal import AWS
internal import Campaigns

/// The one table that holds all state, and the keys in it.
///
/// | item | pk | sk |
/// |---|---|---|
/// | run | `RUN#<campaign>#<occurrence>` | `RUN` |
/// | settled counts | `RUN#<campaign>#<occurrence>` | `RUN#<0-f>`: see ``key(ofCountsOf:)`` |
/// | batch | `RUN#<campaign>#<occurrence>` | `BATCH#<shard>#<number>`, six digits each |
/// | feedback to a shard | `RUN#<campaign>#<occurrence>` | `FEEDBACK#<shard>`, six digits |
/// | entry of the list of runs | `RUNS` | `<campaign>#<planned at, milliseconds>#<occurrence>` |
/// | schedule | `CAMPAIGN#<campaign>` | `SCHEDULE` |
/// | approval | `CAMPAIGN#<campaign>` | `APPROVAL` |
/// | run with follow-ups to come | `FOLLOW-UPS` | `<campaign>#<occurrence>` |
/// | suppressed address | `SUPPRESSION#<0-f>` | the address |
/// | transient bounce | `BOUNCES#<address>` | `<campaign>#<occurrence>` |
/// | pace | `PACE#<region>` | `PACE` |
///
/// Suppressed addresses lie in sixteen partitions, by a digit of their SHA-256, so that the whole list is read by sixteen
/// queries and not by a scan over all batches.
struct CloudTable: Sendable {
    let client: DynamoDB
    let name: String

    static func key(of run: RunID) -> DynamoDB.Item { key("RUN#\(run)", "RUN") }

    /// The item that counts the settlements of a batch.
    ///
    /// A run has sixteen of them, by shard: if all senders counted in one item, their transactions would keep running into
    /// each other.
    static func key(ofCountsOf batch: BatchID) -> DynamoDB.Item {
        key("RUN#\(batch.run)", "RUN#" + countKeys[batch.shard % countKeys.count])
    }

    /// The run and its counts.
    static func keys(of run: RunID) -> [DynamoDB.Item] {
        [key(of: run)] + countKeys.map { key("RUN#\(run)", "RUN#\($0)") }
    }

    private static let countKeys = "0123456789abcdef".map(String.init)

    static func key(of batch: BatchID) -> DynamoDB.Item {
        key("RUN#\(batch.run)", "BATCH#\(sixDigits(batch.shard))#\(sixDigits(batch.number))")
    }

    static func key(ofFeedbackTo shard: Int, of run: RunID) -> DynamoDB.Item {
        key("RUN#\(run)", "FEEDBACK#\(sixDigits(shard))")
    }

    /// What reads the feedback to a run, shard by shard.
    func feedback(to run: RunID) -> DynamoDB.Query {
        DynamoDB.Query(
            table: name, keyCondition: "#pk = :pk AND begins_with(#sk, :feedback)",
            values: [":pk": .string("RUN#\(run)"), ":feedback": .string("FEEDBACK#")])
    }

    /// What reads the batches of a run, in order.
    func batches(of run: RunID) -> DynamoDB.Query {
        DynamoDB.Query(
            table: name, keyCondition: "#pk = :pk AND begins_with(#sk, :batch)",
            values: [":pk": .string("RUN#\(run)"), ":batch": .string("BATCH#")])
    }

    /// What reads the batches of a shard, in order, from one on.
    func batches(from batch: BatchID) -> DynamoDB.Query {
        let last = "BATCH#\(Self.sixDigits(batch.shard))#999999"
        return DynamoDB.Query(
            table: name, keyCondition: "#pk = :pk AND #sk BETWEEN :first AND :last",
            values: [
                ":pk": .string("RUN#\(batch.run)"), ":first": Self.key(of: batch)["sk"] ?? .string(last),
                ":last": .string(last),
            ])
    }

    /// The batch that an item is about.
    static func batch(of item: DynamoDB.Item, in run: RunID) throws(Problem) -> BatchID {
        let parts = try item.text("sk").split(separator: "#")
        guard parts.count == 3, let shard = Int(parts[1]), let number = Int(parts[2]) else {
            throw item.unreadable("sk")
        }
        return BatchID(run: run, shard: shard, number: number)
    }

    static func key(ofScheduleOf campaign: CampaignID) -> DynamoDB.Item {
        key("CAMPAIGN#\(campaign)", "SCHEDULE")
    }

    static func key(ofApprovalOf campaign: CampaignID) -> DynamoDB.Item {
        key("CAMPAIGN#\(campaign)", "APPROVAL")
    }

    /// The partition of the runs that have follow-ups to come.
    static let followUpPartition = "FOLLOW-UPS"

    static func key(ofFollowUpsOf run: RunID) -> DynamoDB.Item { key(followUpPartition, "\(run)") }

    static func key(ofPaceIn region: String) -> DynamoDB.Item { key("PACE#\(region)", "PACE") }

    static func key(_ partition: String, _ sort: String) -> DynamoDB.Item {
        ["pk": .string(partition), "sk": .string(sort)]
    }

    func get(_ key: DynamoDB.Item) async throws -> DynamoDB.Item? {
        try await attempt { () async throws(AWSError) in
            try await client.get(key, from: name, isConsistent: true)
        }
    }

    /// Reads the items of a query one after the other.
    func forEach(
        in query: DynamoDB.Query, _ body: (DynamoDB.Item) async throws -> Void
    ) async throws {
        try await read(query) { item in
            try await body(item)
            return true
        }
    }

    /// Reads items until `body` has seen enough, which it tells by `false`.
    func read(_ query: DynamoDB.Query, _ body: (DynamoDB.Item) async throws -> Bool) async throws {
        var next: DynamoDB.Item?
        repeat {
            let page = try await attempt { [next] () async throws(AWSError) in
                try await client.page(of: query, from: next)
            }
            for item in page.items where try await !body(item) { return }
            next = page.next
        } while next != nil
    }

    func put(_ item: DynamoDB.Item) async throws { _ = try await write(.put(item, into: name)) }

    func delete(_ key: DynamoDB.Item) async throws { _ = try await write(.delete(key, from: name)) }

    /// Changes an item by an update expression and a condition, and answers with it as it then stands.
    func update(
        _ key: DynamoDB.Item, _ expression: String, when condition: String, values: DynamoDB.Item
    ) async throws -> DynamoDB.WriteOutcome {
        try await write(
            .update(key, of: name, expression).when(condition).with(values: values), returning: .allNew)
    }

    func write(
        _ write: DynamoDB.Write, returning: DynamoDB.ReturnValues = .none
    ) async throws -> DynamoDB.WriteOutcome {
        try await attempt { () async throws(AWSError) in
            try await client.write(write, returning: returning)
        }
    }

    func transact(_ writes: [DynamoDB.Write]) async throws -> DynamoDB.TransactionOutcome {
        try await attempt { () async throws(AWSError) in
            try await client.transact(writes, token: CloudTable.token())
        }
    }

    func attempt<Value>(_ call: () async throws(AWSError) -> Value) async throws -> Value {
        do throws(AWSError) {
            return try await call()
        } catch {
            throw error.failure(of: .table(name))
        }
    }

    /// A token that no other write has: 32 hexadecimal digits.
    static func token() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }

    private static func sixDigits(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(6 - digits.utf8.count, 0)) + digits
    }
}

extension DynamoDB.Item {
    /// A text attribute that must be there.
    func text(_ name: String) throws(Problem) -> String {
        guard let text = self[name]?.string else { throw unreadable(name) }
        return text
    }

    /// A whole number that must be there.
    func integer(_ name: String) throws(Problem) -> Int64 {
        guard let number = self[name]?.integer else { throw unreadable(name) }
        return number
    }

    func count(_ name: String) throws(Problem) -> Int { Int(clamping: try integer(name)) }

    func timestamp(_ name: String) throws(Problem) -> Timestamp {
        Timestamp(milliseconds: try integer(name))
    }

    func unreadable(_ attribute: String) -> Problem {
        var place = [self["pk"], self["sk"]].compactMap { $0?.string }.joined(separator: " / ")
        // What follows is an address, and a problem is logged.
        for beginning in ["SUPPRESSION#", "BOUNCES#"] where place.hasPrefix(beginning) {
            place = String(beginning.dropLast())
        }
        return Problem(
            .software, file: place, key: attribute, "the item in the table cannot be read",
            remedy: "See whether another version or another program has written it")
    }
}

extension Timestamp {
    var attribute: AttributeValue { .integer(milliseconds) }
}
