import AWS
import HTTP
import TestSupport
import Testing

@Suite("SES", .timeLimit(.minutes(10)))
struct SESTests {
    private func withSES(_ body: (_ ses: SES, _ simulator: SESSimulator) async throws -> Void) async throws {
        try await withSESSimulator(keys: ["AKIAIOSFODNN7EXAMPLE": "secret"]) { simulator in
            let http = HTTPClient()
            defer { http.shutdown() }
            let aws = AWSConfiguration(
                region: "us-west-2", http: http,
                credentials: StaticCredentials(
                    Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")),
                environment: ["AWS_ENDPOINT_URL_SESV2": simulator.url])
            try await body(SES(configuration: aws), simulator)
            #expect(simulator.outputSoFar.isEmpty)
        }
    }

    @Test("a mail arrives as it was handed over, every part of it")
    func sending() async throws {
        try await withSES { ses, simulator async throws in
            var email = SES.Email(
                from: "JADA <crew@example.org>", to: ["guest@example.org"], subject: "Ahoy ü 🚢")
            email.replyTo = ["a@example.org", "B <b@example.org>"]
            email.text = "Ahoy\r\n\"ü\""
            email.html = "<p>Ahoy 🚢</p>"
            email.tags = ["run": "abc_DEF-1", "season": "summer"]
            email.headers = [
                ("List-Unsubscribe", "<https://example.org/u?t=1&x=2>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ]
            email.configurationSet = "jada"
            let id = try await ses.send(email)
            let mail = try #require(try await simulator.acceptedMails().first)
            #expect(mail.messageId == id)
            #expect(mail.from == email.from)
            #expect(mail.to == email.to)
            #expect(mail.replyTo == email.replyTo)
            #expect(mail.subject == email.subject)
            #expect(mail.text == email.text)
            #expect(mail.html == email.html)
            #expect(mail.tags == email.tags)
            #expect(mail.configurationSet == "jada")
            #expect(mail.headers.map(\.name) == email.headers.map(\.name))
            #expect(mail.headers.map(\.value) == email.headers.map(\.value))
        }
    }

    @Test("a failed mail is handed over once, whatever the failure")
    func onlyOnce() async throws {
        try await withSES { ses, simulator async throws in
            let faults: [SESSimulator.Fault] = [
                .throttle(), .error("ServiceUnavailable"), .reset(afterAccepting: true),
                .close(afterAccepting: true, onlyReusedConnections: true),
            ]
            var email = SES.Email(from: "crew@example.org", to: ["guest@example.org"], subject: "Ahoy")
            email.text = "Ahoy"
            // A connection that the last fault finds in use.
            _ = try await ses.send(email)
            for fault in faults {
                _ = try? await ses.send(email)
                _ = try await simulator.inject(fault)
                let before = try await simulator.statistics().requests["SendEmail"] ?? 0
                let error = await #expect(throws: AWSError.self) { try await ses.send(email) }
                #expect(error?.attempts == 1)
                #expect(try await simulator.statistics().requests["SendEmail"] == before + 1)
            }
        }
    }

    @Test("account and identities are read; an identity that is not there is nil")
    func account() async throws {
        try await withSES { ses, simulator async throws in
            try await simulator.configure(
                SESSimulator.Settings(
                    maxSendRate: 14, max24HourSend: 50_000, sentLast24Hours: 120, sendingEnabled: false,
                    enforcementStatus: "PROBATION", productionAccessEnabled: false,
                    suppressedReasons: ["BOUNCE"],
                    identities: [
                        "example.org": .init(
                            isVerified: true, dkim: .init(status: "SUCCESS", tokens: ["a", "b"]),
                            mailFrom: .init(domain: "bounce.example.org", status: "PENDING"))
                    ]))
            let account = try await ses.account()
            #expect(account.quota.maxSendRate == 14)
            #expect(account.quota.max24HourSend == 50_000)
            #expect(account.quota.sentLast24Hours == 120)
            #expect(account.isSendingEnabled == false)
            #expect(account.hasProductionAccess == false)
            #expect(account.enforcementStatus == "PROBATION")
            #expect(account.suppression?.suppressedReasons == ["BOUNCE"])
            let identity = try #require(try await ses.identity("example.org"))
            #expect(identity.isVerified == true)
            #expect(identity.dkim?.tokens == ["a", "b"])
            #expect(identity.mailFrom?.domain == "bounce.example.org")
            #expect(try await ses.identity("absent.example.org") == nil)
        }
    }

    @Test("the suppression list is read page by page, and changed an address at a time")
    func suppression() async throws {
        try await withSES { ses, simulator async throws in
            var entries: [String: String] = [:]
            for index in 0..<1200 {
                entries["guest-\(index)@example.org"] = index % 2 == 0 ? "BOUNCE" : "COMPLAINT"
            }
            try await simulator.configure(SESSimulator.Settings(suppressed: entries))
            var read: [String: String] = [:]
            var pages = 0
            var next: String?
            repeat {
                let page = try await ses.suppressed(from: next)
                for entry in page.entries { read[entry.address] = entry.reason.rawValue }
                #expect(page.entries.allSatisfy { ($0.lastUpdate ?? 0) > 0 })
                pages += 1
                next = page.next
            } while next != nil
            #expect(read == entries)
            #expect(pages == 2)

            let odd = "o'brien+tag/x%20@example.org"
            #expect(try await ses.suppressed(odd) == nil)
            try await ses.suppress(odd, for: .complaint)
            #expect(try await ses.suppressed(odd)?.reason == .complaint)
            try await ses.unsuppress(odd)
            try await ses.unsuppress(odd)
            #expect(try await ses.suppressed(odd) == nil)
        }
    }
}
