internal import Campaigns

/// Reads the sequence of a `campaign.json`: steps, each the campaign itself but for what it says.
struct SequenceReader {
    static let maximumSteps = 20

    let file: CampaignFile
    /// What a step inherits.
    let campaign: Campaign

    func steps(of members: JSONMembers) -> [SequenceStep] {
        let objects = members.objects(
            "sequence",
            keys: [
                "id", "after", "subject", "html", "text", "from", "replyTo", "exclude", "configurationSet",
                "tags", "headers", "rate", "requireDelivery",
            ])
        if objects.count > Self.maximumSteps {
            members.report(
                "sequence", "has \(objects.count) steps, and \(Self.maximumSteps) are the most",
                remedy: "Leave some out")
        }
        var steps: [SequenceStep] = []
        for object in objects {
            guard let step = step(object) else { continue }
            if steps.contains(where: { $0.id == step.id }) {
                object.report(
                    "id", "another step is called \"\(step.id)\", too", remedy: "Give each a name of its own")
            }
            if let last = steps.last, last.after.nominal >= step.after.nominal {
                object.report(
                    "after", "is not later than the step before it, \"\(last.id)\"",
                    remedy: "Put the steps in order of time; each counts from the first mail")
            }
            steps.append(step)
        }
        return steps
    }

    private func step(_ members: JSONMembers) -> SequenceStep? {
        let after = after(members)
        var campaign = campaign
        if let subject = members.string("subject", rule: .oneLine) { campaign.subject = subject }
        // The parts of a mail say the same: one of the first mail's does not go with one of the step's.
        if members.has("html") || members.has("text") {
            campaign.html = members.string("html", rule: .fileName)
            campaign.text = members.string("text", rule: .fileName)
        }
        if members.has("from"), let from = file.mailbox(members) { campaign.from = from }
        if members.has("replyTo") { campaign.replyTo = file.replyTo(members) }
        if members.has("exclude") {
            campaign.exclude = members.strings("exclude", rule: .fileName).map(\.text)
        }
        if let name = members.string("configurationSet", rule: .configurationSet) {
            campaign.configurationSet = name
        }
        if members.has("tags") { campaign.tags = file.tags(members) }
        if members.has("headers") { campaign.headers = file.headers(members) }
        if let rate = file.rate(members) { campaign.rate = rate }
        let requiresDelivery = members.bool("requireDelivery") ?? true

        guard let written = members.requiredString("id") else { return nil }
        guard let id = StepID(written) else {
            members.report(
                "id", "\"\(written)\" is no name of a step",
                remedy: "Use 1 to 32 of a-z, 0-9 and -, beginning with a letter or digit")
            return nil
        }
        return after.map {
            SequenceStep(id: id, after: $0, requiresDelivery: requiresDelivery, campaign: campaign)
        }
    }

    private func after(_ members: JSONMembers) -> CalendarDuration? {
        guard let text = members.requiredString("after") else { return nil }
        do throws(Problem) {
            let after = try CalendarDuration(iso8601: text)
            if after.nominal > .zero { return after }
            members.report(
                "after", "is zero: the step would go out with the first mail",
                remedy: "Write P7D for a week, for example")
        } catch {
            members.report("after", error)
        }
        return nil
    }
}
