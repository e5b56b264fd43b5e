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

    package init(moment: Moment, timeZone: String, startWithin: Duration) {
        self.moment = moment
        self.timeZone = timeZone
        self.startWithin = startWithin
    }

    /// The first occurrence after `moment`, or `nil` if none is to come.
    ///
    /// - Parameters:
    ///   - zone: the rules of ``timeZone``.
    ///   - registeredAt: the instant from which a `rate(...)` counts.
    /// - Throws: a ``Problem`` if `at` falls into the skipped or the doubled hour of a daylight-saving change.
    package func next(after moment: Timestamp, zone: TimeZoneRules, registeredAt: Timestamp) throws(Problem)
        -> Timestamp?
    {
        fatalError("stub")
    }
}

/// A date and time of day without a zone, as a wall clock shows it.
package struct LocalDateTime: Sendable, Hashable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int

    package init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// Parses `2026-06-01T10:00:00` or `2026-06-01T10:00`; an offset or `Z` is refused.
    package init?(_ text: String) { fatalError("stub") }
}

/// EventBridge's schedule expressions (Amazon EventBridge User Guide, "Schedule expressions").
package enum ScheduleExpression: Sendable, Hashable {
    case rate(Duration)
    case cron(CronExpression)

    /// Parses `rate(7 days)` or `cron(0 10 ? * MON *)`. Throws a ``Problem`` that says which field is wrong.
    package init(_ text: String) throws(Problem) { fatalError("stub") }
}

/// The six fields of `cron(minutes hours day-of-month month day-of-week year)`.
package struct CronExpression: Sendable, Hashable {
}
