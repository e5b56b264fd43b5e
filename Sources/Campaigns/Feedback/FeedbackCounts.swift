/// Of how many recipients of a run each kind of event was told.
package struct FeedbackCounts: Sendable, Hashable {
    private var counts = [Int](repeating: 0, count: FeedbackKind.allCases.count)

    package init() {}

    package subscript(kind: FeedbackKind) -> Int {
        get { counts[Int(kind.rawValue)] }
        set { counts[Int(kind.rawValue)] = newValue }
    }

    package static func += (a: inout FeedbackCounts, b: FeedbackCounts) {
        for kind in FeedbackKind.allCases { a[kind] += b[kind] }
    }

    package var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }

    /// Recipients whose mails have bounced, by kind of bounce: one that bounced in two ways counts twice.
    package var bounces: Int {
        FeedbackKind.allCases.reduce(0) { $1.isBounce ? $0 + self[$1] : $0 }
    }
}

// MARK: - Rates

/// A rate by which mailbox providers and SES judge a sender, and by which a run is paused.
package enum WatchedRate: String, Sendable, Hashable, CaseIterable {
    /// Permanent bounces, and those of which nobody knows how lasting they are, over delivered mails. Transient ones do not
    /// count, as with SES: among them are replies of people on holiday.
    case bounces
    /// Complaints over delivered mails.
    case complaints

    /// Mails that must have come to an end before a rate says anything.
    package static let smallestSample = 100

    /// Below this number it is chance, however high the rate. Where the true rate is half the limit, so many come together
    /// in one of twenty samples of 100 mails (bounces: 5 where 2 are to be expected), and in one of a hundred of 1,000
    /// (complaints: 3 where 0.4 are).
    package var fewestEvents: Int {
        switch self {
        case .bounces: 5
        case .complaints: 3
        }
    }
}

extension FeedbackCounts {
    /// Events that count for a rate.
    package func events(of rate: WatchedRate) -> Int {
        switch rate {
        case .bounces: self[.permanentBounce] + self[.undeterminedBounce]
        case .complaints: self[.complaint]
        }
    }

    /// Mails that have reached their recipients: those of which that was told, or all that were accepted and have neither
    /// bounced nor been kept back, whichever are more. Where a configuration set publishes no `Delivery` events, none was told.
    ///
    /// - Parameter accepted: mails that the service has accepted; 0 where that is not known.
    package func delivered(ofAccepted accepted: Int) -> Int {
        max(self[.delivered], accepted - bounces - self[.suppressed])
    }

    /// A rate, from 0 to 1; `nil` as long as nothing was told.
    ///
    /// - Parameter accepted: see ``delivered(ofAccepted:)``.
    package func share(of rate: WatchedRate, ofAccepted accepted: Int) -> Double? {
        isEmpty ? nil : Self.share(events(of: rate), of: delivered(ofAccepted: accepted))
    }

    /// - Parameter delivered: 0 where all bounce, which is the whole.
    static func share(_ events: Int, of delivered: Int) -> Double? {
        if events == 0, delivered == 0 { return nil }
        return events >= delivered ? 1 : Double(events) / Double(delivered)
    }

    /// What is to be found fault with: a rate that has reached its limit, in a sample that is large enough.
    ///
    /// - Parameter accepted: see ``delivered(ofAccepted:)``.
    package func finding(
        of rate: WatchedRate, ofAccepted accepted: Int, limit: Double, at moment: Timestamp
    ) -> RateFinding? {
        let events = events(of: rate)
        let delivered = delivered(ofAccepted: accepted)
        let ended = delivered + (rate == .bounces ? events : 0)
        guard ended >= WatchedRate.smallestSample, events >= rate.fewestEvents,
            let share = Self.share(events, of: delivered), share >= limit
        else { return nil }
        return RateFinding(rate: rate, events: events, delivered: delivered, limit: limit, at: moment)
    }
}
