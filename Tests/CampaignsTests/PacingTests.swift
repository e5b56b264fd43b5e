import Campaigns
import Testing

@Suite("Pace")
struct PacingTests {
    private let noon = Timestamp(milliseconds: 1_780_000_000_000)

    private func state(
        rate: Double = 10, quota: Double? = nil, sent: Double = 0, at moment: Timestamp? = nil
    ) -> PaceState {
        var state = PaceState()
        state.learn(
            SendingQuota(maximumRate: rate, maximumPer24Hours: quota, sentLast24Hours: sent),
            at: moment ?? noon)
        return state
    }

    private func request(
        _ count: Int, of campaign: String = "cruise", ceiling: Double? = nil, wait: Duration = .seconds(4),
        end: Timestamp? = nil
    ) -> PaceRequest {
        PaceRequest(
            campaign: CampaignID(campaign)!, ceiling: ceiling, count: count, maximumWait: wait,
            end: end ?? noon + .seconds(1_000_000))
    }

    /// Milliseconds from noon on.
    private func slots(_ answer: PaceReservation?) -> [Int64] {
        guard case .granted(let grant)? = answer else { return [] }
        return grant.slots.map { $0 / 1000 - noon.milliseconds }
    }

    @Test("a first reservation starts at once, the next where it ends")
    func reservationsFollowEachOther() {
        var pace = state()
        let first = pace.reserve(request(30), now: noon, headroom: 0)
        #expect(slots(first) == (0..<30).map { $0 * 100 })
        let second = pace.reserve(request(30), now: noon + .seconds(1), headroom: 0)
        #expect(slots(second).first == 3000)
    }

    @Test("a start beyond the longest wait is not reserved")
    func farStartIsNotReserved() {
        var pace = state()
        _ = pace.reserve(request(100), now: noon, headroom: 0)
        let before = pace
        #expect(pace.reserve(request(1), now: noon, headroom: 0) == .later(.seconds(10), .rate))
        #expect(pace == before)
    }

