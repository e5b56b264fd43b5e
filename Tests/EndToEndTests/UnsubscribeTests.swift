import AWSSupport
import Campaigns
import Foundation
import TestSupport
import Testing

@Suite("Unsubscribing on AWS", .timeLimit(.minutes(10)))
struct UnsubscribeTests {
    private struct Answer: Decodable {
        let statusCode: Int
        let body: String
    }

    /// What a function URL makes of a request by the link in a mail.
    private func event(_ mail: SESSimulator.Mail, _ method: String, _ body: String = "") throws -> [UInt8] {
        let header = try #require(mail.headers.first { $0.name == "List-Unsubscribe" }).value
        let link = try #require(URLComponents(string: String(header.dropFirst().dropLast())))
        return [UInt8](
            try JSONSerialization.data(
                withJSONObject: [
                    "version": "2.0", "rawPath": link.path, "rawQueryString": link.query ?? "",
                    "headers": ["content-type": "application/x-www-form-urlencoded"],
                    "requestContext": ["http": ["method": method, "path": link.path]], "body": body,
                    "isBase64Encoded": false,
                ]))
    }

    @Test(
        "who leaves by the link in a mail is in no later plan, and in no later batch of a run that is planned (I7)"
    )
    func leaving() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            let environment = deployment.environment
            func plan(_ occurrence: String) async throws -> Int? {
                try await withRIE("jada-blast-worker", handler: "scheduler", environment: environment) {
                    let event = #"{"campaign": "paul-simon", "occurrence": "\#(occurrence)"}"#
                    return try await $0.invoke(Array(event.utf8), as: SchedulerAnswer.self).campaigns.first?
                        .recipients
                }
            }
            func send() async throws {
                try await withRIE("jada-blast-worker", handler: "sender", environment: environment) {
                    let answer = try await $0.invoke(
                        Event.queue(try await deployment.receive()), as: SenderAnswer.self)
                    #expect(answer.batchItemFailures.isEmpty)
                }
            }
            // As template.yaml has it, the page is not told its own address.
            let page = environment.filter { $0.key != "JADA_BLAST_UNSUBSCRIBE_URL" }
            func ask(_ events: [UInt8]...) async throws -> [Answer] {
                try await withRIE("jada-blast-worker", handler: "unsubscribe", environment: page) { rie in
                    var answers: [Answer] = []
                    for event in events { answers.append(try await rie.invoke(event, as: Answer.self)) }
                    #expect(!rie.output.contains("@"), "an address is in the log")
                    return answers
                }
            }

            #expect(try await plan("one") == 171)
            try await send()
            let mails = try await deployment.simulator.acceptedMails()
            #expect(mails.count == 171)

            let first = try await ask(
                event(mails[0], "GET"), event(mails[1], "POST", "List-Unsubscribe=One-Click"),
                event(mails[2], "POST", "action=unsubscribe"), event(mails[2], "POST", "action=undo"))
            #expect(first.map(\.statusCode) == [200, 200, 200, 200])
            #expect(first[1].body == "You are unsubscribed.\n")
            #expect(try await plan("two") == 170)

            // After the plan.
            _ = try await ask(event(mails[3], "POST", "List-Unsubscribe=One-Click"))
            try await send()
            let run = try #require(try await deployment.run("paul-simon#two"))
            #expect(run.settled.suppressed == 1 && run.settled.accepted == 169)
            let again = try await deployment.simulator.acceptedMails()[171...].map(\.to)
            #expect(again.contains(mails[0].to) && again.contains(mails[2].to))
            #expect(!again.contains(mails[1].to) && !again.contains(mails[3].to))
        }
    }
}
