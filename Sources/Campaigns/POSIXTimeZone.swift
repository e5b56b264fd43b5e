/// A zone's rule for all later years: a POSIX TZ string with the extensions of RFC 9636 section 3.3.1,
/// such as `PST8PDT,M3.2.0,M11.1.0` or `<-02>2<-01>,M3.5.0/-1,M10.5.0/0`.
struct POSIXTimeZone: Hashable {
    /// Seconds ahead of UTC.
    private let standardOffset: Int
    private let daylight: Daylight?

    private struct Daylight: Hashable {
        var offset: Int
        var start: Change
        var end: Change
    }

    private struct Change: Hashable {
        enum Day: Hashable {
            /// 1 to 365, 29 February never counted.
            case julian(Int)
            /// 0 to 365, 29 February counted in leap years.
            case ordinal(Int)
            /// The `week`th (5: last) `weekday` (0: Sunday) of a month.
            case weekday(Int, week: Int, month: Int)
        }
        var day: Day
        /// Seconds after midnight, within a week in either direction.
        var time: Int

        /// What the clock shows at the change, in seconds since 1970 as though on UTC.
        func shown(in year: Int) -> Int64 {
            let first = CivilDate(year: year, month: 1, day: 1).daysSince1970
            let days: Int
            switch day {
            case .julian(let number):
                days = first + number - 1 + (CivilDate.isLeap(year) && number >= 60 ? 1 : 0)
            case .ordinal(let number):
                days = first + number
            case .weekday(let weekday, let week, let month):
                let monthStart = CivilDate(year: year, month: month, day: 1)
                var day = 1 + (weekday - monthStart.weekday + 7) % 7 + (week - 1) * 7
                if day > CivilDate.daysIn(month: month, of: year) { day -= 7 }
                days = monthStart.daysSince1970 + day - 1
            }
            return Int64(days * CivilDate.secondsPerDay + time)
        }
    }

    init?(_ text: [UInt8]) {
        var scanner = ASCIIScanner(text)
        guard POSIXTimeZone.takeName(&scanner), let west = POSIXTimeZone.takeTime(&scanner, hours: 0...24)
        else {
            return nil
        }
        standardOffset = -west
        guard !scanner.isAtEnd else {
            daylight = nil
            return
        }
        guard POSIXTimeZone.takeName(&scanner) else { return nil }
        var offset = standardOffset + 3600
        if scanner.next != UInt8(ascii: ",") {
            guard let west = POSIXTimeZone.takeTime(&scanner, hours: 0...24) else { return nil }
            offset = -west
        }
        guard let start = POSIXTimeZone.takeChange(&scanner), let end = POSIXTimeZone.takeChange(&scanner),
            scanner.isAtEnd
        else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    func offset(at seconds: Int64) -> Int {
        guard daylight != nil else { return standardOffset }
        let year = LocalDateTime(secondsSince1970: seconds, offset: standardOffset).year
        return transitions(around: year).last { $0.at <= seconds }?.after ?? standardOffset
    }

    /// The clock changes of a year and of its two neighbours, in order of time.
    func transitions(around year: Int) -> [TimeZoneRules.Transition] {
        guard let daylight else { return [] }
        let changes = (year - 1...year + 1).flatMap { year in
            [
                TimeZoneRules.Transition(
                    at: daylight.start.shown(in: year) - Int64(standardOffset), before: standardOffset,
                    after: daylight.offset),
                TimeZoneRules.Transition(
                    at: daylight.end.shown(in: year) - Int64(daylight.offset), before: daylight.offset,
                    after: standardOffset),
            ]
        }
        // Where saving time lasts all year, its end coincides with the next start: the later year's change counts.
        return changes.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
    }

    private static func takeName(_ scanner: inout ASCIIScanner) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        guard scanner.take("<") else { return scanner.take(while: isLetter).count >= 3 }
        let name = scanner.take {
            isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-".utf8.contains($0)
        }
        return name.count >= 3 && scanner.take(">")
    }

    /// Seconds of `[+-]hh[:mm[:ss]]`.
    private static func takeTime(_ scanner: inout ASCIIScanner, hours: ClosedRange<Int>) -> Int? {
        let sign = scanner.take(anyOf: "+-") == UInt8(ascii: "-") ? -1 : 1
        guard let hour = scanner.number(digits: 1...3), hours.contains(hour) else { return nil }
        var (minute, second) = (0, 0)
        if scanner.take(":") {
            guard let number = scanner.number(digits: 1...2), number < 60 else { return nil }
            minute = number
            if scanner.take(":") {
                guard let number = scanner.number(digits: 1...2), number < 60 else { return nil }
                second = number
            }
        }
        return sign * (hour * 3600 + minute * 60 + second)
    }

    private static func takeChange(_ scanner: inout ASCIIScanner) -> Change? {
        guard scanner.take(",") else { return nil }
        let day: Change.Day
        if scanner.take("M") {
            guard let month = scanner.number(digits: 1...2), (1...12).contains(month), scanner.take("."),
                let week = scanner.number(digits: 1...1), (1...5).contains(week), scanner.take("."),
                let weekday = scanner.number(digits: 1...1), weekday < 7
            else { return nil }
            day = .weekday(weekday, week: week, month: month)
        } else if scanner.take("J") {
            guard let number = scanner.number(digits: 1...3), (1...365).contains(number) else { return nil }
            day = .julian(number)
        } else {
            guard let number = scanner.number(digits: 1...3), number <= 365 else { return nil }
            day = .ordinal(number)
        }
        guard scanner.take("/") else { return Change(day: day, time: 2 * 3600) }
        guard let time = takeTime(&scanner, hours: 0...167) else { return nil }
        return Change(day: day, time: time)
    }
}
