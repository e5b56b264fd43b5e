import Campaigns
import Foundation
import HostAdapters
import TestSupport
import Testing

@Suite struct SystemClockTests {
    private let clock = SystemClock()

    @Test("a zone that does not exist is refused with the nearest names")
    func suggests() throws {
        for (name, near) in [
            ("America/Los_Angelos", "America/Los_Angeles"), ("america/los_angeles", "America/Los_Angeles"),
            ("Los_Angeles", "America/Los_Angeles"), ("Europe/Berln", "Europe/Berlin"),
        ] {
            let problem = try #require(throws: Problem.self) { try clock.zone(named: name) }
            #expect(problem.kind == .invalidInput)
            #expect(problem.remedy?.contains(near) == true, "\(problem)")
        }
    }

    @Test(
        "a name that could leave the folder of zones is refused unread",
        arguments: [
            "", "/etc/passwd", "../zoneinfo/UTC", "America/../UTC", "America//New_York", "./UTC",
            "Europe/Berlin\0", "a b",
        ])
    func refusesPaths(name: String) {
        #expect(throws: Problem.self) { try clock.zone(named: name) }
    }

    @Test(
        "what is no zone in the folder of zones is refused",
        arguments: ["tzdata.zi", "zone1970.tab", "America", "America/Nowhere"])
    func refusesOtherFiles(name: String) {
        #expect(throws: Problem.self) { try clock.zone(named: name) }
    }

    @Test("zones come from the first folder that has them; without any, the message says what to install")
    func folders() async throws {
        try await withTemporaryFolder { folder in
            let empty = SystemClock(zoneFolders: [folder.path])
            #expect(try empty.zone(named: "UTC").name == "UTC")
            let problem = try #require(throws: Problem.self) { try empty.zone(named: "Europe/Berlin") }
            #expect(problem.kind == .configuration)
            #expect(problem.remedy?.contains("tzdata") == true)

            let bundled = folder.appendingPathComponent("Europe")
            try FileManager.default.createDirectory(at: bundled, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: "/usr/share/zoneinfo/Europe/Berlin",
                toPath: bundled.appendingPathComponent("Berlin").path)
            #expect(
                try SystemClock(zoneFolders: ["/nowhere", folder.path]).zone(named: "Europe/Berlin").name
                    == "Europe/Berlin")

            try Data("TZif2 damaged".utf8).write(to: bundled.appendingPathComponent("Rome"))
            let damaged = try #require(throws: Problem.self) { try empty.zone(named: "Europe/Rome") }
            #expect(damaged.kind == .configuration)
        }
    }

    @Test("now is the time of day")
    func now() {
        let difference = Double(clock.now().milliseconds) / 1000 - Date().timeIntervalSince1970
        #expect(abs(difference) < 5)
    }
}
