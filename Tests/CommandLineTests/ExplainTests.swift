import Foundation
import TestSupport
import Testing

@Suite("jada-blast explain", .timeLimit(.minutes(1)))
struct ExplainTests {
    private static func example(_ name: String) -> String {
        Checkout.root.appendingPathComponent("examples/bounces/\(name).eml").path
    }

    @Test("a bounce is told in plain words: what is the case, by what evidence, and what to do")
    func text() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(["explain", Self.example("send-mail-as")], hasPlaces: false)
            #expect(ended.status == 0, "\(ended.errors)")
            for line in [
                "client@example.com: the mail never left: SES does not know this user name and password",
                "\n  layer        relay-credentials\n", "535 Authentication Credentials Invalid\n",
                "\n  sent by      relay: Gmail", "jada-blast smtp-check",
            ] {
                #expect(ended.output.contains(line), "\(ended.output)")
            }
            #expect(!ended.output.contains("\u{1B}"))
        }
    }

    @Test("--json prints an array, an object for each recipient; - is standard input")
    func json() async throws {
        try await Workplace.open { place in
            let input = try String(contentsOfFile: Self.example("dmarc"), encoding: .utf8)
            let ended = try await place.run(
                ["explain", "-", Workplace.event("bounce"), "--json"], input: input, hasPlaces: false)
            let all = try #require(
                try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]])
            #expect(all.count == 2)
            #expect(all[0]["file"] as? String == "standard input")
            #expect(all[0]["reason"] as? String == "authfailure")
            #expect(all[0]["layer"] as? String == "sender-authentication")
            #expect(all[0]["path"] as? String == "api")
            #expect(all[0]["permanent"] as? Bool == false)
            #expect(all[0]["replyCode"] as? Int == 550 && all[0]["status"] as? String == "5.7.509")
            #expect((all[0]["evidence"] as? [String])?.isEmpty == false)
            #expect(ended.status == 0, "\(ended.errors)")
        }
    }

    @Test("a maildir is read whole, and what is no bounce is named beside what is one")
    func maildir() async throws {
        try await Workplace.open { place in
            let folder = place.folder.appendingPathComponent("Maildir")
            for name in ["new", "cur", "tmp"] {
                try FileManager.default.createDirectory(
                    at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
            }
            try FileManager.default.copyItem(
                atPath: Self.example("dmarc"), toPath: folder.appendingPathComponent("new/1").path)
            try FileManager.default.copyItem(
                atPath: Self.example("send-mail-as"), toPath: folder.appendingPathComponent("cur/2:2,S").path)
            try Data("From: ann@example.com\nSubject: Tuesday\n\nSee you.\n".utf8).write(
                to: folder.appendingPathComponent("cur/3"))
            try Data("unfinished".utf8).write(to: folder.appendingPathComponent("tmp/4"))
            let ended = try await place.run(["explain", folder.path], hasPlaces: false)
            #expect(ended.status == 65)
            #expect(
                ended.output.contains("guest@example.com: ") && ended.output.contains("client@example.com: "))
            #expect(ended.errors.contains("cur/3: is a message that reports nothing"), "\(ended.errors)")
            #expect(!ended.errors.contains("tmp/4"))
        }
    }

    @Test("of a mailbox that is too long, it is said what was not read, beside what was")
    func longMailbox() async throws {
        try await Workplace.open { place in
            let entry =
                "From MAILER-DAEMON Mon Jul 13 09:12:44 2026\nReturn-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\n"
                + "Subject: failure notice\n\n<ann@example.com>:\n550 5.1.1 user unknown\n\n"
            let many = place.folder.appendingPathComponent("many.mbox")
            try Data(String(repeating: entry, count: 1001).utf8).write(to: many)
            let large = place.folder.appendingPathComponent("large.mbox")
            try Data((entry + String(repeating: "x", count: 16 << 20) + entry).utf8).write(to: large)
            let ended = try await place.run(["explain", many.path, large.path], hasPlaces: false)
            #expect(ended.status == 65)
            #expect(ended.output.contains("ann@example.com: "))
            #expect(ended.errors.contains("only the first 1000 messages"), "\(ended.errors)")
            #expect(ended.errors.contains("only the first 16 MiB"), "\(ended.errors)")
        }
    }

    @Test("what cannot be read is named, with an exit status")
    func missing() async throws {
        try await Workplace.open { place in
            let missing = try await place.run(["explain", "/nowhere/x.eml", "--json"], hasPlaces: false)
            #expect(missing.status == 66)
            #expect(missing.output == "[]\n")
            #expect(missing.errors.contains("/nowhere/x.eml: cannot be read: No such file or directory"))
            let empty = try await place.run(["explain", "-"], hasPlaces: false)
            #expect(empty.status == 65)
            #expect(empty.errors.contains("standard input: is neither a mail nor an event of SES"))
            #expect(try await place.run(["explain"], hasPlaces: false).status == 64)
        }
    }
}
