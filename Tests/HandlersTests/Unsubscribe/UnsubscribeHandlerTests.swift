import Campaigns
import Delivery
import Foundation
import HostAdapters
import LocalAdapters
import TestSupport
import Testing

@testable import Handlers

@Suite("The handler of unsubscribes", .timeLimit(.minutes(10)))
struct UnsubscribeHandlerTests {
    private struct NoLog: Log {
        func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {}
    }
    private struct Answer: Decodable {
        let statusCode: Int
        let headers: [String: String]
        let body: String
        let isBase64Encoded: Bool
    }

    private func withHandler(
        _ body: (_ handle: (String) async throws -> Answer, any SuppressionList) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let state = try await LocalState(folder: folder.path, clock: SystemClock())
            let handler = UnsubscribeHandler(
                endpoint: try UnsubscribeEndpoint(
                    keys: .placeholder,
                    unsubscription: Unsubscription(
                        suppression: state.suppressionList, addresses: IDNAEncoder(), clock: SystemClock()),
                    senderName: nil, log: NoLog()))
            try await body(
                { event in
                    let answer = try await handler.handle(Array(event.utf8), context: EventContext())
                    return try JSONDecoder().decode(Answer.self, from: Data(answer))
                }, state.suppressionList)
        }
    }

    private var token: String {
        UnsubscribeKeys.placeholder.seal(
            Subscriber(campaign: CampaignID("cruise")!, address: "ann@example.org"))
    }

    private func event(_ method: String, _ members: String) -> String {
        #"{"version": "2.0", "rawPath": "/", "rawQueryString": "t=\#(token)", "requestContext": {"http": {"method": "\#(method)"}}, \#(members)}"#
    }

    @Test("the sample event unsubscribes locally, as a mail service would")
    func sample() async throws {
        try await withHandler { handle, list in
            let file = Checkout.root.appendingPathComponent("events/unsubscribe.json")
            let answer = try await handle(String(contentsOf: file, encoding: .utf8))
            #expect(answer.statusCode == 200 && answer.body == "You are unsubscribed.\n")
            #expect(!answer.isBase64Encoded)
            let found = try await list.lookUp(["noor.baker96@example.org"])["noor.baker96@example.org"]
            #expect(found?.source == "link in paul-simon")
        }
    }

    @Test("a body may come in Base64; what is none asks again")
    func base64() async throws {
        try await withHandler { handle, list in
            let wrong = try await handle(event("POST", #""isBase64Encoded": true, "body": "%%%""#))
            #expect(wrong.statusCode == 400)
            #expect(try await list.lookUp(["ann@example.org"]).isEmpty)
            let body = Data("List-Unsubscribe=One-Click".utf8).base64EncodedString()
            let right = try await handle(event("POST", #""isBase64Encoded": true, "body": "\#(body)""#))
            #expect(right.statusCode == 200)
            #expect(try await list.lookUp(["ann@example.org"]).count == 1)
        }
    }

    @Test("headers are found whatever their case, and what has an odd type is as if it were missing")
    func headers() async throws {
        try await withHandler { handle, _ in
            let answer = try await handle(event("GET", #""headers": {"Accept-Language": "fr"}"#))
            #expect(answer.headers["Content-Language"] == "fr")
            for odd in [
                #""headers": null"#, #""headers": ["accept-language"]"#,
                #""headers": {"accept-language": 1}"#,
                #""body": 7, "isBase64Encoded": "true""#,
            ] {
                #expect(try await handle(event("GET", odd)).statusCode == 200)
            }
        }
    }

    @Test(
        "an event that is no request is an error",
        arguments: [
            "", "{}", "[]", "null", #"{"requestContext": {}}"#,
            #"{"requestContext": {"http": {"method": 1}}}"#,
            #"{"httpMethod": "GET"}"#,
        ])
    func noRequest(_ event: String) async throws {
        try await withHandler { handle, _ in
            await #expect(throws: Problem.self) { _ = try await handle(event) }
        }
    }
}
