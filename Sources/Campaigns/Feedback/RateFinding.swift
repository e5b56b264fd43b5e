/// The rates at which a run is paused, as they were when it was planned (invariant I3).
package struct RateLimits: Sendable, Hashable {
    /// Share of bounces over delivered mails, 0 to 1.
    package var bounces: Double
    /// Share of complaints over delivered mails, 0 to 1.
    package var complaints: Double

    package init(
        bounces: Double = Campaign.defaultBounceLimit, complaints: Double = Campaign.defaultComplaintLimit
    ) {
        self.bounces = bounces
        self.complaints = complaints
    }

    package subscript(rate: WatchedRate) -> Double {
        switch rate {
        case .bounces: bounces
        case .complaints: complaints
        }
    }
}

/// That a run's rate has reached its limit, with the figures of that moment. It holds the run until a person overrides it.
package struct RateFinding: Sendable, Hashable {
    package var rate: WatchedRate
    package var events: Int
    /// Mails that had reached their recipients: ``FeedbackCounts/delivered(ofAccepted:)``.
    package var delivered: Int
    /// The limit that was reached, as a share.
    package var limit: Double
    package var at: Timestamp
    package var override: Override?

    package init(
        rate: WatchedRate, events: Int, delivered: Int, limit: Double, at: Timestamp,
        override: Override? = nil
    ) {
        self.rate = rate
        self.events = events
        self.delivered = delivered
        self.limit = limit
        self.at = at
        self.override = override
    }

    /// That a person lets the run go on all the same.
    package struct Override: Sendable, Hashable {
        /// Who.
        package var by: String
        package var at: Timestamp
        /// The limit from then on, as a share; above 1 there is none any more.
        package var limit: Double

        package init(by: String, at: Timestamp, limit: Double) {
            self.by = by
            self.at = at
            self.limit = limit
        }

        /// The limit of a run that a person lets go on at a rate: half as much again, to six places.
        package static func limit(above share: Double) -> Double { (share * 1_500_000).rounded() / 1_000_000 }
    }

    /// From 0 to 1.
    package var share: Double { FeedbackCounts.share(events, of: delivered) ?? 0 }
}

extension RateFinding: CustomStringConvertible {
    /// One clause for a person: `52 bounces over 1000 delivered mails (5.2 %) reach the limit of 4 %`.
    package var description: String {
        "\(events) \(rate.rawValue) over \(delivered) delivered mails (\(share.percent)) reach the limit of \(limit.percent)"
    }
}

extension Double {
    /// A share as a person reads it, to two places: `5.2 %`.
    package var percent: String {
        guard isFinite, magnitude < 1e9 else { return "\(self)" }
        let hundredths = Int((self * 10_000).rounded())
        let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
        guard rest != 0 else { return "\(whole) %" }
        return rest % 10 == 0 ? "\(whole).\(rest / 10) %" : "\(whole).\(rest < 10 ? "0" : "")\(rest) %"
    }
}

extension Run {
    /// The limit of a rate, as the plan or the last override has set it.
    package func limit(of rate: WatchedRate) -> Double { findings.limit(of: rate, from: limits[rate]) }

    /// Why the run is not to go on until a person overrides it.
    package var standingFindings: [RateFinding] { findings.filter { $0.override == nil } }
}

extension [RateFinding] {
    /// What a limit has come to by overrides.
    package func limit(of rate: WatchedRate, from planned: Double) -> Double {
        reduce(planned) { limit, finding in
            finding.rate == rate ? Swift.max(limit, finding.override?.limit ?? limit) : limit
        }
    }

    /// Adds a finding, if none of its rate stands.
    ///
    /// - Parameter limit: what the rate's limit is now. A person may have raised it since the finding was made, and then it
    ///   is none.
    /// - Returns: whether one stands now.
    package mutating func take(_ finding: RateFinding, limit: Double) -> Bool {
        if contains(where: { $0.rate == finding.rate && $0.override == nil }) { return true }
        guard finding.share >= limit else { return false }
        append(finding)
        return true
    }

    /// Records what a person has decided about those that stand.
    ///
    /// - Returns: whether there was one.
    package mutating func override(_ overrides: [WatchedRate: RateFinding.Override]) -> Bool {
        var isChanged = false
        for index in indices where self[index].override == nil {
            guard let override = overrides[self[index].rate] else { continue }
            self[index].override = override
            isChanged = true
        }
        return isChanged
    }
}
