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
    package init?(_ text: String) {
        var scanner = ASCIIScanner(text)
        self.init(&scanner)
        guard scanner.isAtEnd, second < 60 else { return nil }
    }

    /// Parses a date and time at the scanner's place; the second may be 60 (RFC 3339 section 5.6).
    init?(_ scanner: inout ASCIIScanner) {
        guard let year = scanner.number(digits: 4...4), year > 0, scanner.take("-"),
            let month = scanner.number(digits: 2...2), (1...12).contains(month), scanner.take("-"),
            let day = scanner.number(digits: 2...2),
            (1...CivilDate.daysIn(month: month, of: year)).contains(day),
            scanner.take(anyOf: "Tt") != nil,
            let hour = scanner.number(digits: 2...2), hour < 24, scanner.take(":"),
            let minute = scanner.number(digits: 2...2), minute < 60
        else { return nil }
        var second = 0
        if scanner.take(":") {
            guard let number = scanner.number(digits: 2...2), number <= 60 else { return nil }
            second = number
        }
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    /// What a wall clock shows that is `offset` seconds ahead of UTC.
    init(secondsSince1970: Int64, offset: Int = 0) {
        let seconds = Int(secondsSince1970) + offset
        let days = seconds.dividedRoundingDown(by: CivilDate.secondsPerDay)
        let date = CivilDate(daysSince1970: days)
        let time = seconds - days * CivilDate.secondsPerDay
        self.init(
            year: date.year, month: date.month, day: date.day, hour: time / 3600, minute: time / 60 % 60,
            second: time % 60)
    }

    var date: CivilDate { CivilDate(year: year, month: month, day: day) }

    /// Seconds from 1970 to the moment at which a clock on UTC shows this.
    var secondsAsUTC: Int64 {
        Int64(date.daysSince1970 * CivilDate.secondsPerDay + hour * 3600 + minute * 60 + second)
    }
}

extension LocalDateTime: CustomStringConvertible {
    /// `2026-06-01T10:00:00`.
    package var description: String {
        "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))"
            + "T\(hour.padded(to: 2)):\(minute.padded(to: 2)):\(second.padded(to: 2))"
    }
}

extension LocalDateTime {
    /// `Mon`.
    package var weekdayName: String { ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][date.weekday] }
}