    @Test("nobody is given a slot to sleep for longer than the longest wait")
    func slowRates() {
        var pace = state(rate: 0.1)
        #expect(slots(pace.reserve(request(50), now: noon, headroom: 0)) == [0])
        #expect(pace.reserve(request(50), now: noon, headroom: 0) == .later(.seconds(10), .rate))
        pace = state(rate: 1)
        let row = slots(pace.reserve(request(50), now: noon, headroom: 0))
        #expect(row == (0...15).map { $0 * 1000 })
        #expect(
            slots(
                state(rate: 1).with {
                    $0.reserve(request(50, end: noon + .seconds(7)), now: noon, headroom: 0)
                }
            )
            .last == 7000)
    }

    @Test("time in which nothing was sent is lost, and slots that cannot be used in time are not given")
    func idleTimeIsLost() {
        var pace = state(rate: 1)
        _ = pace.reserve(request(1), now: noon, headroom: 0)
        let later = noon + .seconds(10)
        #expect(slots(pace.reserve(request(1), now: later, headroom: 0)) == [10_000])
        #expect(slots(pace.reserve(request(1), now: later, headroom: 0)) == [11_000])
        #expect(
            slots(pace.reserve(request(1), now: later + .seconds(5), lead: .milliseconds(40), headroom: 0))
                == [15_040])
    }

    @Test("a slot that was missed is lost: mails never make up for lost time")
    func missedSlots() {
        var pace = state()
        guard case .granted(var grant)? = pace.reserve(request(5), now: noon, headroom: 0) else {
            Issue.record("not granted")
            return
        }
        #expect(grant.next(at: noon + .milliseconds(5)) == noon)
        #expect(grant.next(at: noon + .milliseconds(215)) == noon + .milliseconds(300))
        #expect(grant.end == noon + .milliseconds(400))
        #expect(grant.next(at: noon + .seconds(1)) == nil)
        #expect(grant.end == nil)
    }

    @Test("a slow campaign leaves to others what lies between its slots, and keeps its own rate")
    func slowCampaign() {
        var pace = state()
        let slow = pace.reserve(request(4, of: "slow", ceiling: 1), now: noon, headroom: 0)
        #expect(slots(slow) == [0, 1000, 2000, 3000])
        let fast = slots(pace.reserve(request(20, of: "fast"), now: noon, headroom: 0))
        #expect(fast == (1...9).map { $0 * 100 } + (11...19).map { $0 * 100 } + [2100, 2200])
        // Another worker of the slow campaign.
        let more = pace.reserve(request(1, of: "slow", ceiling: 1), now: noon, headroom: 0)
        #expect(slots(more) == [4000])
    }

    @Test("slots given back are given to the next")
    func giveBack() {
        var pace = state()
        guard case .granted(var first)? = pace.reserve(request(10), now: noon, headroom: 0) else {
            Issue.record("not granted")
            return
        }
        _ = pace.reserve(request(10), now: noon, headroom: 0)
        for _ in 0..<4 { _ = first.next(at: noon) }
        pace.giveBack(first, now: noon)
        let next = slots(pace.reserve(request(8), now: noon, headroom: 0))
        #expect(next == [400, 500, 600, 700, 800, 900, 2000, 2100])
        guard case .granted(let last)? = pace.reserve(request(5), now: noon, headroom: 0) else {
            Issue.record("not granted")
            return
        }
        pace.giveBack(last, now: noon)
        #expect(slots(pace.reserve(request(1), now: noon, headroom: 0)) == [2200])
    }

    @Test(
        "throttling slows down by a factor, voids what was reserved and rests; the rate comes back in a line")
    func throttlingSlowsDown() {
        var pace = state(rate: 7)
        _ = pace.reserve(request(20), now: noon, headroom: 0)
        pace.throttled(at: noon)
        #expect(pace.generation == 1)
        #expect(pace.share(at: noon) == 0.7)
        let next = slots(pace.reserve(request(2), now: noon, headroom: 0))
        #expect(next == [1200, 1404])
        #expect(abs(pace.share(at: noon + .seconds(5)) - 0.8) < 1e-9)
        #expect(pace.share(at: noon + .seconds(60)) == 1)
    }

    @Test("throttlings in quick succession count once, and never stop sending for good")
    func throttlingsCountOnce() {
        var pace = state()
        for _ in 0..<64 { pace.throttled(at: noon) }
        #expect(pace.share(at: noon) == 0.7)
        for second in 1...1000 { pace.throttled(at: noon + .seconds(second)) }
        #expect(pace.share(at: noon + .seconds(1000)) >= 0.05)
    }

    @Test("a rate of nothing grants nothing", arguments: [0, -1, -Double.infinity, Double.nan])
    func noRate(rate: Double) {
        var pace = state(rate: rate)
        #expect(pace.reserve(request(1), now: noon, headroom: 0) == .later(.seconds(60), .rate))
    }

    @Test(
        "extreme rates do not overflow",
        arguments: [Double.leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity])
    func extremeRates(rate: Double) {
        for ceiling in [nil, rate] {
            var pace = state(rate: rate)
            let answer = pace.reserve(request(50, ceiling: ceiling), now: noon, headroom: 0)
            #expect(slots(answer).first == 0)
            guard case .granted(let grant)? = answer else { continue }
            pace.giveBack(grant, now: noon)
            pace.learn(SendingQuota(maximumRate: rate, maximumPer24Hours: rate, sentLast24Hours: 0), at: noon)
            #expect(PaceTimeline(text: pace.timeline.text) == pace.timeline)
        }
    }

    @Test("a clock that was wrong for a while keeps nobody waiting")
    func wrongClock() {
        var pace = state()
        guard case .granted(let wrong)? = pace.reserve(request(10), now: noon + .seconds(7200), headroom: 0)
        else {
            Issue.record("not granted")
            return
        }
        #expect(slots(pace.reserve(request(1), now: noon, headroom: 0)) == [0])
        // Whoever holds what was thrown away sends nothing beside those who come now.
        #expect(pace.generation == wrong.generation + 1)
    }

    @Test(
        "a timeline that cannot be read is none",
        arguments: ["", "1", "1 2 3", "x  ", "1 -5 ", "1 -5:x ", "1  a", "1  a=b", "9223372036854775807  "])
    func unreadable(text: String) {
        #expect(PaceTimeline(text: text) == nil)
    }
}

// MARK: - The 24-hour quota

extension PacingTests {
    @Test("no more is reserved than the 24-hour quota leaves, whoever has sent before")
    func dailyQuota() {
        var pace = state(rate: 100, quota: 200, sent: 190)
        #expect(slots(pace.reserve(request(50), now: noon, headroom: 0)).count == 10)
        #expect(pace.reserve(request(1), now: noon, headroom: 0) == .later(.seconds(900), .dailyQuota))
        // The window has freed some.
        let later = noon + .seconds(900)
        pace.learn(SendingQuota(maximumRate: 100, maximumPer24Hours: 200, sentLast24Hours: 170), at: later)
        #expect(slots(pace.reserve(request(50), now: later, headroom: 0)).count == 30)
    }

