import Deliverability
import Foundation
import SMTP
import TestSupport
import Testing

@Suite("Logging in to a submission server", .timeLimit(.minutes(10)))
struct SMTPClientTests {
    private static let credentials = SubmissionCredentials(
        user: SubmissionStandIn.user, password: SubmissionStandIn.password)
    private static let mail = TrialMail(
        from: "crew@example.org", to: "ann@example.org",
        message: Array("Subject: hi\r\n\r\n.\r\n.dots\r\n".utf8))

    private func logIn(
        security: SubmissionServer.Security = .startTLS, server kind: String? = nil, options: [String] = [],
        host: String = "localhost", credentials: SubmissionCredentials = Self.credentials,
        sending mail: TrialMail? = nil, trusts: Bool = true, timeLimit: Duration = .seconds(20)
    ) async throws -> (LoginTrial, said: String) {
        try await withSubmissionServer(security: kind ?? security.rawValue, options: options) { there in
            let client = SMTPClient(
                certificateAuthorities: trusts ? there.certificateAuthority : nil, timeLimit: timeLimit)
            let trial = await client.logIn(
                to: SubmissionServer(host: host, port: there.server.port, security: security),
                with: credentials, sending: mail)
            return (trial, there.server.outputSoFar)
        }
    }

    @Test(
        "with the right password it gets in, and stops before MAIL FROM",
        arguments: SubmissionServer.Security.allCases)
    func right(security: SubmissionServer.Security) async throws {
        let (trial, said) = try await logIn(security: security)
        #expect(trial.step == .done, "\(trial)")
        #expect(trial.failure == nil)
        #expect(trial.transcript.contains { $0.hasPrefix("235") })
        #expect(said.contains("AUTH") && !said.contains("MAIL") && !said.contains("DATA"))
    }

    @Test("a wrong password is told with the server's words", arguments: SubmissionServer.Security.allCases)
    func wrong(security: SubmissionServer.Security) async throws {
        let (trial, said) = try await logIn(
            security: security,
            credentials: SubmissionCredentials(user: SubmissionStandIn.user, password: "Bsecret-and-wrong"))
        #expect(trial.step == .authentication)
        #expect(trial.reply?.code == 535)
        #expect(trial.reply?.verdict().cause == .badCredentials)
        // Neither the password nor its Base64 form, in which it is sent.
        for secret in ["secret-and-wrong", "QnNlY3JldC1hbmQtd3Jvbmc"] {
            #expect(!"\(trial)".contains(secret) && !said.contains(secret))
        }
    }

    @Test(
        "what else a server answers to a login is told",
        arguments: [
            ("454 Temporary authentication failure", RelayVerdict.Cause.authenticationUnavailable),
            ("535 Account not subscribed to SES", .noService),
            ("421 Too many concurrent SMTP connections", .tooManyConnections),
        ])
    func refused(reply: String, cause: RelayVerdict.Cause) async throws {
        let (trial, _) = try await logIn(options: ["--login-reply", reply])
        #expect(trial.step == .authentication)
        #expect(trial.reply?.verdict().cause == cause, "\(trial)")
    }

    @Test("a server that offers no login has not taken the credentials, and gets no mail")
    func noLogin() async throws {
        let (trial, said) = try await logIn(options: ["--no-login"], sending: Self.mail)
        #expect(trial.step == .authentication, "\(trial)")
        #expect(!said.contains("MAIL"))
        let server = SubmissionServer(host: "localhost", port: 587, security: .startTLS)
        let finding = trial.finding(of: server, region: nil)
        #expect(finding.severity == .broken && finding.title.contains("offers no login"))
    }

    @Test("what this machine lacks is not held against the server")
    func noAuthorities() async {
        let server = SubmissionServer(host: "localhost", port: 1, security: .startTLS)
        let client = SMTPClient(certificateAuthorities: "/no/such/file")
        let finding = await client.logIn(to: server, with: Self.credentials).finding(of: server, region: nil)
        #expect(finding.severity == .unknown && finding.remedy?.contains("AWS_CA_BUNDLE") == true)
    }

