import Campaigns
import LocalAdapters
import TestSupport
import Testing

@Suite("SQLite suppression list")
struct SQLiteSuppressionListTests {
    private func entry(_ address: String, _ reason: SuppressionReason = .unsubscribe) -> SuppressionEntry {
        SuppressionEntry(
            address: address, reason: reason, source: "test", at: Timestamp(milliseconds: 1_780_000_000_123))
    }

    @Test("what is added is found until it is removed")
    func addAndRemove() async throws {
        try await withState { state, _ in
            let list = state.suppressionList
            for reason in SuppressionReason.allCases {
                try await list.add(entry("\(reason)@example.org", reason))
            }
            let hostile = entry("o'brien\";--@example.org")
            try await list.add(hostile)
            try await list.add(hostile)
            #expect(
                try await list.lookUp(["nobody@example.org", hostile.address]) == [hostile.address: hostile])
            #expect(try await list.lookUp([]).isEmpty)
            try await list.remove(hostile.address)
            try await list.remove(hostile.address)
            #expect(try await list.lookUp([hostile.address]).isEmpty)
            let bounce = entry("bounce@example.org", .bounce)
            #expect(try await list.lookUp([bounce.address])[bounce.address] == bounce)
        }
    }

    @Test("a long list comes page by page, each entry once")
    func pages() async throws {
        try await withState { state, _ in
            let list = state.suppressionList
            try await withThrowingDiscardingTaskGroup { group in
                for index in 0..<1100 { group.addTask { try await list.add(entry("a\(index)@example.org")) } }
            }
            var pages: [[String]] = []
            try await list.entries { page in pages.append(page.map(\.address)) }
            #expect(pages.map(\.count) == [1000, 100])
            #expect(Set(pages.joined()).count == 1100)
        }
    }
}
