package import Campaigns
package import Delivery
internal import JSON

/// All that is known of a run, for whoever wants to know how it went.
package struct RunReport: Sendable {
    /// How often something was the reason that a row was not mailed.
    package struct Reason: Sendable, Hashable {
        /// `invalid`, `duplicate`, `excluded`, `suppressed` or `rejected`.
        package var outcome: String
        /// `nil` stands for all reasons that are too rare to be told one by one.
        package var text: String?
        package var count: Int
    }

    /// An earlier run of the same campaign.
    package struct Earlier: Sendable, Hashable {
        package var run: Run
        package var feedback: FeedbackCounts

        /// A rate of what was delivered, from 0 to 1; `nil` as long as nothing was told.
        package func share(of rate: WatchedRate) -> Double? {
            feedback.share(of: rate, ofAccepted: run.settled.accepted)
        }
    }

    package var run: Run
    /// The campaign's.
    package var name: String
    package var plan: Plan
    package var feedback: RunFeedback
    /// Why rows were not mailed, the most frequent first.
    package var reasons: [Reason]
    package var uncertain: [UncertainMail]
    package var activity: ActivityTimeline
    /// The latest first.
    package var earlier: [Earlier]
    package var madeAt: Timestamp

    /// Between the first and the last mail that was recorded as accepted; `nil` where none was.
    package var duration: Duration? {
        activity.span.map { $0.upperBound - $0.lowerBound }
    }

    /// Mails a second between the first and the last one; `nil` where there are too few to tell.
    package var rate: Double? {
        guard let duration, duration >= .seconds(1), run.settled.accepted > 1 else { return nil }
        return Double(run.settled.accepted) / (Double(duration.wholeMilliseconds) / 1000)
    }

    /// What Amazon SES asks for the mails that it has accepted, in US dollars: its list price, without what is added for
    /// attachments or dedicated addresses, and without the free tier (https://aws.amazon.com/ses/pricing/).
    package var dollars: Double { Double(run.counts.accepted) * Self.dollarsAThousand / 1000 }

    package static let dollarsAThousand = 0.10
}

/// Reads what is known of a run. However long its list is, no more than a shard of it is in memory at once.
package struct RunReporter: Sendable {
    /// Reasons that are told one by one.
    private static let mostReasons = 40
    /// Runs that a run is compared with.
    private static let mostEarlier = 5

    private let library: any CampaignLibrary
    private let ledger: any Ledger
    private let clock: any WallClock

    package init(library: any CampaignLibrary, ledger: any Ledger, clock: any WallClock) {
        self.library = library
        self.ledger = ledger
        self.clock = clock
    }

    /// - Parameter progress: is told how many recipients have been read, now and then.
    /// - Throws: a ``Problem`` if the plan is missing or damaged, and what the ports throw.
    package func report(on run: Run, progress: (Int) -> Void = { _ in }) async throws -> RunReport {
        let plan = try await Plan.load(of: run, from: library)
        var reasons = BoundedTally(width: 1, limit: Self.mostReasons)
        var activity = ActivityTimeline()
        var read = 0
        for shard in 0..<run.shards {
            for result in try await ledger.results(ofShard: shard, of: run.id) {
                switch result.result.outcome {
                case .accepted:
                    if let moment = result.at { activity.addAccepted(at: moment) }
                case .rejected(let reason): reasons.add(Self.key("rejected", reason), 0)
                case .suppressed(let reason): reasons.add(Self.key("suppressed", "\(reason)"), 0)
                case .uncertain, .dropped: break
                }
            }
            read += run.recipients(inShard: shard)
            progress(read)
        }
        try await SetAsideReader(run: run, library: library).forEach { row in
            reasons.add(Self.key(row.outcome, row.reason), 0)
        }
        let feedback = try await ledger.feedback(of: run.id)
        activity.add(feedback.timeline)
        return RunReport(
            run: run, name: Self.name(of: plan) ?? "\(run.id.campaign)", plan: plan, feedback: feedback,
            reasons: Self.reasons(reasons),
            uncertain: try await UncertainMails(library: library, ledger: ledger, clock: clock).list(of: run),
            activity: activity, earlier: try await earlier(than: run), madeAt: clock.now())
    }

    /// As campaign.json had it when the run was planned.
    private static func name(of plan: Plan) -> String? {
        struct Named: Decodable { var name: String }
        return try? JSONDecoder().decode(Named.self, from: Array(plan.source.utf8)).name
    }

    private func earlier(than run: Run) async throws -> [RunReport.Earlier] {
        var earlier: [RunReport.Earlier] = []
        // Like with like: a follow-up with that of earlier runs.
        let runs = try await ledger.runs(of: run.id.campaign)
            .filter { $0.plannedAt < run.plannedAt && $0.followUp?.step == run.followUp?.step }
        for run in runs.prefix(Self.mostEarlier) {
            earlier.append(.init(run: run, feedback: try await ledger.feedback(of: run.id).counts))
        }
        return earlier
    }

    private static func key(_ outcome: String, _ reason: String) -> String { "\(outcome)\n\(reason)" }

    private static func reasons(_ tally: BoundedTally) -> [RunReport.Reason] {
        let told = tally.sorted.map { name, counts in
            let parts = name.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            return RunReport.Reason(
                outcome: String(parts[0]), text: parts.count > 1 ? String(parts[1]) : "", count: counts[0])
        }
        let rest = tally.rest[0]
        return rest > 0 ? told + [.init(outcome: "other", text: nil, count: rest)] : told
    }
}

/// Reads the rows that planning has set aside, in order of the list.
struct SetAsideReader {
    private static let maximumObjectBytes = 16 << 20

    let run: Run
    let library: any CampaignLibrary

    func forEach(_ body: (SetAsideRow) async throws -> Void) async throws {
        let decoder = JSONDecoder()
        var left = run.atPlan.total
        var number = 0
        while left > 0 {
            let key = PlanKeys(prefix: run.planPrefix).setAside(number)
            let object = try await library.read(key, maximumBytes: Self.maximumObjectBytes)
            for (line, bytes) in object.bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
                let row: SetAsideRow
                do {
                    row = try decoder.decode(SetAsideRow.self, from: Array(bytes))
                } catch {
                    throw Problem(
                        .invalidInput, file: key, line: line + 1, key: error.path,
                        "the rows set aside are damaged: \(error.message)",
                        remedy: "Restore the object's original version; plans are never edited")
                }
                try await body(row)
                left -= 1
            }
            number += 1
        }
    }
}
