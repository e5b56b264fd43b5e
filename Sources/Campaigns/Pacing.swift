/// How far the sending rate of an account in a Region is taken up: what all its senders share through a ``Pacer``.
///
/// Slots are given out by the generic cell rate algorithm (ITU-T I.371 annex A): one moment says when the next mail may
/// go. The rate falls by a factor when the service throttles and comes back in a straight line (AIMD, RFC 5681 section 3.1).
package struct PaceState: Sendable, Hashable {
    /// GCRA's theoretical arrival time: from then on no slot is taken. Microseconds since 1970.
    package var nextFree: Int64
    /// Share of the rate (above 0, at most 1) that was left after the last throttling, at ``reducedAt``.
    package var share: Double
    package var reducedAt: Timestamp

    package init(
        nextFree: Int64 = 0, share: Double = 1, reducedAt: Timestamp = Timestamp(milliseconds: 0)
    ) {
        self.nextFree = nextFree
        self.share = share
        self.reducedAt = reducedAt
    }

    /// What throttling leaves of the share.
    static let decrease = 0.7
    /// Share gained back a second.
    static let increasePerSecond = 0.02
    static let minimumShare = 0.05
    /// Throttlings that follow closer are answers to mails sent before the last reduction could work.
    static let reductionInterval = Duration.seconds(1)
    /// Rest after a throttling, so that the service's own window empties.
    static let rest = Duration.milliseconds(500)
    /// Bounds what a rate close to zero may ask for.
    private static let longestInterval = 86_400_000_000.0

    /// Takes the next `count` slots, all in one row.
    ///
    /// - Parameters:
    ///   - rate: mails a second, headroom already taken off; nothing is granted for 0 or less.
    ///   - burst: mails that may make up at once for time in which nothing was sent; 1 keeps every two mails an interval
    ///     apart.
    ///   - maximumWait: a start further away than this is not reserved.
    package mutating func reserve(
        _ count: Int, now: Timestamp, rate: Double, burst: Int = 1, maximumWait: Duration
    ) -> PaceReservation {
        guard rate > 0 else { return .later(.seconds(60)) }
        let interval = Swift.min(1_000_000 / (rate * share(at: now)), PaceState.longestInterval)
        let now = PaceState.microseconds(now)
        let credit = Int64((Double(Swift.max(burst, 1) - 1) * interval).rounded(.down))
        let start = Swift.max(nextFree, now - credit)
        let wait = Duration.microseconds(Swift.max(start - now, 0))
        guard wait <= maximumWait else { return .later(wait) }
        nextFree = start + Int64((Double(Swift.max(count, 0)) * interval).rounded(.up))
        return .granted(delay: wait, interval: .microseconds(Int64(interval.rounded(.up))))
    }

    /// Slows down because the service throttled.
    ///
    /// - Returns: whether anything has changed: throttlings that follow closely count as one.
    @discardableResult
    package mutating func throttled(at now: Timestamp) -> Bool {
        guard now - reducedAt >= PaceState.reductionInterval else { return false }
        share = Swift.max(share(at: now) * PaceState.decrease, PaceState.minimumShare)
        reducedAt = now
        nextFree = Swift.max(nextFree, PaceState.microseconds(now + PaceState.rest))
        return true
    }

    /// The share of the rate in use at a moment.
    package func share(at now: Timestamp) -> Double {
        let seconds = Double((now - reducedAt).wholeMilliseconds) / 1000
        let regained = Swift.max(seconds, 0) * PaceState.increasePerSecond
        return Swift.min(Swift.max(share, PaceState.minimumShare) + regained, 1)
    }

    private static func microseconds(_ moment: Timestamp) -> Int64 { moment.milliseconds * 1000 }
}
