import BounceDiagnosis
import Deliverability
import Testing

private let sentence =
    "You're sending this from a different address or alias using the 'Send mail as' feature. The settings for your 'Send mail "
    + "as' account are misconfigured or out of date.\nThe response from the remote server was:"
private let ses = "email-smtp.us-east-1.amazonaws.com"

@Suite("Gmail's \"Send mail as\" did not get through")
struct SendMailAsTests {
    @Test(
        "the relay's reply decides, not the sentence before it",
        arguments: [
            ("535 Authentication Credentials Invalid", .relayCredentials, .securityerror),
            ("530 Authentication required", .relayCredentials, .securityerror),
            ("530 Must issue a STARTTLS command first", .relayCredentials, .securityerror),
            ("535 Account not subscribed to SES", .ses, .securityerror),
            ("454 Throttling failure: Maximum sending rate exceeded", .ses, .speeding),
            ("454 Throttling failure: Daily message quota exceeded", .ses, .speeding),
            ("454 Temporary authentication failure", .ses, .systemerror),
            (
                "554 Message rejected: Email address is not verified. The following identities failed the check in region "
                    + "US-EAST-1: crew@example.org", .ses, .rejected
            ),
            (
                "554 Access denied: User `arn:aws:iam::123456789012:user/smtp' is not authorized to perform `ses:SendRawEmail'",
                .ses, .securityerror
            ), ("554 Message rejected: Sending paused for this account.", .ses, .policyviolation),
        ] as [(String, Layer, Reason)])
    func replies(reply: String, layer: Layer, reason: Reason) throws {
        let diagnosis = try Sample.explain(Sample.sendMailAs(sentence, reply: reply, remote: ses))
        #expect(diagnosis.layer == layer)
        #expect(diagnosis.reason == reason)
        #expect(diagnosis.path == .relay)
        #expect(!diagnosis.permanent)
        #expect(diagnosis.recipient == "guest@example.com")
        #expect(diagnosis.replyCode == Int(reply.prefix(3)))
        #expect(diagnosis.evidence.contains { $0.contains(reply.prefix(40)) })
        #expect(!diagnosis.meaning.contains("not SES"))
        #expect(diagnosis.remedy != nil)
    }

    @Test(
        "it is known by its wording in its variants, without a word of the relay's name",
        arguments: [
            sentence.replacing("'", with: "’"), sentence.replacing("'", with: "\u{201C}"),
            sentence.replacing(" or alias", with: ""), sentence.replacing(" ", with: "  "),
            sentence.uppercased(),
            "The settings for your Send mail as account are misconfigured or out of date.",
            "Diese Nachricht wird unter einer anderen Adresse mit „Senden als“ gesendet.",
            "Vous envoyez ce message avec la fonctionnalité « Envoyer des e-mails en tant que ».",
            "Has enviado este mensaje con la función «Enviar como».",
            "See https://support.google.com/mail/?p=CustomFromDenied",
        ])
    func variants(text: String) throws {
        let diagnosis = try Sample.explain(
            Sample.sendMailAs(text, reply: "535 Authentication Credentials Invalid", remote: nil))
        #expect(diagnosis.layer == .relayCredentials)
        #expect(diagnosis.path == .relay)
    }

    @Test("it is known by its structure, in whatever language it is written")
    func structure() throws {
        let diagnosis = try Sample.explain(
            Sample.sendMailAs(
                "Üzenet nem kézbesíthető.", reply: "535 Authentication Credentials Invalid", remote: ses))
        #expect(diagnosis.layer == .relayCredentials)
        let refused = try Sample.explain(
            Sample.sendMailAs(
                "Üzenet nem kézbesíthető.", reply: "554 Message rejected: Email address is not verified.",
                remote: ses))
        #expect(refused.layer == .ses)
    }

    @Test("a reply on the sentence's own line is found")
    func ownLine() throws {
        let text = sentence.dropLast() + " was: 535 5.7.0 Too many authentication failures"
        let diagnosis = try Sample.explain(
            Sample.plain(
                String(text), from: "mailer-daemon@googlemail.com",
                subject: "Delivery Status Notification (Failure)",
                fields: "X-Failed-Recipients: guest@example.com"))
        #expect(diagnosis.replyCode == 535 && diagnosis.status == "5.7.0")
        #expect(diagnosis.layer == .relayCredentials)
        #expect(diagnosis.meaning.contains("not known to be SES"))
    }

