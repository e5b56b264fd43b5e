import BounceDiagnosis
import Deliverability
import JSON
import TestSupport
import Testing

@Suite("Reports")
struct ReportTests {
    @Test(
        "each recipient of a report by RFC 3464 has a diagnosis, under the address that the mail was sent to")
    func recipients() throws {
        let all = try BounceReader.explain(
            Sample.report(
                text:
                    "<forwarded@example.net>: host mx1 said: 550 5.1.1 no such user (in reply to RCPT TO command)\n"
                    + "<bo@example.com>: host mx2 said: 452 4.2.2 over quota (in reply to RCPT TO command)",
                recipient: """
                    Original-Recipient: rfc822;ann@example.com
                    Final-Recipient: rfc822; forwarded@example.net
                    Action: failed
                    Status: 5.1.1
                    Diagnostic-Code: smtp; 550 5.1.1
                     no such user

                    Final-Recipient: rfc822; <bo@example.com>
                    Action: delayed
                    Status: 4.2.2 (mailbox full)
                    Diagnostic-Code: smtp; 452 4.2.2 over quota

                    Final-Recipient: rfc822; cy@example.com
                    Action: delivered
                    Status: 2.0.0
                    """), file: "bounce.eml")
        #expect(all.map(\.recipient) == ["ann@example.com", "bo@example.com", "cy@example.com"])
        #expect(all.map(\.reason) == [.userunknown, .mailboxfull, .delivered])
        #expect(all.map(\.permanent) == [true, false, false])
        #expect(all.map(\.layer) == [.recipientAddress, .mailbox, nil])
        #expect(all.map(\.replyCode) == [550, 452, nil])
        #expect(all.map(\.status) == ["5.1.1", "4.2.2", "2.0.0"])
        #expect(all.allSatisfy { $0.reporter == "mx.example.net" && $0.messageID == "<1@example.org>" })
        #expect(all[0].evidence.first == "550 5.1.1 no such user")
    }

    @Test("internationalised reports (RFC 6533) are read, in whatever transfer encoding")
    func internationalised() throws {
        let status =
            "Reporting-MTA: dns; mx.example.net\n\nOriginal-Recipient: utf-8; grüße@例え.jp\nFinal-Recipient: utf-8; grüße@例え.jp\n"
            + "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\n"
        var text = String(decoding: Sample.report(text: "", recipient: "X"), as: UTF8.self)
        text = text.replacing(
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\nX",
            with: "Content-Type: message/global-delivery-status\nContent-Transfer-Encoding: base64\n\n"
                + Self.base64(Array(status.utf8)))
        let diagnosis = try Sample.explain(Array(text.utf8))
        #expect(diagnosis.recipient == "grüße@例え.jp")
        #expect(diagnosis.reason == .userunknown)
    }

