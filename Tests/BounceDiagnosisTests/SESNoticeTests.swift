import BounceDiagnosis
import Deliverability
import JSON
import TestSupport
import Testing

@Suite("Events of SES as bounces")
struct SESNoticeTests {
    private static let mail =
        #""mail":{"messageId":"0101","destination":["guest@example.com"],"commonHeaders":{"subject":"Hello"},"tags":{"occurrence":["x"],"batch":["1-1"]}}"#

    @Test(
        "types and subtypes, and what the other system said, decide",
        arguments: [
            (
                #""eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"guest@example.com","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}"#,
                .userunknown, .recipientAddress, true
            ),
            (
                #""notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"guest@example.com","status":"5.7.509","diagnosticCode":"smtp; 550 5.7.509 Access denied, sending domain example.org does not pass DMARC verification"}]}"#,
                .authfailure, .senderAuthentication, false
            ),
            (
                #""eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"OnAccountSuppressionList","bouncedRecipients":[{"emailAddress":"guest@example.com","status":"5.1.1","diagnosticCode":"Amazon SES did not send the message to this address because it is on the suppression list for your account."}]}"#,
                .suppressed, .suppressionList, false
            ),
            (
                #""eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"Suppressed","bouncedRecipients":[{"emailAddress":"guest@example.com"}]}"#,
                .suppressed, .suppressionList, false
            ),
            (
                #""eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"NoEmail","bouncedRecipients":[{"emailAddress":"guest@example.com"}]}"#,
                .userunknown, .recipientAddress, true
            ),
            (
                #""eventType":"Bounce","bounce":{"bounceType":"Transient","bounceSubType":"MailboxFull","bouncedRecipients":[{"emailAddress":"guest@example.com"}]}"#,
                .mailboxfull, .mailbox, false
            ),
            (
                #""eventType":"Complaint","complaint":{"complaintFeedbackType":"abuse","complainedRecipients":[{"emailAddress":"guest@example.com"}]}"#,
                .feedback, .reputation, false
            ),
            (#""eventType":"Reject","reject":{"reason":"Bad content"}"#, .virusdetected, .ses, false),
            (
                #""eventType":"Rendering Failure","failure":{"errorMessage":"no such attribute"}"#,
                .contenterror, .ses, false
            ),
            (
                #""eventType":"DeliveryDelay","deliveryDelay":{"delayType":"MailboxFull","delayedRecipients":[{"emailAddress":"guest@example.com"}]}"#,
                .mailboxfull, .mailbox, false
            ),
        ] as [(String, Reason, Layer, Bool)])
    func kinds(event: String, reason: Reason, layer: Layer, permanent: Bool) throws {
        let record = "{\(event),\(Self.mail)}"
        let quoted = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        for text in [
            record, "[\(record)]", #"{"Type":"Notification","Message":\#(quoted)}"#,
            #"{"Records":[{"Sns":{"Message":\#(quoted)}}]}"#,
            #"{"Records":[{"body":\#(quoted)}]}"#, #"{"source":"aws.ses","detail":\#(record)}"#,
            "\u{FEFF}\n \(record)",
        ] {
            let diagnosis = try Sample.explain(Array(text.utf8))
            #expect(diagnosis.reason == reason, "\(text)")
            #expect(diagnosis.layer == layer)
            #expect(diagnosis.permanent == permanent)
            #expect(diagnosis.path == .api)
            #expect(diagnosis.recipient == "guest@example.com")
            #expect(diagnosis.messageID == "0101" && diagnosis.subject == "Hello")
        }
    }

    @Test(
        "an event that tells of no failure is no bounce",
        arguments: ["Send", "Open", "Click", "Subscription", "Later"])
    func others(kind: String) {
        #expect(throws: BounceReader.Failure.self) {
            try BounceReader.explain(Array(#"{"eventType":"\#(kind)",\#(Self.mail)}"#.utf8), file: "x")
        }
    }

    @Test(
        "SES's word Permanent alone gives no address up, and it is said that SES suppresses it all the same",
        arguments: [
            #"{"emailAddress":"a@example.com"}"#,
            #"{"emailAddress":"a@example.com","status":"5.0.0"}"#,
            #"{"emailAddress":"a@example.com","status":"5.7.1","diagnosticCode":"smtp; 550 5.7.1 Access denied"}"#,
        ])
    func withoutProof(recipient: String) throws {
        for subtype in ["General", "Undetermined", ""] {
            let text =
                #"{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"\#(subtype)","bouncedRecipients":[\#(recipient)]},\#(Self.mail)}"#
            let diagnosis = try Sample.explain(Array(text.utf8))
            #expect(!diagnosis.permanent && diagnosis.reason != .userunknown)
            #expect(diagnosis.remedy?.contains("suppresses the address") == true)
        }
    }

    @Test("a delay gives no address up, whatever the other system says")
    func delayed() throws {
        let text =
            #"{"eventType":"DeliveryDelay","deliveryDelay":{"delayType":"General","delayedRecipients":[{"emailAddress":"a@example.com","status":"4.1.1","diagnosticCode":"smtp; 450 4.1.1 user unknown"}]},\#(Self.mail)}"#
        let diagnosis = try Sample.explain(Array(text.utf8))
        #expect(!diagnosis.permanent)
        #expect(diagnosis.remedy?.contains("Keep the address") == true)
    }

    @Test("what came by SMTP from Google went by the relay")
    func relay() throws {
        let text =
            #"{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"a@example.com"}]},"mail":{"messageId":"1","headers":[{"name":"Received","value":"from mail-x.google.com by email-smtp.amazonaws.com with SMTP (SimpleEmailService-d)"}]}}"#
        #expect(try Sample.explain(Array(text.utf8)).path == .relay)
    }

    @Test("SES's own examples are read", .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
    func examples() throws {
        for name in [
            "eventpub--bounce-record", "eventpub--complaint-record",
            "eventpub--bounce-on-account-suppression-list", "eventpub--deliverydelay-record",
            "identity-notif--bounce-notification-with-a-dsn",
        ] {
            let bytes = try ThirdPartyData.bytes("events/ses-raw/\(name).json")
            #expect(try !BounceReader.explain(bytes, file: name).isEmpty, "\(name)")
        }
    }
}
