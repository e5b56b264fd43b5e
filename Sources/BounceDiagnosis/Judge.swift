internal import Deliverability
internal import TextSearch

/// Decides why a mail failed, by the table of wordings and the registry of status codes.
///
/// In order of priority: a decisive wording in what the other system said; a status code made for exactly one thing; another
/// wording there; a decisive wording in what the report says to people; any other status code; other wordings; what the
/// reply code alone means.
struct Judge: Sendable {
    struct Verdict: Sendable {
        var reason: Reason
        var layer: Layer?
        var weight = Rule.Weight.weak
        var isLookup = false
        var isOutright = false
        /// The lines that decided, as they are.
        var evidence: [String]
        /// Whether the report says to people that the mailbox is full, which a mailbox that does not exist cannot be.
        var isContradicted = false

        /// Whether the address is to be given up: not for what passes, and not where the report contradicts itself.
        func isForGood(_ recipient: FailedRecipient, _ codes: CodeScanner.Codes) -> Bool {
            let isTemporary =
                recipient.action == "delayed"
                || [codes.status, recipient.status].contains { $0?.hasPrefix("4.") == true }
                || codes.status == nil && codes.reply.map { (400...499).contains($0) } == true
            return reason.facts.endsAddress && !isTemporary && !isContradicted
        }
    }

    private struct Finding: Sendable {
        var rule: Rule
        var evidence: [String]
    }

    private let report: Report
    /// What the text as a whole and the subject say, once for all recipients.
    private let whole: Finding?

    init(_ report: Report) {
        self.report = report
        whole = Self.best(in: report.lines + [report.header["subject"] ?? ""])
    }

    private static let phrases: [(rule: Int, phrase: String)] = Rule.table.enumerated().flatMap {
        index, rule in
        rule.phrases.map { (index, $0) }
    }
    private static let search = PhraseSearch(phrases.map(\.phrase))

    func verdict(on recipient: FailedRecipient, codes: CodeScanner.Codes) -> Verdict {
        let status = codes.status
        if Self.isDelivered(recipient, status) {
            return Verdict(
                reason: .delivered,
                evidence: Self.statusEvidence(recipient.status ?? status, recipient.action))
        }
        let verdict = wording(on: recipient, codes) ?? Self.fallback(recipient, codes)
        var refined = Self.refined(verdict, recipient, codes)
        if refined.reason.facts.endsAddress, let told = Self.best(in: recipient.lines),
            told.rule.weight == .decisive, told.rule.reason == .mailboxfull
        {
            refined.isContradicted = true
            refined.evidence += told.evidence
        }
        return refined
    }

    /// Whether a message of which nothing else says that it is a report returns a mail, or comes from a mailing list's
    /// program, and refuses in words that leave no doubt.
    var isPlain: Bool {
        let returns = report.original["message-id"] != nil || report.original["received"] != nil
        let isOfList = report.header["x-mlserver"] != nil || report.header["x-ml-name"] != nil
        guard returns || isOfList || report.isBare, report.lines.count < 200 else { return false }
        return whole?.rule.weight == .decisive
    }

    private static func isDelivered(_ recipient: FailedRecipient, _ status: String?) -> Bool {
        if ["delivered", "relayed", "expanded", "deliverable"].contains(recipient.action) { return true }
        return recipient.action.isEmpty && status?.hasPrefix("2.") == true
    }

    private func wording(on recipient: FailedRecipient, _ codes: CodeScanner.Codes) -> Verdict? {
        let registered = codes.status.flatMap { StatusRegistry.meaning(of: $0) }
        func byStatus() -> Verdict? {
            registered.map {
                Verdict(
                    reason: $0.reason,
                    evidence: recipient.diagnostic.isEmpty
                        ? Self.statusEvidence(codes.status, recipient.action) : recipient.diagnostic)
            }
        }
        let said = Self.best(in: recipient.diagnostic, with: codes.status)
        if let said, said.rule.weight == .decisive { return Self.verdict(said) }
        if registered?.isDecisive == true { return byStatus() }
        if let said, said.rule.weight == .usual { return Self.verdict(said) }
        let told = Self.best(in: recipient.lines, with: codes.status)
        if let told, told.rule.weight == .decisive { return Self.verdict(told) }
        if registered != nil, recipient.action != "delayed" { return byStatus() }
        if let told { return Self.verdict(told) }
        if let said { return Self.verdict(said) }
        return whole.map(Self.verdict)
    }

    private static func verdict(_ finding: Finding) -> Verdict {
        Verdict(
            reason: finding.rule.reason, layer: finding.rule.layer, weight: finding.rule.weight,
            isLookup: finding.rule.isLookup,
            isOutright: finding.rule.isOutright, evidence: finding.evidence)
    }

    private static func best(in lines: [String], with status: String? = nil) -> Finding? {
        guard !lines.isEmpty else { return nil }
        let transcript = Transcript(lines)
        let matches = search.matches(in: transcript.bytes).filter {
            let statuses = Rule.table[phrases[$0.phrase].rule].statuses
            return statuses.isEmpty || statuses.contains { status?.hasPrefix($0) == true }
        }
        let best = matches.min { one, other in
            let (first, second) = (phrases[one.phrase].rule, phrases[other.phrase].rule)
            let (weight, otherWeight) = (Rule.table[first].weight, Rule.table[second].weight)
            return weight == otherWeight ? first < second : weight > otherWeight
        }
        return best.map {
            Finding(rule: Rule.table[phrases[$0.phrase].rule], evidence: transcript.lines(of: $0.range))
        }
    }

