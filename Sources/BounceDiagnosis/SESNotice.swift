internal import Deliverability
internal import JSON
internal import TextSearch

/// Events and notifications of SES, as it publishes them to SNS or EventBridge, with or without their envelopes.
///
/// Source: Amazon SES Developer Guide, "Examples of event data that Amazon SES publishes to Amazon SNS" (`eventType`), "Amazon
/// SNS notification contents for Amazon SES" (`notificationType`), and "Bounce types".
enum SESNotice {
    private static let mostRecipients = 200
    private static let mostRecords = 200

    static func looksLikeOne(_ bytes: [UInt8]) -> Bool {
        let first = bytes.prefix(4096).first { $0 > 0x20 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }

    static func explain(_ bytes: [UInt8], file: String) throws(BounceReader.Failure) -> [Explanation] {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: bytes) else { throw .unreadable }
        var diagnoses: [Explanation] = []
        var other: String?
        for record in records(value, depth: 0).prefix(mostRecords) {
            guard let kind = record["eventType"]?.string ?? record["notificationType"]?.string else {
                continue
            }
            let found = SESRecord(record: record, kind: kind, file: file).diagnoses().prefix(mostRecipients)
            if found.isEmpty {
                other = "an SES event of type \(Printable.text(kind, longest: 40)), which tells of no failure"
            }
            diagnoses += found
        }
        guard diagnoses.isEmpty else { return diagnoses }
        throw .noBounce(what: other ?? "JSON that is no event of SES")
    }

    /// The records in a value: itself, or what an envelope of SNS, SQS, Lambda or EventBridge holds.
    private static func records(_ value: JSONValue, depth: Int) -> [JSONValue] {
        guard depth < 6 else { return [] }
        if value["eventType"] != nil || value["notificationType"] != nil { return [value] }
        if case .array(let elements) = value {
            return elements.prefix(mostRecords).flatMap { records($0, depth: depth + 1) }
        }
        for key in ["Records", "Sns", "detail"] {
            if let inner = value[key] { return records(inner, depth: depth + 1) }
        }
        for key in ["Message", "body"] {
            guard let text = value[key]?.string,
                let inner = try? JSONDecoder().decode(JSONValue.self, from: Array(text.utf8))
            else { continue }
            return records(inner, depth: depth + 1)
        }
        return []
    }
}

/// One event.
private struct SESRecord {
    let record: JSONValue
    let kind: String
    let file: String

    func diagnoses() -> [Explanation] {
        switch kind {
        case "Bounce": bounce()
        case "Complaint": recipients("complaint", "complainedRecipients").map(complaint)
        case "DeliveryDelay": recipients("deliveryDelay", "delayedRecipients").map(delay)
        case "Reject":
            destinations.map {
                refused(
                    $0, .virusdetected, "reject", "reason",
                    "SES found a virus in the mail and did not send it")
            }
        case "Rendering Failure", "RenderingFailure":
            destinations.map {
                refused($0, .contenterror, "failure", "errorMessage", "SES could not fill in the template")
            }
        case "Delivery":
            recipients("delivery", "recipients").map { diagnosis(.delivered, $0, ["eventType: Delivery"]) }
        default: []
        }
    }

    private var destinations: [(address: String?, details: JSONValue)] {
        let all = record["mail"]?["destination"]?.elements ?? []
        return all.isEmpty ? [(nil, .null)] : all.map { ($0.string, .null) }
    }

    private func recipients(_ section: String, _ member: String) -> [(address: String?, details: JSONValue)] {
        let all = record[section]?[member]?.elements ?? []
        return all.isEmpty ? destinations : all.map { ($0.string ?? $0["emailAddress"]?.string, $0) }
    }