    @Test("what is reserved and not sent yet counts as sent when the quota is read anew")
    func underWay() {
        var pace = state(rate: 10, quota: 100, sent: 0)
        #expect(slots(pace.reserve(request(40), now: noon, headroom: 0)).count == 40)
        pace.learn(SendingQuota(maximumRate: 10, maximumPer24Hours: 100, sentLast24Hours: 0), at: noon)
        // Two seconds' worth more are held back: SES may not have counted them yet.
        #expect(pace.allowance?.left == 40)
        // All are out, and counted.
        pace.learn(
            SendingQuota(maximumRate: 10, maximumPer24Hours: 100, sentLast24Hours: 40),
            at: noon + .seconds(10))
        #expect(pace.allowance?.left == 60)
    }

    @Test("what is given back may be sent by others")
    func quotaGivenBack() {
        var pace = state(rate: 10, quota: 20, sent: 0)
        guard case .granted(let grant)? = pace.reserve(request(20), now: noon, headroom: 0) else {
            Issue.record("not granted")
            return
        }
        #expect(pace.allowance?.left == 0)
        pace.giveBack(grant, now: noon)
        #expect(pace.allowance?.left == 20)
    }

    @Test("when SES says that the quota is used up all wait, and ask it again a minute later")
    func exhausted() {
        var pace = state(rate: 10, quota: 200, sent: 100)
        _ = pace.reserve(request(10), now: noon, headroom: 0)
        pace.exhausted(at: noon + .seconds(1))
        #expect(pace.generation == 1)
        #expect(
            pace.reserve(request(1), now: noon + .seconds(2), headroom: 0)
                == .later(.seconds(900), .dailyQuota))
        let asks = [2, 60, 61, 62].map { second in pace.asks(at: noon + .seconds(second)) }
        #expect(asks == [false, false, true, false])
    }

    @Test("a lower rate holds for what was reserved at the higher one")
    func lowerRate() {
        var pace = state(rate: 50)
        _ = pace.reserve(request(50), now: noon, headroom: 0)
        pace.learn(SendingQuota(maximumRate: 50, maximumPer24Hours: nil, sentLast24Hours: 0), at: noon)
        #expect(pace.generation == 0)
        pace.learn(SendingQuota(maximumRate: 14, maximumPer24Hours: nil, sentLast24Hours: 0), at: noon)
        #expect(pace.generation == 1)
    }

    @Test("nothing is granted before it is known what the service allows; one sender asks")
    func unknown() {
        var pace = PaceState()
        #expect(pace.reserve(request(1), now: noon, headroom: 0) == nil)
        let asks = (0..<3).map { _ in pace.asks(at: noon) }
        #expect(asks == [true, false, false])
    }
}

// MARK: - Many workers, in simulated time

extension PacingTests {
    /// Workers that claim, reserve, send and settle, in simulated time.
    private struct Simulation {
        var pace: PaceState
        var random: SplitMix64
        let noon: Timestamp
        let headroom = 0.04
        /// Microseconds since 1970 when each mail arrives, by campaign.
        var arrivals: [String: [Int64]] = [:]

        struct Worker {
            var campaign: String
            var ceiling: Double?
            var free: Timestamp
        }

        /// - Parameters:
        ///   - killed: how likely a worker dies in a batch; another takes its place after a while.
        ///   - unused: how likely it ends a batch early and gives back the rest.
        mutating func run(
            _ workers: [Worker], for duration: Duration, killed: Double = 0, unused: Double = 0
        ) {
            var workers = workers
            let end = noon + duration
            while let index = workers.indices.min(by: { workers[$0].free < workers[$1].free }),
                workers[index].free < end
            {
                let now = workers[index].free
                let answer = pace.reserve(
                    PaceRequest(
                        campaign: CampaignID(workers[index].campaign)!, ceiling: workers[index].ceiling,
                        count: Int.random(in: 20...50, using: &random), maximumWait: .seconds(4),
                        end: end + .seconds(60)),
                    now: now, lead: .milliseconds(5), headroom: headroom)
                // The time to settle, claim and look up.
                let pause = Duration.milliseconds(Int64.random(in: 2...60, using: &random))
                guard case .granted(var grant)? = answer else {
                    if case .later(let delay, _)? = answer { workers[index].free = now + delay + pause }
                    continue
                }
                let dies = Double.random(in: 0..<1, using: &random) < killed
                let endsEarly = Double.random(in: 0..<1, using: &random) < unused
                let used =
                    dies || endsEarly
                    ? Int.random(in: 0...grant.slots.count, using: &random) : grant.slots.count
                var last = now
                for slot in grant.slots.prefix(used) {
                    // On its way, and late at the start, within what the headroom leaves.
                    arrivals[workers[index].campaign, default: []].append(
                        slot + Int64.random(in: 0...38_000, using: &random))
                    last = Timestamp(milliseconds: slot / 1000)
                }
                if endsEarly, !dies {
                    for _ in 0..<used { _ = grant.next(at: now) }
                    // Others may have reserved meanwhile: it is this worker's turn again when its last mail is out.
                    pace.giveBack(grant, now: max(now, last))
                }
                workers[index].free = max(now, last) + pause + (dies ? .seconds(20) : .zero)
            }
        }

