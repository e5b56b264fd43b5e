/// What can be told of a recipient's mail, each counted once for a recipient of a run (invariant I6).
///
/// Stored feedback holds the raw values: they never change.
package enum FeedbackKind: UInt8, Sendable, Hashable, CaseIterable {
    case sent = 0
    case delivered = 1
    case permanentBounce = 2
    case transientBounce = 3
    case undeterminedBounce = 4
    /// The service did not try, because a list of its own names the recipient: a bounce or complaint only by name.
    case suppressed = 5
    case complaint = 6
    case rejected = 7
    case delayed = 8
    case renderingFailure = 9
    case opened = 10
    case clicked = 11
    case subscription = 12

    /// As reports in JSON call it.
    package var name: String {
        switch self {
        case .sent: "sent"
        case .delivered: "delivered"
        case .permanentBounce: "permanentBounces"
        case .transientBounce: "transientBounces"
        case .undeterminedBounce: "undeterminedBounces"
        case .suppressed: "suppressed"
        case .complaint: "complaints"
        case .rejected: "rejected"
        case .delayed: "delayed"
        case .renderingFailure: "renderingFailures"
        case .opened: "opened"
        case .clicked: "clicked"
        case .subscription: "subscriptions"
        }
    }

    /// A bounce of a mail that the service has tried to deliver.
    package var isBounce: Bool {
        switch self {
        case .permanentBounce, .transientBounce, .undeterminedBounce: true
        default: false
        }
    }
}

extension MailEvent {
    /// As what it is counted; `nil` for a complaint that is taken back ("this is no junk").
    package var feedbackKind: FeedbackKind? {
        if isAboutSuppressionList { return .suppressed }
        return switch kind {
        case .sent: .sent
        case .delivered: .delivered
        case .bounced(.permanent, _): .permanentBounce
        case .bounced(.transient, _): .transientBounce
        case .bounced(.undetermined, _): .undeterminedBounce
        case .complained(feedbackType: Self.notSpam): nil
        case .complained: .complaint
        case .rejected: .rejected
        case .delayed: .delayed
        case .renderingFailed: .renderingFailure
        case .opened: .opened
        case .clicked: .clicked
        case .subscriptionChanged: .subscription
        }
    }

    /// Why, in the service's words, with the status code of the recipient's server where it has told one:
    /// `NoEmail 5.1.1`; empty where nothing is told. Printable ASCII, 60 characters at most.
    package var reason: String {
        let told =
            switch kind {
            case .bounced(_, let subtype): [subtype, status ?? ""]
            case .complained(let feedbackType): [feedbackType ?? ""]
            case .rejected(let reason), .delayed(let reason): [reason]
            case .sent, .delivered, .renderingFailed, .opened, .clicked, .subscriptionChanged: [""]
            }
        let text = told.filter { !$0.isEmpty }.joined(separator: " ")
        return String(
            decoding: text.utf8.prefix(60).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self)
    }
}

/// One event about one recipient, as it is counted.
package struct RecipientEvent: Sendable, Hashable {
    /// Position within the shard, counted from 0.
    package var index: Int
    package var kind: FeedbackKind
    /// See ``MailEvent/reason``.
    package var reason: String
    /// The recipient's domain in lower-case ASCII, `nil` where the event names no address.
    package var domain: String?
    /// When it happened, `nil` where that is not told or cannot be.
    package var at: Timestamp?

    package init(
        index: Int, kind: FeedbackKind, reason: String = "", domain: String? = nil, at: Timestamp? = nil
    ) {
        self.index = index
        self.kind = kind
        self.reason = reason
        self.domain = domain
        self.at = at
    }
}
