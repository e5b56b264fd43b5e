internal import Campaigns
internal import GRDB
internal import Glibc

/// The SQLite file that holds all state of a state folder; several processes may share it.
///
/// Its journal is a write-ahead log, so that readers never wait for a writer.
final class StateDatabase: Sendable {
    /// How long a process waits for another one's transaction, which takes milliseconds.
    private static let patience = 30.0
    /// SQLite's own default is 2000.
    private static let cacheKilobytes = 512

    private let pool: DatabasePool
    private let writer: GroupCommit
    private let file: String

    /// Opens or creates the file and brings its tables up to date.
    init(file: String) throws(Problem) {
        self.file = file
        var configuration = Configuration()
        configuration.label = "state"
        configuration.busyMode = .timeout(StateDatabase.patience)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            // Each connection fills its cache as the file grows. All are at the ends of their tables, and need little.
            try database.execute(sql: "PRAGMA cache_size = -\(StateDatabase.cacheKilobytes)")
        }
        do {
            // Two processes that both create the file would meet SQLITE_BUSY, which no waiting mends: the switch to a
            // write-ahead log is made one process at a time.
            let opening = try FileDescriptor(opening: file + ".lock", O_RDWR | O_CREAT, permissions: 0o600)
            try opening.lock()
            pool = try DatabasePool(path: file, configuration: configuration)
            writer = GroupCommit(pool)
            guard try !pool.read(StateSchema.migrator.hasBeenSuperseded) else {
                throw Problem(
                    .configuration, file: file, "the state was written by a newer version of this program",
                    remedy: "Update jada-blast, or choose another folder with --state")
            }
            try StateSchema.migrator.migrate(pool)
            _ = consume opening
        } catch {
            throw StateDatabase.problem(error, file: file)
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.read(body)
        } catch let cancellation as CancellationError {
            throw cancellation
        } catch {
            // SQLite calls it an interruption, which would read like a fault of the state.
            if Task.isCancelled { throw CancellationError() }
            throw StateDatabase.problem(error, file: file)
        }
    }

    /// Runs one transaction, which is on the disk when this returns.
    ///
    /// A killed process loses nothing that it has committed even without, but a power cut takes the last commits: a claim
    /// that is forgotten while its mails are out would let them go out again (invariant I1). It does not end when its task
    /// is cancelled: the deadline that cancels a sender must not lose the results of mails that are out.
    ///
    /// - Parameter mustReachDisk: `false` for what may be forgotten in a power cut, which spares a flush of the disk.
    func write<Value: Sendable>(
        mustReachDisk: Bool = true, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await writer.write(mustReachDisk: mustReachDisk, body)
        } catch {
            throw StateDatabase.problem(error, file: file)
        }
    }

    /// A value that this program has not written: the file has been edited by other means.
    static func unreadable(_ value: String) -> Problem {
        Problem(
            .invalidInput, "the state holds a value that cannot be read: \(value)",
            remedy: "Restore it from a backup, or choose another folder with --state")
    }

    private static func problem(_ error: any Error, file: String) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as DatabaseError: return problem(error, file: file)
        case let error as Errno: return Problem(errno: error, file: file, "the state cannot be opened")
        default: return Problem(.unavailable, file: file, "the state cannot be used: \(error)")
        }
    }

    private static func problem(_ error: DatabaseError, file: String) -> Problem {
        // The error's own description would show the statement's arguments: addresses.
        let text = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return Problem(
                .unavailable, file: file, "another process has held the state for \(Int(patience)) seconds",
                remedy: "End the other jada-blast, or try again later")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_CANTOPEN:
            return Problem(
                .accessDenied, file: file, "the state cannot be opened for writing: \(text)",
                remedy: "Give yourself write permission on the folder, or choose another with --state")
        case .SQLITE_FULL:
            return Problem(
                .unavailable, file: file, "the disk is full", remedy: "Free some space, and run it again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return Problem(
                .invalidInput, file: file, "the state is no sound SQLite database: \(text)",
                remedy: "Restore it from a backup, or choose another folder with --state")
        default:
            return Problem(.unavailable, file: file, "the state cannot be used: \(text)")
        }
    }
}
