import Campaigns
import Foundation
import HostAdapters
import LocalAdapters
import Suppressions
import TestSupport
import Testing

@Suite("Merging into the suppression list", .timeLimit(.minutes(10)))
struct SuppressionMergeTests {
    private static let noon = Timestamp(milliseconds: 1_780_326_000_000)

    private func withList(_ body: (any SuppressionList) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await body(LocalState(folder: folder.path, clock: SystemClock()).suppressionList)
        }
    }

    private func entry(
        _ address: String, _ reason: SuppressionReason, _ source: String = "import"
    ) -> SuppressionEntry {
        SuppressionEntry(address: address, reason: reason, source: source, at: Self.noon)
    }

    private func merge(
        _ entries: [SuppressionEntry], into list: any SuppressionList, rehearsal: Bool = false
    ) async throws -> SuppressionMerge.Counts {
        var merge = SuppressionMerge(into: list, isRehearsal: rehearsal)
        try await merge.take(entries)
        return merge.counts
    }

    @Test(
        "a stronger reason takes a weaker one's place and tells of it; any other leaves what is listed",
        arguments: SuppressionReason.allCases, SuppressionReason.allCases)
    func precedence(_ old: SuppressionReason, _ new: SuppressionReason) async throws {
        try await withList { list async throws in
            let ann = "ann@example.org"
            try await list.add(entry(ann, old, "older"))
            let isStronger =
                new == .complaint && old != .complaint
                || new == .unsubscribe && (old == .bounce || old == .manual)
            for isRehearsal in [true, false] {
                let counts = try await merge([entry(ann, new)], into: list, rehearsal: isRehearsal)
                #expect(counts.replaced == (isStronger ? 1 : 0) && counts.kept == (isStronger ? 0 : 1))
                if isRehearsal { #expect(try await list.lookUp([ann])[ann]?.source == "older") }
            }
            let stands = try #require(try await list.lookUp([ann])[ann])
            #expect(stands.reason == (isStronger ? new : old))
            #expect(
                stands.source == (isStronger ? "import, before: \(old.rawValue), older" : "older"))
            #expect(try await merge([entry(ann, new)], into: list).kept == 1)
        }
    }

    @Test(
        "thousands of entries are merged, of an address that comes again the stronger reason, and again nothing"
    )
    func many() async throws {
        try await withList { list async throws in
            var entries = (0..<2500).map { entry("guest-\($0)@example.org", .bounce) }
            // In the same chunk, and in a later one.
            entries.insert(entry("guest-0@example.org", .complaint, "second"), at: 1)
            entries.append(entry("guest-1@example.org", .unsubscribe, "second"))
            entries.append(entry("guest-2@example.org", .manual, "second"))
            let rehearsed = try await merge(entries, into: list, rehearsal: true)
            let counts = try await merge(entries, into: list)
            #expect(counts == rehearsed)
            #expect(counts.entries == 2503 && counts.added == 2500 && counts.duplicate == 3)
            let some = (0..<3).map { "guest-\($0)@example.org" }
            let found = try await list.lookUp(some)
            #expect(some.map { found[$0]?.reason } == [.complaint, .unsubscribe, .bounce])
            let again = try await merge(entries, into: list)
            #expect(again.added == 0 && again.replaced == 0 && again.kept == 2500)
        }
    }

    @Test("a link's unsubscribe tells of a bounce that comes after it, once, and is not undone any more")
    func afterLink() async throws {
        try await withList { list async throws in
            let ann = "ann@example.org"
            try await list.add(entry(ann, .unsubscribe, "link in cruise"))
            for isRehearsal in [true, false, false] {
                #expect(try await merge([entry(ann, .bounce)], into: list, rehearsal: isRehearsal).kept == 1)
            }
            #expect(try await merge([entry(ann, .manual, "person")], into: list).kept == 1)
            let stands = try #require(try await list.lookUp([ann])[ann])
            #expect(stands == entry(ann, .unsubscribe, "link in cruise, also: bounce, import"))
            #expect(!stands.isUndoable)
        }
    }

    @Test("who merge at once lose nothing, and the strongest reason stands")
    func atOnce() async throws {
        try await withList { list async throws in
            let reasons: [SuppressionReason] = [
                .bounce, .complaint, .unsubscribe, .manual, .complaint, .bounce,
            ]
            let counts = try await withThrowingTaskGroup(of: SuppressionMerge.Counts.self) { group in
                for (index, reason) in reasons.enumerated() {
                    group.addTask {
                        var merge = SuppressionMerge(into: list)
                        try await merge.take(
                            (0..<1500).map { entry("guest-\($0)@example.org", reason, "\(index)") })
                        return merge.counts
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.map(\.added).reduce(0, +) == 1500)
            #expect(counts.allSatisfy { $0.added + $0.replaced + $0.kept == 1500 })
            var stands: [SuppressionEntry] = []
            try await list.entries { stands += $0 }
            #expect(stands.count == 1500 && stands.allSatisfy { $0.reason == .complaint })
        }
    }
}
