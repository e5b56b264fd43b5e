import Campaigns
import Foundation
import LocalAdapters
import TestSupport
import Testing

@Suite("Contracts of the local adapters", .timeLimit(.minutes(10)))
struct ContractTests {
    @Test("campaign library", arguments: campaignLibraryContract)
    func library(_ clause: ContractClause<any CampaignLibrary>) async throws {
        try await withTemporaryFolder { folder in
            for name in ["library/campaigns", "state"] {
                try FileManager.default.createDirectory(
                    at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
            }
            try await clause.check(
                DirectoryCampaignLibrary(library: folder.path + "/library", state: folder.path + "/state"))
        }
    }

    @Test("ledger", arguments: ledgerContract)
    func ledger(_ clause: ContractClause<any Ledger>) async throws {
        try await withState { state, _ in try await clause.check(state.ledger) }
    }

    @Test("shard queue", arguments: shardQueueContract)
    func queue(_ clause: ContractClause<any ShardQueue>) async throws {
        try await withState { state, _ in try await clause.check(state.queue) }
    }

    @Test("suppression list", arguments: suppressionListContract)
    func suppressionList(_ clause: ContractClause<any SuppressionList>) async throws {
        try await withState { state, _ in try await clause.check(state.suppressionList) }
    }

    @Test("pace", arguments: paceStoreContract)
    func pace(_ clause: ContractClause<PaceStoreFactory>) async throws {
        try await withState { state, clock in
            try await clause.check {
                try await LocalState(folder: state.folder, clock: clock).pace(of: "ses")
            }
        }
    }

    @Test("mailer", arguments: mailerContract)
    func mailer(_ clause: ContractClause<any Mailer>) async throws {
        try await withState { state, _ in try await clause.check(state.outbox) }
    }
}
