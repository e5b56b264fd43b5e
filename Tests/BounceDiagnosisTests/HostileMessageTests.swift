import BounceDiagnosis
import Foundation
import Testing

@Suite("Hostile messages", .serialized, .timeLimit(.minutes(3)))
struct HostileMessageTests {
    /// Debug builds under a sanitizer are slow; what is quadratic takes minutes.
    private static let bound: Duration = .seconds(30)

    private static func timed(_ bytes: [UInt8], within bound: Duration = bound) -> [Explanation]? {
        let clock = ContinuousClock()
        let start = clock.now
        let all = try? BounceReader.explain(bytes, file: "x")
        #expect(clock.now - start < bound)
        return all
    }

    private static let begin = Array(
        "From: MAILER-DAEMON@mx.example.net\nTo: crew@example.org\nSubject: failure notice\nMIME-Version: 1.0\n"
            .utf8)

    @Test("a message of 50 MB is examined as far as a report has something to say")
    func large() throws {
        let head = Sample.report(
            text: "",
            recipient:
                "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full"
        )
        let all = try #require(Self.timed(head.dropLast(6) + [UInt8](repeating: 0x41, count: 50 << 20)))
        #expect(all.first?.reason == .mailboxfull)
        #expect(all.first?.evidence.contains { $0.contains("only the beginning") } == true)
    }

    @Test("parts within parts are followed to a depth", arguments: [10, 1000, 30_000])
    func nested(depth: Int) {
        var text = ""
        for level in 0..<depth {
            text += "Content-Type: multipart/mixed; boundary=\"b\(level)\"\n\n--b\(level)\n"
        }
        _ = Self.timed(Self.begin + Array(text.utf8))
        let messages = String(repeating: "Content-Type: message/rfc822\n\n", count: depth)
        _ = Self.timed(Self.begin + Array(messages.utf8))
    }

    @Test("one boundary many times, many fields, and long lines take no longer than their length")
    func wide() {
        let head = Self.begin + Array("Content-Type: multipart/mixed; boundary=b\n\n".utf8)
        _ = Self.timed(
            head
                + Array(
                    String(
                        repeating: "--b\nContent-Type: text/plain\n\n550 5.1.1 <a@example.com>: x\n",
                        count: 30_000
                    ).utf8))
        _ = Self.timed(
            Array(String(repeating: "Received: from a by b\n", count: 100_000).utf8) + Self.begin
                + Array("\n550 x".utf8))
        _ = Self.timed(Self.begin + Array("\n".utf8) + [UInt8](repeating: 0x40, count: 1 << 20))
        _ = Self.timed(
            Self.begin + Array("\n".utf8) + Array(String(repeating: "a@b.c ", count: 200_000).utf8))
        _ = Self.timed(
            Self.begin + Array("\n".utf8)
                + Array(String(repeating: "<a@b.c>: 550 5.1.1 user unknown\n", count: 50_000).utf8))
        _ = Self.timed(
            Self.begin + Array("\n".utf8) + Array(String(repeating: "550 5.1.1 ", count: 100_000).utf8))
        _ = Self.timed(
            Self.begin + Array("Content-Type: text/html\n\n".utf8)
                + Array(String(repeating: "<style", count: 100_000).utf8))
        _ = Self.timed(
            Self.begin + Array("Content-Type: text/html\n\n".utf8)
                + Array(String(repeating: "<style>&", count: 100_000).utf8))
        _ = Self.timed(
            Self.begin + Array("Subject: ".utf8)
                + Array(String(repeating: "=?utf-8?q?a?= ", count: 100_000).utf8) + Array("\n\n550 x".utf8))
        _ = Self.timed(
            Array("From x 10:00:00\n".utf8)
                + Array(String(repeating: "From x 10:00:00\n", count: 100_000).utf8))
    }

