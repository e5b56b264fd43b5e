import Campaigns
import Foundation
import JSON
import TestSupport
import Testing

@testable import Handlers

@Suite("Events of SES")
struct SESEventTests {
    private func event(_ text: String) throws -> MailEvent? {
        try FeedbackHandler.mailEvent(JSONValue.event(Array(text.utf8)))
    }

    private func thirdParty(_ name: String) throws -> String {
        try String(contentsOf: ThirdPartyData.url("events/ses-raw/\(name).json"), encoding: .utf8)
    }

    @Test("the sample is understood, with its tags and its recipient")
    func sample() throws {
        let text = try String(
            contentsOf: Checkout.root.appendingPathComponent("events/bounce.json"), encoding: .utf8)
        let event = try #require(try event(text))
        #expect(event.kind == .bounced(.permanent, subtype: "NoEmail"))
        #expect(event.recipients == ["ann@example.org"])
        #expect(event.status == "5.1.1" && event.reason == "NoEmail 5.1.1")
        #expect(event.feedbackKind == .permanentBounce)
        #expect(event.tags["campaign"] == "paul-simon" && event.tags["batch"] == "0-0")
        #expect(event.at == Timestamp(iso8601: "2026-06-01T17:00:08Z"))
        #expect(event.suppressionReason == .bounce && event.provesAcceptance)
    }

    @Test(
        "status codes are found in what servers say",
        arguments: [
            ("smtp; 550 5.1.1 user unknown", "5.1.1"), ("550-5.7.26 This mail", "5.7.26"), ("5.1.1", "5.1.1"),
            ("452 4.2.2 (full)", "4.2.2"), ("host 192.0.2.1 said 550", nil), ("3.1.1", nil), ("5.1", nil),
            ("5.1.1234", nil), ("5.1.1.1", nil), ("", nil), ("5..1", nil), ("55.1.1", nil),
            ("2.0.0, then 5.1.1", "2.0.0"),
        ] as [(String, String?)])
    func status(text: String, status: String?) {
        #expect(SESEvent.enhancedStatus(in: text) == status)
    }

