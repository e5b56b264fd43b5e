import HTTP
import TestSupport
import Testing

@Suite("Inside AWS's Runtime Interface Emulator", .timeLimit(.minutes(10)))
struct RIETests {
    private func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test("a function answers one invocation after the other")
    func echo() async throws {
        try await withRIE("RuntimeFixture", handler: "echo") { rie in
            for event in ["{\"n\": 1}", "\"two\"", String(repeating: "x", count: 1 << 20)] {
                let response = try await rie.invoke(Array(event.utf8))
                #expect(response.status == 200)
                #expect(text(response) == event)
            }
        }
    }

    @Test("a failed invocation is told to the caller, and the next one is served")
    func fail() async throws {
        try await withRIE("RuntimeFixture", handler: "fail") { rie in
            for message in ["first \u{1}\n\"", "second"] {
                let answer = text(try await rie.invoke(Array(message.utf8)))
                #expect(answer.contains(#""errorType":"Fixture.Failure""#))
                #expect(answer.contains(message == "second" ? "second" : #"first \u0001\n\""#))
            }
            #expect(rie.output.contains("ERROR\tfirst \\u{1}\\n\"\terrorType=Fixture.Failure"))
        }
    }

    @Test("an error at start is told to the caller")
    func initError() async throws {
        try await withRIE("RuntimeFixture", handler: "no-such-handler") { rie in
            let answer = text(try await rie.invoke([]))
            #expect(answer.contains("Runtime.UnknownHandler"))
            #expect(answer.contains("cannot-start, context, echo"))
        }
    }

    @Test("a handler is cancelled before the deadline, and its answer still arrives")
    func deadline() async throws {
        try await withRIE(
            "RuntimeFixture", handler: "patient",
            environment: ["AWS_LAMBDA_FUNCTION_TIMEOUT": "10", "FIXTURE_MARGIN_MS": "9500"]
        ) { rie in
            let response = try await rie.invoke([])
            #expect(text(response) == "cancelled: true")
        }
    }

    @Test("the context holds what the emulator tells")
    func context() async throws {
        try await withRIE("RuntimeFixture", handler: "context") { rie in
            let lines = text(try await rie.invoke([])).split(separator: "\n")
            #expect(lines[0].count == 36)
            #expect(lines[1] == "arn:aws:lambda:us-east-1:012345678912:function:test_function")
        }
    }
}
