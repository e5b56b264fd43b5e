import Campaigns
import Foundation
import TestSupport
import Testing

@Suite("Header text")
struct HeaderEncodingTests {
    @Test(
        "a display name is written in the plainest form that holds it",
        arguments: [
            ("JADA Sailing", "JADA Sailing <crew@example.org>"),
            ("Simon, Paul", #""Simon, Paul" <crew@example.org>"#),
            (#"The "Queen" \ co."#, #""The \"Queen\" \\ co." <crew@example.org>"#),
            ("a  b", #""a  b" <crew@example.org>"#),
            ("Zoë", "=?UTF-8?Q?Zo=C3=AB?= <crew@example.org>"),
            ("山田太郎", "=?UTF-8?B?5bGx55Sw5aSq6YOO?= <crew@example.org>"),
            ("=?UTF-8?Q?Bank?=", "=?UTF-8?B?PT9VVEYtOD9RP0Jhbms/PQ==?= <crew@example.org>"),
            ("Eve\r\nBcc: all@example.org", #""Eve Bcc: all@example.org" <crew@example.org>"#),
            ("", "crew@example.org"),
            (" \t ", "crew@example.org"),
        ])
    func displayNames(name: String, expected: String) {
        #expect(Mailbox(name: name, address: "crew@example.org").headerValue == expected)
    }

    @Test("mailboxes are listed with commas between them, a nameless one bare")
    func lists() {
        let list = [Mailbox(address: "a@example.org"), Mailbox(name: "B", address: "b@example.org")]
        #expect(list.headerValue == "a@example.org, B <b@example.org>")
        #expect([Mailbox]().headerValue.isEmpty)
    }

    @Test("an address cannot begin a header line of its own")
    func addressWithLineBreak() {
        #expect(
            Mailbox(name: "A", address: "a@example.org\r\nBcc: b@example.org").headerValue
                == "A <a@example.org Bcc: b@example.org>")
    }

    @Test(
        "an encoded word is ASCII of at most 75 characters and a folded line has at most 78",
        arguments: HeaderEncodingTests.texts)
    func lengths(text: String) {
        for word in HeaderText.unstructured(text).split(separator: " ") where word.hasPrefix("=?") {
            #expect(word.utf8.count <= 75)
        }
        let field = HeaderText.field("Subject", HeaderText.unstructured(text))
        #expect(field.utf8.allSatisfy { $0 < 0x80 })
        for line in field.split(separator: "\r\n" as Character, omittingEmptySubsequences: false) {
            #expect(line.utf8.count <= 998)
            #expect(line.contains { $0 != " " })
        }
    }

    @Test("Python's email package reads back what was written")
    func roundTripThroughPython() throws {
        var message = ""
        for (index, text) in HeaderEncodingTests.texts.enumerated() {
            message += HeaderText.field("X-Text-\(index)", HeaderText.unstructured(text)) + "\r\n"
            message +=
                HeaderText.field("X-Box-\(index)", Mailbox(name: text, address: "a@example.org").headerValue)
                + "\r\n"
        }
        message += "\r\nbody\r\n"
        let script = """
            import email, email.policy, email.utils, email.header, json, sys
            source = sys.stdin.buffer.read()
            message = email.message_from_bytes(source, policy=email.policy.default)
            count = int(sys.argv[1])
            # The structured parser of policy.default shows a space between the encoded words of a phrase
            # (python/cpython#128110): mailboxes are read as RFC 2047 says, by the older interface.
            older = email.message_from_bytes(source)
            boxes = [email.utils.parseaddr(older[f'X-Box-{i}'].replace('\\r\\n', '')) for i in range(count)]
            json.dump({'defects': [str(d) for d in message.defects],
                'texts': [str(message[f'X-Text-{i}']) for i in range(count)],
                'names': [str(email.header.make_header(email.header.decode_header(n))) for n, _ in boxes],
                'addresses': [a for _, a in boxes]}, sys.stdout)
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Checkout.python)
        process.arguments = ["-c", script, "\(HeaderEncodingTests.texts.count)"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(message.utf8))
        try input.fileHandleForWriting.close()
        let answer = try Foundation.JSONDecoder().decode(
            PythonView.self, from: output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        #expect(answer.defects.isEmpty)
        #expect(answer.texts == HeaderEncodingTests.texts)
        #expect(answer.names == HeaderEncodingTests.texts)
        #expect(answer.addresses.allSatisfy { $0 == "a@example.org" })
    }

    private struct PythonView: Decodable {
        let defects: [String]
        let texts: [String]
        let names: [String]
        let addresses: [String]
    }

    static let texts = [
        "Plain words",
        "Ünïcode in every word, ünd möre wörds thän fit into öne encoded wörd of seventy-five characters",
        "コンサートクルーズのお知らせ、皆様のご参加をお待ちしております。チケットは先着順です。",
        "One emoji 🚢 and a family 👨‍👩‍👧‍👦 that is one grapheme of many scalars 👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦",
        String(repeating: "ä", count: 400),
        "Quoted \"pair\" and back\\slash, comma; colon: @ <angle> (comment)",
        "A long line of plain words that goes on and on so that it has to be folded once or twice on its way out",
    ]
}
