import Campaigns
import Delivery
import Foundation
import HostAdapters
import JSON
import LocalAdapters
import TestSupport
import Testing

@testable import Handlers

@Suite("The handler of feedback", .timeLimit(.minutes(10)))
struct FeedbackHandlerTests {
    private struct NoLog: Log {
        func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {}
    }

    private func withHandler(
        _ body: (FeedbackHandler, any SuppressionList) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let clock = SystemClock()
            let state = try await LocalState(folder: folder.path, clock: clock)
            let feedback = Feedback(
                ledger: state.ledger, suppression: state.suppressionList, addresses: IDNAEncoder(),
                clock: clock, log: NoLog(), source: "SES us-west-2")
            try await body(FeedbackHandler(feedback: feedback, log: NoLog()), state.suppressionList)
        }
    }

    private func bounce(of address: String) -> String {
        #"{"eventType":"Bounce","mail":{"messageId":"m"},"bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"\#(address)"}]}}"#
    }

    private func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }

    private func listed(_ suppression: any SuppressionList) async throws -> [String] {
        var all: [String] = []
        try await suppression.entries { all += $0.map(\.address) }
        return all
    }

    @Test("messages of a queue that cannot be read are given back, and the others are taken in")
    func queue() async throws {
        try await withHandler { handler, suppression in
            let bodies = [bounce(of: "ann@example.org"), "no event", bounce(of: "bob@example.org"), "{}"]
            let records = try bodies.enumerated().map {
                #"{"eventSource":"aws:sqs","messageId":"\#($0.offset)","body":\#(try quoted($0.element))}"#
            }
            let event = #"{"Records":[\#(records.joined(separator: ","))]}"#
            let answer = try await handler.handle(Array(event.utf8), context: EventContext())
            #expect(
                String(decoding: answer, as: UTF8.self)
                    == #"{"batchItemFailures":[{"itemIdentifier":"1"},{"itemIdentifier":"3"}]}"#)
            #expect(try await listed(suppression) == ["ann@example.org", "bob@example.org"])
        }
    }

    @Test("SNS's records and EventBridge's events are counted; a lone one that is none fails")
    func direct() async throws {
        try await withHandler { handler, suppression in
            let records = try ["ann@example.org", "bob@example.org"].map {
                #"{"EventSource":"aws:sns","Sns":{"Message":\#(try quoted(bounce(of: $0)))}}"#
            }
            for (event, taken) in [
                (#"{"Records":[\#(records.joined(separator: ",")),{}]}"#, 2),
                (#"{"source":"aws.ses","detail":\#(bounce(of: "cid@example.org"))}"#, 1),
                (#"{"Records":[]}"#, 0),
            ] {
                let answer = try await handler.handle(Array(event.utf8), context: EventContext())
                #expect(String(decoding: answer, as: UTF8.self) == #"{"taken":\#(taken)}"#)
            }
            #expect(
                try await listed(suppression) == ["ann@example.org", "bob@example.org", "cid@example.org"])
            await #expect(throws: Problem.self) {
                try await handler.handle(Array("{}".utf8), context: EventContext())
            }
        }
    }

    @Test("a queue's thousand events are taken in by one call")
    func thousand() async throws {
        try await withHandler { handler, suppression in
            let filler = String(repeating: "x", count: 2000)
            let records = try (0..<1000).map { number in
                let body = bounce(of: "guest-\(number % 500)@example.org").replacingOccurrences(
                    of: #""messageId":"m""#, with: #""messageId":"m","headers":"\#(filler)""#)
                return
                    #"{"eventSource":"aws:sqs","messageId":"\#(number)","body":\#(try quoted(body))}"#
            }
            let event = #"{"Records":[\#(records.joined(separator: ","))]}"#
            let answer = try await handler.handle(Array(event.utf8), context: EventContext())
            #expect(String(decoding: answer, as: UTF8.self) == #"{"batchItemFailures":[]}"#)
            #expect(try await listed(suppression).count == 500)
        }
    }

    @Test(
        "the samples are understood",
        arguments: [
            ("bounce", #"{"taken":1}"#), ("delivery", #"{"taken":1}"#), ("complaint", #"{"taken":1}"#),
            ("mail-events", #"{"batchItemFailures":[]}"#),
        ])
    func samples(name: String, answer: String) async throws {
        try await withHandler { handler, _ in
            let file = Checkout.root.appendingPathComponent("events/\(name).json")
            let given = try await handler.handle(
                [UInt8](try Data(contentsOf: file)), context: EventContext())
            #expect(String(decoding: given, as: UTF8.self) == answer)
        }
    }
}
