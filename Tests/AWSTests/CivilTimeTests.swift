import Foundation
import Testing

@testable import AWS

struct CivilTimeTests {
    @Test("Dates and seconds agree with Foundation over 400 years, both ways")
    func calendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let seconds = Int64.random(in: -6_000_000_000...7_000_000_000, using: &random)
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .second],
                from: Date(timeIntervalSince1970: Double(seconds)))
            let time = CivilTime(secondsSince1970: seconds)
            #expect(
                [time.year, time.month, time.day, time.hour, time.minute, time.second]
                    == [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second])
            #expect(time.secondsSince1970 == seconds)
        }
    }

    @Test(
        "RFC 3339 instants are read with fractions and offsets",
        arguments: [
            ("2015-08-30T12:36:00Z", 1_440_938_160), ("2015-08-30T12:36:00.123456Z", 1_440_938_160),
            ("2015-08-30T14:36:00+02:00", 1_440_938_160), ("2015-08-30T05:36:00-0700", 1_440_938_160),
            ("1970-01-01T00:00:00Z", 0), ("2016-02-29T00:00:00Z", 1_456_704_000),
        ] as [(String, Int64)])
    func rfc3339(_ text: String, seconds: Int64) {
        #expect(CivilTime.secondsSince1970(rfc3339: text) == seconds)
    }

    @Test(
        "What is no instant is not taken for one",
        arguments: [
            "", "2015", "2015-08-30", "2015-08-30T12:36:00", "2015-13-01T00:00:00Z", "2015-02-29T00:00:00Z",
            "2015-08-30T24:00:00Z", "2015-08-30T12:36:00Z ", "2015-08-30T12:36:00.Z", "٢٠١٥-08-30T12:36:00Z",
        ])
    func notRFC3339(_ text: String) { #expect(CivilTime.secondsSince1970(rfc3339: text) == nil) }

    @Test("HTTP dates are read, and what is none is not")
    func httpDate() {
        #expect(CivilTime.secondsSince1970(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        for text in [
            "", "Sun, 06 Nov 1994 08:49 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 31 Feb 2020 08:49:37 GMT",
        ] {
            #expect(CivilTime.secondsSince1970(httpDate: text) == nil)
        }
    }

    @Test("A signature's time is written with all its zeros")
    func signingTime() {
        let time = SigningTime(secondsSince1970: 1_704_164_645)
        #expect(time.timestamp == "20240102T030405Z")
        #expect(time.day == "20240102")
    }
}

struct CRC32Tests {
    @Test("The checksum of the usual vector is right")
    func vector() {
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.checksum([]) == 0)
    }
}