    @Test(
        "every type that SES documents is understood",
        .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence),
        arguments: [
            ("eventpub--bounce-record", MailEvent.Kind.bounced(.permanent, subtype: "General")),
            ("eventpub--click-record", .clicked), ("eventpub--open-record", .opened),
            ("eventpub--complaint-record", .complained(feedbackType: "abuse")),
            ("eventpub--delivery-record", .delivered), ("eventpub--send-record", .sent),
            ("eventpub--deliverydelay-record", .delayed(reason: "TransientCommunicationFailure")),
            ("eventpub--reject-record", .rejected(reason: "Bad content")),
            ("eventpub--rendering-failure-record", .renderingFailed),
            ("eventpub--subscription-record", .subscriptionChanged),
            ("identity-notif--amazon-sns-delivery-notification-example", .delivered),
            ("identity-notif--bounce-notification-with-a-dsn", .bounced(.permanent, subtype: "General")),
            ("identity-notif--bounce-notification-without-a-dsn", .bounced(.permanent, subtype: "General")),
            (
                "identity-notif--complaint-notification-with-a-feedback-report",
                .complained(feedbackType: "abuse")
            ),
            (
                "identity-notif--complaint-notification-without-a-feedback-report",
                .complained(feedbackType: nil)
            ),
            ("real--sisimai-json-amazonses-02", .bounced(.permanent, subtype: "General")),
        ])
    func documented(name: String, kind: MailEvent.Kind) throws {
        let event = try #require(try event(try thirdParty(name)))
        #expect(event.kind == kind)
        #expect(!event.messageID.isEmpty && !event.recipients.isEmpty)
    }

    @Test(
        "all recipients of a bounce are told",
        .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
    func severalRecipients() throws {
        let event = try #require(
            try event(try thirdParty("identity-notif--bounce-notification-without-a-dsn")))
        #expect(event.recipients.count == 2)
    }

    @Test(
        "what says that an address is on the account's own list, or that a mail is no junk, suppresses nobody",
        arguments: [
            #""eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"OnAccountSuppressionList","bouncedRecipients":[]}"#,
            #""eventType":"Complaint","complaint":{"complaintSubType":"OnAccountSuppressionList","complainedRecipients":[]}"#,
            #""eventType":"Complaint","complaint":{"complaintFeedbackType":"not-spam","complainedRecipients":[]}"#,
            #""eventType":"Bounce","bounce":{"bounceType":"Transient","bounceSubType":"MailboxFull","bouncedRecipients":[]}"#,
            #""eventType":"Bounce","bounce":{"bounceType":"Eventual","bouncedRecipients":[]}"#,
        ])
    func suppressesNobody(members: String) throws {
        let event = try #require(try event(#"{\#(members),"mail":{"messageId":"m"}}"#))
        #expect(event.suppressionReason == nil)
        #expect(event.provesAcceptance)
    }

    @Test(
        "a reply of somebody on holiday is no bounce of the address; a server's word that it was not delivered is",
        arguments: [
            // As SES shows one in its documentation of notifications.
            (#""bounceSubType":"General","bouncedRecipients":[{"emailAddress":"a@b.example"}]"#, false),
            (
                #""bounceSubType":"General","bouncedRecipients":[{"emailAddress":"a@b.example","action":"delivered","status":"2.0.0"}]"#,
                false
            ),
            (
                #""bounceSubType":"General","bouncedRecipients":[{"emailAddress":"a@b.example","action":"failed","status":"4.4.7"}]"#,
                true
            ),
            (
                #""bounceSubType":"General","bouncedRecipients":[{"emailAddress":"a@b.example","diagnosticCode":"smtp; 550 5.3.0 later"}]"#,
                true
            ),
            (#""bounceSubType":"MailboxFull","bouncedRecipients":[{"emailAddress":"a@b.example"}]"#, true),
            (
                #""bounceSubType":"ContentRejected","bouncedRecipients":[{"emailAddress":"a@b.example","status":"5.7.1"}]"#,
                false
            ),
        ])
    func outOfOffice(members: String, counts: Bool) throws {
        let text = """
            {"notificationType":"Bounce","bounce":{"bounceType":"Transient",\(members),\
            "timestamp":"2026-06-01T17:00:08.000Z","feedbackId":"f"},"mail":{"messageId":"m"}}
            """
        let event = try #require(try event(text))
        #expect(event.feedbackKind == .transientBounce && event.isTransientBounceOfAddress == counts)
        #expect(event.suppressionReason == nil)
    }

    @Test("an event comes in EventBridge's envelope, in SNS's, and in SNS's within SQS's")
    func envelopes() throws {
        let record =
            #"{"eventType":"Delivery","mail":{"messageId":"m"},"delivery":{"recipients":["a@b.example"]}}"#
        func quoted(_ text: String) throws -> String {
            String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        }
        let notification = #"{"Type":"Notification","Message":\#(try quoted(record))}"#
        for text in [
            record, #"{"source":"aws.ses","detail-type":"Email Delivered","detail":\#(record)}"#,
            #"{"EventSource":"aws:sns","Sns":{"Message":\#(try quoted(record))}}"#, notification,
        ] {
            #expect(try event(text)?.kind == .delivered)
        }
        let first = "Successfully validated SNS topic for Amazon SES event publishing."
        #expect(try event(#"{"Type":"Notification","Message":"\#(first)"}"#) == nil)
    }

    @Test(
        "what is no event is refused with words, and with no address in them",
        arguments: [
            "{}", "[]", "7", #"{"eventType":"Bounce"}"#, #"{"eventType":7,"mail":{"messageId":"m"}}"#,
            #"{"eventType":"Birth","mail":{"messageId":"m"}}"#,
            #"{"eventType":"Bounce","mail":{"messageId":"m"}}"#,
            #"{"eventType":"Bounce","mail":{"messageId":"m"},"bounce":{"bouncedRecipients":"secret@example.org"}}"#,
            #"{"eventType":"Bounce","mail":{"messageId":"m"},"bounce":{"bouncedRecipients":[["secret@example.org"]]}}"#,
            #"{"eventType":"Bounce","mail":{"messageId":["secret@example.org"]},"bounce":{}}"#,
            #"{"source":"aws.ses"}"#, #"{"Type":"Notification","Message":"secret@example.org"}"#,
        ])
    func malformed(text: String) throws {
        let problem = #expect(throws: Problem.self) { try event(text) }
        #expect(problem?.kind == .invalidInput)
        #expect(problem.map { !"\($0)".contains("secret") } == true)
    }

    @Test("more recipients than a mail can have are refused")
    func tooManyRecipients() throws {
        let many = Array(repeating: #""a@b.example""#, count: 101).joined(separator: ",")
        let text = #"{"eventType":"Delivery","mail":{"messageId":"m"},"delivery":{"recipients":[\#(many)]}}"#
        #expect(throws: Problem.self) { try event(text) }
    }
}
