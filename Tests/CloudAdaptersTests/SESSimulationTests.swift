import AWS
import Campaigns
import CloudAdapters
import Foundation
import HTTP
import TestSupport
import Testing

@Suite("SES adapters on the simulator", .timeLimit(.minutes(10)))
struct SESSimulationTests {
    private func withSES(
        _ body: (_ aws: AWSConfiguration, _ simulator: SESSimulator) async throws -> Void
    ) async throws {
        try await withSESSimulator(keys: ["AKIAIOSFODNN7EXAMPLE": "secret"]) { simulator in
            let http = HTTPClient()
            defer { http.shutdown() }
            let aws = AWSConfiguration(
                region: "us-west-2", http: http,
                credentials: StaticCredentials(
                    Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")),
                environment: ["AWS_ENDPOINT_URL_SESV2": simulator.url])
            try await body(aws, simulator)
        }
    }

    private func mail(to address: String) -> OutgoingMail {
        OutgoingMail(
            from: Mailbox(name: "Königin 🚢", address: "crew@example.org"),
            to: Mailbox(name: "Simon, Paul", address: address), subject: "Ahoy", text: "Ahoy")
    }

    /// An outcome without its particulars.
    private func name(_ outcome: MailerOutcome) -> String {
        switch outcome {
        case .accepted: "accepted"
        case .rejected: "rejected"
        case .stopped: "stopped"
        case .ambiguous: "ambiguous"
        case .throttled(.rate): "rate"
        case .throttled(.dailyQuota): "daily quota"
        case .throttled(.unreachable): "unreachable"
        }
    }

    @Test("mailer contract", arguments: mailerContract)
    func contract(_ clause: ContractClause<any Mailer>) async throws {
        try await withSES { aws, _ in try await clause.check(SESMailer(aws: aws)) }
    }

    @Test("names that are not ASCII arrive as encoded words, others as they are")
    func names() async throws {
        try await withSES { aws, simulator async throws in
            let outcome = await SESMailer(aws: aws).send(mail(to: "guest@example.org"))
            #expect(name(outcome) == "accepted")
            let accepted = try #require(try await simulator.acceptedMails().first)
            #expect(accepted.from == "=?UTF-8?B?S8O2bmlnaW4g8J+aog==?= <crew@example.org>")
            #expect(accepted.to == [#""Simon, Paul" <guest@example.org>"#])
        }
    }

    @Test("each failure has its outcome, and no mail is handed over twice")
    func failures() async throws {
        try await withSES { aws, simulator async throws in
            let mailer = SESMailer(aws: aws)
            let cases: [(fault: SESSimulator.Fault, outcome: String, accepted: Int)] = [
                (.throttle(), "rate", 0),
                (
                    .error("TooManyRequestsException", message: "Daily message quota exceeded."),
                    "daily quota", 0
                ),
                (.error("SendingPausedException"), "stopped", 0),
                (.error("AccountSuspendedException"), "stopped", 0),
                (.error("LimitExceededException"), "stopped", 0),
                (.error("MailFromDomainNotVerifiedException"), "stopped", 0),
                (.error("NotFoundException"), "stopped", 0),
                (.error("ExpiredTokenException"), "stopped", 0),
                (.error("AccessDeniedException"), "stopped", 0),
                (.error("UnrecognizedClientException"), "stopped", 0),
                (.error("MessageRejected"), "rejected", 0),
                (.error("BadRequestException"), "rejected", 0),
                (.error("InternalServiceErrorException"), "ambiguous", 0),
                (.error("InternalServiceErrorException", afterAccepting: true), "ambiguous", 1),
                (.error("ServiceUnavailable", afterAccepting: true), "ambiguous", 1),
                (.reset(afterAccepting: false), "ambiguous", 0),
                (.reset(afterAccepting: true), "ambiguous", 1),
                (.close(afterAccepting: false), "ambiguous", 0),
                (.close(afterAccepting: true, onlyReusedConnections: true), "ambiguous", 1),
                (SESSimulator.Fault(.malformed), "ambiguous", 1),
                (SESSimulator.Fault(.truncated), "ambiguous", 1),
            ]
            for (index, (fault, expected, accepted)) in cases.enumerated() {
                // Leaves a connection behind that the next request reuses.
                #expect(name(await mailer.send(mail(to: "before-\(index)@example.org"))) == "accepted")
                try await simulator.inject(fault)
                let outcome = await mailer.send(mail(to: "guest-\(index)@example.org"))
                #expect(name(outcome) == expected, "\(index): \(outcome)")
                let mails = try await simulator.acceptedMails()
                let count = mails.count { $0.to.contains { $0.contains("guest-\(index)@") } }
                #expect(count == accepted, "\(index): \(outcome)")
            }
            let struck = try await simulator.statistics().faults
            #expect(struck == cases.map { _ in 1 })
        }
    }

    @Test("an unverified sender stops the run, an unverified recipient is rejected alone")
    func unverified() async throws {
        try await withSES { aws, simulator async throws in
            try await simulator.configure(SESSimulator.Settings(identities: [:], strictIdentities: true))
            let outcome = await SESMailer(aws: aws).send(mail(to: "guest@example.org"))
            #expect(name(outcome) == "stopped", "\(outcome)")
        }
    }

    @Test("quota, identity and suppression list are told in the domain's terms")
    func account() async throws {
        try await withSES { aws, simulator async throws in
            var suppressed: [String: String] = [:]
            for index in 0..<1001 { suppressed["Guest-\(index)@example.org"] = "COMPLAINT" }
            try await simulator.configure(
                SESSimulator.Settings(
                    maxSendRate: 14, max24HourSend: -1, sentLast24Hours: 7, suppressedReasons: ["COMPLAINT"],
                    identities: [
                        "example.org": .init(
                            isVerified: true, dkim: .init(status: "PENDING"),
                            mailFrom: .init(domain: "bounce.example.org", status: "FAILED"))
                    ], suppressed: suppressed))
            let account = SESSendingAccount(aws: aws)
            let quota = try await account.quota()
            #expect(
                quota
                    == SendingQuota(
                        maximumRate: 14, maximumPer24Hours: nil, sentLast24Hours: 7,
                        suppressedReasons: [.complaint]))
            #expect(
                try await account.identity("example.org")
                    == SendingIdentity(
                        name: "example.org", isVerified: true, dkimStatus: "PENDING",
                        isDKIMSigningEnabled: true,
                        mailFromDomain: "bounce.example.org", mailFromStatus: "FAILED"))
            #expect(try await account.identity("absent.example.org") == nil)
            var entries: [SuppressionEntry] = []
            try await account.suppressed { entries += $0 }
            #expect(Set(entries.map(\.address)) == Set(suppressed.keys.map { $0.lowercased() }))
            #expect(entries.allSatisfy { $0.reason == .complaint && $0.source == "SES us-west-2" })
            #expect(entries.allSatisfy { $0.at > Timestamp(milliseconds: 1_600_000_000_000) })
        }
    }

    @Test("what is put onto the list of a Region stands there, and in no other")
    func additions() async throws {
        try await withSES { aws, simulator async throws in
            var east = aws
            east.region = "us-east-1"
            let account = SESSendingAccount(aws: east)
            try await account.suppress("ann@example.org", asComplaint: false)
            try await account.suppress("bob@example.org", asComplaint: true)
            try await account.suppress("bob@example.org", asComplaint: true)
            #expect(
                try await simulator.suppressed(in: "us-east-1")
                    == ["ann@example.org": "BOUNCE", "bob@example.org": "COMPLAINT"])
            #expect(try await simulator.suppressed().isEmpty)
            var sources: Set<String> = []
            try await account.suppressed { sources.formUnion($0.map(\.source)) }
            #expect(sources == ["SES us-east-1"])
        }
    }

    @Test("an account that nobody lets us read is told as denied")
    func denied() async throws {
        try await withSES { aws, _ async throws in
            var aws = aws
            aws.credentials = StaticCredentials(
                Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wrong"))
            let problem = await #expect(throws: Problem.self) {
                try await SESSendingAccount(aws: aws).quota()
            }
            #expect(problem?.kind == .accessDenied)
            #expect(problem?.remedy?.contains("AWS_SECRET_ACCESS_KEY") == true)
            let outcome = await SESMailer(aws: aws).send(mail(to: "guest@example.org"))
            #expect(name(outcome) == "stopped")
        }
    }
}
