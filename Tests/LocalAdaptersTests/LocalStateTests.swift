import Campaigns
import Foundation
import LocalAdapters
import TestSupport
import Testing

@Suite("Local state")
struct LocalStateTests {
    @Test("the folder and those above it are created, closed to others")
    func creation() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path + "/a/b/"
            _ = try await LocalState(folder: path, clock: StoppedClock())
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test("twenty openings at once of a folder that is not there yet all succeed", .timeLimit(.minutes(10)))
    func openingRace() async throws {
        try await withTemporaryFolder { folder in
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask {
                        _ = try await LocalState(folder: folder.path + "/state", clock: StoppedClock())
                    }
                }
            }
        }
    }

    @Test("a file in the folder's place is told")
    func fileInPlace() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path + "/state"
            try Data("x".utf8).write(to: URL(fileURLWithPath: path))
            let error = await #expect(throws: Problem.self) {
                _ = try await LocalState(folder: path, clock: StoppedClock())
            }
            #expect(error?.description == "\(path): this is no folder. Choose another name with --state.")
        }
    }

    @Test("a state file that is no database is told, and left as it is")
    func noDatabase() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("state.sqlite")
            let content = Data(repeating: 65, count: 5000)
            try content.write(to: file)
            let error = await #expect(throws: Problem.self) {
                _ = try await LocalState(folder: folder.path, clock: StoppedClock())
            }
            #expect(error?.kind == .invalidInput)
            #expect(error?.file == file.path)
            #expect(try Data(contentsOf: file) == content)
        }
    }

    @Test(
        "of many changes at once, one that fails takes nothing of the others with it",
        .timeLimit(.minutes(10))
    )
    func changesAtOnce() async throws {
        try await withState { state, clock in
            _ = try await state.ledger.create(.sample())
            let claims = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let run = number.isMultiple(of: 3) ? RunID("nobody#\(number)")! : .sample
                        let batch = BatchID(run: run, shard: 0, number: number)
                        let claim = try? await state.ledger.claim(
                            batch, worker: "w\(number)", now: clock.now(), lease: .seconds(60))
                        guard case .claimed? = claim else { return false }
                        return true
                    }
                }
                return await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(claims.count { $0 } == 40)
            let again = try await LocalState(folder: state.folder, clock: clock)
            for number in 0..<60 where !number.isMultiple(of: 3) {
                let batch = BatchID(run: .sample, shard: 0, number: number)
                #expect(
                    try await again.ledger.claim(
                        batch, worker: "other", now: clock.now(), lease: .seconds(60))
                        == .held(until: clock.now() + .seconds(60)))
            }
        }
    }
}
