package import Campaigns
internal import Glibc

/// The folder that holds everything a local worker remembers: `state.sqlite`, `runs/…` and `outbox/*.eml`.
package struct LocalState: Sendable {
    package let folder: String
    package let ledger: SQLiteLedger
    package let queue: SQLiteShardQueue
    package let suppressionList: SQLiteSuppressionList
    /// Writes into `outbox`.
    package let outbox: OutboxMailer

    private let database: StateDatabase

    /// Opens the folder, and creates it if there is none.
    ///
    /// - Parameter maximumReceives: how often a shard is handed out before it goes to the dead letters.
    /// - Throws: a ``Problem`` that names the folder and what to do.
    package init(folder: String, clock: any WallClock, maximumReceives: Int = 10) async throws {
        try createFolders(folder + "/outbox")
        database = try StateDatabase(file: folder + "/state.sqlite")
        self.folder = folder
        ledger = SQLiteLedger(database: database)
        queue = SQLiteShardQueue(database: database, clock: clock, maximumReceives: maximumReceives)
        suppressionList = SQLiteSuppressionList(database: database)
        outbox = OutboxMailer(folder: folder + "/outbox", clock: clock)
        try await queue.releaseOrphans()
    }

    /// The pace that all processes on this folder share.
    ///
    /// - Parameter account: whose pace it is, such as `outbox` or `ses us-west-2`.
    package func pace(of account: String) -> SQLitePaceStore {
        SQLitePaceStore(database: database, account: account)
    }

    /// The paces of all accounts that were ever sent through from this folder.
    package func paces() async throws -> [(account: String, state: PaceState)] {
        try await SQLitePaceStore.all(in: database)
    }
}

/// Creates a folder and those above it, for this user's eyes only: they hold people's addresses.
func createFolders(_ path: String) throws(Problem) {
    var status = stat()
    if stat(path, &status) == 0 {
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Problem(
                .configuration, file: path, "this is no folder", remedy: "Choose another name with --state")
        }
        return
    }
    if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
        try createFolders(String(path[..<slash]))
    }
    do {
        try Errno.check { mkdir(path, 0o700) }
    } catch .fileExists {
        // Somebody else was faster, or the path ends in a slash.
    } catch {
        throw Problem(errno: error, file: path, "the folder cannot be created")
    }
}
