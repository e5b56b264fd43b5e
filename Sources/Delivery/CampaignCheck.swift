package import Campaigns

/// What a campaign would do if it were planned now, and all that stands against it.
package struct CampaignCheck: Sendable {
    /// What the plan would refuse, or SES would.
    package var problems: [Problem] = []
    /// What does not stop a plan, and deserves a look.
    package var warnings: [Problem] = []
    /// `nil` where the lists could not be read to their end.
    package var rows: Int?
    package var recipients = 0
    package var counts = OutcomeCounts()
    /// When they are sent to, where recipients have time zones of their own; in order of time.
    package var departures: [ZoneGroup] = []
    /// When that is planned, hours before ``next``, since the first of them may be due by then; `nil` where it is at ``next``.
    package var plansAt: Timestamp?
    /// Mails a second that the run would be sent at.
    package var rate: Double = 0
    /// `nil` without a rate.
    package var duration: Duration?
    package var quota: SendingQuota?
    package var identity: SendingIdentity?
    package var next: Timestamp?
    /// Every file of a campaign that requires an approval, as it was read.
    package var files: CampaignFiles?
    /// What was approved of it, whether or not that still holds.
    package var approval: Approval?
    /// The steps of its sequence, and when each goes after ``next``; `nil` without one to come.
    package var steps: [(step: SequenceStep, at: Timestamp?)] = []

    /// Checks a campaign. What is wrong with it, and with the services that it needs, is in the result.
    ///
    /// - Throws: `CancellationError`, and what stands in the way of any check at all.
    ///
    /// - Parameter headroom: share of the account's rate that is left unused.
    package static func run(_ id: CampaignID, with planner: Planner, headroom: Double) async throws
        -> CampaignCheck
    {
        var check = CampaignCheck()
        let environment = planner.environment
        let quota = try await environment.account.quota()
        check.quota = quota

        let draft = try await check.keepingProblems { _ in try await planner.draft(of: id) }
        if let draft {
            try await check.keepingProblems { check in
                let rehearsal = try await planner.rehearse(draft)
                check.rows = rehearsal.rows
                check.recipients = rehearsal.recipients
                check.counts = rehearsal.counts
                check.departures = rehearsal.departures
                check.look(at: rehearsal.unknownZones)
                check.files = rehearsal.files
            }
            try await check.keepingProblems { check in
                let ledger = environment.ledger
                check.approval =
                    draft.campaign.requiresApproval ? try await ledger.approval(of: id) : nil
                if let problem = Problem(
                    lackOfApprovalOf: draft.campaign, approval: check.approval,
                    files: check.files ?? draft.files, areAll: check.files != nil)
                {
                    throw problem
                }
            }
            try await check.keepingProblems { check in
                try await check.look(at: draft, environment: environment)
            }
        }
        let rate = min(draft?.campaign.rate ?? .infinity, quota.maximumRate * (1 - headroom))
        check.rate = rate
        if rate > 0, check.recipients > 0 { check.duration = .seconds(Double(check.recipients) / rate) }
        check.look(at: quota)
        return check
    }

    /// Keeps what a step throws as problems.
    @discardableResult
    private mutating func keepingProblems<Result>(
        _ step: (inout CampaignCheck) async throws -> Result
    ) async throws -> Result? {
        do {
            return try await step(&self)
        } catch let cancellation as CancellationError {
            throw cancellation
        } catch let all as Problems {
            problems += all.all
        } catch let problem as Problem {
            problems.append(problem)
        } catch {
            problems.append(Problem(.software, "\(error)"))
        }
        return nil
    }

    private mutating func look(at draft: CampaignDraft, environment: Planner.Environment) async throws {
        let campaign = draft.campaign
        let key = CampaignDraft.metadataKey(of: campaign.id)
        if let schedule = campaign.schedule {
            let now = environment.clock.now()
            next = try schedule.next(after: now, zone: draft.zone, registeredAt: now)
            if schedule.timeZoneColumn != nil {
                plansAt = next.map { schedule.span(of: $0, zone: draft.zone).lowerBound }
            }
            if next == nil {
                warnings.append(
                    Problem(
                        .refused, file: key, key: "$.schedule",
                        "its time is over: the scheduler will not send it",
                        remedy: "Set a time to come"))
            }
        }
        steps = campaign.sequence.map { step in
            (step, next.map { step.after.after($0, in: draft.zone) })
        }
        look(atStepsOf: campaign)
        if campaign.text == nil {
            warnings.append(
                Problem(
                    .invalidInput, file: key, key: "$.text",
                    "there is no plain text part, which spam filters hold against a mail",
                    remedy: "Add a message.txt"))
        }

        let address = campaign.from.address
        let domain =
            address.lastIndex(of: "@").map { String(address[address.index(after: $0)...]) } ?? address
        var found = try await environment.account.identity(address)
        if found?.isVerified != true { found = try await environment.account.identity(domain) ?? found }
        guard let found, found.isVerified else {
            problems.append(
                Problem(
                    .configuration, file: key, key: "$.from.email",
                    "SES has no verified identity for \(address) in this Region",
                    remedy: "Verify the domain \(domain) in the SES console of this Region"))
            return
        }
        identity = found
        if !found.isDKIMSigningEnabled || found.dkimStatus != "SUCCESS" {
            warnings.append(
                Problem(
                    .configuration, key: found.name,
                    "DKIM is \(found.dkimStatus ?? "not set up"): Gmail and Yahoo refuse bulk mail without it",
                    remedy: "Publish the CNAME records that SES shows for \(found.name)"))
        }
        if let mailFrom = found.mailFromDomain, found.mailFromStatus != "SUCCESS" {
            warnings.append(
                Problem(
                    .configuration, key: mailFrom,
                    "the MAIL FROM domain is \(found.mailFromStatus ?? "not verified")",
                    remedy: "Publish its MX and SPF records"))
        }
    }

    /// How many names of zones are told one by one.
    private static let mostZonesTold = 5

    /// Rows whose time zones there are not are set aside, which nobody should learn from the report alone.
    private mutating func look(at unknownZones: [(problem: Problem, rows: Int)]) {
        for (problem, rows) in unknownZones.sorted(by: { $0.rows > $1.rows }).prefix(Self.mostZonesTold) {
            var problem = problem
            problem.message += ": \(rows) row\(rows == 1 ? " is" : "s are") set aside as invalid"
            warnings.append(problem)
        }
        let rest = unknownZones.count - Self.mostZonesTold
        if rest > 0 {
            var problem = unknownZones[0].problem
            problem.line = nil
            problem.message = "\(rest) more names are no time zones"
            warnings.append(problem)
        }
    }

    /// Steps go to those who were delivered to, which SES tells by way of a configuration set.
    private mutating func look(atStepsOf campaign: Campaign) {
        guard campaign.configurationSet == nil,
            let step = campaign.sequence.first(where: \.requiresDelivery)
        else { return }
        warnings.append(
            Problem(
                .configuration, file: CampaignDraft.metadataKey(of: campaign.id), key: "$.configurationSet",
                "the step '\(step.id)' goes to those who were delivered to, and without a configuration set SES does not "
                    + "tell who that is",
                remedy:
                    "Name a configuration set that publishes Delivery events, or give the steps \"requireDelivery\": false"
            ))
    }

    private mutating func look(at quota: SendingQuota) {
        if !quota.isSendingEnabled {
            problems.append(
                Problem(
                    .configuration, "SES has paused sending for this account",
                    remedy: "See the account dashboard of SES"))
        }
        if quota.enforcementStatus != "HEALTHY" {
            warnings.append(
                Problem(
                    .configuration, "SES has put the account on \(quota.enforcementStatus)",
                    remedy: "Answer its review before a large campaign"))
        }
        if !quota.hasProductionAccess {
            warnings.append(
                Problem(
                    .configuration, "the account is in the SES sandbox: only verified addresses receive mail",
                    remedy: "Request production access"))
        }
        if let maximum = quota.maximumPer24Hours {
            let left = max(0, maximum - quota.sentLast24Hours)
            if Double(recipients) > left {
                warnings.append(
                    Problem(
                        .configuration,
                        "the 24-hour quota has room for \(Int(left)) of \(recipients) mails now",
                        remedy: "The rest goes out when the window frees; or ask for a higher quota"))
            }
        }
    }
}