    private static func fallback(_ recipient: FailedRecipient, _ codes: CodeScanner.Codes) -> Verdict {
        let evidence =
            recipient.diagnostic.isEmpty
            ? statusEvidence(codes.status, recipient.action) : recipient.diagnostic
        if recipient.action == "delayed" { return Verdict(reason: .expired, evidence: evidence) }
        if let code = codes.reply, let reason = StatusRegistry.meaning(ofReply: code) {
            return Verdict(reason: reason, evidence: evidence)
        }
        return Verdict(
            reason: isSilent(recipient) ? .undefined : .onhold,
            evidence: evidence.isEmpty
                ? recipient.lines.filter { !$0.isEmpty }.prefix(3).map { $0 } : evidence)
    }

    /// Whether the refusal names the address that was refused, as the answers to RCPT of Sendmail and Postfix do.
    private static func quotesAddress(_ recipient: FailedRecipient) -> Bool {
        guard let address = recipient.address?.lowercased() else { return false }
        return recipient.diagnostic.contains { line in
            let text = line.lowercased()
            return text.contains(text: "<\(address)>: ") || text.contains(text: "\(address)... ")
                || text.contains(text: "<\(address)>... ")
        }
    }

    /// Exchange Online's 5.1.350 and 5.1.351 pass on what another server said, and not when it said it.
    private static func isOnAddress(_ status: String) -> Bool {
        (status.dropFirst().hasPrefix(".1.") || status.hasSuffix(".2.1"))
            && !["1.350", "1.351"].contains(status.dropFirst(2))
    }

    /// What reports say before they say anything.
    private static let noWords = PhraseSearch([
        "automatically generated", "automatically by mail", "delivery to the following",
        "could not be delivered to", "failed permanently",
        "failure reasons", "permanent error", "following address", "following recipient",
        "delivery status notification", "technical details", "multi-part message",
        "message you sent", "your message", "mime-encapsulated", "failed addresses", "undeliverable",
        "returned message",
    ])

    private static func isSilent(_ recipient: FailedRecipient) -> Bool {
        guard recipient.diagnostic.isEmpty, recipient.status == nil else {
            return recipient.diagnostic.isEmpty
        }
        return recipient.lines.allSatisfy { line in
            !line.utf8.contains { (0x61...0x7A).contains($0 | 0x20) || $0 >= 0x80 } || line.contains("@")
                || !noWords.matches(in: Transcript([line]).bytes).isEmpty
        }
    }

    /// What the point in the dialogue, and the class of the status code, say about a verdict.
    private static func refined(
        _ verdict: Verdict, _ recipient: FailedRecipient, _ codes: CodeScanner.Codes
    ) -> Verdict {
        var verdict = verdict
        let stage = SMTPStage.of(recipient)
        switch verdict.reason {
        case .userunknown where stage == .connect, .hostunknown where stage == .connect && codes.reply != nil:
            // Refused at the greeting: it is about the host that sent.
            verdict.reason = .blocked
        case .userunknown:
            // An address is given up on proof only: a refusal of RCPT, a status code on the address, or a look into a
            // directory. A server that takes the address and refuses the mail later has such a mailbox, and a filter.
            let isProved =
                verdict.isLookup && stage != .data || stage == .recipient
                || stage == nil && quotesAddress(recipient)
                || codes.status.map(isOnAddress) == true
            if stage == .mail { verdict.reason = .rejected } else if !isProved { verdict.reason = .filtered }
        case .notaccept where codes.status?.hasSuffix(".7.27") == true:
            // RFC 7505 section 4.2: it is the sender's domain that takes no mail.
            verdict.reason = .rejected
        case .hostunknown where stage == .mail: verdict.reason = .rejected
        case .hostunknown where codes.status?.hasPrefix("4.") == true:
            // Who says so will try again: the name service has failed, not the name.
            verdict.reason = .networkerror
        case .securityerror where stage == .mail && verdict.weight < .decisive:
            // Refused at MAIL, before any recipient was named: it is about the sender.
            verdict.reason = .rejected
        case .onhold where stage == .mail: verdict.reason = .rejected
        case .onhold where stage == .connect: verdict.reason = .blocked
        case .blocked where codes.status?.hasSuffix(".7.28") == true: verdict.reason = .speeding
        case .mesgtoobig where codes.status?.hasSuffix(".2.3") == true: verdict.reason = .exceedlimit
        case .networkerror where recipient.action == "delayed": verdict.reason = .expired
        default: break
        }
        if verdict.reason.facts.endsAddress, !verdict.isOutright, codes.status.map(isOfPolicy) == true {
            verdict.reason = .policyviolation
            verdict.layer = nil
        }
        return verdict
    }

    /// Whether a status code says that policy refused (x.7.y), whatever words stand beside it; but for those of owners who have
    /// changed (RFC 7293).
    private static func isOfPolicy(_ status: String) -> Bool {
        status.dropFirst().hasPrefix(".7.") && !["7.17", "7.18"].contains(status.dropFirst(2))
    }

    private static func statusEvidence(_ status: String?, _ action: String) -> [String] {
        [action.isEmpty ? nil : "Action: \(action)", status.map { "Status: \($0)" }].compactMap { $0 }
    }
}
