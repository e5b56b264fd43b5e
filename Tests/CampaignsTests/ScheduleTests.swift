import HostAdapters
import TestSupport
import Testing

@testable import Campaigns

@Suite struct ScheduleTests {
    private let losAngeles: TimeZoneRules
    private let registered: Timestamp

    init() throws {
        losAngeles = try SystemClock().zone(named: "America/Los_Angeles")
        registered = try #require(Timestamp(iso8601: "2026-01-01T00:00:00Z"))
    }

    private func next(_ moment: Schedule.Moment, after: String) throws -> String? {
        let schedule = Schedule(moment: moment, timeZone: "America/Los_Angeles")
        let after = try #require(Timestamp(iso8601: after))
        return try schedule.next(after: after, zone: losAngeles, registeredAt: registered)?.iso8601
    }

    private func next(at text: String, after: String = "2026-01-01T00:00:00Z") throws -> String? {
        try next(.at(try #require(LocalDateTime(text))), after: after)
    }

    @Test("a local time comes once, at its zone's instant")
    func oneTime() throws {
        #expect(try next(at: "2026-06-01T10:00:00") == "2026-06-01T17:00:00Z")
        #expect(try next(at: "2026-12-01T10:00:00") == "2026-12-01T18:00:00Z")
        #expect(try next(at: "2026-06-01T10:00:00", after: "2026-06-01T16:59:59Z") == "2026-06-01T17:00:00Z")
        #expect(try next(at: "2026-06-01T10:00:00", after: "2026-06-01T17:00:00Z") == nil)
    }

    @Test("a local time that the clocks skip is refused, with the times that are safe")
    func skipped() throws {
        let problem = try #require(throws: Problem.self) { try next(at: "2026-03-08T02:30:00") }
        #expect(
            problem.description
                == "$.schedule.at: 2026-03-08T02:30:00 does not exist in America/Los_Angeles: clocks go forward from "
                + "2026-03-08T02:00:00 to 2026-03-08T03:00:00 (at 2026-03-08T10:00:00Z). "
                + "Choose a time before 2026-03-08T02:00:00, or 2026-03-08T03:00:00 or later.")
        #expect(try next(at: "2026-03-08T01:59:59") == "2026-03-08T09:59:59Z")
        #expect(try next(at: "2026-03-08T03:00:00") == "2026-03-08T10:00:00Z")
    }

    @Test("a local time that comes twice is refused, with both instants and the times that are safe")
    func doubled() throws {
        let problem = try #require(throws: Problem.self) { try next(at: "2026-11-01T01:30:00") }
        #expect(
            problem.description
                == "$.schedule.at: 2026-11-01T01:30:00 comes twice in America/Los_Angeles, at 2026-11-01T08:30:00Z "
                + "and again at 2026-11-01T09:30:00Z, because clocks go back. "
                + "Choose a time before 2026-11-01T01:00:00, or 2026-11-01T02:00:00 or later.")
        #expect(try next(at: "2026-11-01T00:59:59") == "2026-11-01T07:59:59Z")
        #expect(try next(at: "2026-11-01T02:00:00") == "2026-11-01T10:00:00Z")
    }

    @Test("a rate counts from the registration, and its days have 24 hours across a clock change")
    func rate() throws {
        let daily = Schedule.Moment.expression(try ScheduleExpression("rate(1 day)"))
        #expect(try next(daily, after: "2025-06-01T00:00:00Z") == "2026-01-02T00:00:00Z")
        #expect(try next(daily, after: "2026-01-01T00:00:00Z") == "2026-01-02T00:00:00Z")
        #expect(try next(daily, after: "2026-01-02T00:00:00Z") == "2026-01-03T00:00:00Z")
        #expect(try next(daily, after: "2026-03-08T12:00:00Z") == "2026-03-09T00:00:00Z")
        let hourly = Schedule.Moment.expression(try ScheduleExpression("rate(5 hours)"))
        #expect(try next(hourly, after: "2026-01-01T05:00:00Z") == "2026-01-01T10:00:00Z")
    }

    @Test("an occurrence is too late once startWithin has passed")
    func startWithin() {
        let schedule = Schedule(moment: .at(LocalDateTime(secondsSince1970: 0)), startWithin: .seconds(60))
        #expect(!schedule.isTooLate(registered, at: registered + .seconds(60)))
        #expect(schedule.isTooLate(registered, at: registered + .milliseconds(60_001)))
        #expect(!schedule.isTooLate(registered, at: registered - .seconds(1)))
    }

