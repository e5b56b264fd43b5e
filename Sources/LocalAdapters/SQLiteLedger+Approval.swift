package import Campaigns
internal import GRDB

extension SQLiteLedger {
    package func approval(of campaign: CampaignID) async throws -> Approval? {
        try await database.read { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM approval WHERE campaign = ?", arguments: [campaign.rawValue]
            ).map { row in
                guard let files = CampaignFiles(manifest: row["files"]) else {
                    throw StateDatabase.unreadable(row["files"])
                }
                return Approval(
                    campaign: campaign, files: files, by: row["approved_by"], note: row["note"],
                    at: Timestamp(milliseconds: row["at"]))
            }
        }
    }

    package func approve(_ approval: Approval) async throws {
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO approval (campaign, files, approved_by, note, at)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    approval.campaign.rawValue, approval.files.manifest, approval.by, approval.note,
                    approval.at.milliseconds,
                ])
        }
    }

    package func revokeApproval(of campaign: CampaignID) async throws -> Bool {
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM approval WHERE campaign = ?", arguments: [campaign.rawValue])
            return database.changesCount > 0
        }
    }
}
