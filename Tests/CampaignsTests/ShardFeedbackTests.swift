import Campaigns
import Testing

@Suite("Feedback to a shard", .timeLimit(.minutes(10)))
struct ShardFeedbackTests {
    private let noon = Timestamp(iso8601: "2026-06-01T12:00:00Z")!

    /// Events about 200 recipients, of all kinds.
    private var events: [RecipientEvent] {
        (0..<200).flatMap { index in
            FeedbackKind.allCases.filter { (index + Int($0.rawValue)).isMultiple(of: 3) }.map { kind in
                RecipientEvent(
                    index: index, kind: kind, reason: kind.isBounce ? "NoEmail 5.1.\(index % 4)" : "",
                    domain: "d\(index % 7).example", at: noon + .seconds(index * 20))
            }
        }
    }

    @Test("events that come twice and in another order come to the same")
    func order() {
        var inOrder = ShardFeedback()
        for isNew in [true, false] {
            for event in events {
                let wasNew = inOrder.take(event)
                #expect(wasNew == isNew)
            }
        }
        for _ in 0..<5 {
            var shuffled = ShardFeedback()
            for event in (events + events).shuffled() { shuffled.take(event) }
            #expect(shuffled == inOrder)
            #expect(shuffled.bytes == inOrder.bytes)
        }
        let counts = inOrder.counts
        for kind in FeedbackKind.allCases {
            #expect(counts[kind] == events.count { $0.kind == kind }, "\(kind)")
        }
        #expect(inOrder.has(.delivered, of: 2) && !inOrder.has(.delivered, of: 3))
        #expect(!inOrder.has(.delivered, of: 100_000) && !inOrder.has(.delivered, of: -1))
    }

    @Test("it is read as it was written, and nothing else is read")
    func bytes() throws {
        var feedback = ShardFeedback()
        #expect(ShardFeedback(bytes: feedback.bytes) == feedback)
        for event in events { feedback.take(event) }
        let bytes = feedback.bytes
        #expect(ShardFeedback(bytes: bytes) == feedback)
        for length in 0..<bytes.count { #expect(ShardFeedback(bytes: Array(bytes[..<length])) == nil) }
        #expect(ShardFeedback(bytes: bytes + [0]) == nil)
        #expect(ShardFeedback(bytes: [1] + [UInt8](repeating: 0xFF, count: 40)) == nil)
    }

    @Test("damaged bytes are refused or read, and never trap")
    func damaged() {
        var feedback = ShardFeedback()
        for event in events { feedback.take(event) }
        let bytes = feedback.bytes
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4) {
                damaged[Int.random(in: 0..<damaged.count)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard var read = ShardFeedback(bytes: damaged) else { continue }
            for event in events.prefix(20) { read.take(event) }
            var run = RunFeedback()
            run.add(read)
            run.add(read)
            _ = (run.counts, run.reasons, run.domains, run.timeline.inOrder, read.bytes)
        }
    }

    @Test("its size is bounded, whatever is told, and frequent names outlast rare ones")
    func bounds() {
        var feedback = ShardFeedback()
        for index in 0..<5000 {
            let domain = index.isMultiple(of: 10) ? "big.example" : "\(index).a-rather-long-name.example"
            feedback.take(
                RecipientEvent(
                    index: index, kind: .permanentBounce, reason: "Reason\(index)", domain: domain,
                    at: noon + .seconds(index * 3600)))
        }
        for index in 0..<5000 {
            feedback.take(RecipientEvent(index: index, kind: .delivered, domain: "big.example", at: noon))
        }
        #expect(feedback.bytes.count < 4096, "\(feedback.bytes.count)")
        var run = RunFeedback()
        run.add(feedback)
        #expect(run.domains.first?.domain == "big.example")
        #expect(run.domains.first?.delivered == 5000)
        #expect(run.domains.reduce(0) { $0 + $1.bounced } == 5000)
        #expect(run.domains.last?.domain == nil)
        #expect(run.reasons.reduce(0) { $0 + $1.count } + run.otherReasons == 5000)
        #expect(run.timeline.inOrder.reduce(0) { $0 + $1.bounced } == 5000)
        #expect(run.timeline.inOrder.count <= 32)
    }

    @Test("shards add up, and their times fall into buckets of one length")
    func run() throws {
        var run = RunFeedback()
        for shard in 0..<3 {
            var feedback = ShardFeedback()
            for index in 0..<100 {
                // One minute, one hour, and ten days long.
                let moment = noon + .seconds(index * [0, 36, 8640][shard])
                feedback.take(
                    RecipientEvent(index: index, kind: .delivered, domain: "example.org", at: moment))
            }
            run.add(feedback)
        }
        #expect(run.counts[.delivered] == 300)
        #expect(run.domains.map(\.delivered) == [300])
        let buckets = run.timeline.inOrder
        #expect(buckets.reduce(0) { $0 + $1.delivered } == 300)
        let first = try #require(buckets.first)
        #expect(Set(buckets.map(\.length)).count == 1)
        #expect(first.start <= noon && noon < first.start + first.length)
        #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0.start < $1.start })
    }
}

@Suite("Rates of a run")
struct RateTests {
    private let noon = Timestamp(seconds: 1_780_326_000)

