/// How far the sending of an account in a Region is reserved: what all its senders share through a ``PaceStore``.
///
/// Three limits hold: the account's rate, of which a headroom stays unused; its 24-hour quota, which counts what others
/// send; and a campaign's own rate. The rate falls by a factor when the service throttles and comes back in a straight line
/// (AIMD, RFC 5681 section 3.1).
package struct PaceState: Sendable, Hashable {
    package var timeline = PaceTimeline()
    /// Share of the rate (above 0, at most 1) that was left after the last throttling, at ``reducedAt``.
    package var share = 1.0
    package var reducedAt = Timestamp(milliseconds: 0)
    /// Counts the times that all reservations became void: those of an earlier generation are not to be used.
    package var generation: Int64 = 0
    /// What the service allows, `nil` before it was first asked.
    package var allowance: PaceAllowance?
    /// When a sender last went to ask it.
    package var askedAt = Timestamp(milliseconds: 0)

    package init() {}

    /// What throttling leaves of the share.
    static let decrease = 0.7
    /// Share gained back a second.
    static let increasePerSecond = 0.02
    static let minimumShare = 0.05
    /// Throttlings that follow closer are answers to mails sent before the last reduction could work.
    static let reductionInterval = Duration.seconds(2)
    /// How often a sender looks whether its reservation still stands.
    package static let lookInterval = Duration.seconds(1)
    /// Rest after a throttling: the service's own window empties, and every sender has seen that its slots are void.
    static let rest = lookInterval + .milliseconds(200)
    /// No reservation reaches further: what a killed sender had reserved is soon over.
    static let longestRow = Duration.seconds(15)
    /// A row with slots for others in between is shorter: the fewer gaps there are to be remembered.
    static let longestSpacedRow = Duration.seconds(4)
    /// For how long a reading of the allowance is good.
    static let readingLifetime = Duration.seconds(60)
    /// For how long nobody else asks when one does.
    static let askingInterval = Duration.seconds(10)
    /// How long the service may take to count a mail in what was sent.
    static let countingDelay = Duration.seconds(2)
    /// How long a used up quota is left alone: the longest delay of an SQS message. When the window frees is not told.
    package static let quotaPause = Duration.seconds(900)
    /// Bounds what a rate close to zero may ask for. Microseconds.
    private static let longestInterval = 86_400_000_000.0

    /// Takes up to as many slots as asked for.
    ///
    /// - Parameters:
    ///   - lead: how long it takes until the sender can use a slot.
    ///   - headroom: share of each rate that is left unused (0 to 1).
    /// - Returns: `nil` if it is not known what the service allows.
    package mutating func reserve(
        _ request: PaceRequest, now: Timestamp, lead: Duration = .zero, headroom: Double
    ) -> PaceReservation? {
        guard let allowance else { return nil }
        if let left = allowance.left, left < 1 { return .later(PaceState.quotaPause, .dailyQuota) }
        let rate = allowance.maximumRate * (1 - headroom) * share(at: now)
        guard rate > 0 else { return .later(.seconds(60), .rate) }
        let interval = PaceState.interval(of: rate)
        let spacing = max(interval, request.ceiling.map { PaceState.interval(of: $0 * (1 - headroom)) } ?? 0)

        let earliest = PaceState.microseconds(now + lead)
        forgetNonsense(after: earliest)
        var timeline = timeline
        let slots = timeline.take(
            .init(
                count: max(1, min(request.count, allowance.left ?? request.count)), interval: interval,
                spacing: spacing, lane: request.ceiling == nil ? nil : request.campaign.rawValue,
                earliest: earliest,
                length: PaceState.microseconds(
                    spacing > interval ? PaceState.longestSpacedRow : PaceState.longestRow),
                latest: PaceState.microseconds(request.end),
                longestBreak: PaceState.microseconds(request.maximumWait)))
        let wait = Duration.microseconds(max(slots[0] - PaceState.microseconds(now), 0))
        guard wait <= request.maximumWait + lead else { return .later(wait, .rate) }
        self.timeline = timeline
        if let left = allowance.left { self.allowance?.left = left - slots.count }
        return .granted(
            PaceGrant(
                slots: slots[...], generation: generation, interval: interval, spacing: spacing,
                lane: request.ceiling == nil ? nil : request.campaign.rawValue,
                tolerance: PaceState.tolerance(headroom: headroom)))
    }

    /// Frees what a sender has reserved and will not use.
    package mutating func giveBack(_ grant: PaceGrant, now: Timestamp) {
        // The next reading of the quota tells what became of mails whose slots are void.
        guard grant.generation == generation else { return }
        if let left = allowance?.left { allowance?.left = left + grant.slots.count }
        timeline.giveBack(
            grant.slots, interval: grant.interval, spacing: grant.spacing, lane: grant.lane,
            now: PaceState.microseconds(now))
    }

    /// Slows down because the service throttled; all reservations become void.
    package mutating func throttled(at now: Timestamp) {
        guard now - reducedAt >= PaceState.reductionInterval else { return }
        share = max(share(at: now) * PaceState.decrease, PaceState.minimumShare)
        reducedAt = now
        void(at: now)
    }

    /// Notes that the service takes no more within the 24 hours; all reservations become void.
    package mutating func exhausted(at now: Timestamp) {
        guard let allowance, allowance.left != 0 else { return }
        self.allowance?.left = 0
        self.allowance?.readAt = now
        void(at: now)
    }

    /// Whether the caller should ask what the service allows, and tell by ``learn(_:at:)``. Others are told no for a while.
    package mutating func asks(at now: Timestamp) -> Bool {
        guard isStale(at: now), (now - askedAt).magnitude >= PaceState.askingInterval else { return false }
        askedAt = now
        return true
    }

    /// Whether what the service allows is unknown or was read too long ago.
    package func isStale(at now: Timestamp) -> Bool {
        guard let allowance else { return true }
        return (now - allowance.readAt).magnitude >= PaceState.readingLifetime
    }

    /// Whether senders wait for the 24-hour quota, as one of them has found when it last asked.
    package func waitsForQuota(at now: Timestamp) -> Bool {
        guard let allowance, allowance.left == 0 else { return false }
        // Later nobody has asked: there is nobody left who waits.
        return now - allowance.readAt < PaceState.quotaPause + .seconds(300)
    }

    /// Takes up what the service allows now.
    package mutating func learn(_ quota: SendingQuota, at now: Timestamp) {
        let interval = PaceState.interval(of: quota.maximumRate)
        // Reserved, and not yet in what the service says was sent.
        let underWay = timeline.taken(
            from: PaceState.microseconds(now - PaceState.countingDelay), interval: interval)
        let isSlower = allowance.map { quota.maximumRate < $0.maximumRate } ?? false
        allowance = PaceAllowance(
            maximumRate: quota.maximumRate, maximumPer24Hours: quota.maximumPer24Hours,
            left: quota.maximumPer24Hours.map { maximum in
                Int(max(0, min(maximum - quota.sentLast24Hours - underWay, 1e15)).rounded(.down))
            }, readAt: now)
        if isSlower { void(at: now) }
    }

    /// The share of the rate in use at a moment.
    package func share(at now: Timestamp) -> Double {
        let seconds = Double((now - reducedAt).wholeMilliseconds) / 1000
        let regained = max(seconds, 0) * PaceState.increasePerSecond
        return min(max(share, PaceState.minimumShare) + regained, 1)
    }

    private mutating func void(at now: Timestamp) {
        generation += 1
        timeline.clear(until: PaceState.microseconds(now + PaceState.rest))
    }

    /// Throws away reservations that no sender can have made: the clock of one was, or is, wrong by far.
    private mutating func forgetNonsense(after earliest: Int64) {
        let slowest = PaceState.interval(of: (allowance?.maximumRate ?? 1) * PaceState.minimumShare)
        let farthest = PaceState.microseconds(PaceState.longestRow * 4) + slowest * 2
        guard timeline.nextFree > earliest + farthest else { return }
        timeline = PaceTimeline()
        // Those who hold slots of it, with the wrong clock or the right one, would send beside the new ones.
        generation += 1
    }

    /// How much later than its slot a mail may begin: of the time that the headroom leaves in every second, what mails may
    /// take longer on their way than others is left over.
    private static func tolerance(headroom: Double) -> Duration {
        max(.seconds(headroom / 2), .milliseconds(10))
    }

    /// Microseconds between mails of a rate, rounded up.
    private static func interval(of rate: Double) -> Int64 {
        guard rate > 0 else { return Int64(longestInterval) }
        return Int64(min(max(1_000_000 / rate, 1), longestInterval).rounded(.up))
    }

    private static func microseconds(_ moment: Timestamp) -> Int64 { moment.milliseconds * 1000 }
    private static func microseconds(_ duration: Duration) -> Int64 { duration.wholeMilliseconds * 1000 }
}

