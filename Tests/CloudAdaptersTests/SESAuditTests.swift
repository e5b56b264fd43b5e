import AWS
import CloudAdapters
import Deliverability
import HTTP
import TestSupport
import Testing

@Suite("Audit of SES on the simulator", .timeLimit(.minutes(10)))
struct SESAuditTests {
    private func withAudit(_ body: (SESAudit, SESSimulator) async throws -> Void) async throws {
        try await withSESSimulator { simulator in
            let http = HTTPClient()
            defer { http.shutdown() }
            let aws = AWSConfiguration(
                region: "us-west-2", http: http,
                credentials: StaticCredentials(
                    Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")),
                environment: ["AWS_ENDPOINT_URL_SESV2": simulator.url])
            try await body(SESAudit(aws: aws, paths: [.api]), simulator)
        }
    }

    /// Check and severity of what is not healthy.
    private func bad(_ findings: [Finding]) -> [String: Severity] {
        Dictionary(
            findings.filter { $0.severity != .healthy }.map { ($0.check, $0.severity) }, uniquingKeysWith: max
        )
    }

    @Test("each state of the account has its finding, and what mends it")
    func account() async throws {
        try await withAudit { audit, simulator async throws in
            let healthy = await audit.account()
            #expect(healthy.map(\.severity) == [.healthy, .healthy, .healthy])
            #expect(
                healthy.allSatisfy { $0.region == "us-west-2" && $0.paths == [.api] && !$0.evidence.isEmpty })
            let cases: [(SESSimulator.Settings, [String: Severity])] = [
                (.init(enforcementStatus: "SHUTDOWN"), ["ses-account": .broken]),
                (.init(enforcementStatus: "PROBATION"), ["ses-account": .warning]),
                (.init(sendingEnabled: false), ["ses-account": .broken]),
                (.init(productionAccessEnabled: false), ["ses-account": .broken]),
                (.init(max24HourSend: 1000, sentLast24Hours: 1000), ["ses-quota": .broken]),
                (.init(max24HourSend: 1000, sentLast24Hours: 950), ["ses-quota": .warning]),
                (.init(max24HourSend: 1000, sentLast24Hours: 100), [:]),
                (.init(suppressedReasons: ["BOUNCE"]), ["ses-suppression": .warning]),
            ]
            for (settings, expected) in cases {
                try await simulator.reset()
                try await simulator.configure(settings)
                let findings = await audit.account()
                #expect(bad(findings) == expected, "\(settings)")
                #expect(findings.allSatisfy { $0.severity == .healthy || $0.remedy != nil })
            }
        }
    }

    @Test("each state of an identity has its finding, and what DNS has to say is handed on")
    func identity() async throws {
        try await withAudit { audit, simulator async throws in
            typealias Identity = SESSimulator.Settings.Identity
            let dkim = Identity.DKIM(tokens: ["a", "b", "c"])
            let cases: [(Identity, [String: Severity])] = [
                (Identity(dkim: dkim, mailFrom: .init(domain: "bounce.example.com", status: "SUCCESS")), [:]),
                (
                    Identity(isVerified: false, dkim: .init(status: "PENDING")),
                    ["ses-identity": .broken, "ses-dkim": .broken]
                ),
                (Identity(dkim: .init(isSigning: false)), ["ses-dkim": .warning]),
                (Identity(dkim: .init(status: "TEMPORARY_FAILURE")), ["ses-dkim": .warning]),
                (Identity(dkim: .init(status: "FAILED")), ["ses-dkim": .broken]),
                (Identity(), ["ses-dkim": .broken]),
                (
                    Identity(dkim: dkim, mailFrom: .init(domain: "b.example.com", status: "FAILED")),
                    ["ses-mail-from": .warning]
                ),
                (
                    Identity(
                        dkim: dkim,
                        mailFrom: .init(domain: "b.example.com", status: "FAILED", behavior: "REJECT_MESSAGE")
                    ),
                    ["ses-mail-from": .broken]
                ),
            ]
            for (identity, expected) in cases {
                try await simulator.configure(.init(identities: ["example.com": identity]))
                let (known, findings) = await audit.identity(of: "news.example.com")
                #expect(bad(findings) == expected)
                #expect(known?.name == "example.com")
                #expect(known?.mailFrom == identity.mailFrom?.domain)
                #expect(known?.tokens == identity.dkim?.tokens ?? [])
            }
            let (none, findings) = await audit.identity(of: "other.example")
            #expect(none == nil && bad(findings) == ["ses-identity": .broken])
            #expect(
                findings.first?.fix.first?.contains("create-email-identity --email-identity other.example")
                    == true)
        }
    }

    @Test("what may not be seen, and what does not answer, is unknown: the IAM action is named")
    func unknown() async throws {
        try await withAudit { audit, simulator async throws in
            for (operation, action) in [
                ("GetAccount", "ses:GetAccount"), ("GetEmailIdentity", "ses:GetEmailIdentity"),
            ] {
                var fault = SESSimulator.Fault.error(
                    "AccessDeniedException",
                    message: "User: arn:aws:iam::123456789012:user/u is not authorized to perform: \(action)",
                    count: .max)
                fault.operation = operation
                try await simulator.inject(fault)
                let findings =
                    operation == "GetAccount"
                    ? await audit.account() : await audit.identity(of: "example.com").1
                #expect(findings.map(\.severity) == [.unknown])
                #expect(findings.first?.remedy?.contains(action) == true, "\(findings)")
            }
        }
    }
}
