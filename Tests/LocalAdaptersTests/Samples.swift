import Campaigns
import Foundation
import LocalAdapters
import Synchronization
import TestSupport

/// A clock that goes only when it is told to.
final class StoppedClock: WallClock {
    private let moment: Mutex<Timestamp>

    init(_ moment: Timestamp = Timestamp(milliseconds: 1_780_000_000_000)) { self.moment = Mutex(moment) }

    func now() -> Timestamp { moment.withLock { $0 } }
    func advance(by duration: Duration) { moment.withLock { $0 = $0 + duration } }
    func zone(named name: String) throws -> TimeZoneRules { .utc }
    func sleep(for duration: Duration) async throws { advance(by: duration) }
}

extension RunID {
    static let sample = RunID("paul-simon#2026-06-01T17:00:00Z")!
}

extension Run {
    static func sample(
        _ id: RunID = .sample, prefix: String = "runs/paul-simon/1/a/",
        plannedAt: Timestamp = StoppedClock().now(),
        recipients: Int = 1000
    ) -> Run {
        var atPlan = OutcomeCounts()
        atPlan.invalid = 1
        atPlan.duplicate = 2
        atPlan.excluded = 3
        atPlan.suppressed = 4
        return Run(
            id: id, planPrefix: prefix, planDigest: "digest of \(prefix)", plannedAt: plannedAt,
            rows: recipients + 10, recipients: recipients, shards: 1, shardSize: recipients, batchSize: 50,
            atPlan: atPlan)
    }
}

/// Opens a state in a temporary folder.
func withState<Result>(
    maximumReceives: Int = 3,
    _ body: (_ state: LocalState, _ clock: StoppedClock) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let clock = StoppedClock()
        let state = try await LocalState(
            folder: folder.path + "/state", clock: clock, maximumReceives: maximumReceives)
        return try await body(state, clock)
    }
}

/// The other process of Tests/LocalAdaptersFixture.
final class Fixture {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(_ mode: String, state: LocalState, run: RunID = .sample, worker: String) throws {
        process.executableURL = Fixture.executable
        process.arguments = [mode, state.folder, run.description, worker]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    deinit { kill() }

    /// Lines up to and including one that satisfies the condition; fewer if the process ends before.
    func lines(until condition: (String) -> Bool) -> [String] {
        var lines: [String] = []
        var pending: [UInt8] = []
        while true {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { return lines }
            for byte in data {
                guard byte == UInt8(ascii: "\n") else {
                    pending.append(byte)
                    continue
                }
                lines.append(String(decoding: pending, as: UTF8.self))
                pending = []
            }
            if let last = lines.last, condition(last) { return lines }
        }
    }

    /// SIGKILL: no chance to tidy up.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private static var executable: URL {
        // The test bundle lies beside the executables of its build.
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("LocalAdaptersFixture")
    }
}