/// What the service allows an account, as it was last read.
package struct PaceAllowance: Sendable, Hashable {
    /// Mails a second.
    package var maximumRate: Double
    /// Mails in 24 hours; `nil` is no limit.
    package var maximumPer24Hours: Double?
    /// Mails of the 24-hour quota that nobody has sent or reserved; `nil` is no limit.
    package var left: Int?
    package var readAt: Timestamp

    package init(maximumRate: Double, maximumPer24Hours: Double?, left: Int?, readAt: Timestamp) {
        self.maximumRate = maximumRate
        self.maximumPer24Hours = maximumPer24Hours
        self.left = left
        self.readAt = readAt
    }
}

/// What a sender asks of a ``Pacer``.
package struct PaceRequest: Sendable, Hashable {
    package var campaign: CampaignID
    /// The campaign's own rate, in mails a second; `nil` is none.
    package var ceiling: Double?
    /// Mails to be sent; fewer may be granted.
    package var count: Int
    /// A first slot further away than this, or one that far after another, is not reserved: nobody sleeps as long.
    package var maximumWait: Duration
    /// No slot after the first lies later.
    package var end: Timestamp

    package init(
        campaign: CampaignID, ceiling: Double? = nil, count: Int, maximumWait: Duration, end: Timestamp
    ) {
        self.campaign = campaign
        self.ceiling = ceiling
        self.count = count
        self.maximumWait = maximumWait
        self.end = end
    }
}

