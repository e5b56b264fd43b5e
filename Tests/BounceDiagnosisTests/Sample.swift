import BounceDiagnosis
import Deliverability
import Testing

/// Messages of our own making, in the forms that mail systems give them.
enum Sample {
    /// A report by RFC 3464.
    static func report(
        from: String = "MAILER-DAEMON@mx.example.net", to: String = "crew@example.org", text: String,
        recipient: String,
        original: String =
            "From: crew@example.org\nTo: guest@example.com\nSubject: Hello\nMessage-ID: <1@example.org>",
        extra: String = ""
    ) -> [UInt8] {
        Array(
            """
            Return-Path: <>
            From: Mail Delivery System <\(from)>
            To: \(to)
            Subject: Undelivered Mail Returned to Sender
            \(extra.isEmpty ? "" : extra + "\n")MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status; boundary="b"

            --b
            Content-Type: text/plain; charset=utf-8

            \(text)
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.net

            \(recipient)
            --b
            Content-Type: message/rfc822

            \(original)

            Hello.
            --b--

            """.utf8)
    }

    /// A report in plain text.
    static func plain(
        _ text: String, from: String = "MAILER-DAEMON@mx.example.net", subject: String = "failure notice",
        fields: String = ""
    ) -> [UInt8] {
        Array(
            """
            Return-Path: <>
            From: <\(from)>
            To: crew@example.org
            Subject: \(subject)
            \(fields.isEmpty ? "" : fields + "\n")Date: Mon, 13 Jul 2026 09:12:44 +0000

            \(text)
            """.utf8)
    }

    /// Google's report to the account that a mail under another address was not relayed.
    static func sendMailAs(
        _ sentence: String, reply: String, remote: String?, status: String = "5.7.8", code: String? = nil
    ) -> [UInt8] {
        let mta =
            remote.map { "Remote-MTA: dns; \($0). (192.0.2.25, the server for the domain example.org.)\n" }
            ?? ""
        let text = String(
            decoding: report(
                from: "mailer-daemon@googlemail.com", to: "jada.crew@gmail.com",
                text: "\(sentence)\n\(reply)",
                recipient:
                    "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: \(status)\n\(mta)"
                    + "Diagnostic-Code: smtp; \(code ?? reply)"), as: UTF8.self)
        return Array(
            text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n").utf8)
    }

    static func explain(_ bytes: [UInt8]) throws -> Explanation {
        let all = try BounceReader.explain(bytes, file: "bounce.eml")
        #expect(all.count == 1)
        return try #require(all.first)
    }
}
