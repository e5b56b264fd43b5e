/// EventBridge's schedule expressions (Amazon EventBridge User Guide, "Schedule expressions").
package enum ScheduleExpression: Sendable, Hashable {
    case rate(Duration)
    case cron(CronExpression)

    /// Parses `rate(7 days)` or `cron(0 10 ? * MON *)`. Throws a ``Problem`` that says which field is wrong.
    package init(_ text: String) throws(Problem) {
        if let fields = ScheduleExpression.fields(of: "rate", in: text) {
            self = .rate(try ScheduleExpression.interval(fields, in: text))
        } else if let fields = ScheduleExpression.fields(of: "cron", in: text) {
            self = .cron(try CronExpression(fields: fields))
        } else {
            throw Problem(
                .invalidInput, "\"\(text)\" is no schedule expression",
                remedy:
                    "Write rate(value unit) or cron(minutes hours day-of-month month day-of-week year), such as"
                    + " rate(7 days) or cron(0 10 ? * MON *)")
        }
    }

    /// The fields between the parentheses of `function(...)`, `nil` if `text` is not of that form.
    private static func fields(of function: String, in text: String) -> [Substring]? {
        guard text.hasPrefix(function + "("), text.hasSuffix(")"), text.utf8.count <= 256 else { return nil }
        return text.dropFirst(function.count + 1).dropLast().split(
            separator: " ", omittingEmptySubsequences: true)
    }

    private static func interval(_ fields: [Substring], in text: String) throws(Problem) -> Duration {
        let units = ["minute": 60, "hour": 3600, "day": CivilDate.secondsPerDay]
        var scanner = ASCIIScanner(fields.first ?? "")
        guard fields.count == 2, let value = scanner.number(digits: 1...6), scanner.isAtEnd, value > 0 else {
            throw Problem(
                .invalidInput, "\"\(text)\" needs a positive whole number and a unit",
                remedy: "Write it as rate(1 hour) or rate(7 days)")
        }
        let unit = fields[1]
        let singular = unit.hasSuffix("s") ? unit.dropLast() : unit
        guard let seconds = units[String(singular)] else {
            throw Problem(
                .invalidInput, "\"\(unit)\" is no unit of a rate",
                remedy: "Use minute, minutes, hour, hours, day or days")
        }
        // EventBridge refuses `rate(1 hours)` and `rate(5 hour)`: what passes here must pass there.
        guard unit.hasSuffix("s") == (value != 1) else {
            let right = value == 1 ? String(singular) : singular + "s"
            throw Problem(
                .invalidInput, "\"\(unit)\" does not go with \(value)",
                remedy: "Write rate(\(value) \(right))")
        }
        return .seconds(value * seconds)
    }
}