    @Test("the relay's reply is looked for once, not for every recipient and at every colon")
    func colons() throws {
        let one = "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: 5.1.1\n\n"
        let many = (0..<200).map { one.replacing("guest", with: "guest\($0)") }.joined()
        let text = String(repeating: String(repeating: ":", count: 1999) + "\n", count: 200)
        let all = try #require(
            Self.timed(
                Sample.report(
                    from: "mailer-daemon@googlemail.com",
                    text: "The settings for your 'Send mail as' account are misconfigured.\n\(text)",
                    recipient: many), within: .seconds(5)))
        #expect((100...200).contains(all.count))
    }

    @Test("a report on a hundred thousand recipients is read for the first hundreds")
    func recipients() throws {
        let one = "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: 5.1.1\n\n"
        let many = (0..<100_000).map { one.replacing("guest", with: "guest\($0)") }.joined()
        let all = try #require(
            Self.timed(Sample.report(text: "<guest1@example.com>: no such user", recipient: many)))
        #expect((100...200).contains(all.count))
    }

    @Test(
        "encodings that are cut off, wrong or unknown do not hide what can be read",
        arguments: ["x-unknown", "utf-7", "utf-16", "iso-2022-jp", "", "\u{1}"])
    func charsets(charset: String) throws {
        let text =
            "Content-Type: text/plain; charset=\"\(charset)\"\nContent-Transfer-Encoding: quoted-printable\n\n<guest@example.com>:\n550 5.1.1 user =FF=FE unknown =\n"
        _ = Self.timed(Self.begin + Array(text.utf8))
        _ = Self.timed(Self.begin + Array(text.replacing("quoted-printable", with: "base64").utf8))
        _ = Self.timed(Self.begin + Array(text.replacing("quoted-printable", with: "x-uuencode").utf8))
    }

    @Test(
        "a header field longer than 64 KB is not decoded, and it is said that the rest was not examined",
        arguments: [70_000, 1_900_000])
    func longField(length: Int) throws {
        let long = String(repeating: "a", count: length)
        let folded = String(repeating: "a\n ", count: length / 3)
        for name in [long, folded] {
            let field = "Content-Type\(String(repeating: " ", count: 300)): text/plain; name*=\(name)''x\n\n"
            _ = Self.timed(Self.begin + Array("\(field)<guest@example.com>: 550 5.1.1 user unknown\n".utf8))
            let all = try #require(
                Self.timed(
                    Self.begin
                        + Array(
                            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n<guest@example.com>: 550 5.1.1 user unknown\n--b\n\(field)x\n--b--\n"
                                .utf8)))
            #expect(all.first?.reason == .userunknown)
            #expect(all.first?.evidence.contains { $0.contains("only the beginning") } == true)
        }
    }

    @Test("long lines of text are no header fields")
    func longLines() throws {
        let text = "<guest@example.com>: 550 5.1.1 user unknown\n"
        let all = try #require(
            Self.timed(
                Sample.plain(String(repeating: "<b style=\"a: b\">", count: 9000) + "\n" + text)))
        #expect(all.first?.reason == .userunknown)
        #expect(all.first?.evidence.contains { $0.contains("only the beginning") } == false)
    }

    @Test("a bomb of base64 in base64 stays what it is, and an attachment is not opened")
    func bombs() throws {
        var inner = [UInt8](repeating: 0x41, count: 300_000)
        for _ in 0..<3 { inner = Array(ReportTests.base64(inner).utf8) }
        let head =
            Self.begin
            + Array(
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n<guest@example.com>: 550 5.1.1 user unknown\n--b\n"
                    .utf8)
        for type in ["text/plain", "application/zip", "message/delivery-status"] {
            let all = Self.timed(
                head + Array("Content-Type: \(type)\nContent-Transfer-Encoding: base64\n\n".utf8) + inner
                    + Array("\n--b--\n".utf8))
            #expect(all?.first?.reason == .userunknown, "\(type)")
        }
    }

    @Test("escape sequences and text that turns round reach nobody's terminal")
    func terminal() throws {
        let diagnosis = try Sample.explain(
            Sample.report(
                text: "",
                recipient:
                    "Final-Recipient: rfc822; gu\u{1B}[31mest@example.com\nAction: failed\nStatus: 5.1.1\n"
                    + "Diagnostic-Code: smtp; 550 5.1.1 user unknown \u{1B}]0;owned\u{7} \u{9B}2J \u{202E}txt\u{0}",
                original: "From: a@example.org\nSubject: =?utf-8?q?=1B[2J=C2=9B?= x\nMessage-ID: <\u{1B}c>"))
        let texts =
            diagnosis.evidence
            + [diagnosis.subject, diagnosis.messageID, diagnosis.recipient, diagnosis.reporter].compactMap {
                $0
            }
        for text in texts {
            #expect(
                text.unicodeScalars.allSatisfy {
                    $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0.value != 0x202E
                })
        }
        #expect(diagnosis.reason == .userunknown)
    }

    @Test("every cut of a report ends in a diagnosis or a clear error")
    func truncated() {
        let whole = Sample.sendMailAs(
            "The settings for your 'Send mail as' account are misconfigured.", reply: "535 no",
            remote: "email-smtp.us-east-1.amazonaws.com")
        for length in stride(from: 0, to: whole.count, by: 7) { _ = Self.timed(Array(whole.prefix(length))) }
    }

    @Test("several threads read at once")
    func concurrent() async throws {
        let bytes = Sample.plain("<guest@example.com>:\n550 5.1.1 user unknown\n")
        await withTaskGroup(of: Reason?.self) { group in
            for _ in 0..<64 { group.addTask { try? BounceReader.explain(bytes, file: "x").first?.reason } }
            for await reason in group { #expect(reason == .userunknown) }
        }
    }
}
