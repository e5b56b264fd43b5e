internal import AWS
package import Campaigns

extension DynamoDBLedger {
    package func followUps() async throws -> [FollowUpRecord] {
        var records: [FollowUpRecord] = []
        let query = DynamoDB.Query(
            table: table.name, keyCondition: "#pk = :pk",
            values: [":pk": .string(CloudTable.followUpPartition)])
        try await table.forEach(in: query) { item in
            guard let run = RunID(try item.text("sk")) else { throw item.unreadable("sk") }
            records.append(
                FollowUpRecord(
                    run: run, next: try item.timestamp("next"),
                    heldAt: item["held_at"]?.integer.map(Timestamp.init(milliseconds:))))
        }
        return records
    }

    package func put(_ record: FollowUpRecord) async throws {
        var item = CloudTable.key(ofFollowUpsOf: record.run)
        item["next"] = record.next.attribute
        item["held_at"] = record.heldAt?.attribute
        try await table.put(item)
    }

    package func removeFollowUps(of run: RunID) async throws {
        try await table.delete(CloudTable.key(ofFollowUpsOf: run))
    }
}
