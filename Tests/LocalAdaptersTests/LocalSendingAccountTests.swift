import Campaigns
import Foundation
import HostAdapters
import LocalAdapters
import TestSupport
import Testing

@Suite("Local sending account")
struct LocalSendingAccountTests {
    private func suppressed(_ csv: String?) async throws -> [[SuppressionEntry]] {
        try await withTemporaryFolder { folder in
            if let csv {
                try Data(csv.utf8).write(to: folder.appendingPathComponent("suppression.csv"))
            }
            let account = LocalSendingAccount(
                library: DirectoryCampaignLibrary(library: folder.path, state: folder.path),
                encoder: IDNAEncoder())
            var pages: [[SuppressionEntry]] = []
            try await account.suppressed { pages.append($0) }
            return pages
        }
    }

    @Test("without a file the list is empty")
    func noFile() async throws {
        let pages = try await suppressed(nil)
        #expect(pages.isEmpty)
    }

    @Test("addresses come in the form in which they are compared, columns in any order")
    func list() async throws {
        let pages = try await suppressed(
            "\u{FEFF}Reason,note,ADDRESS,at\r\nBOUNCE,x, Ann@Exämple.org ,2026-06-01T17:00:00Z\r\ncomplaint,,bob@example.org,2026-06-01T10:00:00-07:00\r\n"
        )
        let at = Timestamp(milliseconds: 1_780_333_200_000)
        let source = "suppression.csv"
        #expect(
            pages == [
                [
                    SuppressionEntry(
                        address: "ann@xn--exmple-cua.org", reason: .bounce, source: source, at: at),
                    SuppressionEntry(address: "bob@example.org", reason: .complaint, source: source, at: at),
                ]
            ])
    }

    @Test("a long list comes in several pages")
    func pages() async throws {
        let rows = (0..<20_000).map { "a\($0)@example.org,bounce,2026-06-01T17:00:00Z\n" }
        let pages = try await suppressed("address,reason,at\n" + rows.joined())
        #expect(pages.count > 1)
        #expect(Set(pages.joined().map(\.address)).count == 20_000)
    }

    @Test(
        "what is wrong is told with its line and column",
        arguments: [
            ("address,at\n", "suppression.csv:1: reason: "),
            ("address,reason,at\nann,bounce,2026-06-01T17:00:00Z\n", "suppression.csv:2: address: "),
            ("address,reason,at\na@b.org,bored,2026-06-01T17:00:00Z\n", "suppression.csv:2: reason: "),
            ("address,reason,at\na@b.org,bounce,2026-06-01\n", "suppression.csv:2: at: "),
            ("address,reason,at\na@b.org,bounce\n", "suppression.csv:2"),
        ])
    func problems(csv: String, place: String) async throws {
        let problem = await #expect(throws: Problem.self) { _ = try await suppressed(csv) }
        #expect(problem?.kind == .invalidInput)
        #expect(problem?.description.hasPrefix(place) == true, "\(problem?.description ?? "")")
    }

    @Test("sending is allowed without limit, and every identity is verified")
    func quota() async throws {
        try await withTemporaryFolder { folder in
            let account = LocalSendingAccount(
                library: DirectoryCampaignLibrary(library: folder.path, state: folder.path),
                encoder: IDNAEncoder(), rate: 5)
            let quota = try await account.quota()
            #expect(quota.maximumRate == 5)
            #expect(quota.maximumPer24Hours == nil)
            #expect(try await account.identity("example.org")?.isVerified == true)
        }
    }
}
