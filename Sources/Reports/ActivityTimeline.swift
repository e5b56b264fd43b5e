package import Campaigns

/// When mails were accepted, and when SES told what had become of them.
package struct ActivityTimeline: Sendable, Hashable {
    package struct Bucket: Sendable, Hashable {
        package var accepted = 0
        package var delivered = 0
        package var bounced = 0
        package var complained = 0
    }

    private static let minute: Int64 = 60_000

    /// By minutes since 1970.
    private var accepted: [Int64: Int] = [:]
    private var told: [FeedbackTimeline.Bucket] = []
    /// From the first to the last mail that was accepted.
    package private(set) var span: ClosedRange<Timestamp>?

    package init() {}

    package mutating func addAccepted(at moment: Timestamp) {
        accepted[moment.milliseconds / Self.minute, default: 0] += 1
        let known = span ?? moment...moment
        span = min(known.lowerBound, moment)...max(known.upperBound, moment)
    }

    package mutating func add(_ timeline: FeedbackTimeline) { told += timeline.inOrder }

    /// A timeline as it can be drawn: buckets of one length, without gaps.
    package struct Plot: Sendable, Hashable {
        package var start: Timestamp
        package var length: Duration
        package var buckets: [Bucket]
        /// What came after the last bucket.
        package var later = Bucket()

        package var end: Timestamp { start + length * buckets.count }
    }

    /// Share of events that a plot shows at least. Bounces and complaints come in for days: drawn to the last one, all the
    /// others would be one line at the left.
    private static let shownShare = 0.98

    /// - Parameter maximum: buckets at most.
    /// - Returns: `nil` where nothing is known.
    package func plot(maximum: Int) -> Plot? {
        var moments = accepted.map { minute, count in
            (at: minute * Self.minute, bucket: Bucket(accepted: count))
        }
        moments += told.map { bucket in
            let counts = Bucket(
                delivered: bucket.delivered, bounced: bucket.bounced, complained: bucket.complained)
            return (at: bucket.start.milliseconds, bucket: counts)
        }
        moments.removeAll { $0.bucket.total == 0 }
        moments.sort { $0.at < $1.at }
        guard let first = moments.first, let last = Self.lastShown(of: moments, after: span) else {
            return nil
        }
        // SES's buckets may be longer than a minute: no finer than these.
        var length = told.map { $0.length.wholeMilliseconds }.max() ?? Self.minute
        while last / length - first.at / length >= Int64(maximum) { length *= 2 }
        let start = first.at / length
        var plot = Plot(
            start: Timestamp(milliseconds: start * length), length: .milliseconds(length),
            buckets: Array(repeating: Bucket(), count: Int(last / length - start) + 1))
        for moment in moments {
            let place = Int(moment.at / length - start)
            if plot.buckets.indices.contains(place) {
                plot.buckets[place] += moment.bucket
            } else {
                plot.later += moment.bucket
            }
        }
        return plot
    }

    /// In milliseconds since 1970; every mail that was accepted is shown.
    private static func lastShown(
        of moments: [(at: Int64, bucket: Bucket)], after span: ClosedRange<Timestamp>?
    ) -> Int64? {
        let all = moments.reduce(0) { $0 + $1.bucket.total }
        var seen = 0
        for moment in moments {
            seen += moment.bucket.total
            if Double(seen) >= shownShare * Double(all) {
                return max(moment.at, span?.upperBound.milliseconds ?? moment.at)
            }
        }
        return nil
    }
}

extension ActivityTimeline.Bucket {
    package var total: Int { accepted + delivered + bounced + complained }

    static func += (a: inout Self, b: Self) {
        a.accepted += b.accepted
        a.delivered += b.delivered
        a.bounced += b.bounced
        a.complained += b.complained
    }
}