        /// The most mails within any second.
        static func busiest(_ arrivals: [Int64]) -> Int {
            let sorted = arrivals.sorted()
            var (oldest, most) = (0, 0)
            for (index, moment) in sorted.enumerated() {
                while moment - sorted[oldest] >= 1_000_000 { oldest += 1 }
                most = max(most, index - oldest + 1)
            }
            return most
        }
    }

    private func simulation(rate: Double, seed: UInt64) -> Simulation {
        Simulation(pace: state(rate: rate), random: SplitMix64(state: seed), noon: noon)
    }

    @Test(
        "eight workers use 95 % of the quota and never more than it in any second",
        arguments: [(1.0, 7200), (14, 3600), (50, 1800), (500, 180)], [1, 2] as [UInt64])
    func rateIsUsed(_ setup: (rate: Double, seconds: Int), seed: UInt64) {
        var simulation = simulation(rate: setup.rate, seed: seed)
        simulation.run(
            (0..<8).map { .init(campaign: "cruise", free: noon + .milliseconds($0)) },
            for: .seconds(setup.seconds))
        let arrivals = simulation.arrivals["cruise"] ?? []
        #expect(Simulation.busiest(arrivals) <= Int(setup.rate))
        let inTime = arrivals.count { $0 < (noon + .seconds(setup.seconds)).milliseconds * 1000 }
        #expect(Double(inTime) >= 0.95 * setup.rate * Double(setup.seconds))
    }

    @Test(
        "killed workers and batches that end early neither starve the others nor overrun the rate",
        arguments: [1, 2, 3, 4] as [UInt64])
    func unusedSlots(seed: UInt64) {
        var simulation = simulation(rate: 50, seed: seed)
        simulation.run(
            (0..<8).map { .init(campaign: "cruise", free: noon + .milliseconds($0)) },
            for: .seconds(600), killed: 0.02, unused: 0.2)
        let arrivals = simulation.arrivals["cruise"] ?? []
        #expect(Simulation.busiest(arrivals) <= 50)
        #expect(Double(arrivals.count) >= 0.85 * 50 * 600)
    }

    @Test(
        "campaigns keep their own rates and the account's together, and leave each other room",
        arguments: [1, 2, 3] as [UInt64])
    func campaigns(seed: UInt64) {
        var simulation = simulation(rate: 50, seed: seed)
        let campaigns: [(name: String, ceiling: Double?)] = [("slow", 1), ("medium", 10), ("fast", nil)]
        simulation.run(
            campaigns.flatMap { campaign in
                (0..<4).map {
                    .init(campaign: campaign.name, ceiling: campaign.ceiling, free: noon + .milliseconds($0))
                }
            }, for: .seconds(600), killed: 0.001, unused: 0.02)
        #expect(Simulation.busiest(simulation.arrivals.values.flatMap { $0 }) <= 50)
        for (name, ceiling) in campaigns where ceiling != nil {
            #expect(Simulation.busiest(simulation.arrivals[name] ?? []) <= Int(ceiling ?? 0))
        }
        let seconds = 600.0
        #expect(Double(simulation.arrivals["slow"]?.count ?? 0) >= 0.6 * 1 * seconds)
        #expect(Double(simulation.arrivals["medium"]?.count ?? 0) >= 0.5 * 10 * seconds)
        #expect(Double(simulation.arrivals.values.reduce(0) { $0 + $1.count }) >= 0.8 * 50 * seconds)
    }
}

extension PaceState {
    fileprivate func with<Answer>(_ body: (inout PaceState) -> Answer) -> Answer {
        var state = self
        return body(&state)
    }
}

/// Random numbers that are the same in every run (Steele, Lea, Flood, "Fast splittable pseudorandom number generators").
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
