internal import Campaigns
internal import Reports

/// What the mail service has told of a run's mails, as `status` tells it.
struct FeedbackReport: Encodable {
    /// Names are told in lines of their own up to this number.
    private static let mostLines = 5

    private let feedback: RunFeedback
    private let run: Run

    init(_ feedback: RunFeedback, of run: Run) {
        self.feedback = feedback
        self.run = run
    }

    private enum CodingKeys: String, CodingKey {
        case counts, bounceRate, bounceLimit, complaintRate, complaintLimit, reasons, otherReasons, domains
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Reason: Encodable {
        var kind: String
        var reason: String
        var count: Int
    }

    private struct Domain: Encodable {
        /// `nil`: all the others.
        var domain: String?
        var delivered: Int
        var bounced: Int
        var complained: Int
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        var counts = container.nestedContainer(keyedBy: Name.self, forKey: .counts)
        for kind in FeedbackKind.allCases {
            try counts.encode(feedback.counts[kind], forKey: Name(kind.name))
        }
        try container.encodeIfPresent(share(of: .bounces), forKey: .bounceRate)
        try container.encode(run.limit(of: .bounces), forKey: .bounceLimit)
        try container.encodeIfPresent(share(of: .complaints), forKey: .complaintRate)
        try container.encode(run.limit(of: .complaints), forKey: .complaintLimit)
        try container.encode(
            feedback.reasons.map { Reason(kind: $0.kind.name, reason: $0.reason, count: $0.count) },
            forKey: .reasons)
        try container.encode(feedback.otherReasons, forKey: .otherReasons)
        try container.encode(
            feedback.domains.map {
                Domain(
                    domain: $0.domain, delivered: $0.delivered, bounced: $0.bounced,
                    complained: $0.complained)
            }, forKey: .domains)
    }

    private func share(of rate: WatchedRate) -> Double? {
        feedback.counts.share(of: rate, ofAccepted: run.settled.accepted)
    }

    /// For a person; none where nothing was told.
    var lines: [String] {
        let counts = feedback.counts
        if counts.isEmpty { return [] }
        let told = FeedbackKind.allCases.filter { counts[$0] > 0 }.map { "\(counts[$0]) \($0.words)" }
        var lines = ["SES tells: " + told.joined(separator: ", ")]
        let rates = WatchedRate.allCases.compactMap { rate in
            share(of: rate).map {
                "\(rate.rawValue) \($0.percent) of what was delivered (held at \(run.limit(of: rate).percent))"
            }
        }
        if !rates.isEmpty { lines.append("  " + rates.joined(separator: ", ")) }
        let bounces = feedback.reasons.filter { $0.kind.isBounce }
        lines += Self.list(
            bounces.map { "\($0.count) \($0.reason.isEmpty ? "without a reason" : $0.reason)" },
            of: "bounced because of")
        let domains = feedback.domains.filter { $0.bounced > 0 }.sorted { $0.bounced > $1.bounced }
        lines += Self.list(domains.map { "\($0.bounced) \($0.domain ?? "elsewhere")" }, of: "bounced at")
        return lines
    }

    private static func list(_ items: [String], of what: String) -> [String] {
        guard !items.isEmpty else { return [] }
        let rest = items.count > mostLines ? ["…"] : []
        return ["  \(what): " + (items.prefix(mostLines) + rest).joined(separator: ", ")]
    }
}

/// That a rate has reached its limit, as `invoke` and `status` tell it.
struct FindingReport: Encodable {
    struct Override: Encodable {
        var by: String
        var at: String
        /// The limit from then on, as a share; above 1 there is none.
        var limit: Double
    }

    var rate: String
    var events: Int
    var delivered: Int
    /// Both from 0 to 1.
    var share: Double
    var limit: Double
    var at: String
    var override: Override?
    private let text: String

    private enum CodingKeys: String, CodingKey { case rate, events, delivered, share, limit, at, override }

    init(_ finding: RateFinding) {
        rate = finding.rate.rawValue
        events = finding.events
        delivered = finding.delivered
        share = finding.share
        limit = finding.limit
        at = finding.at.description
        override = finding.override.map { Override(by: $0.by, at: $0.at.description, limit: $0.limit) }
        text = "\(finding)"
    }

    /// For a person.
    var line: String {
        guard let override else { return "found: \(text)" }
        let next =
            override.limit > 1 ? "there is no limit any more" : "held again at \(override.limit.percent)"
        return "found: \(text); \(override.by) lets it go on, \(next)"
    }
}
