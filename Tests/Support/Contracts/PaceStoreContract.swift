package import Campaigns
import Testing

/// Makes stores that all share one state, which nobody has used before.
package typealias PaceStoreFactory = @Sendable () async throws -> any PaceStore

/// What every ``PaceStore`` promises.
package var paceStoreContract: [ContractClause<PaceStoreFactory>] {
    [
        .init("a pace that nobody has changed is a fresh one") { makeStore async throws in
            #expect(try await makeStore().read() == PaceState())
        },
        .init("a change is seen in every store, whole") { makeStore async throws in
            let (one, other) = (try await makeStore(), try await makeStore())
            _ = try await other.read()
            for left in [nil, 180] {
                let expected = try await one.change { state in
                    state.learn(
                        SendingQuota(
                            maximumRate: 12.5, maximumPer24Hours: left.map { Double($0) }, sentLast24Hours: 0),
                        at: noon)
                    _ = state.asks(at: noon + .seconds(70))
                    // Leaves gaps behind.
                    _ = state.reserve(request(10, ceiling: 1), now: noon, headroom: 0)
                    state.throttled(at: noon + .seconds(left == nil ? 100 : 200))
                    _ = state.reserve(request(10, ceiling: 1), now: noon + .seconds(300), headroom: 0)
                    return state
                }
                #expect(expected != PaceState())
                #expect(try await other.read() == expected)
                #expect(try await makeStore().read() == expected)
            }
        },
        .init("an answer comes also where nothing was changed") { makeStore async throws in
            let store = try await makeStore()
            #expect(try await store.change { $0.generation } == 0)
            #expect(try await store.read() == PaceState())
        },
        .init("reservations follow each other, whichever store they are made in") { makeStore async throws in
            let (one, other) = (try await makeStore(), try await makeStore())
            try await one.change { $0.learn(tenASecond, at: noon) }
            #expect(try await slots(one, 50).first == 0)
            #expect(try await slots(other, 10).first == 5_000_000)
            #expect(try await slots(one, 10).first == 6_000_000)
        },
        .init("twenty reservations at once never overlap") { makeStore async throws in
            let stores = [try await makeStore(), try await makeStore()]
            try await stores[0].change { $0.learn(tenASecond, at: noon) }
            let answers = try await atOnce(20) { try await slots(stores[$0 % 2], 10) }
            #expect(answers.flatMap { $0 }.sorted() == (0..<200).map { Int64($0) * 100_000 })
        },
        .init("throttling slows down and voids, whichever store it is told") { makeStore async throws in
            let (one, other) = (try await makeStore(), try await makeStore())
            try await one.change { $0.learn(tenASecond, at: noon) }
            _ = try await slots(one, 10)
            for _ in 0..<5 { try await one.change { $0.throttled(at: noon + .seconds(1)) } }
            let state = try await other.read()
            #expect(state.generation == 1)
            #expect(state.share(at: noon + .seconds(1)) == 0.7)
        },
    ]
}

private let tenASecond = SendingQuota(maximumRate: 10, maximumPer24Hours: nil, sentLast24Hours: 0)

private func request(_ count: Int, ceiling: Double? = nil) -> PaceRequest {
    PaceRequest(
        campaign: CampaignID("cruise")!, ceiling: ceiling, count: count, maximumWait: .seconds(60),
        end: noon + .seconds(86_400))
}

/// Microseconds from noon on.
private func slots(_ store: any PaceStore, _ count: Int) async throws -> [Int64] {
    let answer = try await store.change { $0.reserve(request(count), now: noon, headroom: 0) }
    guard case .granted(let grant)? = answer else { return [] }
    return grant.slots.map { $0 - noon.milliseconds * 1000 }
}
