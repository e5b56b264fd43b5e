import AWS
import Campaigns
import CloudAdapters
import Foundation
import HTTP
import HostAdapters
import LocalAdapters
import Suppressions
import TestSupport
import Testing

@Suite("Syncing with SES's suppression lists", .timeLimit(.minutes(10)))
struct SuppressionSyncTests {
    private static let noon = Timestamp(milliseconds: 1_780_326_000_000)

    /// Runs `body` with our own list, SES's lists of two Regions, and the simulator behind them.
    private func withLists(
        _ body: (SuppressionSync, [AccountList], SESSimulator) async throws -> Void
    ) async throws {
        try await withSESSimulator(keys: ["AKIAIOSFODNN7EXAMPLE": "secret"]) { simulator in
            let http = HTTPClient()
            defer { http.shutdown() }
            let lists = ["us-west-2", "us-east-1"].map { region in
                let aws = AWSConfiguration(
                    region: region, http: http,
                    credentials: StaticCredentials(
                        Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")),
                    environment: ["AWS_ENDPOINT_URL_SESV2": simulator.url])
                let account = SESSendingAccount(aws: aws)
                return AccountList(
                    name: "SES \(region)", account: account, additions: account,
                    isSendingFrom: region == "us-west-2")
            }
            try await withTemporaryFolder { folder in
                let clock = HastyClock()
                var sync = SuppressionSync(
                    own: try await LocalState(folder: folder.path, clock: clock).suppressionList,
                    encoder: IDNAEncoder(), clock: clock)
                sync.callsPerSecond = 100
                try await body(sync, lists, simulator)
            }
            #expect(simulator.outputSoFar.isEmpty)
        }
    }

    private func entries(_ list: any SuppressionList) async throws -> [String: SuppressionEntry] {
        var all: [String: SuppressionEntry] = [:]
        try await list.entries { for entry in $0 { all[entry.address] = entry } }
        return all
    }

    @Test("what each Region lists comes into ours, with reason, source and time, and again nothing")
    func pull() async throws {
        try await withLists { sync, lists, simulator async throws in
            var many = ["Ann@example.org": "BOUNCE"]
            for index in 0..<1100 { many["guest-\(index)@example.org"] = "COMPLAINT" }
            try await simulator.configure(
                .init(suppressedIn: ["us-west-2": many, "us-east-1": ["ann@example.org": "COMPLAINT"]]))
            var rehearsal = sync
            rehearsal.isRehearsal = true
            #expect(try await rehearsal.pull(lists[0]).added == 1101)
            #expect(try await entries(sync.own).isEmpty)

            #expect(try await sync.pull(lists[0]).added == 1101)
            #expect(try await entries(sync.own)["ann@example.org"]?.source == "SES us-west-2")
            #expect(try await sync.pull(lists[1]).replaced == 1)
            let own = try await entries(sync.own)
            #expect(own.count == 1101)
            let ann = try #require(own["ann@example.org"])
            #expect(ann.reason == .complaint && ann.source == "SES us-east-1, before: bounce, SES us-west-2")
            #expect(abs((ann.at - SystemClock().now()) / .seconds(1)) < 600)
            for list in lists {
                let again = try await sync.pull(list)
                #expect(again.added == 0 && again.replaced == 0 && again.kept == again.entries)
            }
        }
    }

    @Test(
        "ours go into each Region's list once, unsubscribes only if asked for, and come back as what they are"
    )
    func push() async throws {
        try await withLists { sync, lists, simulator async throws in
            try await simulator.configure(
                .init(suppressedIn: [
                    "us-east-1": ["bob@example.org": "BOUNCE", "eve@example.org": "COMPLAINT"]
                ]))
            for (name, reason) in [
                ("ann", SuppressionReason.bounce), ("bob", .complaint), ("eve", .bounce),
                ("uma", .unsubscribe),
                ("max", .manual),
            ] {
                try await sync.own.add(
                    SuppressionEntry(
                        address: "\(name)@example.org", reason: reason, source: "test", at: Self.noon))
            }
            let puts = { try await simulator.statistics().requests["PutSuppressedDestination"] ?? 0 }
            var rehearsal = sync
            rehearsal.isRehearsal = true
            #expect(try await rehearsal.push(to: lists[1]) == .init(entries: 3, added: 2))
            #expect(try await puts() == 0)

            #expect(try await sync.push(to: lists[1]) == .init(entries: 3, added: 2))
            let expected = [
                "ann@example.org": "BOUNCE", "bob@example.org": "COMPLAINT", "eve@example.org": "COMPLAINT",
            ]
            #expect(try await simulator.suppressed(in: "us-east-1") == expected)
            #expect(try await simulator.suppressed(in: "us-west-2").isEmpty)
            #expect(try await sync.push(to: lists[1]).added == 0)
            #expect(try await puts() == 2)

            var all = sync
            all.pushesUnsubscribes = true
            #expect(try await all.push(to: lists[1]) == .init(entries: 4, added: 1))
            #expect(try await simulator.suppressed(in: "us-east-1")["uma@example.org"] == "BOUNCE")
            _ = try await sync.pull(lists[1])
            #expect(try await entries(sync.own)["uma@example.org"]?.reason == .unsubscribe)
        }
    }

    @Test("what SES puts off is asked again, and a push that failed goes on where it stood")
    func failures() async throws {
        try await withLists { sync, lists, simulator async throws in
            for index in 0..<12 {
                try await sync.own.add(
                    SuppressionEntry(
                        address: "guest-\(index)@example.org", reason: .bounce, source: "test", at: Self.noon)
                )
            }
            var throttling = SESSimulator.Fault.error("TooManyRequestsException", count: 4)
            throttling.operation = "PutSuppressedDestination"
            var denial = SESSimulator.Fault.error("AccessDeniedException", count: 1)
            denial.operation = "PutSuppressedDestination"
            denial.skip = 6
            try await simulator.inject(throttling, denial)
            let problem = await #expect(throws: Problem.self) { try await sync.push(to: lists[0]) }
            #expect(problem?.kind == .accessDenied)
            let before = try await simulator.suppressed().count
            #expect(before == 6)
            #expect(try await sync.push(to: lists[0]) == .init(entries: 12, added: 6))
            #expect(try await simulator.suppressed().count == 12)
        }
    }
}

/// A clock on which waiting takes no time.
private struct HastyClock: WallClock {
    func now() -> Timestamp { SystemClock().now() }
    func zone(named name: String) throws -> TimeZoneRules { .utc }
    func sleep(for duration: Duration) async throws { try Task.checkCancellation() }
}