/// The answer to a reservation.
package enum PaceReservation: Sendable, Hashable {
    case granted(PaceGrant)
    /// Nothing is reserved; ask again after a while.
    case later(Duration, PaceLimit)
}

/// What keeps a sender waiting.
package enum PaceLimit: Sendable, Hashable {
    /// The account's rate or the campaign's: others have reserved the next seconds.
    case rate
    /// The account's 24-hour quota.
    case dailyQuota
}

extension PaceLimit: CustomStringConvertible {
    package var description: String {
        switch self {
        case .rate: "the sending rate is used up"
        case .dailyQuota: "the 24-hour quota is used up"
        }
    }
}

/// Moments at which a sender may begin one mail each.
package struct PaceGrant: Sendable, Hashable {
    /// Not used yet; microseconds since 1970.
    package private(set) var slots: ArraySlice<Int64>
    package let generation: Int64
    let interval: Int64
    let spacing: Int64
    let lane: String?
    /// How much later than its slot a mail may begin.
    package let tolerance: Duration

    /// A grant of moments that are not kept apart by any rule, for senders under test.
    ///
    /// - Parameter tolerance: how much later than its moment a mail may begin.
    package init(moments: [Timestamp], tolerance: Duration) {
        self.init(
            slots: moments.map { $0.milliseconds * 1000 }[...], generation: 0, interval: 0, spacing: 0,
            lane: nil, tolerance: tolerance)
    }

    init(
        slots: ArraySlice<Int64>, generation: Int64, interval: Int64, spacing: Int64, lane: String?,
        tolerance: Duration
    ) {
        self.slots = slots
        self.generation = generation
        self.interval = interval
        self.spacing = spacing
        self.lane = lane
        self.tolerance = tolerance
    }

    /// The next moment that has not passed; those that were missed are lost, since mails that make up for them would come
    /// too close to others'.
    package mutating func next(at now: Timestamp) -> Timestamp? {
        let oldest = (now - tolerance).milliseconds * 1000
        while let slot = slots.popFirst() {
            if slot >= oldest { return Timestamp(milliseconds: slot / 1000) }
        }
        return nil
    }

    /// When the last slot is, `nil` if none is left.
    package var end: Timestamp? { slots.last.map { Timestamp(milliseconds: $0 / 1000) } }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
