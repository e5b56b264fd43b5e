package import Campaigns
import Testing

/// What every ``Mailer`` promises of mails that are in order.
package var mailerContract: [ContractClause<any Mailer>] {
    [
        .init("a plain mail is accepted") { mailer async throws in
            _ = try messageID(of: await mailer.send(example()))
        },
        .init("a mail with everything in it is accepted") { mailer async throws in
            var mail = example()
            mail.from.name = "Königin von San Diego, \"JADA\" 🚢"
            mail.to.name = "Zoë"
            mail.replyTo = [Mailbox(name: "山田", address: "a@example.org"), Mailbox(address: "b@example.org")]
            mail.subject =
                "Grüße an {{name}}: 山田太郎, the longest subject that anybody has written this summer 🚢"
            mail.html = "<p>Grüße \u{1F6A2}</p>\n.\r\n" + String(repeating: "x", count: 2000)
            mail.headers = [
                OutgoingMail.HeaderField(name: "List-Unsubscribe", value: "<https://example.org/u?t=abc>"),
                OutgoingMail.HeaderField(name: "List-Unsubscribe-Post", value: "List-Unsubscribe=One-Click"),
            ]
            mail.configurationSet = "jada"
            mail.tags = ["run": "abc_DEF-1", "season": "summer"]
            _ = try messageID(of: await mailer.send(mail))
        },
        .init("mails sent at once each get an id of their own") { mailer async throws in
            let identifiers = try await atOnce(20) { _ in try messageID(of: await mailer.send(example())) }
            #expect(Set(identifiers).count == 20)
        },
    ]
}

private func example() -> OutgoingMail {
    OutgoingMail(
        from: Mailbox(name: "JADA Sailing", address: "crew@example.org"),
        to: Mailbox(address: "guest@example.org"), subject: "Aboard", html: "<p>Ahoy</p>", text: "Ahoy\n")
}

private func messageID(of outcome: MailerOutcome) throws -> String {
    guard case .accepted(let messageID) = outcome, !messageID.isEmpty else {
        throw ContractBreach(description: "\(outcome)")
    }
    return messageID
}