    // The first eleven are the examples of EventBridge's documentation.
    @Test(
        "cron expressions come when EventBridge's documentation says",
        arguments: [
            ("0 10 * * ? *", "2026-01-01T10:00:00Z"), ("15 12 * * ? *", "2026-01-01T12:15:00Z"),
            ("0 18 ? * MON-FRI *", "2026-01-01T18:00:00Z"), ("0 8 1 * ? *", "2026-01-01T08:00:00Z"),
            ("0/15 * * * ? *", "2026-01-01T00:15:00Z"), ("0/10 * ? * MON-FRI *", "2026-01-01T00:10:00Z"),
            ("0/5 8-17 ? * MON-FRI *", "2026-01-01T08:00:00Z"),
            ("0/30 20-2 ? * MON-FRI *", "2026-01-01T00:30:00Z"),
            ("0 9 ? * 2#1 *", "2026-01-05T09:00:00Z"), ("15 10 ? * 6L 2019-2022", nil),
            ("15 10 ? * 6L 2026-2027", "2026-01-30T10:15:00Z"),
            ("0 0 L * ? *", "2026-01-31T00:00:00Z"), ("0 0 L 2 ? *", "2026-02-28T00:00:00Z"),
            ("0 0 31W 1 ? *", "2026-01-30T00:00:00Z"), ("0 0 1W 8 ? *", "2026-08-03T00:00:00Z"),
            ("0 0 4W * ? *", "2026-01-05T00:00:00Z"), ("0 0 29 2 ? *", "2028-02-29T00:00:00Z"),
            ("0 0 ? * L *", "2026-01-03T00:00:00Z"), ("0 0 ? * sun *", "2026-01-04T00:00:00Z"),
            ("59 23 31 12 ? 2199", "2199-12-31T23:59:00Z"), ("0 0 ? JAN,jul 7#5 *", "2026-01-31T00:00:00Z"),
            ("5/20 3 * * ? 2030/2", "2030-01-01T03:05:00Z"), ("0 0 15,L * ? *", "2026-01-15T00:00:00Z"),
            ("0,30 */6 * * ? *", "2026-01-01T00:30:00Z"), ("0 22-4/3 * * ? *", "2026-01-01T01:00:00Z"),
            ("0 0 ? 11-2 FRI-SUN *", "2026-01-02T00:00:00Z"),
        ])
    func cron(expression: String, expected: String?) throws {
        guard case .cron(let cron) = try ScheduleExpression("cron(\(expression))") else {
            Issue.record("not a cron expression")
            return
        }
        #expect(cron.next(after: registered, zone: .utc)?.iso8601 == expected)
    }

    @Test("a month's last Friday comes twelve times a year, the next always after the last")
    func sequence() throws {
        guard case .cron(let cron) = try ScheduleExpression("cron(0 17 ? * FRIL 2026)") else { return }
        var moment = registered
        var days: [String] = []
        while let next = cron.next(after: moment, zone: losAngeles) {
            #expect(next > moment)
            days.append(String(losAngeles.local(at: next).description.dropFirst(5).prefix(5)))
            moment = next
        }
        #expect(
            days == [
                "01-30", "02-27", "03-27", "04-24", "05-29", "06-26", "07-31", "08-28", "09-25", "10-30",
                "11-27",
                "12-25",
            ])
    }

    @Test("a cron occurrence in the skipped hour is left out, one in the doubled hour comes once")
    func cronOverClockChanges() throws {
        let halfPastTwo = Schedule.Moment.expression(try ScheduleExpression("cron(30 2 * * ? *)"))
        #expect(try next(halfPastTwo, after: "2026-03-08T00:00:00Z") == "2026-03-09T09:30:00Z")
        let halfPastOne = Schedule.Moment.expression(try ScheduleExpression("cron(30 1 * * ? *)"))
        #expect(try next(halfPastOne, after: "2026-11-01T00:00:00Z") == "2026-11-01T08:30:00Z")
        #expect(try next(halfPastOne, after: "2026-11-01T08:30:00Z") == "2026-11-02T09:30:00Z")
        #expect(try next(halfPastOne, after: "2026-11-01T09:00:00Z") == "2026-11-02T09:30:00Z")
    }

    @Test("asking again from any moment before an occurrence gives the same one")
    func stable() throws {
        for expression in [
            "7/13 1-3 ? * SUN,TUE *", "*/20 0/3 8W * ? *", "30 1,2 * 3,11 ? *", "0 4 ? * 1#2 *",
        ] {
            guard case .cron(let cron) = try ScheduleExpression("cron(\(expression))") else { continue }
            for start in ["2026-03-07T20:00:00Z", "2026-10-31T20:00:00Z"] {
                var moment = try #require(Timestamp(iso8601: start))
                for _ in 0..<40 {
                    let next = try #require(cron.next(after: moment, zone: losAngeles))
                    #expect(next > moment)
                    for step in 1...20 {
                        let between =
                            moment + .milliseconds((next - moment).wholeMilliseconds * Int64(step) / 20 - 1)
                        #expect(cron.next(after: between, zone: losAngeles) == next)
                    }
                    moment = next
                }
            }
        }
    }

    @Test("random cron expressions come when a walk over Python's calendar says")
    func agreesWithCalendar() async throws {
        let clock = SystemClock()
        let lines = try await runPython("oracles/cron.py").split(separator: "\n")
        #expect(lines.count == 300)
        for line in lines {
            let fields = line.split(separator: "\t")
            guard case .cron(let cron) = try ScheduleExpression(String(fields[0])) else { continue }
            let zone = try clock.zone(named: String(fields[1]))
            var moment = Timestamp(seconds: try #require(Int64(fields[2])))
            for expected in fields[3...] {
                let next = try #require(cron.next(after: moment, zone: zone), "\(line)")
                #expect(next.seconds == Int64(expected), "\(line)")
                moment = next
            }
        }
    }
}

