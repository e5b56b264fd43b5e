internal import GRDB
internal import Locks

/// Writes to a database so that what comes while one transaction is on its way to the disk shares the next one.
///
/// A commit costs a flush of the disk, however much is in it: senders that work side by side would wait for each other's.
/// Each body has a savepoint of its own, so that one that fails takes nothing else with it; nobody is answered before the
/// common transaction is committed.
final class GroupCommit: Sendable {
    private struct Job: Sendable {
        /// Does the work; throws only if the whole transaction is lost.
        let work: @Sendable (Database) throws -> Void
        let mustReachDisk: Bool
        /// Resumed with what became of the transaction.
        let committed: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Job] = []
        var isWriting = false
    }

    private let pool: DatabasePool
    private let state = Mutex(State())

    init(_ pool: DatabasePool) { self.pool = pool }

    /// Runs `body` in a transaction, to its end whether or not the caller's task is cancelled.
    ///
    /// - Parameter mustReachDisk: whether it is to outlast a power cut from when this returns; the end of the process it
    ///   outlasts in any case.
    func write<Value: Sendable>(
        mustReachDisk: Bool, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let outcome = Outcome<Value>()
        try await withCheckedThrowingContinuation { continuation in
            add(
                Job(
                    work: { database in try outcome.run(body, in: database) },
                    mustReachDisk: mustReachDisk, committed: continuation))
        }
        return try outcome.get()
    }

    private func add(_ job: Job) {
        let isFirst = state.withLock { state in
            state.waiting.append(job)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if isFirst { Task { await writeAll() } }
    }

    private func writeAll() async {
        while let jobs = next() {
            let result: Result<Void, any Error>
            do {
                result = .success(try await commit(jobs))
            } catch {
                result = .failure(error)
            }
            for job in jobs { job.committed.resume(with: result) }
        }
    }

    private func next() -> [Job]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    private func commit(_ jobs: [Job]) async throws {
        let mustReachDisk = jobs.contains(where: \.mustReachDisk)
        try await pool.writeWithoutTransaction { database in
            // In a write-ahead log, NORMAL leaves the flush to the next transaction that is FULL, and to checkpoints.
            try database.cachedStatement(sql: "PRAGMA synchronous = \(mustReachDisk ? "FULL" : "NORMAL")")
                .execute()
            try database.inTransaction {
                for job in jobs { try job.work(database) }
                return .commit
            }
        }
    }
}

/// What came of one body, kept until its transaction is committed.
private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    /// - Throws: the body's error where SQLite has answered it by rolling back the whole transaction.
    func run(_ body: (Database) throws -> Value, in database: Database) throws {
        do {
            try database.inSavepoint {
                let value = try body(database)
                result.withLock { $0 = .success(value) }
                return .commit
            }
        } catch {
            guard database.isInsideTransaction else { throw error }
            result.withLock { $0 = .failure(error) }
        }
    }

    func get() throws -> Value {
        guard let result = result.withLock({ $0 }) else { preconditionFailure("committed, and never run") }
        return try result.get()
    }
}