    @Test("what a server agreed to before is no reason for what failed then")
    func silentAfterAgreeing() async throws {
        let (trial, _) = try await logIn(options: ["--login-reply", "421 Bye"])
        #expect(trial.reply?.code == 421)
        let broken = LoginTrial(step: .authentication, failure: "reset", transcript: ["334 VXNlcm5hbWU6"])
        let server = SubmissionServer(host: "localhost", port: 587, security: .startTLS)
        #expect(broken.finding(of: server, region: nil).severity == .unknown)
    }

    @Test("a server without encryption is given no password")
    func plain() async throws {
        let (trial, said) = try await logIn(server: "none")
        #expect(trial.step == .tls)
        #expect(!said.contains("AUTH"))
    }

    @Test("a certificate of an unknown authority, or of another name, is refused")
    func untrusted() async throws {
        let (unknown, said) = try await logIn(trusts: false)
        #expect(unknown.step == .tls, "\(unknown)")
        #expect(!said.contains("AUTH"))
        let (other, _) = try await logIn(host: "localhost.localdomain")
        #expect([.tls, .resolve].contains(other.step), "\(other)")
    }

    @Test("a mail is sent on demand, as it is, and a refusal of it told")
    func mail() async throws {
        let (sent, said) = try await logIn(sending: Self.mail)
        #expect(sent.step == .done, "\(sent)")
        #expect(sent.reply?.code == 250)
        #expect(said.contains("MAIL crew@example.org"))
        #expect(said.contains("DATA ['ann@example.org'] 25"))
        let words = "554 Message rejected: Email address is not verified. The following identities failed"
        let (refused, _) = try await logIn(options: ["--mail-reply", words], sending: Self.mail)
        #expect(refused.step == .mail)
        #expect(refused.reply?.verdict().cause == .unverifiedIdentity, "\(refused)")
    }

    @Test("a server that is silent, not there or unknown is given up in time")
    func absent() async throws {
        let (silent, _) = try await logIn(options: ["--greeting-only"], timeLimit: .milliseconds(400))
        #expect(silent.step == .greeting, "\(silent)")
        let client = SMTPClient(timeLimit: .seconds(5))
        let closed = SubmissionServer(host: "127.0.0.1", port: try TestServer.freePort(), security: .startTLS)
        #expect(await client.logIn(to: closed, with: Self.credentials).step == .connect)
        let unknown = SubmissionServer(host: "no.such.name.invalid", port: 587, security: .startTLS)
        #expect(await client.logIn(to: unknown, with: Self.credentials).step == .resolve)
    }

    @Test("a trial that is cancelled ends at once")
    func cancelled() async throws {
        try await withSubmissionServer(options: ["--greeting-only"]) { there in
            let server = SubmissionServer(host: "localhost", port: there.server.port, security: .startTLS)
            let task = Task { await SMTPClient().logIn(to: server, with: Self.credentials) }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            #expect(await task.value.failure == "it was cancelled")
        }
    }

    @Test("no description of credentials shows the password")
    func redacted() {
        var dumped = ""
        dump(Self.credentials, to: &dumped)
        for text in ["\(Self.credentials)", String(reflecting: Self.credentials), dumped] {
            #expect(text.contains(SubmissionStandIn.user) && !text.contains(SubmissionStandIn.password))
        }
    }

    @Test("SES's servers are found by Region")
    func servers() {
        #expect(
            SubmissionServer.ses(region: "us-east-1").map(\.description)
                == ["email-smtp.us-east-1.amazonaws.com:587", "email-smtp.us-east-1.amazonaws.com:465"])
        #expect(
            SubmissionServer.ses(region: "cn-north-1")[0].host == "email-smtp.cn-north-1.amazonaws.com.cn")
    }
}
