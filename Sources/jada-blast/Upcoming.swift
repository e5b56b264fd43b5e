internal import Campaigns
internal import Delivery

/// When a campaign goes out next, as `status` tells it.
struct Upcoming: Encodable {
    enum State: String, Encodable {
        case waiting
        /// Its time has come, and no scheduler has planned it.
        case overdue
    }

    var campaign: String
    var name: String
    var state: State
    /// The next occurrence; of one that is overdue, that one.
    var next: Timestamp
    private let zone: TimeZoneRules
    /// When it should have been planned, or is to be: before ``next`` where recipients have time zones of their own.
    private var planned: Timestamp

    private enum CodingKeys: String, CodingKey { case campaign, name, state, next }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(campaign, forKey: .campaign)
        try container.encode(name, forKey: .name)
        try container.encode(state, forKey: .state)
        try container.encode(next.description, forKey: .next)
    }

    /// For a person.
    var line: String {
        switch state {
        case .waiting: "\(campaign): \(next.inWords(zone))"
        case .overdue:
            "\(campaign): overdue since \(planned.inWords(zone)). It cannot be planned, as jada-blast check \(campaign) tells, or no "
                + "scheduler is at work: jada-blast daemon is one, and so is jada-blast-scheduler with its tick"
        }
    }

    /// A tick comes each minute, and a large list takes a while to plan.
    private static let patience = Duration.seconds(300)

    /// - Returns: `nil` if nothing is to come.
    fileprivate init?(_ id: CampaignID, _ services: Services) async throws {
        let campaign = try await services.metadata(of: id)
        guard let schedule = campaign.schedule else { return nil }
        self.campaign = id.rawValue
        name = campaign.name
        let zone = try services.clock.zone(named: schedule.timeZone)
        self.zone = zone
        let (record, now) = (try await services.ledger.schedule(of: id), services.clock.now())
        let registered = record?.registeredAt ?? now
        func next(after moment: Timestamp) throws -> Timestamp? {
            try schedule.next(after: moment, zone: zone, registeredAt: registered)
        }
        var look = record?.next
        // Of one that no scheduler has seen, the time is known where there is but one.
        if record == nil, case .at = schedule.moment {
            look = try next(after: now - schedule.startWithin - schedule.longestSpan).map {
                schedule.span(of: $0, zone: zone).lowerBound
            }
        }
        // One that waits for an approval is told as that.
        if let look, record?.waiting == nil, look <= now {
            let due =
                schedule.timeZoneColumn == nil ? look : try next(after: look - .milliseconds(1)) ?? look
            if !schedule.isTooLate(due, at: now, zone: zone) {
                (self.next, state, planned) = (due, look + Self.patience < now ? .overdue : .waiting, look)
                return
            }
        }
        // The run of one whose first recipients are due is there before its own time.
        guard var coming = try next(after: now) else { return nil }
        if record?.last == .scheduled(at: coming) {
            guard let following = try next(after: coming) else { return nil }
            coming = following
        }
        (self.next, state) = (coming, .waiting)
        planned = schedule.span(of: coming, zone: zone).lowerBound
    }
}

extension Services {
    /// What is to come, the earliest first; and what is wrong with campaigns, or with the library, that cannot be read.
    func upcoming() async -> (campaigns: [Upcoming], problems: [Problem]) {
        var campaigns: [Upcoming] = []
        var problems: [Problem] = []
        do {
            for id in try await library.campaigns().map(\.id) {
                do {
                    if let one = try await Upcoming(id, self) { campaigns.append(one) }
                } catch {
                    problems += Problem.all(in: error)
                }
            }
        } catch {
            problems += Problem.all(in: error)
        }
        return (campaigns.sorted { $0.next < $1.next }, problems)
    }
}
