internal import AWS
package import Campaigns
internal import Digests

/// Our own suppression list in a DynamoDB table: see ``CloudTable`` for its items.
package struct DynamoDBSuppressionList: SuppressionList {
    /// Writes under way at once: their sixteen partitions take far more.
    private static let concurrentChanges = 16

    let table: CloudTable

    package func entries(_ page: ([SuppressionEntry]) async throws -> Void) async throws {
        for digit in "0123456789abcdef" {
            let query = DynamoDB.Query(
                table: table.name, keyCondition: "#pk = :pk",
                values: [":pk": .string(DynamoDBSuppressionList.partition(digit))])
            var next: DynamoDB.Item?
            repeat {
                let read = try await table.attempt { [next] () async throws(AWSError) in
                    try await table.client.page(of: query, from: next)
                }
                if !read.items.isEmpty { try await page(read.items.map(DynamoDBSuppressionList.entry)) }
                next = read.next
            } while next != nil
        }
    }

    package func lookUp(_ addresses: [String]) async throws -> [String: SuppressionEntry] {
        let items = try await table.attempt { () async throws(AWSError) in
            try await table.client.batchGet(
                addresses.map(DynamoDBSuppressionList.key), from: table.name, isConsistent: true)
        }
        return try items.map(DynamoDBSuppressionList.entry).reduce(into: [:]) { $0[$1.address] = $1 }
    }

    package func add(_ entry: SuppressionEntry) async throws {
        try await table.put(DynamoDBSuppressionList.item(of: entry))
    }

    package func remove(_ address: String) async throws {
        try await table.delete(DynamoDBSuppressionList.key(of: address))
        try await forgetTransientBounces(of: address)
    }

    package func forgetTransientBounces(of address: String) async throws {
        for item in try await transientBounces(of: address) {
            try await table.delete(CloudTable.key(try item.text("pk"), try item.text("sk")))
        }
    }

    package func change(
        _ address: String, from old: SuppressionEntry?, to new: SuppressionEntry?
    ) async throws -> Bool {
        let write: DynamoDB.Write =
            if let new {
                .put(DynamoDBSuppressionList.item(of: new), into: table.name)
            } else {
                .delete(DynamoDBSuppressionList.key(of: address), from: table.name)
            }
        let outcome = try await table.write(
            old.map { old in
                write.when("#reason = :reason AND #source = :source AND #at = :at").with(values: [
                    ":reason": .string(old.reason.rawValue), ":source": .string(old.source),
                    ":at": old.at.attribute,
                ])
            } ?? write.when("attribute_not_exists(#pk)"))
        guard case .conditionFailed(let current) = outcome else { return true }
        // What stands there may be our own: the answer to a first attempt was lost.
        return try current.map(DynamoDBSuppressionList.entry) == new
    }

    package func change(_ changes: [SuppressionChange]) async throws -> [Bool] {
        // BatchWriteItem takes no conditions, and a transaction costs twice as much and makes all or none.
        try await withThrowingTaskGroup(of: (index: Int, made: Bool).self) { group in
            var made = [Bool](repeating: false, count: changes.count)
            for (index, each) in changes.enumerated() {
                if index >= Self.concurrentChanges, let done = try await group.next() {
                    made[done.index] = done.made
                }
                group.addTask {
                    (index, try await change(each.address, from: each.old, to: each.new))
                }
            }
            for try await done in group { made[done.index] = done.made }
            return made
        }
    }

    package func noteTransientBounce(
        of address: String, in run: RunID, at moment: Timestamp, memory: Duration
    ) async throws -> Int {
        var item = CloudTable.key(DynamoDBSuppressionList.bounces(of: address), "\(run)")
        item["at"] = moment.attribute
        item["expires_at"] = .integer((moment + memory).seconds)
        // Written before it is counted: of two that come at once, one counts both. The first of a run stands.
        let start = moment - memory
        _ = try await table.write(
            .put(item, into: table.name).when("attribute_not_exists(#pk) OR #at <= :start")
                .with(values: [":start": start.attribute]))
        // Among them are those that DynamoDB has not got round to deleting.
        return TransientBounces(try await transientBounces(of: address).map { try $0.timestamp("at") })
            .most(within: memory, around: moment)
    }

    private static func item(of entry: SuppressionEntry) -> DynamoDB.Item {
        var item = key(of: entry.address)
        item["reason"] = .string(entry.reason.rawValue)
        item["source"] = .string(entry.source)
        item["at"] = entry.at.attribute
        return item
    }

    private func transientBounces(of address: String) async throws -> [DynamoDB.Item] {
        let query = DynamoDB.Query(
            table: table.name, keyCondition: "#pk = :pk",
            values: [":pk": .string(DynamoDBSuppressionList.bounces(of: address))])
        var items: [DynamoDB.Item] = []
        try await table.forEach(in: query) { items.append($0) }
        return items
    }

    private static func bounces(of address: String) -> String { "BOUNCES#\(address)" }

    private static func key(of address: String) -> DynamoDB.Item {
        let digit = SHA256.hash(Array(address.utf8)).prefix(1).hexadecimal.first ?? "0"
        return CloudTable.key(partition(digit), address)
    }

    private static func partition(_ digit: Character) -> String { "SUPPRESSION#\(digit)" }

    private static func entry(of item: DynamoDB.Item) throws(Problem) -> SuppressionEntry {
        guard let reason = SuppressionReason(rawValue: try item.text("reason")) else {
            throw item.unreadable("reason")
        }
        return SuppressionEntry(
            address: try item.text("sk"), reason: reason, source: try item.text("source"),
            at: try item.timestamp("at"))
    }
}
