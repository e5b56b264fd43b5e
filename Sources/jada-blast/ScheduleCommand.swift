internal import ArgumentParser
internal import Campaigns
internal import Delivery

struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Show when campaigns go out next.",
        discussion: "A campaign without a schedule goes out only when an event names it.")

    @Argument(help: "Only this campaign.")
    var campaign: CampaignID?

    @Option(help: "How many occurrences of each to show.")
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
            let ids: [CampaignID]
            if let campaign {
                ids = [campaign]
            } else {
                ids = try await services.library.campaigns().map(\.id)
            }
            var plans: [Plan] = []
            var problems: [Problem] = []
            for id in ids {
                do {
                    plans.append(try await plan(of: id, services))
                } catch let all as Problems {
                    problems += all.all
                } catch let problem as Problem {
                    problems.append(problem)
                }
            }
            if places.json { try Console.printJSON(["campaigns": plans]) } else { plans.forEach(tell) }
            guard problems.isEmpty else { throw Problems(problems) }
        }
    }

    private struct Plan: Encodable {
        var campaign: String
        var name: String
        var timeZone: String?
        var next: [String]
        var nextLocal: [String]
        var last: String?
    }

    private func plan(of id: CampaignID, _ services: Services) async throws -> Plan {
        let (campaign, _) = try await CampaignDraft.metadata(
            of: id, in: services.library, clock: services.clock, addresses: services.addresses)
        let record = try await services.ledger.schedule(of: id)
        var plan = Plan(
            campaign: id.rawValue, name: campaign.name, timeZone: campaign.schedule?.timeZone, next: [],
            nextLocal: [],
            last: record?.last?.rawValue)
        guard let schedule = campaign.schedule else { return plan }
        let zone = try services.clock.zone(named: schedule.timeZone)
        let now = services.clock.now()
        var moment = now
        while plan.next.count < next,
            let occurrence = try schedule.next(
                after: moment, zone: zone, registeredAt: record?.registeredAt ?? now)
        {
            plan.next.append(occurrence.description)
            plan.nextLocal.append("\(zone.local(at: occurrence))")
            moment = occurrence
        }
        return plan
    }

    private func tell(_ plan: Plan) {
        Console.print("\(plan.campaign): \(plan.name)")
        guard let zone = plan.timeZone else {
            return Console.print("  no schedule: goes out when an event names it")
        }
        if plan.next.isEmpty { Console.print("  nothing to come") }
        for (local, moment) in zip(plan.nextLocal, plan.next) {
            Console.print("  \(local) \(zone)  (\(moment))")
        }
        if let last = plan.last { Console.print("  last: \(last)") }
    }
}
