import Campaigns
import Foundation
import LocalAdapters
import TestSupport
import Testing

@Suite("Outbox mailer")
struct OutboxMailerTests {
    private let clock = StoppedClock(Timestamp(milliseconds: 1_780_333_200_999))
    private let date = "2026-06-01T17:00:00+00:00"

    private func withOutbox<Result>(
        _ body: (_ mailer: OutboxMailer, _ folder: URL) async throws -> Result
    ) async throws -> Result {
        try await withScratchFolder { folder in
            try await body(OutboxMailer(folder: folder.path, clock: clock), folder)
        }
    }

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func expectEmpty(_ folder: URL, at location: SourceLocation = #_sourceLocation) throws {
        let names = try files(folder)
        #expect(names.isEmpty, sourceLocation: location)
    }

    private let plain = OutgoingMail(
        from: Mailbox(name: "JADA Sailing", address: "crew@queenofsandiego.com"),
        to: Mailbox(address: "ann@example.org"), subject: "Aboard", html: "<p>Hello</p>", text: "Hello",
        headers: [.init(name: "List-Unsubscribe", value: "<https://example.org/u/1>")],
        configurationSet: "jada", tags: ["run": "r1", "batch": "b1"])

    @Test("a mail becomes one file that its owner finds by the address")
    func oneFile() async throws {
        try await withOutbox { mailer, folder in
            let outcome = await mailer.send(plain)
            guard case .accepted(let messageID) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            let names = try files(folder)
            #expect(names == ["ann@example.org-\(messageID.prefix(16)).eml"])
            let text = try String(contentsOf: folder.appendingPathComponent(names[0]), encoding: .utf8)
            let fingerprint = messageID.prefix { $0 != "@" }
            #expect(
                text.replacingOccurrences(of: "\r\n", with: "\n")
                    == """
                    Date: Mon, 01 Jun 2026 17:00:00 +0000
                    From: JADA Sailing <crew@queenofsandiego.com>
                    To: ann@example.org
                    Subject: Aboard
                    Message-ID: <\(messageID)>
                    List-Unsubscribe: <https://example.org/u/1>
                    X-SES-CONFIGURATION-SET: jada
                    X-SES-MESSAGE-TAGS: batch=b1, run=r1
                    MIME-Version: 1.0
                    Content-Type: multipart/alternative;
                     boundary="=_\(fingerprint)"

                    --=_\(fingerprint)
                    Content-Type: text/plain; charset=utf-8
                    Content-Transfer-Encoding: 7bit

                    Hello
                    --=_\(fingerprint)
                    Content-Type: text/html; charset=utf-8
                    Content-Transfer-Encoding: 7bit

                    <p>Hello</p>
                    --=_\(fingerprint)--

                    """)
        }
    }

    @Test("the same mail sent twice leaves two files; another mail to the same address one more")
    func twice() async throws {
        try await withOutbox { mailer, folder in
            var other = plain
            other.tags["run"] = "r2"
            for mail in [plain, plain, plain, other] { _ = await mailer.send(mail) }
            let names = try files(folder)
            #expect(names.count == 4)
            #expect(names.filter { $0.hasSuffix("-2.eml") || $0.hasSuffix("-3.eml") }.count == 2)
        }
    }

    @Test(
        "whatever the address, the file's name is harmless",
        arguments: [
            "\"../../etc/passwd\"@example.org", "a/b@example.org", "-rf@example.org", "\".x y\"@example.org",
            String(repeating: "a", count: 300) + "@example.org", "$(reboot)`x`'@example.org",
        ])
    func names(address: String) async throws {
        try await withOutbox { mailer, folder in
            var mail = plain
            mail.to.address = address
            let outcome = await mailer.send(mail)
            // Parentheses must be quoted in an address.
            guard case .accepted = outcome else {
                #expect(address.contains("("))
                return
            }
            let names = try files(folder)
            #expect(names.count == 1)
            #expect(names[0].wholeMatch(of: /[a-z0-9_@+][a-z0-9._@+-]{0,99}\.eml/) != nil, "\(names)")
        }
    }

    @Test("an outbox that takes no mail stops the sending, and leaves nothing")
    func noFolder() async throws {
        try await withTemporaryFolder { folder in
            let mailer = OutboxMailer(folder: folder.path + "/none", clock: clock)
            let outcome = await mailer.send(plain)
            guard case .stopped(let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.contains(folder.path))
        }
    }

    @Test(
        "what would inject a header is refused, and nothing is written",
        arguments: [
            "X-A: b\r\nBcc: c@example.org", "X-A: b\nBcc: c", "X-A\r\nBcc: c", "X-A: b\u{0}", "X-A: é",
            "Bcc: c@example.org",
            "content-type: text/html", "TO: c@example.org", " X: b", ": b", "X-SES-Message-Tags: a=b",
            "X-A: " + String(repeating: "a", count: 999),
        ])
    func injection(field: String) async throws {
        try await withOutbox { mailer, folder in
            var mail = plain
            let parts = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            mail.headers = [.init(name: String(parts[0]), value: String(parts[1].dropFirst()))]
            guard case .rejected = await mailer.send(mail) else {
                Issue.record("accepted \(field.debugDescription)")
                return
            }
            try expectEmpty(folder)
        }
    }

    @Test(
        "an address that is more than one, or none, is refused",
        arguments: [
            "", "ann", "@example.org", "ann@", "a@b, c@d", "a@b\r\nBcc: c@d", "a b@c", "a@b> <c@d",
            "é@example.org",
            "a@exämple.org", "\"a\"b\"@c", "\"a\\\"@c", "a;b@c", "a@b(c)", "<a@b>",
        ])
    func addresses(address: String) async throws {
        try await withOutbox { mailer, folder in
            for place in [\OutgoingMail.from, \.to] {
                var mail = plain
                mail[keyPath: place].address = address
                guard case .rejected = await mailer.send(mail) else {
                    Issue.record("accepted \(address.debugDescription)")
                    return
                }
            }
            try expectEmpty(folder)
        }
    }

    @Test("Python's email package reads every mail without a defect, and finds in it what went in")
    func python() async throws {
        try await withOutbox { mailer, folder in
            var random = SeededGenerator(seed: 20_260_601)
            var expected: [ExpectedMail] = []
            for mail in MailSamples.edgeCases + (0..<150).map({ _ in MailSamples.random(using: &random) }) {
                expected.append(try await send(mail, with: mailer, in: folder, after: expected.count))
            }
            let complaints = try await runPython(
                "oracles/read_mail.py", input: try JSONEncoder().encode(expected))
            #expect(complaints == "")
        }
    }

    @Test("a mail reader, mblaze, opens every mail and shows subject and parts decoded")
    func mailReader() async throws {
        try await withOutbox { mailer, folder in
            var random = SeededGenerator(seed: 42)
            var index = 0
            for mail in MailSamples.edgeCases + (0..<10).map({ _ in MailSamples.random(using: &random) }) {
                let sent = try await send(mail, with: mailer, in: folder, after: index)
                index += 1
                let subject = try run("mhdr", ["-d", "-h", "subject", sent.file])
                #expect(
                    subject.split(whereSeparator: \.isWhitespace)
                        == HeaderText.withoutControls(mail.subject).split(whereSeparator: \.isWhitespace))
                let parts = [mail.text, mail.html].compactMap { $0 }
                for (offset, text) in parts.enumerated() {
                    let number = parts.count == 1 ? 1 : offset + 2
                    let shown = try run("mshow", ["-O", sent.file, "\(number)"])
                    #expect(normalised(shown) == normalised(text))
                }
            }
        }
    }

    @Test("two thousand mails are written by eight tasks, each to its own file", .timeLimit(.minutes(10)))
    func many() async throws {
        try await withOutbox { mailer, folder in
            await withDiscardingTaskGroup { group in
                for task in 0..<8 {
                    group.addTask {
                        for number in 0..<250 {
                            var mail = plain
                            mail.to.address = "guest\(task * 250 + number)@example.org"
                            _ = await mailer.send(mail)
                        }
                    }
                }
            }
            let names = try files(folder)
            #expect(names.count == 2000)
        }
    }

    /// Sends a mail, and moves its file to a name of the test's own.
    private func send(
        _ mail: OutgoingMail, with mailer: OutboxMailer, in folder: URL, after count: Int
    ) async throws -> ExpectedMail {
        let outcome = await mailer.send(mail)
        guard case .accepted(let messageID) = outcome else { throw NotAccepted(outcome: outcome) }
        let file = folder.appendingPathComponent("mail\(count)").path
        let written = try #require(try files(folder).first { $0.hasSuffix(".eml") })
        try FileManager.default.moveItem(atPath: folder.path + "/" + written, toPath: file)
        return ExpectedMail(mail, file: file, messageID: messageID, date: date)
    }

    private struct NotAccepted: Error { let outcome: MailerOutcome }

    private func normalised(_ text: String) -> String {
        let text = text.replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(
            of: "\r", with: "\n")
        return text.hasSuffix("\n") ? text : text + "\n"
    }

    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(program)")
        process.arguments = arguments
        process.environment = ["LC_ALL": "C.UTF-8", "HOME": "/nonexistent"]
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }
}

/// What read_mail.py compares a file with.
private struct ExpectedMail: Encodable {
    struct Box: Encodable {
        let name: String?
        let address: String
        init(_ mailbox: Mailbox) {
            name = mailbox.name
            address = mailbox.address
        }
    }
    struct Field: Encodable { let name, value: String }

    let file, messageID, date, subject: String
    let text, html: String?
    let from, to: Box
    let replyTo: [Box]
    let headers: [Field]
    /// Whether a value is too long for a line of 78 and cannot be folded.
    let hasLongTokens: Bool

    init(_ mail: OutgoingMail, file: String, messageID: String, date: String) {
        self.file = file
        self.messageID = messageID
        self.date = date
        subject = mail.subject
        text = mail.text
        html = mail.html
        from = Box(mail.from)
        to = Box(mail.to)
        replyTo = mail.replyTo.map(Box.init)
        headers = mail.headers.map { Field(name: $0.name, value: $0.value) }
        let inHeaders =
            mail.headers.map(\.value) + [mail.subject]
            + ([mail.from, mail.to] + mail.replyTo).flatMap { [$0.name ?? "", $0.address] }
        hasLongTokens = inHeaders.contains { $0.split(separator: " ").contains { $0.utf8.count > 40 } }
    }
}
