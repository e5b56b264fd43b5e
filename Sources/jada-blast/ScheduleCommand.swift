internal import ArgumentParser
internal import Campaigns
internal import Delivery

struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Show when campaigns go out next.",
        discussion: """
              jada-blast schedule
              jada-blast schedule sunset-sails --next 12

            A campaign without a schedule goes out only when an event names it. Steps of a sequence are shown for the runs \
            that they follow.
            """)

    @Argument(help: "Only this campaign.")
    var campaign: CampaignID?

    @Option(help: "How many occurrences of each to show, 1 to 1000.")
    var next = 3

    @OptionGroup var places: PlaceOptions

    func validate() throws {
        guard (1...1000).contains(next) else {
            throw ValidationError("--next takes a number from 1 to 1000.")
        }
    }

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let services = try await Services(places, sends: false)
            var ids: [CampaignID]
            if let campaign {
                ids = [campaign]
            } else {
                ids = try await services.library.campaigns().map(\.id)
            }
            var plans: [Plan] = []
            var problems: [Problem] = []
            let records = try await services.ledger.followUps()
            for id in ids {
                // One campaign that is wrong does not hide the others.
                do {
                    plans.append(
                        try await plan(
                            of: id, records: records.filter { $0.run.campaign == id }, services))
                } catch {
                    problems += Problem.all(in: error)
                }
            }
            if places.json {
                try Console.printJSON(
                    Report(
                        campaigns: plans.map(Report.Entry.init), problems: ProblemReport(problems).problems))
            } else {
                for plan in plans { Console.print(plan.text) }
                if ids.isEmpty { Console.print("The library holds no campaign.") }
            }
            if !problems.isEmpty { throw tell(problems) }
        }
    }

    /// When one campaign goes out.
    private struct Plan {
        var id: CampaignID
        var name: String
        /// `nil` without a schedule.
        var zone: TimeZoneRules?
        /// The column of recipients' own zones, if they have such.
        var timeZoneColumn: String?
        /// When the run of the first of ``next`` is planned, in that case.
        var plansAt: Timestamp?
        var next: [Timestamp] = []
        var last: Occurrence?
        /// `nil` where none is required.
        var approval: ApprovalState?
        /// The steps of its sequence.
        var steps: [SequenceStep] = []
        /// Those that are still to come after runs that there are.
        var followUps: [(followUp: FollowUp, at: Timestamp)] = []

        var text: String {
            var lines = ["\(id): \(name)"]
            if let zone {
                lines += next.map { "  \($0.inWords(zone))  (\($0))" }
                if next.isEmpty { lines.append("  nothing to come") }
                if let timeZoneColumn {
                    lines.append(
                        "  at that time of day where recipients are, as the column '\(timeZoneColumn)' says")
                }
                if let plansAt { lines.append("  planned \(plansAt.inWords(zone))  (\(plansAt))") }
            } else {
                lines.append("  no schedule: goes out when an event names it")
            }
            if let last { lines.append("  last: \(last)") }
            switch approval {
            case nil: break
            case .given(let approval): lines.append("  approved by \(approval.by), \(approval.at)")
            case .lacking(let why): lines.append("  not approved: \(why)")
            case .waitedFor(let why): lines.append("  its time has come, and it waits for approval: \(why)")
            }
            for step in steps { lines.append("  then \(step.id), \(step.after) after each run") }
            for (followUp, at) in followUps {
                lines.append(
                    "  \(followUp.step) of \(followUp.first): \(at.inWords(zone ?? .utc))  (\(at))")
            }
            return lines.joined(separator: "\n")
        }
    }

    private enum ApprovalState {
        /// What is on record; the lists may have changed since, which `check` looks at.
        case given(Approval)
        case lacking(String)
        case waitedFor(String)
    }

    private struct Report: Encodable {
        struct Step: Encodable {
            var step: String
            var of: String
            var at: String
        }
        struct Entry: Encodable {
            var campaign: String
            var name: String
            var timeZone: String?
            var timeZoneColumn: String?
            var plansAt: String?
            var next: [String]
            var nextLocal: [String]
            var last: String?
            /// `given`, `lacking` or `waitedFor`; none where none is required.
            var approval: String?
            var approvedBy: ApprovalReport?
            var approvalProblem: String?
            var followUps: [Step]

            init(_ plan: Plan) {
                campaign = plan.id.rawValue
                name = plan.name
                timeZone = plan.zone?.name
                timeZoneColumn = plan.timeZoneColumn
                plansAt = plan.plansAt?.description
                next = plan.next.map(\.description)
                nextLocal = plan.zone.map { zone in plan.next.map { "\(zone.local(at: $0))" } } ?? []
                last = plan.last?.rawValue
                switch plan.approval {
                case nil: break
                case .given(let given): (approval, approvedBy) = ("given", ApprovalReport(given))
                case .lacking(let why): (approval, approvalProblem) = ("lacking", why)
                case .waitedFor(let why): (approval, approvalProblem) = ("waitedFor", why)
                }
                followUps = plan.followUps.map {
                    Step(
                        step: $0.followUp.step.rawValue, of: $0.followUp.first.rawValue,
                        at: $0.at.description)
                }
            }
        }
        var campaigns: [Entry]
        var problems: [ProblemReport.Entry]
    }

    private func plan(
        of id: CampaignID, records: [FollowUpRecord], _ services: Services
    ) async throws -> Plan {
        let campaign = try await services.metadata(of: id)
        let record = try await services.ledger.schedule(of: id)
        var plan = Plan(id: id, name: campaign.name, last: record?.last)
        if campaign.requiresApproval {
            plan.approval = try await approval(of: campaign, record: record, services)
        }
        plan.steps = campaign.sequence
        for record in records {
            plan.followUps += try await followUps(record, of: campaign, services)
        }
        plan.followUps.sort { $0.at < $1.at }
        guard let schedule = campaign.schedule else { return plan }
        let zone = try services.clock.zone(named: schedule.timeZone)
        plan.zone = zone
        let now = services.clock.now()
        var moment = now
        while plan.next.count < next,
            let occurrence = try schedule.next(
                after: moment, zone: zone, registeredAt: record?.registeredAt ?? now)
        {
            plan.next.append(occurrence)
            moment = occurrence
        }
        plan.timeZoneColumn = schedule.timeZoneColumn
        if schedule.timeZoneColumn != nil {
            plan.plansAt = plan.next.first.map { schedule.span(of: $0, zone: zone).lowerBound }
        }
        return plan
    }

    private func approval(
        of campaign: Campaign, record: ScheduleRecord?, _ services: Services
    ) async throws -> ApprovalState {
        let approval = try await services.ledger.approval(of: campaign.id)
        // Whether the lists are as they were approved would take reading them; what is wrong with a template, check tells.
        let draft = try? await services.planner.draft(of: campaign.id)
        let problem = Problem(
            lackOfApprovalOf: campaign, approval: approval, files: draft?.files ?? CampaignFiles(),
            areAll: false)
        if let waiting = record?.waiting { return .waitedFor(problem?.message ?? waiting) }
        if let problem { return .lacking(problem.message) }
        return approval.map { .given($0) } ?? .lacking("nobody has given one")
    }

    /// What is still to come after a run.
    private func followUps(
        _ record: FollowUpRecord, of campaign: Campaign, _ services: Services
    ) async throws -> [(followUp: FollowUp, at: Timestamp)] {
        guard let run = try await services.ledger.run(record.run) else { return [] }
        var coming: [(followUp: FollowUp, at: Timestamp)] = []
        for due in try Scheduler.steps(of: campaign, after: run, clock: services.clock)
        where due.at >= record.next {
            let followUp = FollowUp(step: due.step.id, first: run.id.occurrence)
            // An event may have asked for it before its time.
            if let occurrence = followUp.occurrence,
                try await services.ledger.run(RunID(campaign: campaign.id, occurrence: occurrence)) != nil
            {
                continue
            }
            coming.append((followUp, due.moment))
        }
        return coming
    }
}
