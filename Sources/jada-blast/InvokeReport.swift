internal import ArgumentParser
internal import Campaigns
internal import Delivery

/// What `invoke` came to: runs, campaigns whose schedule was registered, and problems.
struct InvokeReport: Encodable {
    struct Registration: Encodable {
        var campaign: String
        /// The next occurrence, `nil` for a campaign that goes only when an event names it.
        var next: String?
    }
    var runs: [RunSummary] = []
    private(set) var registered: [Registration] = []
    private(set) var problems: [ProblemReport.Entry] = []
    private var all: [Problem] = []
    private var registrations: [(campaign: CampaignID, next: Timestamp?)] = []

    private enum CodingKeys: String, CodingKey { case runs, registered, problems }

    mutating func add(_ new: [Problem]) {
        all += new
        problems += new.map(ProblemReport.Entry.init)
    }

    /// Takes in what became of a campaign that was not planned.
    mutating func add(_ outcome: Scheduler.Outcome, of campaign: CampaignID) {
        switch outcome {
        case .planned, .known: break
        case .registered(let next):
            registrations.append((campaign, next))
            registered.append(Registration(campaign: campaign.rawValue, next: next?.description))
        case .notDue(let next):
            add([
                Problem(
                    .refused, key: campaign.rawValue,
                    next.map { "the campaign is not due before \($0)" }
                        ?? "the campaign's schedule has nothing to come",
                    remedy: "Wait for it, or send it now with --again")
            ])
        case .tooLate(let occurrence, _):
            add([
                Problem(
                    .refused, key: campaign.rawValue,
                    "its occurrence \(occurrence) is longer ago than startWithin allows, and was not sent",
                    remedy: "Change the schedule, or send it now with --again")
            ])
        case .waiting(_, let problem, _): add([problem])
        case .failed(let problems): add(problems)
        }
    }

    /// One run alone is told as that run's own object.
    func printJSON() throws {
        if runs.count == 1, registered.isEmpty, problems.isEmpty {
            try Console.printJSON(runs[0])
        } else {
            try Console.printJSON(self)
        }
    }

    /// - Parameter zone: in which a campaign's times are told.
    func printText(_ places: PlaceOptions, zone: (CampaignID) async -> TimeZoneRules) async {
        for run in runs {
            var told = TimeZoneRules.utc
            if run.toCome != nil, let id = RunID(run.run) { told = await zone(id.campaign) }
            Console.print(run.text(places.repeated, zone: told))
        }
        for (campaign, next) in registrations {
            let when =
                if let next { "goes out \(next.inWords(await zone(campaign)))" } else {
                    "goes out when an event names it"
                }
            Console.print("\(campaign): registered; \(when)")
        }
        if runs.isEmpty, registered.isEmpty, problems.isEmpty { Console.print("Nothing is due.") }
    }

    /// Tells the problems to a person, and throws the exit status if not all ended as meant.
    func conclude() throws {
        if !all.isEmpty { throw tell(all) }
        if let worst = runs.compactMap(\.exitCode).max(by: { $0.rawValue < $1.rawValue }) { throw worst }
    }
}
