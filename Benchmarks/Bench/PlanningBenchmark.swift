internal import Campaigns
internal import Delivery
internal import HostAdapters
internal import LocalAdapters

/// Plans the campaign `bench` as the command line does locally: list from disk, state in SQLite, shards to disk.
enum PlanningBenchmark {
    /// - Parameter folder: holds `library/campaigns/bench/…`; the state goes into `state`.
    static func run(folder: String) async throws {
        let measurement = Measurement()
        let clock = SystemClock()
        let state = try await LocalState(folder: folder + "/state", clock: clock)
        let planner = Planner(
            Planner.Environment(
                library: DirectoryCampaignLibrary(library: folder + "/library", state: state.folder),
                ledger: state.ledger, queue: state.queue, account: UnlimitedAccount(),
                suppression: state.suppressionList, clock: clock, addresses: IDNAEncoder(),
                links: .init(unsubscribe: .placeholder), log: SilentLog()))
        guard let id = RunID("bench#\(clock.now().milliseconds)") else { return }
        let run = try await planner.plan(id).run
        measurement.report([
            "rows": Double(run.rows), "recipients": Double(run.recipients),
            "duplicate": Double(run.atPlan.duplicate), "invalid": Double(run.atPlan.invalid),
        ])
    }
}

private struct UnlimitedAccount: SendingAccount {
    func quota() async throws -> SendingQuota {
        SendingQuota(maximumRate: 1000, maximumPer24Hours: nil, sentLast24Hours: 0)
    }
    func suppressed(_ page: ([SuppressionEntry]) throws -> Void) async throws {}
    func identity(_ name: String) async throws -> SendingIdentity? { nil }
}

private struct SilentLog: Log {
    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {}
}
