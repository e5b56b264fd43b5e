/// The six fields of `cron(minutes hours day-of-month month day-of-week year)`.
///
/// Daylight saving follows Amazon EventBridge Scheduler ("Schedule types", "Daylight savings time"): an occurrence whose
/// local time is skipped is left out, one whose local time comes twice comes once, at the first of the two.
package struct CronExpression: Sendable, Hashable {
    private let minutes: CronField
    private let hours: CronField
    private let months: CronField
    private let years: CronField
    private let days: Days

    private enum Days: Hashable {
        case ofMonth([DayOfMonth])
        case ofWeek([DayOfWeek])
    }

    private enum DayOfMonth: Hashable {
        case days(CronField)
        /// `L`.
        case last
        /// `15W`: the weekday (Monday to Friday) nearest to that day, within the month.
        case weekdayNearest(Int)
    }

    /// Weekdays are counted from 1, Sunday.
    private enum DayOfWeek: Hashable {
        case days(CronField)
        /// `6L`: the last Friday of the month.
        case last(Int)
        /// `6#3`: the third Friday of the month.
        case nth(Int, Int)
    }

    /// Parses the fields. Throws a ``Problem`` that names the wrong one.
    init(fields: [Substring]) throws(Problem) {
        guard fields.count == 6 else {
            throw Problem(
                .invalidInput, "a cron expression has six fields, this one has \(fields.count)",
                remedy:
                    "Write cron(minutes hours day-of-month month day-of-week year), such as cron(0 10 ? * MON *)"
            )
        }
        minutes = try CronField(fields[0], .minutes)
        hours = try CronField(fields[1], .hours)
        months = try CronField(fields[3], .months)
        years = try CronField(fields[5], .years)
        switch (fields[2] == "?", fields[4] == "?") {
        case (false, true): days = .ofMonth(try CronExpression.daysOfMonth(fields[2]))
        case (true, false): days = .ofWeek(try CronExpression.daysOfWeek(fields[4]))
        default:
            throw Problem(
                .invalidInput,
                "exactly one of day-of-month (\(fields[2])) and day-of-week (\(fields[4])) must be ?",
                remedy:
                    "Put ? into the field that does not matter, such as cron(0 10 * * ? *) or cron(0 10 ? * MON *)"
            )
        }
        guard next(after: Timestamp(milliseconds: -1), zone: .utc) != nil else {
            throw Problem(
                .invalidInput, "no date ever matches the expression cron(\(fields.joined(separator: " ")))",
                remedy: "Choose a day that its months have")
        }
    }

    /// The first occurrence after `moment` in a zone, or `nil` if none is to come.
    func next(after moment: Timestamp, zone: TimeZoneRules) -> Timestamp? {
        let start = zone.local(at: moment)
        for year in years.values(from: start.year) {
            let isFirstYear = year == start.year
            for month in months.values(from: isFirstYear ? start.month : 1) {
                let isFirstMonth = isFirstYear && month == start.month
                for day in matchingDays(year: year, month: month) where !isFirstMonth || day >= start.day {
                    let isFirstDay = isFirstMonth && day == start.day
                    for hour in hours.values(from: isFirstDay ? start.hour : 0) {
                        let isFirstHour = isFirstDay && hour == start.hour
                        for minute in minutes.values(from: isFirstHour ? start.minute : 0) {
                            let local = LocalDateTime(
                                year: year, month: month, day: day, hour: hour, minute: minute, second: 0)
                            switch zone.resolve(local) {
                            case .one(let instant) where instant > moment: return instant
                            case .doubled(let first, _) where first > moment: return first
                            default: continue
                            }
                        }
                    }
                }
            }
        }
        return nil
    }

    /// Days of a month on which the expression comes, in order.
    private func matchingDays(year: Int, month: Int) -> [Int] {
        let count = CivilDate.daysIn(month: month, of: year)
        let firstWeekday = CivilDate(year: year, month: month, day: 1).weekday + 1
        func weekday(_ day: Int) -> Int { (firstWeekday - 1 + day - 1) % 7 + 1 }
        func matches(_ rule: DayOfMonth, _ day: Int) -> Bool {
            switch rule {
            case .days(let field): field.contains(day)
            case .last: day == count
            case .weekdayNearest(let target):
                target <= count && day == nearestWeekday(to: target, weekday: weekday(target), of: count)
            }
        }
        func matches(_ rule: DayOfWeek, _ day: Int) -> Bool {
            switch rule {
            case .days(let field): field.contains(weekday(day))
            case .last(let target): weekday(day) == target && day > count - 7
            case .nth(let target, let number): weekday(day) == target && (day - 1) / 7 + 1 == number
            }
        }
        return (1...count).filter { day in
            switch days {
            case .ofMonth(let rules): rules.contains { matches($0, day) }
            case .ofWeek(let rules): rules.contains { matches($0, day) }
            }
        }
    }

    private func nearestWeekday(to day: Int, weekday: Int, of count: Int) -> Int {
        switch weekday {
        case 7: day == 1 ? 3 : day - 1
        case 1: day == count ? day - 2 : day + 1
        default: day
        }
    }

    private static func daysOfMonth(_ text: Substring) throws(Problem) -> [DayOfMonth] {
        var rules: [DayOfMonth] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if part == "L" {
                rules.append(.last)
            } else if part.hasSuffix("W") {
                rules.append(.weekdayNearest(try CronField.Kind.daysOfMonth.value(part.dropLast(), in: text)))
            } else {
                rules.append(.days(try CronField(part, .daysOfMonth)))
            }
        }
        return rules
    }

    private static func daysOfWeek(_ text: Substring) throws(Problem) -> [DayOfWeek] {
        let kind = CronField.Kind.daysOfWeek
        if let hash = text.firstIndex(of: "#") {
            var scanner = ASCIIScanner(text[text.index(after: hash)...])
            guard let number = scanner.number(digits: 1...1), (1...5).contains(number), scanner.isAtEnd else {
                throw kind.problem(
                    "\"\(text)\" must be one weekday, #, and 1 to 5", remedy: "Write it as 6#3 or FRI#3")
            }
            return [.nth(try kind.value(text[..<hash], in: text), number)]
        }
        var rules: [DayOfWeek] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if part == "L" {
                // Alone it is the last day of the week (EventBridge User Guide, "Wildcards"): Saturday.
                rules.append(.days(try CronField("7", kind)))
            } else if part.hasSuffix("L") {
                rules.append(.last(try kind.value(part.dropLast(), in: text)))
            } else {
                rules.append(.days(try CronField(part, kind)))
            }
        }
        return rules
    }
}
