import Campaigns
import HTTP
import Testing

@testable import AWS
@testable import CloudAdapters

@Suite("SES outcomes")
struct SESMailerTests {
    private enum Expected: Sendable {
        case rejected, stopped, ambiguous, rate, dailyQuota, unreachable
    }

    private let sender = Mailbox(name: "JADA", address: "Crew@Example.org")

    private func outcome(_ kind: AWSError.Kind) -> MailerOutcome {
        MailerOutcome(AWSError(service: "SES", operation: "SendEmail", kind: kind), from: sender)
    }

    private func expect(_ outcome: MailerOutcome, is expected: Expected) {
        switch (outcome, expected) {
        case (.rejected(let reason), .rejected), (.stopped(let reason), .stopped),
            (.ambiguous(let reason), .ambiguous), (.throttled(.unreachable(let reason)), .unreachable):
            #expect(!reason.isEmpty)
        case (.throttled(.rate), .rate), (.throttled(.dailyQuota), .dailyQuota): break
        default: Issue.record("\(outcome) is not \(expected)")
        }
    }

    @Test(
        "an error of SES tells what became of the mail",
        arguments: [
            ("TooManyRequestsException", 429, "Maximum sending rate exceeded.", Expected.rate),
            ("TooManyRequestsException", 429, "Daily message quota exceeded.", .dailyQuota),
            ("TooManyRequestsException", 429, "", .rate),
            ("ThrottlingException", 400, "Rate exceeded", .rate),
            ("LimitExceededException", 400, "", .stopped),
            ("SendingPausedException", 400, "", .stopped),
            ("AccountSuspendedException", 400, "", .stopped),
            ("MailFromDomainNotVerifiedException", 400, "", .stopped),
            ("NotFoundException", 404, "Configuration set <x> does not exist.", .stopped),
            ("ExpiredTokenException", 403, "", .stopped),
            ("UnrecognizedClientException", 403, "", .stopped),
            ("AccessDeniedException", 403, "", .stopped),
            (
                "InvalidSignatureException", 403, "The request signature we calculated does not match",
                .stopped
            ),
            (
                "InvalidSignatureException", 403, "Signature expired: 20260601T100000Z is now earlier",
                .unreachable
            ),
            ("MissingAuthenticationToken", 403, "", .stopped),
            ("SomethingNew", 403, "", .stopped),
            ("MessageRejected", 400, "Address blacklisted.", .rejected),
            (
                "MessageRejected", 400,
                "Email address is not verified. The following identities failed the check in region US-WEST-2: "
                    + "crew@example.org", .stopped
            ),
            (
                "MessageRejected", 400,
                "Email address is not verified. The following identities failed the check in region US-WEST-2: "
                    + "guest@example.org", .rejected
            ),
            ("BadRequestException", 400, "Missing final '@domain'", .rejected),
            ("SomethingNew", 422, "", .rejected),
            ("InternalServiceErrorException", 500, "", .ambiguous),
            ("InternalFailure", 500, "", .ambiguous),
            ("ServiceUnavailable", 503, "", .ambiguous),
            ("HTTP502", 502, "", .ambiguous),
        ] as [(String, Int, String, Expected)])
    private func serviceErrors(code: String, status: Int, message: String, expected: Expected) {
        expect(outcome(.service(code: code, message: message, status: status)), is: expected)
    }

    @Test(
        "a mail of which a byte may have been written is ambiguous, another is known not to have gone",
        arguments: [
            (HTTPError.Kind.connect, HTTPError.Written.nothing, Expected.unreachable),
            (.resolve, .nothing, .unreachable), (.tls, .nothing, .unreachable),
            (.timeout(.connect), .nothing, .unreachable), (.cancelled, .nothing, .unreachable),
            (.invalidRequest, .nothing, .stopped), (.reset, .maybe, .ambiguous),
            (.timeout(.firstByte), .maybe, .ambiguous), (.timeout(.total), .maybe, .ambiguous),
            (.malformedResponse, .maybe, .ambiguous), (.bodyTooLarge, .maybe, .ambiguous),
            (.cancelled, .maybe, .ambiguous), (.other, .maybe, .ambiguous),
        ] as [(HTTPError.Kind, HTTPError.Written, Expected)])
    private func transportErrors(kind: HTTPError.Kind, written: HTTPError.Written, expected: Expected) {
        let error = HTTPError(kind: kind, written: written, curlCode: 0, message: "what happened")
        expect(outcome(.transport(error)), is: expected)
    }

    @Test("an answer that cannot be read is ambiguous; without credentials nothing was sent")
    func otherErrors() {
        expect(outcome(.malformedResponse("cut off")), is: .ambiguous)
        expect(outcome(.credentials("none found")), is: .stopped)
        expect(outcome(.configuration("no Region")), is: .stopped)
    }

    @Test("a sender that the identity may not use stops the run, with the statement that would allow it")
    func denied() {
        let identity = "arn:aws:ses:us-west-2:123456789012:identity/example.org"
        let outcome = outcome(
            .service(
                code: "AccessDeniedException",
                message: """
                    User `arn:aws:sts::123456789012:assumed-role/sender/jada-blast-sender' is not authorized to perform \
                    `ses:SendEmail' on resource `\(identity)'
                    """, status: 403))
        guard case .stopped(let reason) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(
            reason.hasSuffix(
                #"signs: {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "\#(identity)"}."#))
    }

    @Test("the time that SES asks to wait is kept")
    func retryAfter() {
        var error = AWSError(
            service: "SES", operation: "SendEmail",
            kind: .service(
                code: "TooManyRequestsException", message: "Maximum sending rate exceeded", status: 429))
        error.retryAfter = .seconds(7)
        #expect(MailerOutcome(error, from: sender) == .throttled(.rate(retryAfter: .seconds(7))))
    }
}
