/// What the mail service tells of a mail that it was given: that it was sent, delivered, refused, complained about.
///
/// Events may come late, twice, out of order, or never.
package struct MailEvent: Sendable, Hashable {
    package var kind: Kind
    /// The mail service's id of the mail.
    package var messageID: String
    /// The mail's message tags, each by its first value; none where the service does not tell them.
    package var tags: [String: String]
    /// Whom the event is about, in the order given: not always all recipients of the mail.
    package var recipients: [String]
    /// The enhanced status code (RFC 3463) that the recipient's server gave, such as `5.1.1`; `nil` where none is told.
    package var status: String?
    /// When it happened.
    package var at: Timestamp?

    package init(
        _ kind: Kind, messageID: String, tags: [String: String] = [:], recipients: [String] = [],
        status: String? = nil, at: Timestamp? = nil
    ) {
        self.kind = kind
        self.messageID = messageID
        self.tags = tags
        self.recipients = recipients
        self.status = status
        self.at = at
    }

    package enum Kind: Sendable, Hashable {
        /// The service has taken the mail; it may still not try to deliver it.
        case sent
        /// The recipient's server has taken the mail.
        case delivered
        case bounced(BounceType, subtype: String)
        /// - Parameter feedbackType: what kind of complaint (RFC 5965 section 7.3), such as `abuse`, where it is told.
        case complained(feedbackType: String?)
        /// The service has taken the mail and found that it may not go out, such as for a virus.
        case rejected(reason: String)
        case delayed(reason: String)
        case renderingFailed
        case opened
        case clicked
        case subscriptionChanged
    }

    /// How lasting a bounce is.
    package enum BounceType: String, Sendable, Hashable, CaseIterable {
        case permanent = "Permanent"
        case transient = "Transient"
        case undetermined = "Undetermined"
    }

    /// Whether the service did not even try, because the account's own suppression list names the recipient: what its list
    /// tells is nothing new, and counts against nobody's reputation.
    package var isAboutAccountSuppressionList: Bool {
        switch kind {
        case .bounced(_, subtype: Self.onAccountSuppressionList): true
        case .complained(feedbackType: Self.onAccountSuppressionList?): true
        default: false
        }
    }

    /// Whether the service did not even try, because some list of its own names the recipient: the account's, the one that
    /// SES keeps for all accounts, or those who have left a contact list. It tells nothing of the list that was mailed now.
    package var isAboutSuppressionList: Bool {
        if isAboutAccountSuppressionList { return true }
        return switch kind {
        case .bounced(_, subtype: "Suppressed"), .bounced(_, subtype: "UnsubscribedRecipient"): true
        default: false
        }
    }

    /// Whether it is a bounce that may pass, and that is the address's fault and not the mail's.
    ///
    /// `General` is what SES calls replies of people on holiday, too: their mail has arrived, and they come without the status
    /// code that a server gives for a mail that has not (SES Developer Guide, "Bounce types").
    package var isTransientBounceOfAddress: Bool {
        guard case .bounced(.transient, let subtype) = kind else { return false }
        switch subtype {
        case "MessageTooLarge", "ContentRejected", "AttachmentRejected": return false
        case "General", "": return status.map { $0.hasPrefix("4.") || $0.hasPrefix("5.") } ?? false
        default: return true
        }
    }

    /// What SES calls it, as a subtype of bounces and of complaints.
    package static let onAccountSuppressionList = "OnAccountSuppressionList"

    /// The feedback type of a person who moves a mail out of the junk folder.
    static let notSpam = "not-spam"

    /// Whether it proves that the service has accepted the mail.
    package var provesAcceptance: Bool {
        switch kind {
        case .sent, .delivered, .bounced, .complained, .rejected, .delayed, .opened, .clicked: true
        case .renderingFailed, .subscriptionChanged: false
        }
    }

    /// Why its recipients must not be mailed again; `nil` if they may.
    package var suppressionReason: SuppressionReason? {
        if isAboutAccountSuppressionList { return nil }
        return switch kind {
        case .bounced(.permanent, _): .bounce
        // A person who moves a mail out of the junk folder tells that it is none.
        case .complained(feedbackType: Self.notSpam): nil
        case .complained: .complaint
        default: nil
        }
    }
}
