import Foundation
import TestSupport
import Testing

@Suite("The runtime loop", .timeLimit(.minutes(10)))
struct RuntimeLoopTests {
    typealias Answer = ScriptedRuntimeAPI.Answer

    @discardableResult
    private func start(
        _ handler: String?, _ api: ScriptedRuntimeAPI, _ environment: [String: String] = [:]
    ) throws -> Program {
        try api.start("RuntimeFixture", handler: handler, environment: environment)
    }

    private struct ReportedError: Decodable, Equatable {
        var errorType, errorMessage: String
        var stackTrace: [String] = []
    }

    private func error(_ request: ScriptedRuntimeAPI.Request) throws -> ReportedError {
        let error = try JSONDecoder().decode(ReportedError.self, from: request.body)
        #expect(request.headers["lambda-runtime-function-error-type"] == error.errorType)
        return error
    }

    @Test("asks, answers, and asks again, and hands the whole context to the handler")
    func context() async throws {
        let headers = [
            "Lambda-Runtime-Trace-Id": "Root=1;Sampled=0", "Lambda-Runtime-Client-Context": "{}",
            "Lambda-Runtime-Cognito-Identity": "{\"a\":1}", "Lambda-Runtime-Aws-Tenant-Id": "t",
        ]
        try await withRuntimeAPI(invocations: [
            .invocation("one", headers: headers), .invocation("two"),
        ]) { api in
            let function = try start("context", api)
            let outcomes = try await api.outcomes(2)
            #expect(outcomes[0].path == "/2018-06-01/runtime/invocation/one/response")
            #expect(
                outcomes[0].text
                    == "one\narn:aws:lambda:us-west-2:123456789012:function:f\nRoot=1;Sampled=0\n{}\n{\"a\":1}\nt\nRoot=1;Sampled=0"
            )
            // What the last invocation left in the environment is gone.
            #expect(outcomes[1].text == "two\narn:aws:lambda:us-west-2:123456789012:function:f\n-\n-\n-\n-\n")
            function.terminate()
            #expect(await function.exitStatus == 0)
        }
    }

    @Test("registers an extension without events before it asks for the first invocation, and waits with it")
    func registersExtension() async throws {
        try await withRuntimeAPI(invocations: []) { api in
            let function = try start("echo", api)
            let requests = try await api.requests(3)
            #expect(requests[0].path == "/2020-01-01/extension/register")
            #expect(requests[0].text == #"{"events":[]}"#)
            #expect(requests[0].headers["lambda-extension-name"]?.isEmpty == false)
            let waiting = requests.first { $0.path == "/2020-01-01/extension/event/next" }
            #expect(waiting?.headers["lambda-extension-identifier"] == "fixture-extension")
            #expect(requests.contains { $0.path == "/2018-06-01/runtime/invocation/next" })
            function.terminate()
            #expect(await function.exitStatus == 0)
        }
    }

    @Test("registers nothing when it is not to receive SIGTERM")
    func noExtension() async throws {
        try await withRuntimeAPI(invocations: [.invocation("one")]) { api in
            try start("echo", api, ["FIXTURE_NO_TERMINATION": "1"])
            let requests = try await api.requests(3)
            #expect(!requests.contains { $0.path.contains("extension") })
        }
    }

    @Test("survives answers of next that are failures or no invocations")
    func badAnswers() async throws {
        try await withRuntimeAPI(invocations: [
            .status(500, times: 3), .dropped, .invocation("x", without: "Lambda-Runtime-Aws-Request-Id"),
            .invocation("no-deadline", without: "Lambda-Runtime-Deadline-Ms"),
            .invocation("bad-deadline", headers: ["Lambda-Runtime-Deadline-Ms": "tomorrow"]),
            .invocation("../../escape"), .invocation("good", "fine"),
        ]) { api in
            let function = try start("echo", api)
            let outcomes = try await api.outcomes(3)
            #expect(outcomes[0].path.hasSuffix("/invocation/no-deadline/error"))
            #expect(try error(outcomes[0]).errorType == "Runtime.MalformedInvocation")
            #expect(outcomes[1].path.hasSuffix("/invocation/bad-deadline/error"))
            #expect(outcomes[2].path.hasSuffix("/invocation/good/response"))
            #expect(outcomes[2].text == "fine")
            #expect(function.lines.filter { $0.contains("\tWARN\tNo invocation") }.count >= 5)
        }
    }

    @Test("ends with a failure when the Runtime API refuses to go on", arguments: [403, 404, 410])
    func refused(_ status: Int) async throws {
        try await withRuntimeAPI(invocations: [.status(status)]) { api in
            let function = try start("echo", api)
            #expect(await function.exitStatus == 1)
            #expect(function.lines.contains { $0.contains("\tFATAL\t") && $0.contains("status \(status)") })
        }
    }

    @Test("hands an outcome over again when it was not taken, and goes on when it never is")
    func lostOutcomes() async throws {
        try await withRuntimeAPI(
            invocations: [.invocation("one", "1"), .invocation("two", "2"), .invocation("three", "3")],
            outcomes: [.dropped, .status(500), .status(202), .status(400), .status(202)]
        ) { api in
            let function = try start("echo", api)
            let outcomes = try await api.outcomes(5)
            let names = outcomes.map { $0.path.split(separator: "/")[3] }
            #expect(names.first == "one")
            #expect(names.last == "three")
            #expect(names.filter { $0 == "two" }.count == 1)
            #expect(outcomes.allSatisfy { $0.path.hasSuffix("/response") })
            #expect(function.lines.contains { $0.contains("\ttwo\tERROR\t") && $0.contains("status 400") })
        }
    }

    @Test("reports a response that is too large as the invocation's error")
    func tooLarge() async throws {
        try await withRuntimeAPI(
            invocations: [.invocation("one"), .invocation("two")], outcomes: [.status(413)]
        ) { api in
            try start("large", api)
            let outcomes = try await api.outcomes(3)
            #expect(outcomes[0].path.hasSuffix("/one/response"))
            #expect(outcomes[0].body.count == 1 << 20)
            #expect(outcomes[1].path.hasSuffix("/one/error"))
            #expect(try error(outcomes[1]).errorType == "Function.ResponseSizeTooLarge")
            #expect(outcomes[2].path.hasSuffix("/two/response"))
        }
    }

    @Test("takes an event of many megabytes")
    func largeEvent() async throws {
        var event = Answer.invocation("one", "")
        event.fill = 6 << 20
        try await withRuntimeAPI(invocations: [event]) { api in
            try start("echo", api)
            #expect(try await api.outcomes(1)[0].body.count == 6 << 20)
        }
    }

    @Test("reports the error of a handler with every control character in it, and goes on")
    func handlerErrors() async throws {
        let message = "line\nbreak \u{1}\u{1F}\u{7F} \"quotes\" \\ é"
        try await withRuntimeAPI(invocations: [
            .invocation("one", message), .invocation("two", "again"),
        ]) { api in
            let function = try start("fail", api)
            let outcomes = try await api.outcomes(2)
            #expect(outcomes[0].path == "/2018-06-01/runtime/invocation/one/error")
            #expect(
                try error(outcomes[0]) == ReportedError(errorType: "Fixture.Failure", errorMessage: message))
            #expect(
                try error(outcomes[1]) == ReportedError(errorType: "Fixture.Failure", errorMessage: "again"))
            #expect(function.lines.contains { $0.contains("\tone\tERROR\tline\\nbreak ") })
        }
    }

    @Test("reports an error at start, and exits with a failure before it asks for anything")
    func initError() async throws {
        try await withRuntimeAPI(invocations: []) { api in
            let function = try start("cannot-start", api)
            #expect(await function.exitStatus == 1)
            let outcomes = try await api.outcomes(1)
            #expect(outcomes[0].path == "/2018-06-01/runtime/init/error")
            #expect(
                try error(outcomes[0])
                    == ReportedError(errorType: "Fixture.Failure", errorMessage: "no \"table\"\u{0}\u{1F}\n"))
            let requests = try await api.requests(1)
            #expect(!requests.contains { $0.path.hasSuffix("/invocation/next") })
        }
    }

    @Test("reports a handler it does not know, and names those it knows", arguments: [nil, "nobody"])
    func unknownHandler(_ name: String?) async throws {
        try await withRuntimeAPI(invocations: []) { api in
            let function = try start(name, api)
            #expect(await function.exitStatus == 1)
            let report = try error(try await api.outcomes(1)[0])
            #expect(report.errorType == "Runtime.UnknownHandler")
            #expect(report.errorMessage.contains(name.map { "\"\($0)\"" } ?? "_HANDLER is not set"))
            #expect(report.errorMessage.contains("echo, fail"))
        }
    }

    @Test("cancels the handler before the deadline", arguments: [700, -5_000])
    func deadline(_ milliseconds: Int) async throws {
        try await withRuntimeAPI(invocations: [
            .invocation("one", deadline: milliseconds), .invocation("two", deadline: milliseconds),
        ]) { api in
            try start("patient", api)
            let outcomes = try await api.outcomes(2)
            #expect(outcomes.map(\.text) == ["cancelled: true", "cancelled: true"])
        }
    }

    @Test("says that a handler was cancelled for its deadline")
    func cancelledHandler() async throws {
        try await withRuntimeAPI(invocations: [.invocation("one", deadline: 300)]) { api in
            try start("cancelled", api, ["FIXTURE_MARGIN_MS": "200"])
            let report = try error(try await api.outcomes(1)[0])
            #expect(report.errorType == "Function.DeadlineNear")
            #expect(report.errorMessage == "Cancelled 200 ms before the deadline.")
        }
    }

    @Test("on SIGTERM cancels the handler, hands its outcome over, and exits with success")
    func termination() async throws {
        try await withRuntimeAPI(
            invocations: [.invocation("one"), .invocation("two")], outcomes: [.dropped, .status(202)]
        ) { api in
            let function = try start("patient", api)
            // Registration, the extension's wait, next: the handler is at work.
            _ = try await api.requests(3)
            function.terminate()
            #expect(await function.exitStatus == 0)
            let outcomes = try await api.outcomes(2)
            #expect(
                outcomes.allSatisfy { $0.path.hasSuffix("/one/response") && $0.text == "cancelled: true" })
        }
    }

    @Test("serves as many invocations at once as AWS_LAMBDA_MAX_CONCURRENCY says")
    func concurrency() async throws {
        let invocations = (0..<16).map { Answer.invocation("id-\($0)", "\($0)") }
        try await withRuntimeAPI(invocations: invocations) { api in
            let function = try start("gather", api, ["AWS_LAMBDA_MAX_CONCURRENCY": "8"])
            let outcomes = try await api.outcomes(16)
            #expect(Set(outcomes.map(\.text)) == Set((0..<16).map(String.init)))
            #expect(outcomes.allSatisfy { $0.path.hasSuffix("/id-\($0.text)/response") })
            function.terminate()
            #expect(await function.exitStatus == 0)
        }
    }

    @Test("leaves the trace out of the environment while several invocations run")
    func concurrentTrace() async throws {
        let headers = ["Lambda-Runtime-Trace-Id": "Root=1"]
        try await withRuntimeAPI(invocations: [.invocation("one", headers: headers)]) { api in
            try start("context", api, ["AWS_LAMBDA_MAX_CONCURRENCY": "2"])
            #expect(try await api.outcomes(1)[0].text.hasSuffix("\nRoot=1\n-\n-\n-\n-"))
        }
    }

    @Test("gives each line the id of the invocation it belongs to", arguments: ["Text", "JSON"])
    func logLines(_ format: String) async throws {
        let invocations = (0..<8).map { Answer.invocation("id-\($0)", "event-\($0)") }
        try await withRuntimeAPI(invocations: invocations) { api in
            let function = try start(
                "log", api, ["AWS_LAMBDA_LOG_FORMAT": format, "AWS_LAMBDA_MAX_CONCURRENCY": "4"])
            _ = try await api.outcomes(8)
            #expect(function.lines.count == 8)
            for number in 0..<8 {
                let expected =
                    format == "Text"
                    ? "\tid-\(number)\tINFO\tfirst\\nsecond\\u{1}\tevent=event-\(number)"
                    : #""requestId":"id-\#(number)","message":"first\nsecond\u0001","event":"event-\#(number)"}"#
                #expect(function.lines.filter { $0.hasSuffix(expected) }.count == 1)
            }
        }
    }

    @Test("does not start where Lambda has not said how to reach it")
    func notInLambda() async throws {
        try await withRuntimeAPI(invocations: []) { api in
            let worker = try api.start(
                "jada-blast-worker", handler: "sender", environment: ["AWS_LAMBDA_RUNTIME_API": "http://x/y"])
            #expect(await worker.exitStatus == 1)
            #expect(worker.lines.contains { $0.contains("FATAL") && $0.contains("AWS_LAMBDA_RUNTIME_API") })
        }
    }
}
