internal import Campaigns
internal import JSON

/// An event that asks the scheduler for a look.
enum TriggerEvent: Sendable, Equatable {
    /// A campaign by name; `again`: whatever its schedule says.
    case campaign(CampaignID, occurrence: Occurrence?, again: Bool)
    /// A step of a campaign's sequence, for the recipients of a run.
    case step(CampaignID, StepID, of: Occurrence)
    case tick
    case changed(CampaignID)
    /// None of the scheduler's business, such as an upload of another file.
    case other

    /// The shapes that are understood, for messages.
    static let shapes = """
        a campaign trigger {"source": "jada.blast", "detail-type": "Campaign Trigger", "detail": {"campaign": "…"}}, \
        {"campaign": "…"} or {"campaign": "…", "step": "…", "of": "…"} invoked directly, EventBridge's "Scheduled Event", or S3's "Object Created" by way of EventBridge
        """

    /// Reads an event.
    ///
    /// - Throws: a ``Problem`` if its shape is unknown or a value is wrong.
    static func parse(_ event: JSONValue) throws(Problem) -> TriggerEvent {
        guard case .object(let members) = event else { throw unknown("is no JSON object") }
        switch (event["source"]?.text, event["detail-type"]?.text) {
        case ("jada.blast", "Campaign Trigger"):
            guard let detail = event["detail"] else { throw wrong("$.detail", "is missing") }
            return try parse(detail, path: "$.detail", eventID: event["id"]?.text)
        case ("jada.blast", let type):
            throw wrong("$.detail-type", "is \(type.map { "'\($0)'" } ?? "missing"), not 'Campaign Trigger'")
        case ("aws.events", "Scheduled Event"), ("aws.scheduler", "Scheduled Event"):
            return .tick
        case ("aws.s3", "Object Created"):
            guard let key = event["detail"]?["object"]?["key"]?.text else {
                throw wrong("$.detail.object.key", "is missing")
            }
            return campaign(ofMetadata: key).map { .changed($0) } ?? .other
        case (nil, nil) where members["campaign"] != nil:
            return try parse(event, path: "$", eventID: nil)
        case (let source, let type):
            throw unknown(
                "has source \(source.map { "'\($0)'" } ?? "none") and detail-type \(type.map { "'\($0)'" } ?? "none")"
            )
        }
    }

    /// `{"campaign": "…", "occurrence": "…", "again": false}`, or `{"campaign": "…", "step": "…", "of": "…"}`
    private static func parse(
        _ detail: JSONValue, path: String, eventID: String?
    ) throws(Problem) -> TriggerEvent {
        guard case .object(let members) = detail else { throw wrong(path, "is no object") }
        let isStep = members["step"] != nil || members["of"] != nil
        let known = isStep ? ["campaign", "step", "of"] : ["campaign", "occurrence", "again", "step", "of"]
        for key in members.keys.sorted() where !known.contains(key) {
            throw wrong("\(path).\(key)", "is an unknown key; known are \(known.joined(separator: ", "))")
        }
        guard let name = members["campaign"]?.text else {
            throw wrong("\(path).campaign", "is missing or no text")
        }
        guard let campaign = CampaignID(name) else {
            throw wrong("\(path).campaign", "is no campaign's name: 1 to 64 of a-z, 0-9 and -")
        }
        if isStep {
            guard let step = members["step"]?.text.flatMap({ StepID($0) }) else {
                throw wrong("\(path).step", "is missing or no step's name: 1 to 32 of a-z, 0-9 and -")
            }
            guard let first = members["of"]?.text.flatMap({ Occurrence($0) }) else {
                throw wrong(
                    "\(path).of",
                    "is missing or no occurrence: that of the first run, whose recipients it is for")
            }
            return .step(campaign, step, of: first)
        }
        var occurrence: Occurrence?
        switch members["occurrence"] {
        case nil, .null?: occurrence = eventID.flatMap { Occurrence($0) }
        case .string(let text)?:
            guard let named = Occurrence(text) else {
                throw wrong("\(path).occurrence", "is no occurrence: 1 to 128 of A-Z a-z 0-9 . _ : -")
            }
            occurrence = named
        default: throw wrong("\(path).occurrence", "is no text")
        }
        var again = false
        switch members["again"] {
        case nil, .null?: break
        case .bool(let value)?: again = value
        default: throw wrong("\(path).again", "is neither true nor false")
        }
        return .campaign(campaign, occurrence: occurrence, again: again)
    }

    /// The campaign whose `campaign.json` has this key, under whatever prefix.
    private static func campaign(ofMetadata key: String) -> CampaignID? {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.last == "campaign.json", parts[parts.count - 3] == "campaigns" else {
            return nil
        }
        return CampaignID(String(parts[parts.count - 2]))
    }

    private static func wrong(_ key: String, _ what: String) -> Problem {
        Problem(
            .invalidInput, file: "event", key: key, what,
            remedy: "Correct the event; the scheduler takes \(shapes)")
    }

    private static func unknown(_ what: String) -> Problem {
        Problem(
            .invalidInput, file: "event", "the event's shape is unknown: it \(what)",
            remedy: "Send one of these: \(shapes)")
    }
}

extension JSONValue {
    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Reads an event.
    static func event(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        do {
            return try JSONDecoder().decode(JSONValue.self, from: bytes)
        } catch {
            throw Problem(
                .invalidInput, file: "event", line: error.line, column: error.column,
                key: error.path == "$" ? nil : error.path,
                error.message, remedy: "Send the event as one JSON object")
        }
    }
}
