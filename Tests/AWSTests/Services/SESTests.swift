import AWS
import AWSSupport
import Testing

@Suite("SES", .timeLimit(.minutes(2)))
struct SESTests {
    @Test("a mail is taken, one from an unknown sender refused")
    func sending() async throws {
        let account = try await MotoAccount()
        let ses = SES(configuration: account.aws)
        try await account.verify("crew@example.org")
        var email = SES.Email(from: "JADA <crew@example.org>", to: ["guest@example.org"], subject: "Ahoy ü")
        email.text = "Ahoy"
        email.html = "<p>Ahoy</p>"
        email.tags = ["run": "abc"]
        email.headers = [("List-Unsubscribe", "<https://example.org/u>")]
        #expect(try await !ses.send(email).isEmpty)
        email.from = "stranger@nowhere.example"
        let refused = await #expect(throws: AWSError.self) { try await ses.send(email) }
        #expect(refused?.code == "MessageRejected")
        #expect(refused?.attempts == 1)
    }

    @Test("an identity is read, one that is not there is nil")
    func identities() async throws {
        let account = try await MotoAccount()
        try await account.verify("identity.example.org")
        let ses = SES(configuration: account.aws)
        #expect(try await ses.identity("identity.example.org") != nil)
        #expect(try await ses.identity("absent.example.org") == nil)
    }
}
