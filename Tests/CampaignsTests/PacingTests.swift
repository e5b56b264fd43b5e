import Campaigns
import Testing

@Suite("Pace")
struct PacingTests {
    private let noon = Timestamp(milliseconds: 1_780_000_000_000)

    @Test("a first reservation starts at once, the next where it ends")
    func reservationsFollowEachOther() {
        var pace = PaceState()
        #expect(
            pace.reserve(50, now: noon, rate: 10, maximumWait: .seconds(20))
                == .granted(delay: .zero, interval: .milliseconds(100)))
        #expect(
            pace.reserve(50, now: noon + .seconds(1), rate: 10, maximumWait: .seconds(20))
                == .granted(delay: .seconds(4), interval: .milliseconds(100)))
    }

    @Test("a start beyond the longest wait is not reserved")
    func farStartIsNotReserved() {
        var pace = PaceState()
        _ = pace.reserve(100, now: noon, rate: 10, maximumWait: .zero)
        let before = pace
        #expect(pace.reserve(1, now: noon, rate: 10, maximumWait: .seconds(9)) == .later(.seconds(10)))
        #expect(pace == before)
    }

    @Test("time in which nothing was sent is lost, unless a burst may make up for it")
    func idleTimeIsLost() {
        var pace = PaceState()
        _ = pace.reserve(1, now: noon, rate: 1, maximumWait: .zero)
        var bursting = pace
        let later = noon + .seconds(10)
        _ = pace.reserve(1, now: later, rate: 1, maximumWait: .zero)
        #expect(
            pace.reserve(1, now: later, rate: 1, maximumWait: .seconds(5))
                == .granted(delay: .seconds(1), interval: .seconds(1)))
        for _ in 0..<3 {
            #expect(
                bursting.reserve(1, now: later, rate: 1, burst: 3, maximumWait: .zero)
                    == .granted(delay: .zero, interval: .seconds(1)))
        }
        #expect(bursting.reserve(1, now: later, rate: 1, burst: 3, maximumWait: .zero) == .later(.seconds(1)))
    }

    @Test(
        "no window of one second holds more mails than the rate, whoever reserves them",
        arguments: [0.9, 1, 12.6, 47.3, 450])
    func windowsHold(rate: Double) {
        var pace = PaceState()
        var generator = SplitMix64(state: 42)
        var moments: [Int64] = []
        var now = noon
        while moments.count < 2000 {
            now = now + .milliseconds(Int64.random(in: 0...400, using: &generator))
            let count = Int.random(in: 1...50, using: &generator)
            if case .granted(let delay, let interval) = pace.reserve(
                count, now: now, rate: rate, maximumWait: .seconds(30))
            {
                let first = now.milliseconds * 1000 + delay.microseconds
                for index in 0..<count { moments.append(first + Int64(index) * interval.microseconds) }
            }
        }
        moments.sort()
        var oldest = 0
        for (index, moment) in moments.enumerated() {
            while moment - moments[oldest] >= 1_000_000 { oldest += 1 }
            #expect(Double(index - oldest) <= rate)
        }
    }

    @Test("throttling slows down by a factor and rests; the rate comes back in a straight line")
    func throttlingSlowsDown() {
        var pace = PaceState()
        let hasChanged = pace.throttled(at: noon)
        #expect(hasChanged)
        #expect(pace.share(at: noon) == 0.7)
        #expect(
            pace.reserve(1, now: noon, rate: 7, maximumWait: .seconds(1))
                == .granted(delay: .milliseconds(500), interval: .microseconds(204_082)))
        #expect(abs(pace.share(at: noon + .seconds(5)) - 0.8) < 1e-9)
        #expect(pace.share(at: noon + .seconds(60)) == 1)
    }

    @Test("throttlings in quick succession count once, and never stop sending for good")
    func throttlingsCountOnce() {
        var pace = PaceState()
        for _ in 0..<64 { pace.throttled(at: noon) }
        #expect(pace.share(at: noon) == 0.7)
        for second in 1...1000 { pace.throttled(at: noon + .seconds(second)) }
        #expect(pace.share(at: noon + .seconds(1000)) >= 0.05)
    }

    @Test("a rate of nothing grants nothing", arguments: [0, -1, -Double.infinity, Double.nan])
    func noRate(rate: Double) {
        var pace = PaceState()
        #expect(pace.reserve(1, now: noon, rate: rate, maximumWait: .seconds(1)) == .later(.seconds(60)))
        #expect(pace == PaceState())
    }

    @Test(
        "extreme rates do not overflow",
        arguments: [Double.leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity])
    func extremeRates(rate: Double) {
        var pace = PaceState()
        guard case .granted = pace.reserve(50, now: noon, rate: rate, maximumWait: .zero) else {
            Issue.record("not granted")
            return
        }
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

extension Duration {
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
