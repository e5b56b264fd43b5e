package import Campaigns
internal import JSON

/// Reads `campaign.json`: everything that is wrong with it is told at once.
///
/// The same rules, as far as a schema can express them, are published as docs/campaign.schema.json.
package struct CampaignFile {
    /// - Parameters:
    ///   - file: what messages call the file, such as `campaigns/paul-simon/campaign.json`.
    ///   - id: the name of the folder it lies in, which its `id` must repeat.
    ///   - clock: knows the time zones.
    ///   - domainEncoder: writes the domains of addresses in ASCII.
    /// - Throws: ``Problems``, each with line, column, JSON path and remedy, in the order of the file.
    package static func parse(
        _ bytes: [UInt8], file: String, id: CampaignID, clock: any WallClock, domainEncoder: any DomainEncoder
    ) throws(Problems) -> Campaign {
        let document: JSONValue
        do {
            document = try JSONDecoder(limits: .init(bytes: maximumBytes, depth: maximumDepth))
                .decode(JSONValue.self, from: bytes)
        } catch {
            throw Problems([
                Problem(
                    .invalidInput, file: file, line: error.line, column: error.column,
                    key: error.path == "$" ? nil : error.path, error.message, remedy: "Correct the JSON there"
                )
            ])
        }
        let inspection = JSONInspection(file: file, text: bytes)
        let reader = CampaignFile(
            inspection: inspection, clock: clock,
            addresses: AddressChecker(inspection: inspection, encoder: domainEncoder))
        let campaign = reader.campaign(document, id: id)
        guard let campaign, inspection.problems.isEmpty else { throw Problems(inspection.problemsInOrder) }
        return campaign
    }

    private static let maximumBytes = 1 << 20
    private static let maximumDepth = 8

    private let inspection: JSONInspection
    private let clock: any WallClock
    private let addresses: AddressChecker

    private func campaign(_ document: JSONValue, id: CampaignID) -> Campaign? {
        guard
            let members = inspection.members(
                of: document, at: .root,
                keys: [
                    "$schema", "id", "name", "subject", "from", "replyTo", "html", "text", "recipients",
                    "exclude",
                    "columns", "schedule", "sequence", "configurationSet", "tags", "headers", "rate",
                    "bounceLimit",
                    "complaintLimit", "approval", "requireValues", "caseSensitiveLocalParts",
                ])
        else { return nil }
        _ = members.string("$schema")
        if let written = members.requiredString("id"), written != id.rawValue {
            members.report(
                "id", "the id \"\(written)\" is not the name of the campaign's folder, \"\(id)\"",
                remedy: "Write \"\(id)\", or rename the folder")
        }
        let name = members.requiredString("name", rule: .oneLine)
        let subject = members.requiredString("subject", rule: .oneLine)
        let from = mailbox(members)
        let html = members.string("html", rule: .fileName)
        let text = members.string("text", rule: .fileName)
        if !members.has("html") && !members.has("text") {
            inspection.report(
                .root, "neither html nor text is there: the mail would be empty",
                remedy: "Name the template of the HTML part, of the plain text part, or of both")
        }
        let recipients = members.requiredString("recipients", rule: .fileName)

        var campaign = Campaign(
            id: id, name: name ?? "", subject: subject ?? "", from: from ?? Mailbox(address: ""),
            replyTo: replyTo(members),
            html: html, text: text, recipients: recipients ?? "",
            exclude: members.strings("exclude", rule: .fileName).map(\.text), columns: columns(members),
            schedule: schedule(members),
            configurationSet: members.string("configurationSet", rule: .configurationSet),
            tags: tags(members), headers: headers(members), rate: rate(members),
            bounceLimit: share(members, "bounceLimit") ?? Campaign.defaultBounceLimit,
            complaintLimit: share(members, "complaintLimit") ?? Campaign.defaultComplaintLimit,
            requiresApproval: members.word("approval", of: ["required", "none"]) == "required",
            requiresValues: members.bool("requireValues") ?? false,
            hasCaseSensitiveLocalParts: members.bool("caseSensitiveLocalParts") ?? false)
        campaign.sequence = SequenceReader(file: self, campaign: campaign).steps(of: members)
        return campaign
    }

    func replyTo(_ members: JSONMembers) -> [Mailbox] {
        members.strings("replyTo").compactMap { path, text in
            addresses.address(text, at: path).map { Mailbox(address: $0) }
        }
    }

    func mailbox(_ campaign: JSONMembers) -> Mailbox? {
        guard let from = campaign.requiredMembers("from", keys: ["name", "email"]) else { return nil }
        let name = from.string("name", rule: .oneLine)
        guard let email = from.requiredString("email"),
            let address = addresses.address(email, at: from.path.member("email"))
        else { return nil }
        return Mailbox(name: name, address: address)
    }

    private func columns(_ campaign: JSONMembers) -> Campaign.ColumnMap? {
        guard let columns = campaign.members("columns", keys: ["email", "variables"]) else { return nil }
        let email = columns.requiredString("email", rule: .filled)
        var variables: [String: String] = [:]
        if let map = columns.members("variables") {
            for variable in map.keys {
                variables[variable] = map.string(variable, rule: .filled)
                if MessageRenderer.builtInVariables.contains(variable) {
                    map.report(
                        variable, "the variable \"\(variable)\" is built in",
                        remedy: "Give the column's variable another name")
                } else if !TextRule.variable.holds(for: variable) {
                    map.report(
                        variable, "\"\(variable)\" cannot be written in a template",
                        remedy: "Use a name without braces, dots, line breaks and white space around it")
                }
            }
        }
        return Campaign.ColumnMap(email: email ?? "", variables: variables)
    }

    private func schedule(_ campaign: JSONMembers) -> Schedule? {
        guard
            let members = campaign.members(
                "schedule", keys: ["at", "expression", "timeZone", "startWithin", "timeZoneColumn"])
        else {
            return nil
        }
        var zone: TimeZoneRules?
        let timeZone = members.string("timeZone") ?? "UTC"
        do {
            zone = try clock.zone(named: timeZone)
        } catch {
            members.report("timeZone", error)
        }

        var startWithin = Schedule.defaultStartWithin
        if let text = members.string("startWithin") {
            do throws(Problem) {
                startWithin = try Duration(iso8601: text)
                if startWithin == .zero {
                    members.report(
                        "startWithin", "is zero: the campaign would never start",
                        remedy: "Write PT6H, for example")
                }
            } catch {
                members.report("startWithin", error)
            }
        }

        guard members.has("at") != members.has("expression") else {
            inspection.report(
                members.path, "exactly one of at and expression must be there",
                remedy: "Write at for a campaign that goes once, expression for one that goes again and again"
            )
            return nil
        }
        guard let moment = moment(members) else { return nil }
        let column = members.string("timeZoneColumn", rule: .filled)
        if column != nil, case .expression(.rate) = moment {
            members.report(
                "timeZoneColumn", "goes with a time of day, and rate(...) has none",
                remedy: "Write at, or a cron(...) expression")
        }
        let schedule = Schedule(
            moment: moment, timeZone: timeZone, startWithin: startWithin, timeZoneColumn: column)
        if let zone {
            do throws(Problem) {
                let long = Timestamp(seconds: 0)
                _ = try schedule.next(after: long, zone: zone, registeredAt: long)
            } catch {
                members.report("at", error)
            }
        }
        return schedule
    }

    private func moment(_ schedule: JSONMembers) -> Schedule.Moment? {
        if let text = schedule.string("at") {
            if let local = LocalDateTime(text) { return .at(local) }
            schedule.report(
                "at", "\"\(text)\" is no local date and time",
                remedy: "Write it as 2026-06-01T10:00:00, without an offset; the zone stands in timeZone")
        } else if let text = schedule.string("expression") {
            do throws(Problem) {
                return .expression(try ScheduleExpression(text))
            } catch {
                schedule.report("expression", error)
            }
        }
        return nil
    }

    func tags(_ campaign: JSONMembers) -> [String: String] {
        guard let members = campaign.members("tags") else { return [:] }
        var tags: [String: String] = [:]
        for name in members.keys {
            if !TextRule.tag.holds(for: name) {
                members.report(name, "the tag's name \(TextRule.tag.complaint)", remedy: TextRule.tag.remedy)
            }
            tags[name] = members.string(name, rule: .tag)
        }
        return tags
    }

    func headers(_ campaign: JSONMembers) -> [OutgoingMail.HeaderField] {
        guard let members = campaign.members("headers") else { return [] }
        if members.keys.count > CustomHeader.maximumCount {
            campaign.report(
                "headers",
                "there are \(members.keys.count) headers, and SES takes \(CustomHeader.maximumCount) beside ours",
                remedy: "Leave some out")
        }
        var seen: Set<String> = []
        return members.keys.compactMap { name in
            if let fault = CustomHeader.fault(ofName: name) {
                members.report(name, fault.message, remedy: fault.remedy)
            } else if !seen.insert(name.lowercased()).inserted {
                members.report(
                    name, "the header is there twice, written differently", remedy: "Keep one of them")
            }
            return members.string(name, rule: .headerValue).map {
                OutgoingMail.HeaderField(name: name, value: $0)
            }
        }
    }

    func rate(_ campaign: JSONMembers) -> Double? {
        guard let rate = campaign.number("rate") else { return nil }
        if !(0.01...10_000).contains(rate) {
            campaign.report(
                "rate", "must be from 0.01 to 10000 mails a second",
                remedy: "Write a number in that range, or leave it out")
        }
        return rate
    }

    /// A number from 0 to 1.
    private func share(_ campaign: JSONMembers, _ key: String) -> Double? {
        guard let share = campaign.number(key) else { return nil }
        if !(0...1).contains(share) {
            campaign.report(key, "must be a share from 0 to 1", remedy: "Write 0.04 for 4 percent")
        }
        return share
    }
}

/// Checks the addresses of a campaign's own mailboxes.
private struct AddressChecker {
    let inspection: JSONInspection
    let encoder: any DomainEncoder

    /// The address as it is sent, `nil` (and reported) if it is none.
    func address(_ text: String, at path: JSONPlace) -> String? {
        var parser = AddressParser(encoder: encoder)
        let fault = Array(text.utf8).withUnsafeBytes { parser.parse($0) }
        guard let fault else { return String(decoding: parser.sent, as: UTF8.self) }
        inspection.report(path, "\(fault)", remedy: "Write one plain address, such as crew@example.com")
        return nil
    }
}