    private func bounce() -> [Explanation] {
        let details = record["bounce"] ?? .null
        let type = details["bounceType"]?.string ?? ""
        let subtype = details["bounceSubType"]?.string ?? ""
        let told = "bounceType: \(type), bounceSubType: \(subtype)"
        return recipients("bounce", "bouncedRecipients").map { recipient in
            var diagnosis = bounce(recipient, type, subtype, told)
            if type == "Permanent", !diagnosis.permanent, diagnosis.reason != .suppressed {
                let remedy = diagnosis.remedy.map { "\($0). " } ?? ""
                diagnosis.remedy =
                    remedy
                    + "SES counts it as a hard bounce and suppresses the address, and so does the feedback function: "
                    + "take the address off the suppression list when the cause is mended"
            }
            return diagnosis
        }
    }

    private func bounce(
        _ recipient: (address: String?, details: JSONValue), _ type: String, _ subtype: String, _ told: String
    ) -> Explanation {
        if let reason = Self.decided[subtype] {
            var diagnosis = diagnosis(
                reason, recipient, [told, recipient.details["diagnosticCode"]?.string].compactMap { $0 })
            if subtype == "UnsubscribedRecipient" {
                diagnosis.meaning =
                    "SES did not send it: the recipient has unsubscribed from the contact list"
                diagnosis.remedy = "Leave the address out of the list"
            }
            return diagnosis
        }
        guard
            recipient.details["diagnosticCode"]?.string != nil || recipient.details["status"]?.string != nil
        else {
            return diagnosis(Self.reason(type, subtype), recipient, [told])
        }
        return judged(recipient, [told], or: Self.reason(type, subtype))
    }

    /// Subtypes that say all there is to say.
    private static let decided: [String: Reason] = [
        "Suppressed": .suppressed, "OnAccountSuppressionList": .suppressed,
        "UnsubscribedRecipient": .suppressed,
    ]

    /// What a type and subtype mean where the other system's words are not told. `Permanent` alone is SES's word for any reply
    /// of 5xx, so that it proves nothing against the address.
    private static func reason(_ type: String, _ subtype: String) -> Reason {
        switch (type, subtype) {
        case ("Permanent", "NoEmail"): .userunknown
        case (_, "MailboxFull"): .mailboxfull
        case (_, "MessageTooLarge"): .mesgtoobig
        case (_, "ContentRejected"): .contenterror
        case (_, "AttachmentRejected"): .policyviolation
        case ("Transient", _): .expired
        default: .undefined
        }
    }

    private func judged(
        _ recipient: (address: String?, details: JSONValue), _ told: [String], or fallback: Reason
    ) -> Explanation {
        var failed = FailedRecipient(address: recipient.address)
        failed.action = recipient.details["action"]?.string?.lowercased() ?? ""
        failed.status = recipient.details["status"]?.string.flatMap { CodeScanner.codes(in: $0).status }
        var said = recipient.details["diagnosticCode"]?.string ?? ""
        if said.lowercased().hasPrefix("smtp;") { said = said.dropFirst(5).trimmed }
        failed.diagnostic = said.isEmpty ? [] : [said]
        var codes = CodeScanner.codes(in: said)
        codes.status = codes.status ?? failed.status
        var verdict = Judge(Report.none).verdict(on: failed, codes: codes)
        let isVague = [.undefined, .onhold].contains(verdict.reason)
        if isVague { verdict.reason = fallback }
        var diagnosis = diagnosis(verdict.reason, recipient, verdict.evidence + told)
        diagnosis.settle(isForGood: verdict.isForGood(failed, codes))
        if !isVague, let layer = verdict.layer { diagnosis.layer = layer }
        diagnosis.status = codes.status
        diagnosis.replyCode = codes.reply
        return diagnosis
    }

    private func complaint(_ recipient: (address: String?, details: JSONValue)) -> Explanation {
        let details = record["complaint"] ?? .null
        let subtype = details["complaintSubType"]?.string
        let evidence = [
            details["complaintFeedbackType"]?.string.map { "complaintFeedbackType: \($0)" },
            subtype.map { "complaintSubType: \($0)" },
        ]
        let isSuppressed = subtype == "OnAccountSuppressionList"
        return diagnosis(
            isSuppressed ? .suppressed : .feedback, recipient,
            evidence.compactMap { $0 } + ["eventType: Complaint"])
    }

