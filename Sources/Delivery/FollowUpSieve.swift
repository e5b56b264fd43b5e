internal import Campaigns

/// Decides of each recipient of a campaign's first run whether a step of its sequence goes to it.
struct FollowUpSieve: ~Copyable {
    private let leftOut: LeftOut
    private let isCaseSensitive: Bool
    private var parser: AddressParser
    /// When recipients are sent to, if not at once.
    private(set) var zones: RecipientZones?
    private var objects: PlanObjects
    private var line = LineBuffer()

    private(set) var rows = 0
    private(set) var counts = OutcomeCounts()
    var recipients: Int { objects.recipients }

    /// - Parameters:
    ///   - campaign: the step's.
    ///   - zones: when recipients are sent to, if not at once.
    init(
        campaign: Campaign, shardSize: Int, leftOut: consuming LeftOut, encoder: any DomainEncoder,
        zones: RecipientZones? = nil
    ) {
        self.leftOut = leftOut
        isCaseSensitive = campaign.hasCaseSensitiveLocalParts
        parser = AddressParser(encoder: encoder, isLocalPartCaseSensitive: isCaseSensitive)
        self.zones = zones
        objects = PlanObjects(shardSize: shardSize)
    }

    /// Takes recipients of a shard of the first run.
    ///
    /// - Parameter fates: what became of their first mails.
    /// - Throws: a ``Problem`` if time zones cannot be read.
    mutating func take(_ entries: [ShardReader.Entry], fates: FirstMails) throws -> PlanObjects.Output {
        for entry in entries {
            rows += 1
            var recipient = entry.recipient
            switch fates.reasonToLeaveOut(entry.index).map(Verdict.excluded) ?? listed(&recipient.to) {
            case nil: append(recipient, departure: try departure(of: recipient))
            case .excluded(let reason)?:
                counts.excluded += 1
                setAside(recipient, "excluded", reason)
            case .suppressed(let reason)?:
                counts.suppressed += 1
                setAside(recipient, "suppressed", reason)
            }
        }
        return objects.take()
    }

    /// Ends the run.
    mutating func finish() -> PlanObjects.Output { objects.finish() }

    /// Why a recipient is left out.
    private enum Verdict {
        case excluded(String)
        case suppressed(String)
    }

    /// Whether a list names an address, so that it is not sent to.
    private mutating func listed(_ address: inout String) -> Verdict? {
        // A plan holds valid addresses alone.
        let fault = address.withUTF8 { parser.parse(UnsafeRawBufferPointer($0)) }
        if let fault { return .excluded("\(fault)") }
        let fingerprint = leftOut.key.fingerprint(of: parser.compared)
        if leftOut.excluded.tag(of: fingerprint) != nil { return .excluded("listed in an exclude list") }
        let lowercased =
            isCaseSensitive ? leftOut.key.fingerprint(lowercasing: parser.compared) : fingerprint
        return leftOut.suppressed.tag(of: lowercased).map { .suppressed(leftOut.reason(tag: $0)) }
    }

    private mutating func setAside(
        _ recipient: PlannedRecipient, _ outcome: StaticString, _ reason: String
    ) {
        line.append(literal: recipient.to)
        line.take().withUnsafeBytes {
            objects.setAside(line: recipient.line, address: $0, outcome, reason)
        }
    }

    /// A zone that there was when the first mail was planned, and is no more, is the schedule's.
    private mutating func departure(of recipient: PlannedRecipient) throws -> Int {
        guard zones != nil else { return 0 }
        for zone in [recipient.zone ?? "", ""] {
            let place = try Array(zone.utf8).withUnsafeBytes { cell in
                try zones?.place(of: cell, line: recipient.line)
            }
            if case .departure(let position)? = place { return position }
        }
        return 0
    }

    private mutating func append(_ recipient: PlannedRecipient, departure: Int) {
        line.append("{\"line\":")
        line.append(decimal: recipient.line)
        line.append(",\"to\":")
        line.append(literal: recipient.to)
        line.append(",\"values\":[")
        for (index, value) in recipient.values.enumerated() {
            if index > 0 { line.append(",") }
            line.append(literal: value)
        }
        line.append("]}\n")
        line.take().withUnsafeBytes { objects.append($0, departure: departure) }
    }
}

/// What became of the first mails to the recipients of a shard.
struct FirstMails: Sendable {
    let feedback: ShardFeedback
    /// Positions of those whose mail the mail service has accepted; `nil` where only what was delivered counts.
    let accepted: Set<Int>?

    /// Why nothing follows a first mail; `nil` if something may.
    func reasonToLeaveOut(_ index: Int) -> String? {
        if feedback.has(.complaint, of: index) { return "has complained about the first mail" }
        if FeedbackKind.allCases.contains(where: { $0.isBounce && feedback.has($0, of: index) }) {
            return "the first mail has bounced"
        }
        if feedback.has(.suppressed, of: index) { return "on the mail service's suppression list" }
        if let accepted {
            if feedback.has(.rejected, of: index) || feedback.has(.renderingFailure, of: index) {
                return "the mail service has not sent the first mail"
            }
            return accepted.contains(index) ? nil : "the first mail was not accepted"
        }
        return feedback.has(.delivered, of: index) ? nil : "not delivered to"
    }
}
