import AWS
import AWSSupport
import AccountAudit
import Campaigns
import Deliverability
import Foundation
import TestSupport
import Testing

@Suite("Audit of a function", .timeLimit(.minutes(10)))
struct FunctionAuditTests {
    private struct Site: Encodable {
        struct Function: Encodable {
            var name = "jada-blast-sender"
            var runtime = "provided.al2023"
            var timeout = 300
            var variables = ["JADA_BLAST_BUCKET": "jada-blast-assets"]
            var visibility = 1800
            var errors: [String] = []
            var isEnabled = true
        }
        var keys: [String] = []
        var function: Function
    }

    private func findings(_ function: Site.Function, on name: String = "jada-blast-sender") async throws
        -> [Finding]
    {
        try await withMotoAccount { account in
            _ = try await runPython(
                "aws/account_site.py", [account.server.url],
                input: try JSONEncoder().encode(Site(function: function)))
            let now = Timestamp(seconds: Int64(Date.now.timeIntervalSince1970))
            return await FunctionAudit(aws: account.aws, now: now) { variables in
                variables["JADA_BLAST_BUCKET"] == nil ? ["JADA_BLAST_BUCKET: is not set"] : []
            }.findings(on: name)
        }
    }

    @Test("a function that is as the template makes it is healthy")
    func healthy() async throws {
        let found = try await findings(.init())
        #expect(found.allSatisfy { $0.severity == .healthy }, "\(found)")
        #expect(found.count == 5)
        #expect(found.allSatisfy { $0.region == "us-west-2" && $0.paths == [.api] && $0.layer == .worker })
    }

    @Test("what is wrong with one is told, each for itself, with the command that mends it")
    func wrong() async throws {
        var function = Site.Function()
        function.runtime = "provided.al2"
        function.variables = ["SECRET": "hidden-value"]
        function.visibility = 100
        function.isEnabled = false
        function.errors = [
            #"{"level":"ERROR","message":"An event could not be taken in"}"#, "INFO all is well",
        ]
        let found = try await findings(function).filter { $0.severity != .healthy }
        let titles = found.map(\.title)
        for part in [
            "which AWS updates no more", "environment of the function jada-blast-sender is wrong",
            "is not called",
            "shows a message again after 100 s", "has logged 1 errors",
        ] {
            #expect(titles.contains { $0.contains(part) }, "\(part)\n\(titles)")
        }
        #expect(found.count == 5)
        #expect(found.allSatisfy { $0.remedy != nil })
        #expect(!"\(found)".contains("hidden-value"))
    }

    @Test("what Lambda writes of time-outs and crashes is an error, too, though it has no such word")
    func lambdasOwn() async throws {
        for line in [
            #"{"time":"2026-11-29T10:00:00Z","type":"platform.report","record":{"status":"timeout"}}"#,
            "2026-11-29T10:00:00Z 1-2-3 Task timed out after 300.00 seconds",
            #"{"type":"platform.runtimeDone","record":{"status":"error","errorType":"Runtime.ExitError"}}"#,
        ] {
            var function = Site.Function()
            function.errors = [line, #"{"type":"platform.report","record":{"status":"success"}}"#]
            let found = try await findings(function).filter { $0.severity != .healthy }
            #expect(found.map(\.title).contains { $0.contains("has logged 1 errors") }, "\(line)\n\(found)")
        }
    }

    @Test("an older program in its place, and none at all, are told so")
    func other() async throws {
        var function = Site.Function()
        function.runtime = "python3.12"
        let old = try await findings(function).filter { $0.severity != .healthy }
        #expect(old.map(\.severity) == [.warning])
        #expect(old.first?.title.contains("not jada-blast's") == true)
        let none = try await findings(function, on: "jada-blast-scheduler")
        #expect(none.map(\.severity) == [.broken])
        #expect(none.first?.title.contains("There is no function") == true)
    }

    @Test("what may not be looked at is told with the action that is missing")
    func denied() async throws {
        try await withScriptedServer([
            .json(
                403, "AccessDeniedException",
                message:
                    "User: x is not authorized to perform: lambda:GetFunctionConfiguration on resource: arn:aws:lambda:us-west-2:1:function:f"
            )
        ]) { server in
            var aws = try await MotoAccount().aws
            aws.environment["AWS_ENDPOINT_URL_LAMBDA"] = server.url
            let found = await FunctionAudit(aws: aws, now: Timestamp(seconds: 0)) { _ in [] }.findings(
                on: "f")
            #expect(found.map(\.severity) == [.unknown])
            #expect(found.first?.remedy?.contains("lambda:GetFunctionConfiguration") == true)
        }
    }
}
