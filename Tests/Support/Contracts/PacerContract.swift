package import Campaigns
import Testing

/// Makes pacers of a rate (mails a second) that all share one state, which nobody has used before.
package typealias PacerFactory = @Sendable (_ rate: Double) async throws -> any Pacer

/// What every ``Pacer`` promises.
package var pacerContract: [ContractClause<PacerFactory>] {
    [
        .init("reservations follow each other, whichever pacer they are asked of") { makePacer async throws in
            let (one, other) = (try await makePacer(10), try await makePacer(10))
            #expect(
                try await one.reserve(50, now: noon, maximumWait: .seconds(60))
                    == .granted(delay: .zero, interval: .milliseconds(100)))
            #expect(
                try await other.reserve(10, now: noon + .seconds(1), maximumWait: .seconds(60))
                    == .granted(delay: .seconds(4), interval: .milliseconds(100)))
        },
        .init("a start beyond the longest wait is not reserved") { makePacer async throws in
            let pacer = try await makePacer(10)
            _ = try await pacer.reserve(50, now: noon, maximumWait: .zero)
            for _ in 0..<2 {
                #expect(
                    try await pacer.reserve(50, now: noon, maximumWait: .seconds(4)) == .later(.seconds(5)))
            }
        },
        .init("twenty reservations at once never overlap") { makePacer async throws in
            let pacers = [try await makePacer(10), try await makePacer(10)]
            let answers = try await atOnce(20) {
                try await pacers[$0 % 2].reserve(10, now: noon, maximumWait: .seconds(60))
            }
            let delays = answers.compactMap { answer -> Duration? in
                if case .granted(let delay, interval: .milliseconds(100)) = answer { delay } else { nil }
            }
            #expect(delays.sorted() == (0..<20).map { .seconds($0) })
        },
        .init("throttling slows every pacer of the state down") { makePacer async throws in
            let (one, other) = (try await makePacer(10), try await makePacer(10))
            _ = try await one.reserve(1, now: noon, maximumWait: .zero)
            for _ in 0..<5 { await one.throttled(at: noon + .seconds(1)) }
            guard
                case .granted(let delay, let interval) = try await other.reserve(
                    1, now: noon + .seconds(1), maximumWait: .seconds(10))
            else {
                Issue.record("not granted")
                return
            }
            #expect(delay > .zero)
            #expect(interval > .milliseconds(100))
            #expect(interval < .milliseconds(300))
        },
    ]
}

private let noon = Timestamp(milliseconds: 1_780_326_000_123)
