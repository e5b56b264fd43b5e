internal import ArgumentParser
internal import Campaigns
internal import Delivery

/// Runs as a command line names them: one run, `campaign#occurrence`, or all of a campaign.
enum RunSelector: Sendable {
    case run(RunID)
    case campaign(CampaignID)
}

extension RunSelector: ExpressibleByArgument, CustomStringConvertible {
    var description: String {
        switch self {
        case .run(let id): id.description
        case .campaign(let id): id.description
        }
    }

    init?(argument: String) {
        if let run = RunID(argument) {
            self = .run(run)
        } else if let campaign = CampaignID(argument) {
            self = .campaign(campaign)
        } else {
            return nil
        }
    }
}

extension RunID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Services {
    /// A run that must be there.
    func run(_ id: RunID) async throws -> Run {
        guard let run = try await ledger.run(id) else {
            throw Problem(
                .notFound, "there is no run \(id)", remedy: "See which there are with jada-blast status")
        }
        return run
    }

    /// The runs that are meant, newest first; `nil` means all.
    func runs(_ selector: RunSelector?) async throws -> [Run] {
        switch selector {
        case nil: try await ledger.runs(of: nil)
        case .run(let id): [try await run(id)]
        case .campaign(let id): try await ledger.runs(of: id)
        }
    }

    /// The runs that are meant and that are not over, of which there must be one.
    func unfinishedRuns(_ selector: RunSelector) async throws -> [Run] {
        let runs = try await runs(selector)
        let unfinished = runs.filter { run in
            if case .cancelled = run.control { false } else { !run.isFinished }
        }
        guard unfinished.isEmpty else { return unfinished }
        switch selector {
        case .run(let id):
            let end = runs.first?.isFinished == true ? "finished" : "cancelled"
            throw Problem(.refused, "run \(id) is \(end)", remedy: "Look at it with jada-blast status")
        case .campaign(let id):
            throw Problem(
                .notFound, "campaign \(id) has no run under way",
                remedy: "See its runs with jada-blast status \(id)")
        }
    }

    var operations: RunOperations { RunOperations(ledger: ledger, queue: queue, clock: clock) }

    /// Sends what is left of a run in this process.
    ///
    /// - Parameter waits: whether to wait for recipients whose time is to come.
    /// - Returns: how far it came, also when it is interrupted.
    func send(_ run: Run, waits: Bool = false) async throws -> RunSummary {
        guard !run.isFinished, run.control == .running else { return RunSummary(run, outbox: outbox) }
        bar.begin("Sending", unit: "mails", total: run.recipients, done: run.settled.total)
        do {
            let end = try await Drain(sender: sender).drain(run.id, waits: waits)
            return RunSummary(end, outbox: outbox, now: clock.now())
        } catch  where Task.isCancelled {
            // Asked outside of the cancelled task, which reads nothing any more.
            let latest = try await Task { [ledger] in try await ledger.run(run.id) }.value
            return RunSummary(latest ?? run, outbox: outbox, isInterrupted: true)
        }
    }
}
