import AWS
import AWSSupport
import Campaigns
import CloudAdapters
import TestSupport
import Testing

@Suite("Contracts on AWS", .timeLimit(.minutes(10)))
struct ContractTests {
    private func withCloud(
        prefix: String = "", _ body: (Cloud) async throws -> Void
    ) async throws {
        let account = try await MotoAccount()
        let cloud = Cloud(aws: account.aws, configuration: try await account.deployment(prefix: prefix))
        try await body(cloud)
    }

    @Test("ledger", arguments: ledgerContract)
    func ledger(_ clause: ContractClause<any Ledger>) async throws {
        try await withCloud { try await clause.check($0.ledger) }
    }

    @Test("queue", arguments: shardQueueContract)
    func queue(_ clause: ContractClause<any ShardQueue>) async throws {
        try await withCloud { try await clause.check($0.queue) }
    }

    @Test("suppression list", arguments: suppressionListContract)
    func suppressionList(_ clause: ContractClause<any SuppressionList>) async throws {
        try await withCloud { try await clause.check($0.suppressionList) }
    }

    @Test(
        "library, at the root of a bucket and below a prefix", arguments: campaignLibraryContract,
        ["", "jada/v1/"])
    func library(_ clause: ContractClause<any CampaignLibrary>, prefix: String) async throws {
        try await withCloud(prefix: prefix) { try await clause.check($0.library) }
    }

    @Test("pace", arguments: paceStoreContract)
    func pace(_ clause: ContractClause<PaceStoreFactory>) async throws {
        let account = try await MotoAccount()
        let configuration = try await account.deployment()
        // A store for each worker: what one has seen, the next has not.
        try await clause.check { Cloud(aws: account.aws, configuration: configuration).pace }
    }
}
