internal import Campaigns
internal import Delivery
internal import HostAdapters
internal import LocalAdapters

/// The campaign `bench` of a folder, worked on as the command line does locally: lists from disk, state in SQLite.
struct LocalCampaign {
    let clock = SystemClock()
    let state: LocalState
    let library: DirectoryCampaignLibrary

    /// - Parameter folder: holds `library/campaigns/bench/…`; the state goes into `state`.
    init(folder: String) async throws {
        state = try await LocalState(folder: folder + "/state", clock: clock)
        library = DirectoryCampaignLibrary(library: folder + "/library", state: state.folder)
    }

    func plan() async throws -> Run {
        let planner = Planner(
            Planner.Environment(
                library: library, ledger: state.ledger, queue: state.queue, account: UnlimitedAccount(),
                suppression: state.suppressionList, clock: clock, addresses: IDNAEncoder(),
                links: .init(unsubscribe: .placeholder), log: SilentLog()))
        guard let id = RunID("bench#\(clock.now().milliseconds)") else { preconditionFailure() }
        return try await planner.plan(id).run
    }

    /// Sends a run until it is over.
    func send(_ run: Run, by mailer: any Mailer) async throws -> Run {
        let log = SilentLog()
        let pacer = AccountPacer(
            store: state.pace(of: "bench"), account: UnlimitedAccount(), clock: clock, headroom: 0.05,
            log: log)
        let sender = ShardSender(
            ShardSender.Environment(
                library: library, ledger: state.ledger, queue: state.queue, mailer: mailer,
                suppression: state.suppressionList, pacer: pacer, clock: clock,
                links: .init(unsubscribe: .placeholder), log: log, worker: "bench"))
        return try await Drain(sender: sender).drain(run.id)
    }
}

/// An account whose rate nobody reaches.
private struct UnlimitedAccount: SendingAccount {
    func quota() async throws -> SendingQuota {
        SendingQuota(maximumRate: 1_000_000, maximumPer24Hours: nil, sentLast24Hours: 0)
    }
    func suppressed(_ page: ([SuppressionEntry]) async throws -> Void) async throws {}
    func identity(_ name: String) async throws -> SendingIdentity? { nil }
}

struct SilentLog: Log {
    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {}
}
