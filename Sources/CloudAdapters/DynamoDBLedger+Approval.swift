internal import AWS
package import Campaigns

extension DynamoDBLedger {
    package func approval(of campaign: CampaignID) async throws -> Approval? {
        guard let item = try await table.get(CloudTable.key(ofApprovalOf: campaign)) else { return nil }
        guard let files = CampaignFiles(manifest: try item.text("files")) else {
            throw item.unreadable("files")
        }
        return Approval(
            campaign: campaign, files: files, by: try item.text("approved_by"), note: item["note"]?.string,
            at: try item.timestamp("at"))
    }

    package func approve(_ approval: Approval) async throws {
        var item = CloudTable.key(ofApprovalOf: approval.campaign)
        item["files"] = .string(approval.files.manifest)
        item["approved_by"] = .string(approval.by)
        item["note"] = approval.note.map { .string($0) }
        item["at"] = approval.at.attribute
        try await table.put(item)
    }

    package func revokeApproval(of campaign: CampaignID) async throws -> Bool {
        let key = CloudTable.key(ofApprovalOf: campaign)
        let outcome = try await table.write(.delete(key, from: table.name), returning: .allOld)
        guard case .written(let old) = outcome else { return false }
        return !old.isEmpty
    }
}