    private func delay(_ recipient: (address: String?, details: JSONValue)) -> Explanation {
        let type = record["deliveryDelay"]?["delayType"]?.string ?? ""
        let reasons: [String: Reason] = [
            "MailboxFull": .mailboxfull, "SpamDetected": .spamdetected, "RecipientServerError": .systemerror,
            "IPFailure": .blocked, "TransientCommunicationFailure": .networkerror,
            "InternalFailure": .systemerror,
            "BYOIPHostNameLookupUnavailable": .requireptr, "SendingDeferral": .expired,
        ]
        guard let reason = reasons[type] else {
            return judged(recipient, ["delayType: \(type)"], or: .expired)
        }
        var diagnosis = judged(recipient, ["delayType: \(type)"], or: reason)
        if recipient.details["diagnosticCode"]?.string == nil {
            diagnosis = self.diagnosis(reason, recipient, ["delayType: \(type)"])
        }
        if type == "InternalFailure" || type == "SendingDeferral" { diagnosis.layer = .ses }
        diagnosis.settle(isForGood: false)
        return diagnosis
    }

    private func refused(
        _ recipient: (address: String?, details: JSONValue), _ reason: Reason, _ section: String,
        _ member: String, _ meaning: String
    ) -> Explanation {
        let told = record[section]?[member]?.string
        var diagnosis = diagnosis(
            reason, recipient, ["eventType: \(kind)"] + [told.map { "\(member): \($0)" }].compactMap { $0 })
        diagnosis.layer = .ses
        diagnosis.meaning = meaning
        return diagnosis
    }

    private func diagnosis(
        _ reason: Reason, _ recipient: (address: String?, details: JSONValue), _ evidence: [String]
    ) -> Explanation {
        let mail = record["mail"] ?? .null
        let facts = reason.facts
        return Explanation(
            file: file, reporter: reporter.map { Printable.text($0) },
            recipient: recipient.address.flatMap { Address.first(in: $0) ?? $0 }.map { Printable.text($0) },
            messageID: mail["messageId"]?.string.map { Printable.text($0) },
            subject: mail["commonHeaders"]?["subject"]?.string.map { Printable.text($0) }, status: nil,
            replyCode: nil,
            reason: reason, layer: facts.layer, path: path, permanent: facts.endsAddress,
            meaning: facts.meaning, evidence: evidence.map { Printable.text($0) }, remedy: facts.remedy)
    }

    private var reporter: String? {
        let dsn =
            record["bounce"]?["reportingMTA"]?.string ?? record["deliveryDelay"]?["reportingMTA"]?.string
        return dsn.flatMap(Report.name) ?? "Amazon SES"
    }

    /// By our tags, else by the header of the mail where the event has it: what came by SMTP says so.
    private var path: MailPath? {
        let mail = record["mail"] ?? .null
        if let tags = mail["tags"], tags["occurrence"] != nil, tags["batch"] != nil { return .api }
        var header = MIMEHeader()
        for field in (mail["headers"]?.elements ?? []).prefix(200) {
            if let name = field["name"]?.string, let value = field["value"]?.string {
                header.fields.append((name, value))
            }
        }
        guard !header.fields.isEmpty else { return nil }
        if header.fields.contains(where: {
            $0.name.lowercased() == "received" && $0.value.lowercased().contains(text: "email-smtp")
        }) {
            return .relay
        }
        return PathEvidence.path(of: MIMEHeader(fields: header.fields + [("X-SES-Outgoing", "")]))?.path
    }
}

extension Report {
    /// For words that came without a message around them.
    fileprivate static let none = Report()

    private init() {
        header = MIMEHeader()
        reportType = ""
        lines = []
        statusGroups = []
        original = MIMEHeader()
        isCut = false
    }
}

extension JSONValue {
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
}
