import HTTP
import Testing

@testable import AWS

/// The decision to try again, without I/O, chance or clock.
struct RetrySequenceTests {
    @Test("Throttling and lost answers of an idempotent call are retried twice, then given up")
    func attempts() {
        var quota = RetryQuota()
        var sequence = RetrySequence(policy: RetryPolicy(), isIdempotent: true)
        let lost = AttemptFailure(.transient, mayHaveActed: true)
        #expect(sequence.fail(lost, quota: &quota, random: 1) == .retry(after: .milliseconds(50)))
        #expect(sequence.attempt == 2)
        #expect(
            sequence.fail(AttemptFailure(.throttling), quota: &quota, random: 1) == .retry(after: .seconds(2))
        )
        #expect(sequence.fail(lost, quota: &quota, random: 1) == .giveUp)
        #expect(sequence.attempt == 3)
        #expect(quota.tokens == 490)
    }

    @Test(
        "A call that must not happen twice is retried only when the service is known not to have acted",
        arguments: [
            (AttemptFailure(.transient, mayHaveActed: true), false),
            (AttemptFailure(.timeout, mayHaveActed: true), false),
            (AttemptFailure(.transient, mayHaveActed: false), true),
            (AttemptFailure(.throttling, mayHaveActed: false), true),
            (AttemptFailure(.clockSkew, mayHaveActed: false), true),
        ])
    func notIdempotent(_ failure: AttemptFailure, isRetried: Bool) {
        var quota = RetryQuota()
        var sequence = RetrySequence(policy: RetryPolicy(), isIdempotent: false)
        #expect((sequence.fail(failure, quota: &quota, random: 0) != .giveUp) == isRetried)
    }

    @Test("A permanent failure is never retried and costs nothing")
    func permanent() {
        var quota = RetryQuota()
        var sequence = RetrySequence(policy: RetryPolicy(), isIdempotent: true)
        #expect(sequence.fail(AttemptFailure(.permanent), quota: &quota, random: 0) == .giveUp)
        #expect(quota.tokens == RetryQuota.capacity)
    }

    @Test("Delays double, are spread by chance and never exceed 20 seconds")
    func delays() {
        let policy = RetryPolicy()
        let throttled = AttemptFailure(.throttling)
        #expect(policy.delay(after: throttled, attempt: 1, random: 1) == .seconds(1))
        #expect(policy.delay(after: throttled, attempt: 3, random: 0.5) == .seconds(2))
        #expect(policy.delay(after: throttled, attempt: 3, random: 0) == .zero)
        #expect(policy.delay(after: throttled, attempt: 6, random: 1) == .seconds(20))
        #expect(policy.delay(after: throttled, attempt: 1_000_000, random: 1) == .seconds(20))
        #expect(policy.delay(after: AttemptFailure(.transient), attempt: 2, random: 1) == .milliseconds(100))
        #expect(
            RetryPolicy.dynamoDB.delay(after: AttemptFailure(.transient), attempt: 1, random: 1)
                == .milliseconds(25))
        #expect(RetryPolicy.dynamoDB.maximumAttempts == 4)
    }

    @Test("Retry-After lengthens a delay, up to the longest one")
    func retryAfter() {
        let policy = RetryPolicy()
        func delay(_ wish: Duration) -> Duration {
            policy.delay(after: AttemptFailure(.throttling, retryAfter: wish), attempt: 1, random: 1)
        }
        #expect(delay(.milliseconds(1)) == .seconds(1))
        #expect(delay(.seconds(7)) == .seconds(7))
        #expect(delay(.seconds(3600)) == .seconds(20))
    }

    @Test("The quota stops retries of a service that fails every call, and success refills it")
    func quota() {
        var quota = RetryQuota()
        var retries = 0
        for _ in 0..<1000 {
            var sequence = RetrySequence(policy: RetryPolicy(), isIdempotent: true)
            while sequence.fail(AttemptFailure(.transient), quota: &quota, random: 0) != .giveUp {
                retries += 1
            }
        }
        #expect(retries == RetryQuota.capacity / RetryQuota.cost)
        #expect(quota.tokens == 0)

        for _ in 0..<4 { _ = succeed(&quota) }
        #expect(quota.tokens == 4)
        var sequence = RetrySequence(policy: RetryPolicy(), isIdempotent: true)
        #expect(sequence.fail(AttemptFailure(.transient), quota: &quota, random: 0) == .giveUp)
        for _ in 0..<1000 { _ = succeed(&quota) }
        #expect(quota.tokens == RetryQuota.capacity)
    }

    @Test("A retry that succeeds gives its tokens back; a timeout costs double")
    func refund() {
        var quota = RetryQuota()
        var sequence = RetrySequence(policy: RetryPolicy(), isIdempotent: true)
        _ = sequence.fail(AttemptFailure(.transient), quota: &quota, random: 0)
        #expect(quota.tokens == 495)
        _ = sequence.fail(AttemptFailure(.timeout), quota: &quota, random: 0)
        #expect(quota.tokens == 485)
        sequence.succeed(quota: &quota)
        #expect(quota.tokens == 495)
    }

    private func succeed(_ quota: inout RetryQuota) -> Int {
        var sequence = RetrySequence(policy: RetryPolicy(), isIdempotent: true)
        sequence.succeed(quota: &quota)
        return quota.tokens
    }
}

struct ClockSkewTests {
    @Test("A refused signature teaches the service's time, unless the answer was stored or the clocks agree")
    func learns() {
        var skew = ClockSkew()
        let noon = "Sun, 06 Nov 1994 12:00:00 GMT"
        let sent: Int64 = 784_123_200 - 3600
        func learn(_ headers: HTTPHeaders, received: Int64? = nil, used: Int64 = 0) -> Bool {
            skew.learn(from: headers, sent: sent, received: received ?? sent, used: used)
        }
        #expect(!learn([:]))
        #expect(!learn(["Date": "yesterday"]))
        #expect(!learn(["Date": noon, "Age": "3600"]))
        #expect(skew.offset == 0)
        #expect(learn(["Date": noon], received: sent + 2))
        #expect(skew.offset == 3599)
        #expect(!learn(["Date": noon], used: 3599))
    }
}
