internal import ArgumentParser
internal import Campaigns
internal import Delivery
internal import Handlers

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say all that a plan of the campaign would refuse, without sending anything.",
        discussion: """
            Reads campaign.json, the templates, and the lists to their end. With --aws or --mailer ses it also looks at \
            the sender's identity, DKIM, MAIL FROM, the account's quota and its suppression list.

              jada-blast check paul-simon
              jada-blast check paul-simon --aws --json | jq .problems
            """)

    @Argument(help: "The campaign's id: the name of its folder.")
    var campaign: CampaignID

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let bar = ProgressBar()
            defer { bar.end() }
            let services = try await Services(places, sends: false, bar: bar)
            bar.begin("Checking", unit: "rows", total: nil)
            let check = try await CampaignCheck.run(
                campaign, with: services.planner, headroom: services.configuration.headroom)
            bar.end()
            if places.json {
                try Console.printJSON(CheckReport(campaign, check, asksSES: places.sendsThroughSES))
            } else {
                let zone = await services.zone(of: campaign)
                for line in lines(of: check, zone: zone) { Console.print(line) }
            }
            for warning in check.warnings { Console.tell("warning: \(warning)") }
            if !check.problems.isEmpty { throw tell(check.problems) }
        }
    }

    private func lines(of check: CampaignCheck, zone: TimeZoneRules) -> [String] {
        var lines: [String] = []
        if let rows = check.rows {
            let counts = check.counts
            lines.append("\(campaign)")
            lines += CountTable.lines(
                [
                    ("to be mailed", check.recipients), ("suppressed", counts.suppressed),
                    ("invalid", counts.invalid), ("duplicate", counts.duplicate),
                    ("excluded", counts.excluded),
                ], always: ["to be mailed"], total: ("rows", rows))
        }
        if places.sendsThroughSES { lines += account(check) }
        if let duration = check.duration {
            lines.append("Sending takes about \(duration.inWords) at \(check.rate.asRate) mails a second")
        }
        if let files = check.files { lines.append("Digest of its files: \(files.digest)") }
        if let approval = check.approval {
            lines.append("Approved by \(approval.by), \(approval.at.inWords(zone))")
        }
        if let next = check.next { lines.append("Goes out next: \(next.inWords(zone))") }
        lines += departures(check, zone: zone)
        for (step, at) in check.steps {
            lines.append(
                "Then \(step.id), \(step.after) after it" + (at.map { ": \($0.inWords(zone))" } ?? ""))
        }
        lines.append(
            check.problems.isEmpty
                ? "Ready to send."
                : "Not ready: \(check.problems.count) problem\(check.problems.count == 1 ? "" : "s").")
        return lines
    }

    /// When recipients are sent to who have time zones of their own.
    private func departures(_ check: CampaignCheck, zone: TimeZoneRules) -> [String] {
        guard !check.departures.isEmpty else { return [] }
        let width = check.departures.map { "\($0.recipients)".count }.max() ?? 0
        var lines = ["At that time of day where recipients are:"]
        lines += check.departures.map { group in
            let count = "\(group.recipients)"
            let shown = group.zones.prefix(Self.zonesShown).joined(separator: ", ")
            let more = group.zones.count - Self.zonesShown
            return "  \(group.at.inWords(zone))  " + String(repeating: " ", count: width - count.count)
                + count
                + "  " + shown + (more > 0 ? " and \(more) more" : "")
        }
        if let plansAt = check.plansAt {
            lines.append("Planned \(plansAt.inWords(zone)): what is changed later does not count")
        }
        return lines
    }

    private static let zonesShown = 4

    /// What SES says of the identity and the account.
    private func account(_ check: CampaignCheck) -> [String] {
        var lines: [String] = []
        if let identity = check.identity {
            let mailFrom = identity.mailFromDomain.map { "\($0) \(identity.mailFromStatus ?? "")" }
            lines.append("Identity \(identity.name): verified")
            lines.append("  DKIM       \(identity.dkimStatus ?? "not set up")")
            lines.append("  MAIL FROM  \(mailFrom ?? "not set up")")
        }
        if let quota = check.quota {
            let daily = quota.maximumPer24Hours.map { "\(Int(quota.sentLast24Hours)) of \(Int($0))" }
            lines.append(
                "Quota: \(quota.maximumRate.asRate) mails a second; in 24 hours: \(daily ?? "no limit")")
        }
        return lines
    }
}
