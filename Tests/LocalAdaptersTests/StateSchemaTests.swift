import Campaigns
import Foundation
import GRDB
import TestSupport
import Testing

@testable import LocalAdapters

@Suite("State files of older versions")
struct StateSchemaTests {
    @Test("a state of the first version keeps its runs and results, and takes new ones")
    func first() async throws {
        try await withTemporaryFolder { folder in
            try await Self.writeFirstState(folder.path + "/state.sqlite")
            let state = try await LocalState(folder: folder.path, clock: StoppedClock())
            let batch = BatchID(run: .sample, shard: 0, number: 0)
            let results = try await state.ledger.results(of: batch)
            #expect(
                results == [
                    RecipientResult(index: 0, outcome: .accepted(messageID: "m0")),
                    RecipientResult(index: 1, outcome: .uncertain(reason: "reset")),
                ])
            let now = StoppedClock().now()
            #expect(try await state.ledger.uncertainRecipients(of: .sample).map(\.index) == [1])
            #expect(try await state.ledger.resolve([1], of: batch, as: .drop, now: now) == .resolved([1]))
            let run = try #require(try await state.ledger.run(.sample))
            #expect(run.limits == RateLimits() && run.findings.isEmpty && run.followUp == nil)
            #expect(run.departures == nil)
            #expect(try await state.ledger.followUps().isEmpty)
            #expect(try await state.ledger.feedback(of: .sample) == RunFeedback())
            #expect(run.settled.uncertain == 1 && run.settled.dropped == 1 && run.settled.accepted == 1)
        }
    }

    /// A run with one settled batch, as the first version wrote it.
    private static func writeFirstState(_ file: String) async throws {
        let database = try DatabaseQueue(path: file)
        try StateSchema.migrator.migrate(database, upTo: "runs, queue, suppressions, pace")
        try await database.write { database in
            let id = RunID.sample
            try database.execute(
                sql: """
                    INSERT INTO run VALUES (1, ?, ?, 'runs/', 'digest', 0, 2, 2, 1, 2, 2, 0, 0, 0, 0, 1, 0, 0, 1,
                    'running', '', 1)
                    """, arguments: [id.campaign.rawValue, id.occurrence.rawValue])
            try database.execute(
                sql: """
                    INSERT INTO batch VALUES (1, 0, 0, 'settled', 'w', '', 1, 0);
                    INSERT INTO result VALUES (1, 0, 0, 0, 1, 'accepted', 'm0'), (1, 0, 0, 1, 1, 'uncertain', 'reset');
                    """)
        }
        try database.close()
    }
}
