/// When and how often a call is made again: AWS's "standard" retry mode.
///
/// Source: AWS SDKs and Tools Reference Guide, "Retry behavior", and botocore's `retries.standard`. Nothing here waits,
/// draws lots or looks at a clock: see ``RetrySequence``.
package struct RetryPolicy: Sendable {
    /// Calls made at most, the first included.
    package var maximumAttempts: Int
    /// The longest first delay after throttling; it doubles with each attempt.
    package var throttlingBase: Duration = .seconds(1)
    /// The longest first delay after any other failure; it doubles with each attempt.
    package var transientBase: Duration = .milliseconds(50)
    /// No delay is longer, whatever the service asks.
    package var maximumDelay: Duration = .seconds(20)

    package init(maximumAttempts: Int = 3) { self.maximumAttempts = maximumAttempts }

    /// DynamoDB answers fast, and is asked again sooner and more often.
    package static let dynamoDB: RetryPolicy = {
        var policy = RetryPolicy(maximumAttempts: 4)
        policy.transientBase = .milliseconds(25)
        return policy
    }()

    /// - Parameters:
    ///   - attempt: the number of the attempt that failed, from 1.
    ///   - random: from 0 to 1.
    func delay(after failure: AttemptFailure, attempt: Int, random: Double) -> Duration {
        let base = failure.cause == .throttling ? throttlingBase : transientBase
        let backoff = min(base * (1 << min(attempt - 1, 20)), maximumDelay) * random
        return max(backoff, min(failure.retryAfter ?? .zero, maximumDelay))
    }
}

/// How one attempt failed, as far as retrying is concerned.
package struct AttemptFailure: Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        /// The service asked to slow down.
        case throttling
        /// A server's failure, a lost connection, a damaged answer.
        case transient
        /// No answer in time.
        case timeout
        /// The clocks differ; the next signature will be right.
        case clockSkew
        /// Trying again changes nothing.
        case permanent
    }
    package var cause: Cause
    /// Whether the service may have acted on the request.
    package var mayHaveActed: Bool
    /// How long the service asked to wait.
    package var retryAfter: Duration?

    package init(_ cause: Cause, mayHaveActed: Bool = false, retryAfter: Duration? = nil) {
        self.cause = cause
        self.mayHaveActed = mayHaveActed
        self.retryAfter = retryAfter
    }
}

/// Tokens that retries cost, shared by all calls of a client: a service that fails every call is not asked much more.
package struct RetryQuota: Sendable, Equatable {
    package static let capacity = 500
    static let cost = 5
    static let timeoutCost = 10
    static let reward = 1

    package private(set) var tokens = capacity

    package init() {}

    mutating func take(_ count: Int) -> Bool {
        guard tokens >= count else { return false }
        tokens -= count
        return true
    }

    mutating func give(_ count: Int) { tokens = min(tokens + count, Self.capacity) }
}

/// The attempts of one call: told how each ended, it says what to do next.
package struct RetrySequence: Sendable {
    package enum Action: Sendable, Equatable {
        case retry(after: Duration)
        case giveUp
    }

    private let policy: RetryPolicy
    private let isIdempotent: Bool
    private var lastCost: Int?
    /// The number of the attempt under way, from 1.
    package private(set) var attempt = 1

    package init(policy: RetryPolicy, isIdempotent: Bool) {
        self.policy = policy
        self.isIdempotent = isIdempotent
    }

    /// The attempt under way succeeded: its last retry's tokens come back, or one that came for free adds one.
    package mutating func succeed(quota: inout RetryQuota) {
        quota.give(lastCost ?? RetryQuota.reward)
    }

    /// The attempt under way failed.
    ///
    /// - Parameter random: from 0 to 1; spreads the delays of many callers.
    package mutating func fail(_ failure: AttemptFailure, quota: inout RetryQuota, random: Double) -> Action {
        if failure.cause == .permanent || attempt >= policy.maximumAttempts { return .giveUp }
        if failure.mayHaveActed && !isIdempotent { return .giveUp }
        let cost = failure.cause == .timeout ? RetryQuota.timeoutCost : RetryQuota.cost
        guard quota.take(cost) else { return .giveUp }
        lastCost = cost
        let delay = policy.delay(after: failure, attempt: attempt, random: random)
        attempt += 1
        return .retry(after: delay)
    }
}
