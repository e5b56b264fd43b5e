internal import Campaigns
internal import Delivery

/// A check in the form that `--json` prints.
struct CheckReport: Encodable {
    struct Identity: Encodable {
        var name: String
        var isVerified: Bool
        var dkim: String?
        var mailFromDomain: String?
        var mailFrom: String?
    }
    struct Quota: Encodable {
        var maximumRate: Double
        var maximumPer24Hours: Double?
        var sentLast24Hours: Double
    }

    struct Departure: Encodable {
        var at: String
        var recipients: Int
        var zones: [String]
    }

    struct Step: Encodable {
        var step: String
        var next: String?
    }

    var campaign: String
    var isReady: Bool
    /// `nil` where the lists could not be read to their end.
    var rows: Int?
    var recipients: Int
    var suppressed: Int
    var excluded: Int
    var duplicate: Int
    var invalid: Int
    /// Mails a second.
    var rate: Double?
    var estimatedSeconds: Double?
    var next: String?
    /// Only where recipients have time zones of their own.
    var plansAt: String?
    /// The same.
    var departures: [Departure]?
    /// Of the campaign's files; only where an approval is required.
    var digest: String?
    /// What is on record, whether or not it still holds.
    var approval: ApprovalReport?
    var sequence: [Step]
    /// Only where mail goes through SES.
    var identity: Identity?
    var quota: Quota?
    var problems: [ProblemReport.Entry]
    var warnings: [ProblemReport.Entry]

    /// - Parameter asksSES: whether identity and quota are SES's.
    init(_ campaign: CampaignID, _ check: CampaignCheck, asksSES: Bool) {
        self.campaign = campaign.rawValue
        isReady = check.problems.isEmpty
        rows = check.rows
        recipients = check.recipients
        suppressed = check.counts.suppressed
        excluded = check.counts.excluded
        duplicate = check.counts.duplicate
        invalid = check.counts.invalid
        rate = check.rate.isFinite ? check.rate : nil
        estimatedSeconds = check.duration.map { $0 / .seconds(1) }
        next = check.next?.description
        plansAt = check.plansAt?.description
        departures =
            check.departures.isEmpty
            ? nil
            : check.departures.map {
                Departure(at: $0.at.description, recipients: $0.recipients, zones: $0.zones)
            }
        digest = check.files?.digest
        approval = check.approval.map(ApprovalReport.init)
        sequence = check.steps.map { Step(step: $0.step.id.rawValue, next: $0.at?.description) }
        if asksSES {
            identity = check.identity.map {
                Identity(
                    name: $0.name, isVerified: $0.isVerified, dkim: $0.dkimStatus,
                    mailFromDomain: $0.mailFromDomain, mailFrom: $0.mailFromStatus)
            }
            quota = check.quota.map {
                Quota(
                    maximumRate: $0.maximumRate, maximumPer24Hours: $0.maximumPer24Hours,
                    sentLast24Hours: $0.sentLast24Hours)
            }
        }
        problems = ProblemReport(check.problems).problems
        warnings = ProblemReport(check.warnings).problems
    }
}
