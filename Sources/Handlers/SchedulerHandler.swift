package import Campaigns
package import Delivery
internal import JSON

/// The Lambda `jada-blast-scheduler`: triggers in, runs planned.
package struct SchedulerHandler: EventHandler {
    private let scheduler: Scheduler
    private let log: any Log

    package init(scheduler: Scheduler, log: any Log) {
        self.scheduler = scheduler
        self.log = log
    }

    /// - Returns: `{"campaigns": [{"campaign": …, "outcome": …, "run": …}]}`
    /// - Throws: a ``Problem`` or ``Problems`` if the event is wrong, or the campaign that it names cannot be planned.
    package func handle(_ event: [UInt8], context: EventContext) async throws -> [UInt8] {
        try Self.answer(await reports(of: event, requestID: context.requestID))
    }

    /// The answer of ``handle(_:context:)`` that tells these reports.
    package static func answer(_ reports: [Scheduler.Report]) throws -> [UInt8] {
        try JSONEncoder().encode(Response(campaigns: reports.map(Response.Campaign.init)))
    }

    /// As ``handle(_:context:)``, with the answer as a value.
    ///
    /// - Parameters:
    ///   - again: make a new run whatever ran before.
    ///   - requestID: names the sending of an event that has no name of its own.
    package func reports(
        of event: [UInt8], again: Bool = false, requestID: String? = nil
    ) async throws -> [Scheduler.Report] {
        let trigger: Scheduler.Trigger
        switch try TriggerEvent.parse(JSONValue.event(event)) {
        case .other: return []
        case .tick: trigger = .tick
        case .changed(let campaign): trigger = .changed(campaign)
        case .step where again:
            throw Problem(
                .usage, "a step of a sequence goes once after its first run, not again",
                remedy: "Leave --again out")
        case .step(let campaign, let step, let first): trigger = .step(campaign, step, of: first)
        case .campaign(let campaign, _, _) where again:
            trigger = .campaign(campaign, occurrence: scheduler.newOccurrence(), ignoringSchedule: true)
        case .campaign(let campaign, let occurrence, let ignoringSchedule):
            let named = occurrence ?? requestID.flatMap { Occurrence($0) } ?? scheduler.newOccurrence()
            trigger = .campaign(campaign, occurrence: named, ignoringSchedule: ignoringSchedule)
        }
        let reports = try await scheduler.handle(trigger)
        for report in reports { report.tell(log) }
        return reports
    }

    private struct Response: Encodable {
        var campaigns: [Campaign]

        struct Campaign: Encodable {
            var campaign: String
            var step: String?
            var outcome: String
            var run: String?
            var rows: Int?
            var recipients: Int?
            var next: String?
            var problems: [String]?

            init(_ report: Scheduler.Report) {
                campaign = report.campaign.rawValue
                step = report.step?.rawValue
                switch report.outcome {
                case .planned(let run), .known(let run):
                    if case .planned = report.outcome { outcome = "planned" } else { outcome = "known" }
                    self.run = run.id.description
                    rows = run.rows
                    recipients = run.recipients
                case .registered(let next), .notDue(let next):
                    if case .registered = report.outcome {
                        outcome = "registered"
                    } else {
                        outcome = "notDue"
                    }
                    self.next = next?.description
                case .tooLate(let occurrence, let next):
                    outcome = "tooLate"
                    run = RunID(campaign: report.campaign, occurrence: occurrence).description
                    self.next = next?.description
                case .waiting(let occurrence, let problem, _):
                    outcome = "waitingForApproval"
                    run = RunID(campaign: report.campaign, occurrence: occurrence).description
                    problems = [problem.description]
                case .failed(let problems):
                    outcome = "failed"
                    self.problems = problems.map(\.description)
                }
            }
        }
    }
}
