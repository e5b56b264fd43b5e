import Foundation
import HostAdapters
import TestSupport
import Testing

@testable import Campaigns

@Suite struct TimeZoneRulesTests {
    private let clock = SystemClock()

    @Test(
        "agrees with Python's zoneinfo on offsets and local times, also in years after the files' last change"
    )
    func agreesWithZoneinfo() async throws {
        let lines = try await runPython("oracles/zones.py").split(separator: "\n")
        #expect(lines.count > 10_000)
        var zones: [Substring: TimeZoneRules] = [:]
        for line in lines {
            let fields = line.split(separator: "\t")
            let zone = try zones[fields[1]] ?? clock.zone(named: String(fields[1]))
            zones[fields[1]] = zone
            if fields[0] == "offset" {
                let seconds = try #require(Int64(fields[2]))
                let moment = Timestamp(seconds: seconds)
                #expect(zone.local(at: moment).secondsAsUTC - seconds == Int64(fields[3]), "\(line)")
            } else {
                let local = try #require(LocalDateTime(String(fields[2])))
                let instants = fields[3...].compactMap { Int64($0) }.map { Timestamp(seconds: $0) }
                let expected: TimeZoneRules.Resolution =
                    switch instants.count {
                    case 0: .skipped
                    case 1: .one(instants[0])
                    default: .doubled(first: instants[0], second: instants[1])
                    }
                #expect(zone.resolve(local) == expected, "\(line)")
            }
        }
    }

    @Test("every zone of this machine reads, and gives back the local time that it shows")
    func everyZoneReads() throws {
        let folder = URL(fileURLWithPath: "/usr/share/zoneinfo")
        let names = try String(contentsOf: folder.appendingPathComponent("tzdata.zi"), encoding: .utf8)
            .split(separator: "\n").compactMap { line -> String? in
                let fields = line.split(separator: " ")
                return fields[0] == "Z" ? String(fields[1]) : fields[0] == "L" ? String(fields[2]) : nil
            }
        #expect(names.count > 400)
        for name in names {
            let zone = try clock.zone(named: name)
            for seconds in stride(from: Int64(-5_000_000_000), to: 10_000_000_000, by: 400_000_007) {
                let moment = Timestamp(seconds: seconds)
                switch zone.resolve(zone.local(at: moment)) {
                case .one(let instant): #expect(instant == moment, "\(name)")
                case .doubled(let first, let second): #expect(first == moment || second == moment, "\(name)")
                case .skipped: Issue.record("\(name) never shows what it shows at \(moment)")
                }
            }
        }
    }

    @Test("a file cut off anywhere, or with any byte changed, is refused or read, but never crashes")
    func survivesDamage() throws {
        for name in ["America/Los_Angeles", "Africa/Casablanca", "Etc/GMT+5"] {
            let file = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(name)")))
            for length in 0..<file.count {
                #expect(throws: Problem.self) { try TimeZoneRules(name: name, tzif: Array(file[..<length])) }
            }
            var random = SplitMix(state: 7)
            for _ in 0..<3000 {
                var damaged = file
                for _ in 0...Int.random(in: 0..<3, using: &random) {
                    let place = Int.random(in: 0..<file.count, using: &random)
                    damaged[place] = UInt8.random(in: 0...255, using: &random)
                }
                guard let zone = try? TimeZoneRules(name: name, tzif: damaged) else { continue }
                for seconds: Int64 in [-1 << 40, 0, 1_800_000_000, 4_000_000_000, 1 << 40] {
                    _ = zone.resolve(zone.local(at: Timestamp(seconds: seconds)))
                }
            }
        }
    }

    @Test("extreme moments are calculated, not trapped on", arguments: [Int64.min, Int64.max, 0, -1])
    func extremes(milliseconds: Int64) throws {
        let zone = try clock.zone(named: "America/Los_Angeles")
        let local = zone.local(at: Timestamp(milliseconds: milliseconds))
        #expect((1...12).contains(local.month))
    }

    @Test(
        "a footer that is no POSIX TZ string is refused",
        arguments: [
            "PST", "PS8", "PST8PDT", "PST8PDT,M3.2.0", "PST8PDT,M13.2.0,M11.1.0", "PST8PDT,M3.6.0,M11.1.0",
            "PST8PDT,M3.2.7,M11.1.0", "PST25", "<PST8", "PST8PDT,J0,J365", "PST8PDT,0/168,366", "PST8,",
            "PST8PDT,M3.2.0,M11.1.0,", "PST99999999999999999999",
        ])
    func badFooter(text: String) {
        #expect(POSIXTimeZone(Array(text.utf8)) == nil)
    }

    @Test("saving time that lasts all year is one offset")
    func allYearSaving() throws {
        let zone = try #require(POSIXTimeZone(Array("EST5EDT,0/0,J365/25".utf8)))
        for seconds in stride(from: Int64(1_767_139_200), to: 1_767_398_400, by: 600) {
            #expect(zone.offset(at: seconds) == -4 * 3600)
        }
    }
}

/// A small seeded generator (SplitMix64), so that a failure comes again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