    @Test("a relay that is not SES is named")
    func otherRelay() throws {
        let diagnosis = try Sample.explain(
            Sample.sendMailAs(
                sentence, reply: "535 Authentication credentials invalid", remote: "smtp.ionos.com"))
        #expect(diagnosis.layer == .relayCredentials)
        #expect(diagnosis.meaning.contains("smtp.ionos.com, which is not SES"))
        #expect(diagnosis.remedy?.contains("smtp-password") == false)
    }

    @Test("a Google account as relay that asks for a log-in is another matter")
    func logIn() throws {
        let text =
            "You're sending this from another Google account using the 'Send mail as' feature. To send this message, please log in:"
        let reply =
            "534 5.7.14 <https://accounts.google.com/signin/continue?sarp=1> Please log in via your web browser and then try again. "
            + "- gsmtp"
        let diagnosis = try Sample.explain(
            Sample.sendMailAs(text, reply: reply, remote: "smtp.gmail.com", status: "5.7.14"))
        #expect(diagnosis.layer == .unknown)
        #expect(diagnosis.path == nil)
        #expect(diagnosis.meaning.contains("another Google account"))
    }

    @Test(
        "Gmail's other reports are what they are",
        arguments: [
            ("550 Invalid forward-email TXT record.", "mx1.forwardemail.net", .systemerror),
            (
                "550 5.1.1 The email account that you tried to reach does not exist.",
                "gmail-smtp-in.l.google.com", .userunknown
            ),
            ("554 5.7.1 Relay access denied", "mx.example.com", .norelaying),
            ("530 5.7.1 Client was not authenticated", "mx.example.com", .securityerror),
        ] as [(String, String, Reason?)])
    func others(reply: String, remote: String, reason: Reason?) throws {
        let diagnosis = try Sample.explain(
            Sample.sendMailAs(
                "The response from the remote server was:", reply: reply, remote: remote, status: "5.0.0"))
        #expect(diagnosis.layer != .relayCredentials && diagnosis.layer != .ses)
        #expect(diagnosis.path != .relay)
        if let reason { #expect(diagnosis.reason == reason) }
    }

    @Test("others than Google do not speak for the relay, whatever they quote")
    func quoted() throws {
        let diagnosis = try Sample.explain(
            Sample.report(
                text: sentence + "\n550 5.1.1 <guest@example.com>: user unknown",
                recipient: "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: 5.1.1\n"
                    + "Diagnostic-Code: smtp; 550 5.1.1 <guest@example.com>: user unknown"))
        #expect(diagnosis.reason == .userunknown)
        #expect(diagnosis.layer == .recipientAddress)
    }

    @Test("the sentence alone is the relay's, though nothing is known of what it said")
    func bareSentence() throws {
        let text = String(sentence.prefix { $0 != "\n" })
        for message in [
            Array(text.utf8), Array(("Message not delivered " + text).utf8),
            Sample.plain(
                text, from: "mailer-daemon@googlemail.com", fields: "X-Failed-Recipients: guest@example.com"),
        ] {
            let diagnosis = try Sample.explain(message)
            #expect(
                diagnosis.layer == .relayCredentials && diagnosis.path == .relay && diagnosis.replyCode == nil
            )
            #expect(diagnosis.meaning.contains("does not quote what it said"))
        }
    }

    @Test("it is known where somebody forwards it, or copies what the mail program shows")
    func secondHand() throws {
        let text = sentence + "\n535 Authentication Credentials Invalid\n"
        let forwarded =
            "From: Ann <ann@example.org>\nTo: help@example.org\nSubject: Fwd: Delivery Status Notification (Failure)\n\nWhat is this?\n\n"
            + "---------- Forwarded message ---------\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\n"
            + "Date: Mon, Jul 13, 2026\nSubject: Delivery Status Notification (Failure)\nTo: <ann@example.org>\n\n\n"
            + "Your message wasn't delivered to guest@example.com\n" + text
        for message in [forwarded, "** Message not delivered **\n\n" + text, text] {
            let diagnosis = try Sample.explain(Array(message.utf8))
            #expect(diagnosis.layer == .relayCredentials)
            #expect(diagnosis.path == .relay && diagnosis.replyCode == 535)
        }
    }
}
