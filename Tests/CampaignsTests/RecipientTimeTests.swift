import HostAdapters
import Testing

@testable import Campaigns

@Suite("The same time of day for every recipient")
struct RecipientTimeTests {
    private let clock = SystemClock()

    private func moment(_ local: String, _ zone: String) throws -> String {
        let local = try #require(LocalDateTime(local))
        return try clock.zone(named: zone).moment(showing: local).description
    }

    @Test(
        "a local time is the moment at which a zone's clocks show it",
        arguments: [
            ("America/Los_Angeles", "2026-06-01T17:00:00Z"), ("UTC", "2026-06-01T10:00:00Z"),
            ("Asia/Kathmandu", "2026-06-01T04:15:00Z"), ("Australia/Lord_Howe", "2026-05-31T23:30:00Z"),
            // On both sides of the date line, 26 hours apart.
            ("Pacific/Kiritimati", "2026-05-31T20:00:00Z"), ("Etc/GMT+12", "2026-06-01T22:00:00Z"),
        ])
    func momentOfLocalTime(zone: String, expected: String) throws {
        #expect(try moment("2026-06-01T10:00:00", zone) == expected)
    }

    @Test("a time that the clock goes forward over is the moment at which it does")
    func gap() throws {
        #expect(try moment("2026-03-08T02:30:00", "America/Los_Angeles") == "2026-03-08T10:00:00Z")
        #expect(try moment("2026-03-08T01:59:59", "America/Los_Angeles") == "2026-03-08T09:59:59Z")
        #expect(try moment("2026-03-08T03:00:00", "America/Los_Angeles") == "2026-03-08T10:00:00Z")
        // Samoa went over the date line, and had no 30 December 2011.
        #expect(try moment("2011-12-30T10:00:00", "Pacific/Apia") == "2011-12-30T10:00:00Z")
    }

    @Test("a time that comes twice is meant the first time")
    func overlap() throws {
        #expect(try moment("2026-11-01T01:30:00", "America/Los_Angeles") == "2026-11-01T08:30:00Z")
        #expect(try moment("2026-11-01T02:00:00", "America/Los_Angeles") == "2026-11-01T10:00:00Z")
    }

    @Test("a run's span begins with the first zone of the world, and ends with the last")
    func span() throws {
        let zone = try clock.zone(named: "America/Los_Angeles")
        let local = try #require(LocalDateTime("2026-06-01T10:00:00"))
        let at = zone.moment(showing: local)
        var schedule = Schedule(moment: .at(local), timeZone: zone.name)
        #expect(schedule.span(of: at, zone: zone) == at...at && schedule.longestSpan == .zero)
        schedule.timeZoneColumn = "zone"
        let span = schedule.span(of: at, zone: zone)
        #expect("\(span.lowerBound) \(span.upperBound)" == "2026-05-31T20:00:00Z 2026-06-01T22:00:00Z")
        #expect(span.upperBound - span.lowerBound == schedule.longestSpan)
        for name in ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kolkata"] {
            #expect(span.contains(try clock.zone(named: name).moment(showing: local)))
        }
        #expect(!schedule.isTooLate(at, at: span.upperBound + schedule.startWithin, zone: zone))
        #expect(schedule.isTooLate(at, at: span.upperBound + schedule.startWithin + .seconds(1), zone: zone))
    }

    @Test("departures are written in a few bytes a shard, and read back")
    func text() throws {
        let noon = Timestamp(seconds: 1_780_315_200)
        let shards = (0..<400).map { number in
            Departures.Shard(
                notBefore: noon + .seconds(3600 * (number * 7 % 26)),
                recipients: number < 380 ? 5000 : number)
        }
        let departures = Departures(shards: shards)
        #expect(departures.text.utf8.count < 1800)
        #expect(Departures(text: departures.text) == departures)
        for shards in [[], [shards[0]], [shards[399]], Array(repeating: shards[1], count: 3)] {
            let departures = Departures(shards: shards)
            #expect(Departures(text: departures.text) == departures)
        }
        for text in [
            "", "5", "5 0 1", "5 x 0", "5 0 0:6", "5 0 0:-1", "5 0 :", "-1 0 0", "5 0 0:1:2", "5  0",
        ] {
            #expect(Departures(text: text) == nil, "\(text)")
        }
    }

    @Test("what waits is counted until its time comes, with the next moment and the last")
    func waiting() throws {
        let noon = Timestamp(seconds: 1_780_315_200)
        let hour = Duration.seconds(3600)
        let departures = Departures(shards: [
            .init(notBefore: noon + hour, recipients: 10), .init(notBefore: noon, recipients: 5),
            .init(notBefore: noon + hour * 3, recipients: 2), .init(notBefore: noon + hour, recipients: 1),
        ])
        #expect(
            departures.waiting(at: noon)
                == Departures.Waiting(recipients: 13, next: noon + hour, last: noon + hour * 3))
        #expect(departures.waiting(at: noon + hour * 2)?.recipients == 2)
        #expect(departures.waiting(at: noon + hour * 3) == nil)
    }
}