    @Test(
        "a server's words go before a code that says nothing, and a code that says one thing before vague words",
        arguments: [
            ("550 5.0.0 mailbox is full", "5.0.0", .mailboxfull),
            ("552 5.2.2 rejected", "5.2.2", .mailboxfull),
            ("550 5.7.1 blocked using zen.spamhaus.org", "5.7.1", .blocked),
            ("550 5.7.26 unauthenticated", "5.7.26", .authfailure),
            ("550 5.7.25 sorry", "5.7.25", .requireptr),
            ("554 5.7.1 Relay access denied", "5.7.1", .norelaying),
            ("550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "5.7.606", .blocked),
            ("550 5.1.10 RecipientNotFound", "5.1.10", .userunknown),
            ("450 4.7.1 Greylisted, try again", "4.7.1", .blocked),
            ("552 5.3.4 too big", "5.3.4", .mesgtoobig), ("554 5.4.6 loop", "5.4.6", .networkerror),
            ("550 5.4.310 DNS domain example.com does not exist", "5.4.310", .hostunknown),
            ("556 5.1.10 Recipient address has null MX", "5.1.10", .notaccept),
            ("550 5.7.1 Message contains a virus", "5.7.1", .virusdetected),
            ("554 5.7.1 Message rejected as spam", "5.7.1", .spamdetected),
            ("421 4.7.0 too many connections from your host", "4.7.0", .toomanyconn),
            ("530 5.7.57 Client was not authenticated", "5.7.57", .securityerror),
            (
                "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
                "5.7.1", .policyviolation
            ),
        ] as [(String, String, Reason)])
    func priorities(diagnostic: String, status: String, reason: Reason) throws {
        let diagnosis = try Sample.explain(
            Sample.report(
                text: "It failed.",
                recipient:
                    "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: \(status)\nDiagnostic-Code: smtp; \(diagnostic)"
            ))
        #expect(diagnosis.reason == reason)
        #expect(diagnosis.evidence.contains { $0.contains(diagnostic.prefix(20)) })
    }

    @Test("no address is given up for an answer that came after the mail itself, or to the sender")
    func stages() throws {
        func reason(_ text: String, _ diagnostic: String = "550 no such user") throws -> Reason {
            try Sample.explain(
                Sample.report(
                    text: text,
                    recipient:
                        "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; \(diagnostic)"
                )
            ).reason
        }
        #expect(
            try reason("<guest@example.com>: host mx said: 550 no such user (in reply to RCPT TO command)")
                == .userunknown)
        #expect(
            try reason(
                "<guest@example.com>: host mx said: 550 no such user (in reply to end of DATA command)")
                == .filtered)
        #expect(
            try reason("<guest@example.com>: host mx said: 550 no such user (in reply to MAIL FROM command)")
                == .rejected)
        #expect(try reason("", "550 <guest@example.com>: user unknown") == .userunknown)
    }

    @Test(
        "reports without fields are read by their form",
        arguments: [
            (
                "Hi. This is the qmail-send program.\n\n<guest@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
                .userunknown
            ),
            (
                "A message that you sent could not be delivered.\n\n  guest@example.com\n    SMTP error from remote mail server after RCPT "
                    + "TO:<guest@example.com>:\n    host mx [192.0.2.1]: 550 unknown user\n", .userunknown
            ),
            (
                "  ----- Transcript of session follows -----\n>>> RCPT To:<guest@example.com>\n<<< 550 <guest@example.com>... User unknown\n",
                .userunknown
            ),
            (
                "Your message to guest@example.com\n\nUser guest (guest@example.com) not listed in Domino Directory\n",
                .userunknown
            ),
            (
                "The following address failed:\n\nguest@example.com\n\nFor the following reason:\n\nMail size limit exceeded.\n",
                .mesgtoobig
            ),
            (
                "guest@example.com\n#550 5.7.1 RESOLVER.RST.AuthRequired; authentication required ##\n",
                .securityerror
            ),
            (
                "Your message did not reach the following recipient(s):\n\nc=US;a= ;p=Example;o=Org;dda:SMTP=guest@example.com; on Mon, "
                    + "13 Jul 2026 09:12:44\n    The recipient name is not recognized\n", .userunknown
            ),
            (
                "<guest@example.com>: Name service error for name=example.com type=MX: Host not found\n",
                .hostunknown
            ),
            (
                "<guest@example.com>: delivery temporarily suspended: connect to mx[192.0.2.1]:25: Connection timed out\n",
                .expired
            ),
        ] as [(String, Reason)])
    func freeForm(text: String, reason: Reason) throws {
        let diagnosis = try Sample.explain(Sample.plain(text))
        #expect(diagnosis.reason == reason)
        #expect(diagnosis.recipient == "guest@example.com")
    }

    @Test(
        "complaints are told from other feedback (RFC 5965, RFC 6591)",
        arguments: ["abuse", "auth-failure", "not-spam"])
    func feedback(type: String) throws {
        let bytes = Array(
            """
            From: feedback@example.net
            To: abuse@example.org
            Subject: FW: hello
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=feedback-report; boundary="b"

            --b
            Content-Type: text/plain

            This is an email abuse report.
            --b
            Content-Type: message/feedback-report

            Feedback-Type: \(type)
            User-Agent: x/1
            Version: 1
            Original-Rcpt-To: <guest@example.com>
            --b
            Content-Type: text/rfc822-headers

            From: crew@example.org
            Message-ID: <2@example.org>
            --b--
            """.utf8)
        let diagnosis = try Sample.explain(bytes)
        #expect(diagnosis.reason == .feedback)
        #expect(diagnosis.recipient == "guest@example.com" && diagnosis.messageID == "<2@example.org>")
        let layers: [String: Layer] = ["abuse": .reputation, "auth-failure": .senderAuthentication]
        #expect(diagnosis.layer == layers[type])
    }

    @Test("an automatic reply is no failure, and a mail that reports nothing is said to be one")
    func replies() throws {
        let away = try Sample.explain(
            Array(
                "From: guest@example.com\nTo: crew@example.org\nSubject: Out of Office: Hello\nAuto-Submitted: auto-replied\n\nBack on Monday."
                    .utf8))
        #expect(away.reason == .vacation && !away.permanent && away.recipient == "guest@example.com")
        for subject in [
            "Re: Out of office", "AW: Abwesenheit: Hallo", "Auto: Hello", "Automatic reply: Re: Hello",
        ] {
            let text = "From: guest@example.com\nTo: crew@example.org\nSubject: \(subject)\n\nBack on Monday."
            #expect(try Sample.explain(Array(text.utf8)).reason == .vacation, "\(subject)")
        }
        for text in [
            "From: guest@example.com\nTo: crew@example.org\nSubject: Tuesday\n\nThe mailbox is full of spam, ha.",
            "From: guest@example.com\nTo: crew@example.org\nSubject: Re: Holiday cruise\n\nUser unknown, ha.",
            "From: guest@example.com\nTo: crew@example.org\nSubject: Pictures of our vacation\n\nSee them.",
            "From: a@example.com\n\n",
            "To: x",
            "From: Mail <no-reply@shop.example>\nSubject: Your order\n\nIt cannot be delivered on Monday.",
            "From: no-reply@shop.example\nSubject: Delivery notification\nAuto-Submitted: auto-generated\n\nAddress unknown.",
            "From: info@airline.example\nTo: crew@example.org\nSubject: Your flight is delayed\n\nThe connection was lost.",
        ] {
            #expect(throws: BounceReader.Failure.self) {
                try BounceReader.explain(Array(text.utf8), file: "x")
            }
        }
        for bytes in [[], Array("\n\n".utf8), [0, 1, 2, 255], Array("{".utf8), Array("{}".utf8)] {
            #expect(throws: BounceReader.Failure.self) { try BounceReader.explain(bytes, file: "x") }
        }
    }

    @Test(
        "the header of the mail tells which way it took",
        arguments: [
            ("X-SES-Outgoing: 2026.07.13-192.0.2.1\nList-Unsubscribe: <https://x>", .api),
            ("Message-ID: <0101@us-west-2.amazonses.com>", .api),
            ("X-SES-Message-Tags: campaign=a, occurrence=b, batch=1-1, recipient=3", .api),
            ("X-SES-Outgoing: 2026.07.13-192.0.2.1\nX-Gm-Message-State: AOJu0", .relay),
            (
                "Received: from mail-x.google.com (mail-x.google.com [192.0.2.9]) by email-smtp.amazonaws.com with SMTP (SimpleEmailService-d-X)",
                .relay
            ),
            ("Message-ID: <1@example.org>\nX-Gm-Message-State: AOJu0", nil),
        ] as [(String, MailPath?)])
    func path(fields: String, path: MailPath?) throws {
        let diagnosis = try Sample.explain(
            Sample.report(
                text: "",
                recipient: "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: 5.2.2",
                original: "From: crew@example.org\nTo: guest@example.com\n" + fields))
        #expect(diagnosis.path == path)
    }

    @Test(
        "what SES answers to another mail system that relays by it is SES's",
        arguments: [
            ("554 Message rejected: Email address is not verified.", .ses),
            ("535 Authentication Credentials Invalid", .relayCredentials),
            ("454 Throttling failure: Maximum sending rate exceeded.", .ses),
        ] as [(String, Layer)])
    func smarthost(reply: String, layer: Layer) throws {
        let diagnosis = try Sample.explain(
            Sample.report(
                text: "<guest@example.com>: host email-smtp.us-east-1.amazonaws.com said: \(reply)",
                recipient:
                    "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; \(reply)"
            ))
        #expect(diagnosis.layer == layer && !diagnosis.permanent)
    }

    @Test("a mailbox of several messages is read whole")
    func mbox() throws {
        let one = Sample.plain("<ann@example.com>:\n550 5.1.1 user unknown\nFrom here on nothing.\n")
        let other = Sample.plain("<bo@example.com>:\n552 5.2.2 mailbox full\n")
        let mark = Array("From MAILER-DAEMON Mon Jul 13 09:12:44 2026\n".utf8)
        let all = try BounceReader.explain(mark + one + mark + other, file: "mbox")
        #expect(all.map(\.recipient) == ["ann@example.com", "bo@example.com"])
    }

    @Test("of a mailbox of too many messages it is told that not all were read")
    func longMailbox() {
        let one = Sample.plain("<ann@example.com>:\n550 5.1.1 user unknown\n")
        let entry = Array("From MAILER-DAEMON Mon Jul 13 09:12:44 2026\n".utf8) + one
        let most = BounceReader.mostMessages
        for (count, isCut) in [(1, false), (most, false), (most + 1, true), (most + 100, true)] {
            let contents = BounceReader.read(
                Array(repeatElement(entry, count: count).joined()), file: "mbox")
            #expect(contents.explanations.count == min(count, most))
            #expect(contents.isMailbox && contents.isCut == isCut)
        }
    }

    @Test("a diagnosis in JSON has every member, those that are not known as null")
    func json() throws {
        let diagnosis = try Sample.explain(Sample.plain("<ann@example.com>:\nsomething\n"))
        let value = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode([diagnosis]))
        guard case .array(let elements) = value, case .object(let members)? = elements.first else {
            Issue.record("no array of objects")
            return
        }
        let names = [
            "file", "recipient", "status", "replyCode", "reason", "layer", "path", "permanent", "evidence",
            "remedy",
        ]
        #expect(Set(names).isSubset(of: members.keys))
        #expect(members["path"] == .null && members["file"] == .string("bounce.eml"))
    }

    @Test(
        "what passes, is only late, or contradicts itself gives no address up",
        arguments: [
            ("failed", "4.1.1", "450 4.1.1 <guest@example.com>: user unknown", ""),
            ("delayed", "5.1.1", "550 5.1.1 <guest@example.com>: user unknown", ""),
            ("failed", "4.0.0", "450 <guest@example.com>: user unknown", ""),
            ("failed", "4.3.2", "421 4.3.2 mx.example.com does not accept mail", ""),
            ("failed", "5.1.1", "550 5.1.1 <guest@example.com>... User unknown", "Not enough disk space"),
        ])
    func passing(action: String, status: String, diagnostic: String, text: String) throws {
        let diagnosis = try Sample.explain(
            Sample.report(
                text: text,
                recipient:
                    "Final-Recipient: rfc822; guest@example.com\nAction: \(action)\nStatus: \(status)\n"
                    + "Diagnostic-Code: smtp; \(diagnostic)"))
        #expect(!diagnosis.permanent)
        let remedy = try #require(diagnosis.remedy)
        #expect(remedy.contains("Keep the address") == diagnosis.reason.facts.endsAddress)
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
            for index in 0..<4 {
                text.append(
                    index <= group.count ? letters[value >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
            if text.count % 77 == 76 { text.append(UInt8(ascii: "\n")) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
