internal import AWS
package import Campaigns
internal import Digests

/// Our own suppression list in a DynamoDB table: see ``CloudTable`` for its items.
package struct DynamoDBSuppressionList: SuppressionList {
    let table: CloudTable

    package func entries(_ page: ([SuppressionEntry]) throws -> Void) async throws {
        for digit in "0123456789abcdef" {
            let query = DynamoDB.Query(
                table: table.name, keyCondition: "#pk = :pk",
                values: [":pk": .string(DynamoDBSuppressionList.partition(digit))])
            var next: DynamoDB.Item?
            repeat {
                let read = try await table.attempt { [next] () async throws(AWSError) in
                    try await table.client.page(of: query, from: next)
                }
                if !read.items.isEmpty { try page(read.items.map(DynamoDBSuppressionList.entry)) }
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
        var item = DynamoDBSuppressionList.key(of: entry.address)
        item["reason"] = .string(entry.reason.rawValue)
        item["source"] = .string(entry.source)
        item["at"] = entry.at.attribute
        try await table.put(item)
    }

    package func remove(_ address: String) async throws {
        try await table.delete(DynamoDBSuppressionList.key(of: address))
    }

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