    private func counts(delivered: Int, permanent: Int = 0, complaints: Int = 0) -> FeedbackCounts {
        var counts = FeedbackCounts()
        counts[.delivered] = delivered
        counts[.permanentBounce] = permanent
        counts[.complaint] = complaints
        return counts
    }

    @Test(
        "bounces are found at their limit, in a sample that says something",
        arguments: [
            (1000, 40, true), (1000, 39, false), (95, 5, true), (94, 5, false), (96, 4, false),
            (0, 99, false), (0, 100, true), (10_000, 400, true), (10_000, 399, false),
        ])
    func bounces(delivered: Int, bounces: Int, isFound: Bool) {
        let finding = counts(delivered: delivered, permanent: bounces).finding(
            of: .bounces, ofAccepted: 0, limit: 0.04, at: noon)
        #expect((finding != nil) == isFound)
    }

    @Test(
        "a single complaint stops nothing, three at the limit do",
        arguments: [
            (100, 1, false), (1000, 1, false), (100, 2, false), (100, 3, true), (3750, 3, true),
            (3751, 3, false), (99, 3, false), (100_000, 80, true), (100_000, 79, false),
        ])
    func complaints(delivered: Int, complaints: Int, isFound: Bool) {
        let finding = counts(delivered: delivered, complaints: complaints).finding(
            of: .complaints, ofAccepted: 0, limit: 0.0008, at: noon)
        #expect((finding != nil) == isFound)
    }

    @Test("where no deliveries are told, mails that were accepted and have not bounced count for them")
    func noDeliveryEvents() {
        var some = counts(delivered: 0, permanent: 100, complaints: 80)
        some[.suppressed] = 50
        let accepted = 1_000_000
        #expect(some.finding(of: .bounces, ofAccepted: accepted, limit: 0.04, at: noon) == nil)
        #expect(some.delivered(ofAccepted: accepted) == 999_850)
        #expect(some.share(of: .complaints, ofAccepted: accepted) == 80.0 / 999_850)
        #expect(
            some.finding(of: .complaints, ofAccepted: 90_000, limit: 0.0008, at: noon)?.delivered == 89_850)
        #expect(some.finding(of: .bounces, ofAccepted: 2_500, limit: 0.04, at: noon)?.delivered == 2_350)
        // More that were told delivered than is known to be accepted.
        #expect(counts(delivered: 7).delivered(ofAccepted: 5) == 7)
    }

    @Test("what a suppression list has caught, and what may pass, does not count")
    func notCounted() {
        var counts = counts(delivered: 100)
        counts[.suppressed] = 100
        counts[.transientBounce] = 100
        #expect(counts.finding(of: .bounces, ofAccepted: 0, limit: 0.04, at: noon) == nil)
        #expect(counts.share(of: .bounces, ofAccepted: 0) == 0)
        counts[.undeterminedBounce] = 5
        #expect(counts.finding(of: .bounces, ofAccepted: 0, limit: 0.04, at: noon)?.events == 5)
        #expect(FeedbackCounts().share(of: .bounces, ofAccepted: 500) == nil)
    }

    @Test("a finding is told in words, with its figures")
    func words() {
        let finding = RateFinding(rate: .bounces, events: 52, delivered: 1000, limit: 0.04, at: noon)
        #expect(
            "\(finding)" == "52 bounces over 1000 delivered mails (5.2 %) reach the limit of 4 %")
        let shares = [
            0.0008: "0.08 %", 1: "100 %", 0.105: "10.5 %", 0.12345: "12.35 %", 0: "0 %", 0.0705: "7.05 %",
        ]
        for (share, text) in shares { #expect(share.percent == text) }
    }

    @Test("an override raises the limit of its rate alone, until that is reached")
    func overrides() {
        var findings: [RateFinding] = []
        func take(_ finding: RateFinding, limit: Double) -> Bool { findings.take(finding, limit: limit) }
        func override(_ override: RateFinding.Override) -> Bool { findings.override([.bounces: override]) }
        let finding = RateFinding(rate: .bounces, events: 52, delivered: 1000, limit: 0.04, at: noon)
        #expect(take(finding, limit: 0.04))
        #expect(take(finding, limit: 0.04) && findings.count == 1)
        #expect(override(.init(by: "ann", at: noon, limit: 0.078)))
        #expect(!override(.init(by: "bob", at: noon, limit: 1)))
        #expect(findings.limit(of: .bounces, from: 0.04) == 0.078)
        #expect(findings.limit(of: .complaints, from: 0.0008) == 0.0008)
        #expect(!take(finding, limit: 0.078) && findings.count == 1)
        let worse = RateFinding(rate: .bounces, events: 80, delivered: 1000, limit: 0.078, at: noon)
        #expect(take(worse, limit: 0.078) && findings.count == 2)
    }
}
