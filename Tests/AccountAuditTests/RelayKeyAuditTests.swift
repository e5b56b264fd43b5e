import AWS
import AWSSupport
import AccountAudit
import Campaigns
import Deliverability
import Foundation
import TestSupport
import Testing

@Suite("Audit of the relay's access key", .timeLimit(.minutes(10)))
struct RelayKeyAuditTests {
    private static let now = Timestamp(iso8601: "2026-11-29T12:00:00Z") ?? Timestamp(seconds: 0)

    /// Answers of IAM, as its API reference shows them.
    private static func use(_ date: String?, user: String = "relay") -> ScriptedServer.Answer {
        let use =
            date.map {
                "<LastUsedDate>\($0)</LastUsedDate><ServiceName>ses</ServiceName><Region>us-east-1</Region>"
            }
            ?? "<ServiceName>N/A</ServiceName><Region>N/A</Region>"
        return .init(
            body:
                "<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult><AccessKeyLastUsed>\(use)</AccessKeyLastUsed><UserName>\(user)</UserName></GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>"
        )
    }

    private static func keys(_ keys: [(id: String, status: String, made: String)]) -> ScriptedServer.Answer {
        let members = keys.map {
            "<member><UserName>relay</UserName><AccessKeyId>\($0.id)</AccessKeyId><Status>\($0.status)</Status><CreateDate>\($0.made)</CreateDate></member>"
        }
        return .init(
            body:
                "<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata>\(members.joined())</AccessKeyMetadata></ListAccessKeysResult></ListAccessKeysResponse>"
        )
    }

    private func findings(
        _ answers: [ScriptedServer.Answer], key: String? = "AKIAOLD", user: String? = nil
    ) async throws -> [Finding] {
        try await withScriptedServer(answers) { server in
            var aws = try await MotoAccount().aws
            aws.environment["AWS_ENDPOINT_URL_IAM"] = server.url
            return await RelayKeyAudit(aws: aws, now: Self.now).findings(key: key, user: user)
        }
    }

    @Test(
        "each state of a key has its finding",
        arguments: [
            (
                "2026-11-28T09:00:00Z", [("AKIAOLD", "Active", "2026-06-01T00:00:00Z")], .healthy,
                "last used 1 days ago"
            ),
            (
                "2026-11-28T09:00:00Z", [("AKIAOLD", "Inactive", "2026-06-01T00:00:00Z")], .broken,
                "is inactive"
            ),
            ("2026-11-28T09:00:00Z", [("AKIANEW", "Active", "2026-11-29T00:00:00Z")], .broken, "is none of"),
            (
                "2026-11-01T09:00:00Z",
                [
                    ("AKIAOLD", "Active", "2026-06-01T00:00:00Z"),
                    ("AKIANEW", "Active", "2026-11-20T00:00:00Z"),
                ],
                .warning, "rotated since"
            ),
            (
                "2026-11-28T09:00:00Z",
                [
                    ("AKIAOLD", "Active", "2026-06-01T00:00:00Z"),
                    ("AKIANEW", "Active", "2026-11-20T00:00:00Z"),
                ],
                .healthy, "is active"
            ),
            (nil, [("AKIAOLD", "Active", "2026-06-01T00:00:00Z")], .warning, "was never used"),
            (
                "2026-11-28T09:00:00Z", [("AKIAOLD", "Active", "2025-06-01T00:00:00Z")], .warning,
                "546 days old"
            ),
        ] as [(String?, [(id: String, status: String, made: String)], Severity, String)])
    func states(
        used: String?, keys: [(id: String, status: String, made: String)], severity: Severity, title: String
    ) async throws {
        let found = try await findings([Self.use(used), Self.keys(keys)])
        #expect(found.map(\.severity) == [severity])
        let finding = try #require(found.first)
        #expect(finding.title.contains(title), "\(finding.title)")
        #expect((finding.remedy == nil) == (severity == .healthy))
        #expect(finding.layer == .relayCredentials && finding.paths == [.relay])
    }

    @Test(
        "a key that may not be looked at is told with the action that is missing, and nonsense does no harm")
    func unknown() async throws {
        let denied = ScriptedServer.Answer(
            status: 403,
            body:
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/x is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key AKIAOLD</Message></Error></ErrorResponse>"
        )
        let found = try await findings([denied])
        #expect(found.map(\.severity) == [.unknown])
        #expect(found.first?.remedy?.contains("iam:GetAccessKeyLastUsed") == true)
        // Of a key that is gone IAM may say no more than that; the user's keys tell.
        let gone = try await findings(
            [denied, Self.keys([("AKIANEW", "Active", "2026-11-29T00:00:00Z")])], user: "relay")
        #expect(gone.map(\.severity) == [.broken])
        #expect(gone.first?.title.contains("is none of the IAM user relay") == true)
        for body in ["", "<", "<a/>", "{}", String(repeating: "<a>", count: 10_000)] {
            let found = try await findings([.init(body: body)])
            #expect(found.map(\.severity) == [.unknown], "\(body.prefix(20))")
        }
    }

    @Test("on moto, a user's keys are found, and what is gone is told so")
    func moto() async throws {
        try await withMotoAccount { account in
            let task = #"{"keys": ["Active", "Inactive"]}"#
            let made = try await runPython(
                "aws/account_site.py", [account.server.url], input: Data(task.utf8))
            let keys = try #require(
                (JSONSerialization.jsonObject(with: Data(made.utf8)) as? [String: [String]])?["keys"])
            let audit = RelayKeyAudit(
                aws: account.aws, now: Timestamp(seconds: Int64(Date.now.timeIntervalSince1970)))
            let active = await audit.findings(key: keys[0], user: nil)
            #expect(active.map(\.severity) == [.warning])
            #expect(active.first?.title.contains("IAM user relay was never used") == true)
            #expect(await audit.findings(key: keys[1], user: nil).map(\.severity) == [.broken])
            #expect(await audit.findings(key: nil, user: "relay").map(\.severity) == [.warning, .warning])
            #expect(await audit.findings(key: nil, user: "nobody").map(\.severity) == [.broken])
            let gone = await audit.findings(key: "AKIAIOSFODNN7EXAMPLE", user: nil)
            #expect(gone.map(\.severity) == [.broken])
            #expect(gone.first?.title.contains("does not exist any more") == true)
        }
    }
}
