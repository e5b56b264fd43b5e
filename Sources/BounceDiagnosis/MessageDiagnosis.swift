internal import Deliverability

/// The diagnoses of one message.
struct MessageDiagnosis: Sendable {
    let report: Report
    let file: String
    private let judge: Judge
    private let relay: SendMailAs

    init(report: Report, file: String) {
        self.report = report
        self.file = file
        judge = Judge(report)
        relay = SendMailAs(report)
    }

    func all() throws(BounceReader.Failure) -> [Explanation] {
        if let feedback = report.feedback { return [self.feedback(feedback)] }
        if let recipient = report.junkReport { return [self.feedback(recipient)] }
        let recipients = report.recipients()
        let isReport =
            !report.statusGroups.isEmpty && report.reportType != "disposition-notification"
            || report.isFromSystem || report.hasSubjectOfReport
            || judge.isPlain || recipients.contains { relay.failure($0) != nil }
        if AutomaticReply.isOne(report, recipients: recipients) { return [vacation()] }
        // A parcel is delivered, too: who is no mail system must name a recipient.
        let isAboutMail = report.isFromSystem || report.isBare || recipients.contains { $0.address != nil }
        guard isReport || !report.isBare else { throw .unreadable }
        guard isReport, isAboutMail else { throw .noBounce(what: "a message that reports nothing") }
        let path = PathEvidence.path(of: report.original)
        let all = recipients.map { diagnosis(of: $0, path: path) }
        let isVague = all.allSatisfy {
            [.undefined, .onhold].contains($0.reason) && $0.replyCode == nil && $0.status == nil
                && $0.layer == .unknown
        }
        if isVague, report.statusGroups.isEmpty, !report.isFromSystem || !report.hasSubjectOfReport {
            throw .noBounce(what: "a message that tells of no failure")
        }
        return all
    }

    private func diagnosis(of recipient: FailedRecipient, path: (path: MailPath, evidence: String)?)
        -> Explanation
    {
        if let failure = relay.failure(recipient) { return relayFailure(failure, recipient) }
        let codes = codes(of: recipient)
        var verdict = judge.verdict(on: recipient, codes: codes)
        // SES's own receipt rules answer in the owner's words: that says nothing of a mailbox.
        if verdict.reason == .userunknown, report.isFromReceiptRule { verdict.reason = .filtered }
        var diagnosis = diagnosis(verdict.reason, recipient: recipient.address, evidence: verdict.evidence)
        diagnosis.layer = verdict.layer ?? verdict.reason.facts.layer
        diagnosis.status = codes.status
        diagnosis.replyCode = codes.reply
        diagnosis.path = path?.path
        diagnosis.settle(isForGood: verdict.isForGood(recipient, codes))
        if let path { diagnosis.evidence.append(Printable.text(path.evidence)) }
        if relay.isLogInRequest(recipient) {
            diagnosis.reason = .securityerror
            diagnosis.permanent = false
            diagnosis.layer = .unknown
            diagnosis.meaning =
                "the alias is relayed by another Google account, which asks its owner to log in"
            diagnosis.remedy =
                "Log in to that Google account in a web browser as the reply says; SES has no part in it"
        }
        return diagnosis
    }

    /// The codes of a recipient: a status code of the other system's goes before one that the reporter made up, where that
    /// says nothing.
    private func codes(of recipient: FailedRecipient) -> CodeScanner.Codes {
        var codes = CodeScanner.Codes()
        for line in recipient.diagnostic {
            let found = CodeScanner.codes(in: line)
            if codes.reply == nil { codes.reply = found.reply }
            if codes.status == nil { codes.status = found.status }
            if codes.reply != nil, codes.status != nil { break }
        }
        if recipient.diagnostic.isEmpty, recipient.status == nil {
            for line in recipient.lines.prefix(200) where codes.isEmpty {
                codes = CodeScanner.codes(in: line)
            }
        }
        if let status = recipient.status {
            let isVague = status.hasSuffix(".0.0")
            if codes.status == nil || !isVague && codes.status?.hasSuffix(".0.0") == true {
                codes.status = status
            }
        }
        return codes
    }

    private func diagnosis(_ reason: Reason, recipient: String?, evidence: [String]) -> Explanation {
        let facts = reason.facts
        var lines: [String] = []
        for line in evidence.map({ Printable.text($0.trimmed) })
        where !line.isEmpty && !lines.contains(line) && lines.count < 6 { lines.append(line) }
        if report.isCut { lines.append("(only the beginning of the message was examined)") }
        return Explanation(
            file: file, reporter: report.reporter.map { Printable.text($0) },
            recipient: recipient.map { Printable.text($0) },
            messageID: report.original["message-id"].map { Printable.text($0.trimmed) },
            subject: report.original["subject"].map { Printable.text($0) },
            reason: reason, layer: facts.layer, permanent: facts.endsAddress, meaning: facts.meaning,
            evidence: lines, remedy: facts.remedy)
    }

    private func relayFailure(_ failure: SendMailAs.Failure, _ recipient: FailedRecipient) -> Explanation {
        var diagnosis = diagnosis(
            failure.verdict.cause.reason, recipient: recipient.address, evidence: failure.evidence)
        diagnosis.layer = failure.verdict.layer
        diagnosis.path = .relay
        diagnosis.permanent = false
        diagnosis.meaning = Printable.text("the mail never left: " + failure.verdict.meaning)
        diagnosis.remedy = failure.verdict.remedy
        diagnosis.replyCode = failure.reply?.code
        diagnosis.status = failure.reply?.status ?? recipient.status
        return diagnosis
    }

    private func feedback(_ fields: MIMEHeader) -> Explanation {
        let recipient =
            fields["original-rcpt-to"].flatMap(Address.ofField) ?? fields["removal-recipient"].flatMap(
                Address.ofField) ?? report.original["to"].flatMap { Address.first(in: $0) }
        let type = (fields["feedback-type"] ?? "").lowercased()
        let evidence = fields.fields.prefix(4).map { "\($0.name): \($0.value)" }
        var diagnosis = diagnosis(.feedback, recipient: recipient, evidence: evidence)
        if type == "auth-failure" {
            // RFC 6591: a report on a mail that failed SPF, DKIM or DMARC, to the domain that asked for such.
            diagnosis.layer = .senderAuthentication
            diagnosis.meaning = "a receiver reports a mail under this domain that failed SPF, DKIM or DMARC"
            diagnosis.remedy =
                "Look at the source address: if it is ours, run jada-blast doctor; if not, somebody else used the domain"
        } else if type == "not-spam" {
            diagnosis.layer = nil
            diagnosis.meaning = "the recipient says that the mail is no spam"
            diagnosis.remedy = nil
        }
        diagnosis.path = PathEvidence.path(of: report.original)?.path
        return diagnosis
    }

    private func vacation() -> Explanation {
        let subject = report.header["subject"].map { "Subject: \($0)" }
        return diagnosis(
            .vacation, recipient: report.author,
            evidence: [subject].compactMap { $0 } + AutomaticReply.evidence(report))
    }
}
