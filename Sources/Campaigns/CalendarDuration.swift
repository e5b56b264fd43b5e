/// A duration of ISO 8601 whose days are a calendar's: a day later it is the same time of day, also where the clock was set
/// meanwhile and the day had 23 or 25 hours.
package struct CalendarDuration: Sendable, Hashable {
    package let days: Int
    package let seconds: Int

    /// The longest that is parsed: far beyond any schedule, and safe to calculate with.
    private static let longest = 36_525 * CivilDate.secondsPerDay

    /// Parses days, hours, minutes and seconds, and weeks of seven days: `P7D`, `PT6H`, `P1DT12H`, `P2W`.
    ///
    /// - Throws: a ``Problem`` for anything else; years and months are refused because their lengths vary.
    package init(iso8601 text: String) throws(Problem) {
        func malformed(_ message: String) -> Problem {
            Problem(
                .invalidInput, message,
                remedy: "Write days, hours, minutes and seconds, such as PT6H, P1D or PT1H30M")
        }
        var scanner = ASCIIScanner(text)
        guard scanner.take("P") else { throw malformed("\"\(text)\" is not an ISO 8601 duration") }
        var units: [(letter: Unicode.Scalar, length: Int)] = [("W", 7), ("D", 1)]
        var days = 0
        var seconds = 0
        var hasPart = false
        var isTime = false
        while !scanner.isAtEnd {
            if !isTime, scanner.take("T") {
                isTime = true
                hasPart = false
                units = [("H", 3600), ("M", 60), ("S", 1)]
            }
            guard let number = scanner.number(digits: 1...9) else {
                throw malformed("\"\(text)\" is not an ISO 8601 duration")
            }
            if !isTime, scanner.next == UInt8(ascii: "Y") || scanner.next == UInt8(ascii: "M") {
                throw malformed("\"\(text)\" counts years or months, whose lengths vary")
            }
            guard let index = units.firstIndex(where: { scanner.take($0.letter) }) else {
                throw malformed("\"\(text)\" is not an ISO 8601 duration")
            }
            if isTime {
                seconds += number * units[index].length
            } else {
                days += number * units[index].length
            }
            units.removeSubrange(...index)
            hasPart = true
        }
        guard hasPart else { throw malformed("\"\(text)\" is not an ISO 8601 duration") }
        guard days * CivilDate.secondsPerDay + seconds <= Self.longest else {
            throw malformed("\"\(text)\" is longer than 100 years")
        }
        self.days = days
        self.seconds = seconds
    }

    /// Its length if each day has 24 hours.
    package var nominal: Duration { .seconds(days * CivilDate.secondsPerDay + seconds) }

    /// The moment that is this much later on a zone's clocks: first the days, then the time.
    ///
    /// A time of day that comes twice on that day is taken the first time, as a schedule's `cron` does; one that the clock
    /// goes forward over is the moment at which it does.
    package func after(_ moment: Timestamp, in zone: TimeZoneRules) -> Timestamp {
        guard days > 0 else { return moment + .seconds(seconds) }
        var local = zone.local(at: moment)
        let date = CivilDate(daysSince1970: local.date.daysSince1970 + days)
        (local.year, local.month, local.day) = (date.year, date.month, date.day)
        return zone.moment(showing: local) + .seconds(seconds)
    }
}

extension CalendarDuration: CustomStringConvertible {
    /// In words: `7 days`, `1 day and PT6H`, `PT30M`.
    package var description: String {
        let time = Duration.seconds(seconds).iso8601
        guard days > 0 else { return time }
        let date = "\(days) day\(days == 1 ? "" : "s")"
        return seconds == 0 ? date : "\(date) and \(time)"
    }
}