@Suite struct ScheduleExpressionTests {
    @Test(
        "a wrong expression is refused, and the message names the field",
        arguments: [
            ("", "rate("), ("every day", "rate("), ("rate(5)", "rate(1 hour)"), ("rate(0 days)", "positive"),
            ("rate(-1 days)", "positive"), ("rate(1.5 hours)", "positive"), ("rate(1 hours)", "rate(1 hour)"),
            ("rate(5 hour)", "rate(5 hours)"), ("rate(5 weeks)", "unit"), ("rate(5 minutes", "rate("),
            ("rate(99999999999999999999 days)", "positive"),
            ("cron(0 10 * * ?)", "six fields"), ("cron(0 10 * * ? * *)", "six fields"),
            ("cron(0 10 * * * *)", "exactly one"), ("cron(0 10 ? * ? *)", "exactly one"),
            ("cron(60 10 * * ? *)", "minutes"), ("cron(0 24 * * ? *)", "hours"),
            ("cron(0 10 32 * ? *)", "day-of-month"),
            ("cron(0 10 0 * ? *)", "day-of-month"), ("cron(0 10 * 13 ? *)", "month"),
            ("cron(0 10 * FOO ? *)", "JAN"),
            ("cron(0 10 ? * 8 *)", "day-of-week"), ("cron(0 10 ? * 0 *)", "SUN"),
            ("cron(0 10 ? * MON/2 *)", "/"),
            ("cron(0 10 ? * MON#6 *)", "day-of-week"), ("cron(0 10 ? * MON#1,TUE#2 *)", "day-of-week"),
            ("cron(0 10 * * ? 1969)", "year"), ("cron(0 10 * * ? 2200)", "year"),
            ("cron(0/0 10 * * ? *)", "step"),
            ("cron(0/60 10 * * ? *)", "step"), ("cron(0, 10 * * ? *)", "minutes"),
            ("cron(0 10 * * ? 2030-2029)", "backwards"),
            ("cron(? 10 * * ? *)", "minutes"), ("cron(L 10 * * ? *)", "minutes"),
            ("cron(0 0 30 2 ? *)", "no date"),
            ("cron(0 0 29 2 ? 2027)", "no date"), ("cron(1-2-3 10 * * ? *)", "minutes"),
            ("cron(1/2/3 10 * * ? *)", "minutes"),
            ("cron(0 0 W * ? *)", "day-of-month"), ("cron(0 0 LW * ? *)", "day-of-month"),
        ])
    func refuses(text: String, part: String) throws {
        let problem = try #require(throws: Problem.self) { try ScheduleExpression(text) }
        #expect(problem.description.contains(part), "\(problem)")
        #expect(problem.remedy != nil)
    }

    @Test(
        "a rate is a number and a unit that go together",
        arguments: [
            ("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(1 hour)", 3600),
            ("rate(7 days)", 604_800),
        ])
    func rates(text: String, seconds: Int) throws {
        #expect(try ScheduleExpression(text) == .rate(.seconds(seconds)))
    }
}
