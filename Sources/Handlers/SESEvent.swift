internal import Campaigns
internal import JSON

/// Reads an event record of SES: event publishing (`eventType`, with tags) or a feedback notification (`notificationType`).
///
/// Source: Amazon SES Developer Guide, "Examples of event data that Amazon SES publishes to Amazon SNS" and "Amazon SNS
/// notification contents for Amazon SES".
enum SESEvent {
    /// More than SES sends: a mail has 50 recipients at most.
    private static let mostRecipients = 100

    /// - Throws: a ``Problem`` that names what is missing or wrong; it holds no address.
    static func parse(_ record: JSONValue) throws(Problem) -> MailEvent {
        guard let name = record["eventType"]?.text ?? record["notificationType"]?.text else {
            throw wrong("$.eventType", "is missing, and so is notificationType")
        }
        guard let messageID = record["mail"]?["messageId"]?.text, !messageID.isEmpty else {
            throw wrong("$.mail.messageId", "is missing")
        }
        let (kind, section, recipients) = try content(of: record, name)
        let moment = record[section]?["timestamp"]?.text ?? record["mail"]?["timestamp"]?.text
        return MailEvent(
            kind, messageID: messageID, tags: tags(record["mail"]?["tags"]),
            recipients: try addresses(record, section, recipients),
            status: recipients.flatMap { status(record[section]?[$0]) },
            at: moment.flatMap { Timestamp(iso8601: $0) })
    }

    /// What an event tells: its kind, the member that holds its details, and the member of those that lists recipients.
    private static func content(
        of record: JSONValue, _ name: String
    ) throws(Problem) -> (kind: MailEvent.Kind, section: String, recipients: String?) {
        switch name {
        case "Send": return (.sent, "send", nil)
        case "Delivery": return (.delivered, "delivery", "recipients")
        case "Bounce":
            guard let details = record["bounce"] else { throw wrong("$.bounce", "is missing") }
            // A type that SES may add one day is no reason to give up an address.
            let type = details["bounceType"]?.text.flatMap(MailEvent.BounceType.init) ?? .undetermined
            return (
                .bounced(type, subtype: details["bounceSubType"]?.text ?? ""), "bounce", "bouncedRecipients"
            )
        case "Complaint":
            guard let details = record["complaint"] else { throw wrong("$.complaint", "is missing") }
            let type = details["complaintSubType"]?.text ?? details["complaintFeedbackType"]?.text
            return (.complained(feedbackType: type), "complaint", "complainedRecipients")
        case "Reject":
            return (.rejected(reason: record["reject"]?["reason"]?.text ?? ""), "reject", nil)
        case "DeliveryDelay":
            let reason = record["deliveryDelay"]?["delayType"]?.text ?? ""
            return (.delayed(reason: reason), "deliveryDelay", "delayedRecipients")
        case "Rendering Failure": return (.renderingFailed, "failure", nil)
        case "Open": return (.opened, "open", nil)
        case "Click": return (.clicked, "click", nil)
        case "Subscription": return (.subscriptionChanged, "subscription", nil)
        default: throw wrong("$.eventType", "is an unknown type of event")
        }
    }

    /// The recipients that the details list, as texts or as objects with an `emailAddress`; else those of the mail.
    private static func addresses(
        _ record: JSONValue, _ section: String, _ member: String?
    ) throws(Problem) -> [String] {
        let path = member.map { "$.\(section).\($0)" } ?? "$.mail.destination"
        let list = member.map { record[section]?[$0] } ?? record["mail"]?["destination"]
        guard let list else {
            if member == nil { return [] }
            throw wrong(path, "is missing")
        }
        guard case .array(let elements) = list else { throw wrong(path, "is no list") }
        guard elements.count <= mostRecipients else {
            throw wrong(path, "has more than \(mostRecipients) recipients")
        }
        var addresses: [String] = []
        for (index, element) in elements.enumerated() {
            guard let address = element.text ?? element["emailAddress"]?.text else {
                throw wrong("\(path)[\(index)]", "is no address")
            }
            addresses.append(address)
        }
        return addresses
    }

    /// The status code of the first recipient that has one, told as such or in what its server has said:
    /// `smtp; 550 5.1.1 user unknown`.
    private static func status(_ recipients: JSONValue?) -> String? {
        guard case .array(let elements)? = recipients else { return nil }
        for element in elements {
            for text in [element["status"]?.text, element["diagnosticCode"]?.text] {
                if let text, let status = enhancedStatus(in: text) { return status }
            }
        }
        return nil
    }

    /// The first enhanced status code (RFC 3463 section 2) in a text: `class.subject.detail`.
    static func enhancedStatus(in text: String) -> String? {
        for word in text.utf8.prefix(1000).split(whereSeparator: { !isPart($0) }) {
            let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].count == 1, let kind = parts[0].first,
                "245".utf8.contains(kind), (1...3).contains(parts[1].count), (1...3).contains(parts[2].count)
            else { continue }
            return String(decoding: word, as: UTF8.self)
        }
        return nil
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".")
    }

    /// SES gives each tag a list of values.
    private static func tags(_ value: JSONValue?) -> [String: String] {
        guard case .object(let members)? = value else { return [:] }
        return members.compactMapValues { value in
            if case .array(let values) = value { values.first?.text } else { value.text }
        }
    }

    private static func wrong(_ key: String, _ what: String) -> Problem {
        Problem(
            .invalidInput, file: "SES event", key: key, what,
            remedy: "Connect the function to SES's event publishing or feedback notifications only")
    }
}
