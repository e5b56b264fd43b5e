import Campaigns
import Delivery
import Locks
import TestSupport
import Testing

@Suite("Pacing an account", .timeLimit(.minutes(10)))
struct AccountPacerTests {
    /// An account whose quota changes, and which counts how often it is asked.
    private final class Account: SendingAccount {
        private let state: Mutex<(quota: SendingQuota?, asked: Int)>

        init(_ quota: SendingQuota?) { state = Mutex((quota, 0)) }

        var asked: Int { state.withLock { $0.asked } }
        func set(_ quota: SendingQuota?) { state.withLock { $0.quota = quota } }

        func quota() async throws -> SendingQuota {
            let quota = state.withLock { state in
                state.asked += 1
                return state.quota
            }
            guard let quota else { throw Problem(.unavailable, "SES does not answer") }
            return quota
        }
        func suppressed(_ page: ([SuppressionEntry]) async throws -> Void) async throws {}
        func identity(_ name: String) async throws -> SendingIdentity? { nil }
    }

    private let clock = TestClock()
    private let store = MemoryPaceStore()
    private let log = RecordingLog()

    private func quota(rate: Double = 10, maximum: Double? = nil, sent: Double = 0) -> SendingQuota {
        SendingQuota(maximumRate: rate, maximumPer24Hours: maximum, sentLast24Hours: sent)
    }

    private func pacer(_ account: Account, headroom: Double = 0) -> AccountPacer {
        AccountPacer(store: store, account: account, clock: clock, headroom: headroom, log: log)
    }

    private func request(_ count: Int) -> PaceRequest {
        PaceRequest(
            campaign: CampaignID("cruise")!, count: count, maximumWait: .seconds(4),
            end: clock.now() + .seconds(600))
    }

    private func granted(_ pacer: AccountPacer, _ count: Int) async throws -> PaceGrant? {
        guard case .granted(let grant) = try await pacer.reserve(request(count)) else { return nil }
        return grant
    }

    /// Goes to ask what the account allows, and does not come back.
    private func goToAsk() async throws {
        let asks = try await store.change { [clock] state in state.asks(at: clock.now()) }
        #expect(asks)
    }

    @Test("what one worker has read of the account serves them all for a minute")
    func readings() async throws {
        let account = Account(quota(rate: 1000))
        for _ in 0..<8 { #expect(try await granted(pacer(account), 50) != nil) }
        #expect(account.asked == 1)
        clock.advance(by: .seconds(61))
        account.set(quota(rate: 14))
        for _ in 0..<8 { _ = try await pacer(account).reserve(request(1)) }
        #expect(account.asked == 2)
        #expect(try await store.read().allowance?.maximumRate == 14)
    }

    @Test("an account that cannot be read leaves what was known to count; the first reading must succeed")
    func unreadable() async throws {
        let account = Account(nil)
        await #expect(throws: Problem.self) { try await pacer(account).reserve(request(1)) }
        account.set(quota())
        clock.advance(by: .seconds(10))
        #expect(try await granted(pacer(account), 1) != nil)
        account.set(nil)
        clock.advance(by: .seconds(61))
        #expect(try await granted(pacer(account), 1) != nil)
        #expect(log.text.contains("SES does not answer"))
    }

    @Test("a used up quota lets all wait, and frees by itself when SES says so")
    func dailyQuota() async throws {
        let account = Account(quota(maximum: 200, sent: 195))
        #expect(try await granted(pacer(account), 50)?.slots.count == 5)
        for _ in 0..<3 {
            #expect(try await pacer(account).reserve(request(50)) == .later(.seconds(900), .dailyQuota))
            let wait = try await pacer(account).wait(for: request(50))
            #expect(wait?.limit == .dailyQuota)
        }
        account.set(quota(maximum: 200, sent: 200))
        clock.advance(by: .seconds(900))
        // The reading is old: a look does not put it off.
        #expect(try await pacer(account).wait(for: request(50)) == nil)
        #expect(try await pacer(account).reserve(request(50)) == .later(.seconds(900), .dailyQuota))
        account.set(quota(maximum: 200, sent: 160))
        clock.advance(by: .seconds(900))
        #expect(try await granted(pacer(account), 50)?.slots.count == 40)
        #expect(account.asked == 3)
    }

    @Test("while one asks anew, an old word that the quota is used up holds the others for a moment only")
    func staleQuota() async throws {
        let pacer = pacer(Account(quota(maximum: 5)))
        #expect(try await granted(pacer, 5) != nil)
        #expect(try await pacer.reserve(request(1)) == .later(.seconds(900), .dailyQuota))
        clock.advance(by: .seconds(900))
        // Another one has just gone to ask.
        try await goToAsk()
        #expect(try await pacer.wait(for: request(1))?.delay == .seconds(5))
        #expect(try await pacer.reserve(request(1)) == .later(.seconds(5), .dailyQuota))
    }

    @Test("before anything is known of the account one asks, and the others wait a second")
    func firstReading() async throws {
        let account = Account(quota())
        try await goToAsk()
        for _ in 0..<3 {
            #expect(try await pacer(account).wait(for: request(1))?.delay == .seconds(1))
            #expect(try await pacer(account).reserve(request(1)) == .later(.seconds(1), .rate))
        }
        #expect(account.asked == 0)
        // That one has died.
        clock.advance(by: .seconds(10))
        #expect(try await pacer(account).wait(for: request(1)) == nil)
        #expect(try await granted(pacer(account), 1) != nil)
        #expect(account.asked == 1)
    }

    @Test("a throttling told by one worker voids what the others hold, and slows all down")
    func throttled() async throws {
        let account = Account(quota(rate: 100))
        let (one, other) = (pacer(account), pacer(account))
        let grant = try #require(try await granted(one, 50))
        #expect(await one.isCurrent(grant))
        await other.throttled(.rate)
        #expect(await !one.isCurrent(grant))
        let next = try #require(try await granted(one, 2))
        #expect(next.slots[1] - next.slots[0] == 14_286)
    }

    @Test(
        "however slowly the store answers, slots are taken far enough ahead to be used",
        arguments: [[300], [1500], [3900], [700, 1400, 2800], [50, 1900], [2500, 600, 1200]])
    func slowStore(_ milliseconds: [Int]) async throws {
        let store = SlowStore(clock, milliseconds.map { .milliseconds($0) })
        let pacer = AccountPacer(
            store: store, account: Account(quota(rate: 1000)), clock: clock, headroom: 0.05, log: log)
        var misses = 0
        for _ in 0..<60 {
            guard case .granted(var grant) = try await pacer.reserve(request(50)) else {
                Issue.record("not granted")
                continue
            }
            misses = grant.next(at: clock.now()) == nil ? misses + 1 : 0
            #expect(misses <= 2, "in a row")
        }
    }

    @Test("what is not used is given back, to whom it may concern")
    func giveBack() async throws {
        let pacer = pacer(Account(quota()))
        let grant = try #require(try await granted(pacer, 30))
        await pacer.giveBack(grant)
        #expect(try await granted(pacer, 1)?.slots.first == grant.slots.first)
    }

    @Test("a wait is foretold without reserving anything")
    func foretold() async throws {
        let pacer = pacer(Account(quota()))
        #expect(try await pacer.wait(for: request(1)) == nil)
        _ = try await pacer.reserve(request(50))
        let before = try await store.read()
        #expect(try await pacer.wait(for: request(1))?.delay == .seconds(5))
        #expect(try await store.read() == before)
    }
}
