package import AWS
package import Campaigns
internal import HTTP
internal import TextSearch

/// Hands mails to Amazon SES.
package struct SESMailer: Mailer {
    private let client: SES

    package init(aws: AWSConfiguration) { client = SES(configuration: aws) }

    package func send(_ mail: OutgoingMail) async -> MailerOutcome {
        do throws(AWSError) {
            return .accepted(messageID: try await client.send(SES.Email(mail)))
        } catch {
            return MailerOutcome(error, from: mail.from)
        }
    }
}

extension SES.Email {
    fileprivate init(_ mail: OutgoingMail) {
        self.init(
            from: mail.from.headerValue, to: [mail.to.headerValue],
            subject: HeaderText.withoutControls(mail.subject))
        replyTo = mail.replyTo.map(\.headerValue)
        html = mail.html
        text = mail.text
        headers = mail.headers.map { ($0.name, $0.value) }
        tags = mail.tags
        configurationSet = mail.configurationSet
    }
}

extension MailerOutcome {
    /// What a failed SendEmail means for the mail (SES API v2 Reference, SendEmail, "Errors").
    init(_ error: AWSError, from sender: Mailbox) {
        switch error.kind {
        case .credentials, .configuration: self = .stopped(reason: error.description)
        case .malformedResponse: self = .ambiguous(reason: error.description)
        case .transport(let failure):
            self =
                switch (failure.kind, failure.written) {
                case (.invalidRequest, _): .stopped(reason: error.description)
                case (_, .nothing): .throttled(.unreachable(reason: error.description))
                case (_, .maybe): .ambiguous(reason: error.description)
                }
        case .service(let code, let message, let status):
            self = MailerOutcome(error, code: code, message: message.lowercased(), status: status, sender)
        }
    }

    /// - Parameter message: in lower case.
    private init(_ error: AWSError, code: String, message: String, status: Int, _ sender: Mailbox) {
        switch code {
        case "LimitExceededException", "SendingPausedException", "AccountSuspendedException",
            "MailFromDomainNotVerifiedException", "NotFoundException":
            self = .stopped(reason: error.description)
        case let code where AWSError.isAboutPermission(code):
            self = .stopped(reason: error.problem(with: .identity).description)
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture",
            "SignatureDoesNotMatch" where message.contains(text: "signature expired"),
            "InvalidSignatureException" where message.contains(text: "signature expired"),
            "SignatureDoesNotMatch" where message.contains(text: "signature not yet current"),
            "InvalidSignatureException" where message.contains(text: "signature not yet current"):
            // The client has learned the right time from this very answer.
            self = .throttled(.unreachable(reason: error.description))
        case let code where AWSError.isAboutCredentials(code): self = .stopped(reason: error.description)
        default:
            if error.isThrottling {
                // SES tells its two limits apart only by their text: "Daily message quota exceeded",
                // "Maximum sending rate exceeded".
                let isDaily = message.contains(text: "daily") || message.contains(text: "quota")
                self = .throttled(isDaily ? .dailyQuota : .rate(retryAfter: error.retryAfter))
            } else if status >= 500 {
                self = .ambiguous(reason: error.description)
            } else if [401, 403].contains(status) || status < 400 {
                self = .stopped(reason: error.description)
            } else if MailerOutcome.isSenderUnverified(message, sender) {
                self = .stopped(reason: error.description)
            } else {
                self = .rejected(reason: error.description)
            }
        }
    }

    /// Whether a MessageRejected is about the sender, and so true of every other mail as well: "Email address is not
    /// verified. The following identities failed the check in region US-WEST-2: crew@example.org".
    private static func isSenderUnverified(_ message: String, _ sender: Mailbox) -> Bool {
        message.contains(text: "not verified") && message.contains(text: sender.address.lowercased())
    }
}
