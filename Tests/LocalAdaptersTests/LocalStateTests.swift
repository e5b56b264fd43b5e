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

    @Test("twenty openings at once of a folder that is not there yet all succeed", .timeLimit(.minutes(1)))
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
}
