import Campaigns
import Foundation
import LocalAdapters
import Locks
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

/// Opens a state in a scratch folder.
func withState<Result>(
    maximumReceives: Int = 3,
    _ body: (_ state: LocalState, _ clock: StoppedClock) async throws -> Result
) async throws -> Result {
    try await withScratchFolder { folder in
        let clock = StoppedClock()
        let state = try await LocalState(
            folder: folder.path, clock: clock, maximumReceives: maximumReceives)
        return try await body(state, clock)
    }
}

/// A folder that is gone when the closure returns: in memory where there is such a place, since each commit waits for the
/// disk.
func withScratchFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let memory = URL(fileURLWithPath: "/dev/shm")
    guard FileManager.default.isWritableFile(atPath: memory.path) else {
        return try await withTemporaryFolder(body)
    }
    let folder = memory.appendingPathComponent("jada-blast-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// The other process of Tests/LocalAdaptersFixture.
final class Fixture {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var unread: [UInt8] = []

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
        while true {
            while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(String(decoding: unread[..<end], as: UTF8.self))
                unread.removeSubrange(...end)
                if condition(lines[lines.count - 1]) { return lines }
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { return lines }
            unread += data
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
