import Campaigns
import Testing

@Suite struct TimestampTests {
    @Test(
        "instants of RFC 3339 are read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-06-01T17:00:00Z", 1_780_333_200_000),
            ("2026-06-01T10:00:00-07:00", 1_780_333_200_000), ("2026-06-01T22:30:00+0530", 1_780_333_200_000),
            ("2026-06-01t17:00:00.25z", 1_780_333_200_250),
            ("2026-06-01T17:00:00.123456789Z", 1_780_333_200_123),
            ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("2026-06-01T17:00Z", 1_780_333_200_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] as [(String, Int64)])
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "2026-06-01", "2026-06-01T17:00:00", "2026-06-01 17:00:00Z", "2026-13-01T17:00:00Z",
            "2026-02-29T17:00:00Z", "2026-06-01T24:00:00Z", "2026-06-01T17:60:00Z", "2026-06-01T17:00:61Z",
            "2026-06-01T17:00:00.Z", "2026-06-01T17:00:00+7", "2026-06-01T17:00:00+24:00",
            "2026-06-01T17:00:00Z ",
            "0000-01-01T00:00:00Z", "+2026-06-01T17:00:00Z", "２026-06-01T17:00:00Z",
            "2026-06-01T17:00:00−07:00",
        ])
    func refuses(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test("an instant is written with a fraction only where it has one")
    func writes() {
        #expect(Timestamp(milliseconds: 1_780_333_200_000).iso8601 == "2026-06-01T17:00:00Z")
        #expect(Timestamp(milliseconds: 1_780_333_200_050).iso8601 == "2026-06-01T17:00:00.050Z")
        #expect(Timestamp(milliseconds: -1).iso8601 == "1969-12-31T23:59:59.999Z")
    }

    @Test("what is written reads back as the same instant")
    func roundTrip() {
        var random = SplitMix(state: 1)
        for _ in 0..<2000 {
            let moment = Timestamp(
                milliseconds: .random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(iso8601: moment.iso8601) == moment)
        }
    }

    @Test(
        "local times take no offset",
        arguments: [
            ("2026-06-01T10:00:00", true), ("2026-06-01T10:00", true), ("2024-02-29T00:00", true),
            ("2026-06-01T10:00:00Z", false), ("2026-06-01T10:00:00-07:00", false),
            ("2026-06-01T10:00:60", false),
            ("2026-06-31T10:00:00", false), ("2026-06-01", false), ("2026-6-1T10:00", false), ("", false),
        ])
    func localTimes(text: String, isGood: Bool) {
        #expect((LocalDateTime(text) != nil) == isGood)
    }
}

@Suite struct ISO8601DurationTests {
    @Test(
        "durations are read and written",
        arguments: [
            ("PT6H", 21_600, "PT6H"), ("P1D", 86_400, "P1D"), ("PT1H30M", 5400, "PT1H30M"),
            ("P2W", 1_209_600, "P14D"),
            ("P1DT12H", 129_600, "P1DT12H"), ("PT90S", 90, "PT1M30S"), ("PT0S", 0, "PT0S"),
            ("PT36H", 129_600, "P1DT12H"),
        ] as [(String, Int, String)])
    func reads(text: String, seconds: Int, written: String) throws {
        let duration = try Duration(iso8601: text)
        #expect(duration == .seconds(seconds))
        #expect(duration.iso8601 == written)
    }

    @Test(
        "anything else is refused, with an example of what is right",
        arguments: [
            "", "P", "PT", "P1", "6H", "P1H", "PT1D", "P1M", "P1Y", "PT1M1H", "P1DT", "PT1.5H", "-PT1H",
            "PT1H ", "PTH",
            "P1D1D", "P999999999D", "PT99999999999999999999S", "pt6h",
        ])
    func refuses(text: String) {
        let problem = #expect(throws: Problem.self) { try Duration(iso8601: text) }
        #expect(problem?.remedy?.contains("PT6H") == true)
    }
}
