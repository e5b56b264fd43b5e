/// When a campaign goes out.
package struct Schedule: Sendable, Hashable {
    package enum Moment: Sendable, Hashable {
        /// Once, at a local time of a zone.
        case at(LocalDateTime)
        /// Again and again: EventBridge's `rate(...)` or `cron(...)`.
        case expression(ScheduleExpression)
    }
    package var moment: Moment
    /// An IANA zone name, such as `America/Los_Angeles`; `UTC` unless said.
    package var timeZone: String
    /// An occurrence found later than this after its time is not sent any more.
    package var startWithin: Duration
    /// The list's column of each recipient's own zone, in which ``moment``'s time of day is meant; `nil` where all are sent
    /// to at the same moment. Not with a `rate(...)`, which has no time of day.
    package var timeZoneColumn: String?

    /// ``startWithin`` unless said: six hours.
    package static let defaultStartWithin = Duration.seconds(6 * 3600)

    package init(
        moment: Moment, timeZone: String = "UTC", startWithin: Duration = Schedule.defaultStartWithin,
        timeZoneColumn: String? = nil
    ) {
        self.moment = moment
        self.timeZone = timeZone
        self.startWithin = startWithin
        self.timeZoneColumn = timeZoneColumn
    }

    /// The first occurrence after `moment`, or `nil` if none is to come.
    ///
    /// - Parameters:
    ///   - zone: the rules of ``timeZone``.
    ///   - registeredAt: the instant from which a `rate(...)` counts; its first occurrence comes one interval later.
    /// - Throws: a ``Problem`` if `at` falls into the skipped or the doubled hour of a daylight-saving change.
    package func next(after moment: Timestamp, zone: TimeZoneRules, registeredAt: Timestamp) throws(Problem)
        -> Timestamp?
    {
        switch self.moment {
        case .at(let local):
            let instant = try Schedule.instant(of: local, in: zone)
            return instant > moment ? instant : nil
        case .expression(.rate(let interval)):
            let step = interval.wholeMilliseconds
            let (elapsed, overflow) = moment.milliseconds.subtractingReportingOverflow(
                registeredAt.milliseconds)
            let passed = overflow ? 0 : max(0, elapsed / step)
            return Timestamp(milliseconds: registeredAt.milliseconds + (passed + 1) * step)
        case .expression(.cron(let cron)):
            return cron.next(after: moment, zone: zone)
        }
    }

    /// Whether an occurrence that is found at `now` has waited too long to be sent, to any recipient.
    ///
    /// - Parameter zone: the rules of ``timeZone``.
    package func isTooLate(_ occurrence: Timestamp, at now: Timestamp, zone: TimeZoneRules) -> Bool {
        isTooLate(span(of: occurrence, zone: zone).upperBound, at: now)
    }

    /// Whether a recipient whose moment is found at `now` has waited too long.
    package func isTooLate(_ moment: Timestamp, at now: Timestamp) -> Bool { now - moment > startWithin }

    /// The one instant at which a zone's clocks show `local`.
    private static func instant(of local: LocalDateTime, in zone: TimeZoneRules) throws(Problem) -> Timestamp
    {
        let key = "$.schedule.at"
        switch zone.resolve(local) {
        case .one(let instant):
            return instant
        case .skipped:
            guard let change = zone.clockChange(over: local) else {
                throw Problem(.invalidInput, key: key, "\(local) does not exist in \(zone.name)")
            }
            let (last, first) = (change.shownBefore, change.shownAfter)
            throw Problem(
                .invalidInput, key: key,
                "\(local) does not exist in \(zone.name): clocks go forward from \(last) to \(first)"
                    + " (at \(Timestamp(seconds: change.at)))",
                remedy: "Choose a time before \(last), or \(first) or later")
        case .doubled(let first, let second):
            var remedy = "Choose a time that comes once"
            if let change = zone.clockChange(over: local) {
                remedy = "Choose a time before \(change.shownAfter), or \(change.shownBefore) or later"
            }
            throw Problem(
                .invalidInput, key: key,
                "\(local) comes twice in \(zone.name), at \(first) and again at \(second), because clocks go back",
                remedy: remedy)
        }
    }
}

extension TimeZoneRules.Transition {
    /// What clocks would show at the change had they not been set.
    fileprivate var shownBefore: LocalDateTime { LocalDateTime(secondsSince1970: at, offset: before) }
    /// What clocks show right after it.
    fileprivate var shownAfter: LocalDateTime { LocalDateTime(secondsSince1970: at, offset: after) }
}
