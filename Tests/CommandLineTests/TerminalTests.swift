import Foundation
import TestSupport
import Testing

@Suite("jada-blast on a terminal", .timeLimit(.minutes(10)))
struct TerminalTests {
    @Test(
        "long work shows a bar that fits the width, with rate and time to go, and leaves nothing behind",
        arguments: [40, 80])
    func bar(_ columns: Int) async throws {
        try await Workplace.open { place in
            try place.edit("paul-simon") { $0["rate"] = 60 }
            let ended = try await place.runOnTerminal(
                columns: columns, ["invoke", Workplace.event("campaign")])
            #expect(ended.status == 0)
            let frames = ended.output.components(separatedBy: "\r\u{1B}[K")
            #expect(frames.contains { $0.hasPrefix("Planning ") && $0.hasSuffix(" rows") })
            #expect(frames.contains { $0.contains("Sending") && $0.contains("/165 mails") })
            #expect(frames.contains { $0.contains("/s, ") && $0.hasSuffix(" left") } || columns < 80)
            #expect(frames.contains { $0.contains("█") } || columns < 80)
            for frame in frames { #expect(frame.count < columns, "\(frame)") }
            #expect(frames.last == "")
        }
    }

    @Test("messages appear above the bar, each on a line of its own")
    func messages() async throws {
        try await Workplace.open { place in
            let ended = try await place.runOnTerminal(
                columns: 80, ["invoke", Workplace.event("campaign"), "--verbose"])
            let frames = ended.output.components(separatedBy: "\r\u{1B}[K")
            #expect(
                frames.contains { $0.hasPrefix("info: Planned campaign=paul-simon") && $0.contains("\r\n") })
        }
    }
}
