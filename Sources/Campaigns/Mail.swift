/// A display name and an address (RFC 5322 section 3.4).
package struct Mailbox: Sendable, Hashable {
    package var name: String?
    /// As sent: the domain in ASCII.
    package var address: String

    package init(name: String? = nil, address: String) {
        self.name = name
        self.address = address
    }
}

/// One mail to one recipient, rendered and ready to be handed over.
package struct OutgoingMail: Sendable, Hashable {
    package var from: Mailbox
    package var to: Mailbox
    package var replyTo: [Mailbox]
    /// Unicode, one line.
    package var subject: String
    package var html: String?
    package var text: String?
    /// Further header fields, such as List-Unsubscribe (RFC 8058); printable ASCII, one line each.
    package var headers: [HeaderField]
    package var configurationSet: String?
    /// SES message tags; names and values are `[A-Za-z0-9_-]`, at most 256 characters.
    package var tags: [String: String]

    package struct HeaderField: Sendable, Hashable {
        package var name: String
        package var value: String
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        from: Mailbox, to: Mailbox, replyTo: [Mailbox] = [], subject: String, html: String? = nil,
        text: String? = nil, headers: [HeaderField] = [], configurationSet: String? = nil,
        tags: [String: String] = [:]
    ) {
        self.from = from
        self.to = to
        self.replyTo = replyTo
        self.subject = subject
        self.html = html
        self.text = text
        self.headers = headers
        self.configurationSet = configurationSet
        self.tags = tags
    }
}

/// What became of a mail handed to a ``Mailer``. There is no sixth outcome.
package enum MailerOutcome: Sendable, Hashable {
    /// The service has taken responsibility for it.
    case accepted(messageID: String)
    /// The service refused this mail for good; others may pass.
    case rejected(reason: String)
    /// The service did not take it, and will later; known not to have been accepted.
    case throttled(Throttling)
    /// The service did not take it and will take none until a person acts; known not to have been accepted.
    case stopped(reason: String)
    /// Nobody knows whether it was taken. Never sent again by itself.
    case ambiguous(reason: String)

    package enum Throttling: Sendable, Hashable {
        /// Too many a second.
        case rate(retryAfter: Duration?)
        /// The 24-hour quota is used up.
        case dailyQuota
        /// The service could not be reached at all; not one byte was sent.
        case unreachable(reason: String)
    }
}

/// What an SES account may send in a Region (SES API v2: GetAccount, SendQuota).
package struct SendingQuota: Sendable, Hashable {
    /// Mails a second.
    package var maximumRate: Double
    /// Mails in 24 hours; `nil` is no limit.
    package var maximumPer24Hours: Double?
    package var sentLast24Hours: Double
    package var isSendingEnabled: Bool
    package var hasProductionAccess: Bool
    /// HEALTHY, PROBATION or SHUTDOWN.
    package var enforcementStatus: String
    /// Reasons for which the account's suppression list is applied.
    package var suppressedReasons: Set<SuppressionReason>

    package init(
        maximumRate: Double, maximumPer24Hours: Double?, sentLast24Hours: Double,
        isSendingEnabled: Bool = true,
        hasProductionAccess: Bool = true, enforcementStatus: String = "HEALTHY",
        suppressedReasons: Set<SuppressionReason> = [.bounce, .complaint]
    ) {
        self.maximumRate = maximumRate
        self.maximumPer24Hours = maximumPer24Hours
        self.sentLast24Hours = sentLast24Hours
        self.isSendingEnabled = isSendingEnabled
        self.hasProductionAccess = hasProductionAccess
        self.enforcementStatus = enforcementStatus
        self.suppressedReasons = suppressedReasons
    }
}

/// What SES knows of a sending identity (SES API v2: GetEmailIdentity).
package struct SendingIdentity: Sendable, Hashable {
    /// A domain or an address.
    package var name: String
    package var isVerified: Bool
    /// SUCCESS, PENDING, FAILED, TEMPORARY_FAILURE or NOT_STARTED; `nil` where DKIM is not set up.
    package var dkimStatus: String?
    package var isDKIMSigningEnabled: Bool
    package var mailFromDomain: String?
    /// SUCCESS, PENDING, FAILED or TEMPORARY_FAILURE; `nil` without a custom MAIL FROM domain.
    package var mailFromStatus: String?

    package init(
        name: String, isVerified: Bool, dkimStatus: String? = nil, isDKIMSigningEnabled: Bool = false,
        mailFromDomain: String? = nil, mailFromStatus: String? = nil
    ) {
        self.name = name
        self.isVerified = isVerified
        self.dkimStatus = dkimStatus
        self.isDKIMSigningEnabled = isDKIMSigningEnabled
        self.mailFromDomain = mailFromDomain
        self.mailFromStatus = mailFromStatus
    }
}
