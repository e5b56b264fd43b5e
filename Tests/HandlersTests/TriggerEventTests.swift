import Campaigns
import Delivery
import Foundation
import JSON
import TestSupport
import Testing

@testable import Handlers

@Suite("Events of the scheduler")
struct TriggerEventTests {
    private func parse(_ text: String) throws -> TriggerEvent {
        try TriggerEvent.parse(JSONValue.event(Array(text.utf8)))
    }
    private func sample(_ name: String) throws -> TriggerEvent {
        try parse(
            String(contentsOf: Checkout.root.appendingPathComponent("events/\(name).json"), encoding: .utf8))
    }
    private let cruise = CampaignID("paul-simon")!

    @Test("every sample is understood")
    func samples() throws {
        #expect(
            try sample("campaign")
                == .campaign(
                    cruise, occurrence: Occurrence("7bf73129-1428-4cd3-a780-95db273d1602"), again: false))
        #expect(try sample("tick") == .tick)
        #expect(
            try sample("scheduler") == .campaign(cruise, occurrence: Occurrence("last-call"), again: false))
        #expect(
            try sample("direct")
                == .campaign(cruise, occurrence: Occurrence("first-announcement"), again: false))
        #expect(
            try sample("follow-up")
                == .step(
                    CampaignID("sunset-sails")!, StepID("reminder")!, of: Occurrence("2026-06-16T17:00:00Z")!)
        )
        #expect(try sample("object-created") == .changed(cruise))
    }

    @Test(
        "samples that others publish are understood, or refused with words",
        .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
    func thirdParty() throws {
        let folder = ThirdPartyData.url("events/lambda")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasSuffix(".json") {
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            switch name {
            case "samcli-template--ScheduledEvent.json": #expect(try parse(text) == .tick)
            case "powertools--s3EventBridgeNotificationObjectCreatedEvent.json":
                #expect(try parse(text) == .other)
            default: #expect(throws: Problem.self, "\(name)") { try parse(text) }
            }
        }
    }

    @Test(
        "a step needs its run, and nothing else",
        arguments: [
            (#"{"campaign": "c", "step": "reminder"}"#, "$.of"), (#"{"campaign": "c", "of": "o"}"#, "$.step"),
            (#"{"campaign": "c", "step": "a.b", "of": "o"}"#, "$.step"),
            (#"{"campaign": "c", "step": "a", "of": ""}"#, "$.of"),
            (#"{"campaign": "c", "step": "a", "of": "o", "again": true}"#, "$.again"),
        ])
    func step(_ text: String, _ key: String) throws {
        let problem = try #require(throws: Problem.self) { try parse(text) }
        #expect(problem.key == key)
    }

    @Test("an occurrence is the detail's, else the event's id, else the clock's")
    func occurrence() throws {
        let named = try parse(
            #"{"id": "e1", "source": "jada.blast", "detail-type": "Campaign Trigger", "detail": {"campaign": "c", "occurrence": "o"}}"#
        )
        #expect(named == .campaign(CampaignID("c")!, occurrence: Occurrence("o"), again: false))
        let byID = try parse(
            #"{"id": "e1", "source": "jada.blast", "detail-type": "Campaign Trigger", "detail": {"campaign": "c"}}"#
        )
        #expect(byID == .campaign(CampaignID("c")!, occurrence: Occurrence("e1"), again: false))
        #expect(
            try parse(#"{"campaign": "c"}"#) == .campaign(CampaignID("c")!, occurrence: nil, again: false))
        #expect(
            try parse(#"{"campaign": "c", "again": true}"#)
                == .campaign(CampaignID("c")!, occurrence: nil, again: true))
    }

    @Test(
        "uploads of other files are none of the scheduler's business",
        arguments: [
            ("campaigns/paul-simon/campaign.json", true), ("mail/campaigns/paul-simon/campaign.json", true),
            ("campaigns/paul-simon/recipients.csv", false), ("campaigns/campaign.json", false),
            ("campaigns/Paul Simon/campaign.json", false), ("campaigns/../campaign.json", false),
            ("runs/paul-simon/x/y/plan.json", false), ("", false),
        ])
    func uploads(key: String, isOurs: Bool) throws {
        let event = JSONValue.object([
            "source": .string("aws.s3"), "detail-type": .string("Object Created"),
            "detail": .object(["object": .object(["key": .string(key)])]),
        ])
        #expect(try TriggerEvent.parse(event) == (isOurs ? .changed(cruise) : .other))
    }

    @Test(
        "what is not understood is refused, with what would be",
        arguments: [
            "", "nothing", "[]", "null", "{}", #"{"source": "jada.blast"}"#,
            #"{"source": "jada.blast", "detail-type": "Campaign Trigger"}"#,
            #"{"source": "jada.blast", "detail-type": "Campaign Trigger", "detail": []}"#,
            #"{"source": "jada.blast", "detail-type": "Campaign Trigger", "detail": {"campaign": 7}}"#,
            #"{"source": "jada.blast", "detail-type": "Campaign Trigger", "detail": {"campaign": "../x"}}"#,
            #"{"source": "jada.blast", "detail-type": "Campaign Trigger", "detail": {"campaign": "c", "ocurrence": "x"}}"#,
            #"{"campaign": "c", "occurrence": "a/b"}"#, #"{"campaign": "c", "occurrence": 1}"#,
            #"{"campaign": "c", "again": "yes"}"#, #"{"campaign": "a\u0000b"}"#,
            #"{"campaign": "c", "campaign": "d"}"#,
            #"{"source": "aws.s3", "detail-type": "Object Created", "detail": {}}"#,
            #"{"source": "aws.ec2", "detail-type": "Spot"}"#,
            String(repeating: "[", count: 100_000),
        ])
    func refused(text: String) {
        let problem = #expect(throws: Problem.self) { try parse(text) }
        #expect(problem?.kind == .invalidInput)
        #expect(problem?.remedy?.isEmpty == false)
        #expect((problem?.description.count ?? 0) < 2000)
    }
}

@Suite("Events of the sender")
struct SenderEventTests {
    @Test("the sample holds one shard")
    func sample() throws {
        let bytes = [UInt8](try Data(contentsOf: Checkout.root.appendingPathComponent("events/shards.json")))
        let records = try SenderHandler.records(JSONValue.event(bytes))
        #expect(records.map(\.id) == ["059f36b4-87a3-44ab-83d2-661975830a7d"])
        let message = try SenderHandler.message(records[0].body)
        #expect(
            message == ShardMessage(run: RunID("paul-simon#7bf73129-1428-4cd3-a780-95db273d1602")!, shard: 0))
    }

    @Test(
        "an event that is none of SQS's is refused",
        arguments: [
            "{}", #"{"Records": {}}"#, #"{"Records": [{"eventSource": "aws:sns"}]}"#,
            #"{"Records": [{"eventSource": "aws:sqs", "messageId": "1"}]}"#, #"{"Records": [7]}"#,
        ])
    func refused(text: String) {
        #expect(throws: Problem.self) { try SenderHandler.records(JSONValue.event(Array(text.utf8))) }
    }

    @Test(
        "a body that is no shard message is refused",
        arguments: [
            "", "x", "{}", #"{"run": "nothing", "shard": 0, "firstBatch": 0}"#,
            #"{"run": "a#b", "shard": 0.5, "firstBatch": 0}"#,
            #"{"run": "a#b", "shard": 99999999999999999999, "firstBatch": 0}"#,
        ])
    func body(text: String) {
        let problem = #expect(throws: Problem.self) { try SenderHandler.message(text) }
        #expect(problem?.remedy?.isEmpty == false)
    }
}

@Suite("Settings")
struct ConfigurationTests {
    @Test("without anything set there are defaults")
    func defaults() throws {
        let configuration = try Configuration(environment: ["PATH": "/bin", "AWS_REGION": "us-west-2"])
        #expect(configuration.concurrency == 64)
        #expect(configuration.lease == nil)
    }

    @Test("what is wrong is told all at once, by name")
    func wrong() {
        let problems = #expect(throws: Problems.self) {
            try Configuration(environment: [
                "JADA_BLAST_LEASE_SECONDS": "5", "JADA_BLAST_CONCURRENCY": "many", "JADA_BLAST_HEADROOM": "2",
                "JADA_BLAST_PREFIX": "mail", "JADA_BLAST_BUCKETT": "x", "JADA_BLAST_PREVIEW_URL": "http://x",
            ])
        }
        #expect(
            Set(problems?.all.map { $0.key ?? "" } ?? []) == [
                "JADA_BLAST_LEASE_SECONDS", "JADA_BLAST_CONCURRENCY", "JADA_BLAST_HEADROOM",
                "JADA_BLAST_PREFIX",
                "JADA_BLAST_BUCKETT", "JADA_BLAST_PREVIEW_URL",
            ])
        #expect(problems?.description.contains("JADA_BLAST_BUCKET?") == true)
    }

    @Test("secrets appear nowhere")
    func secrets() async throws {
        let secret = "correct horse battery staple"
        let configuration = try Configuration(environment: [
            "JADA_BLAST_UNSUBSCRIBE_KEY": secret,
            "JADA_BLAST_UNSUBSCRIBE_URL": "https://example.org/u?t={token}",
        ])
        var text = "\(configuration)"
        dump(configuration, to: &text)
        let links = try await configuration.links(allowsPlaceholder: false) { _ in "" }
        dump(links, to: &text)
        #expect(!text.contains("staple"))
    }

    @Test("mail needs a way out: without an unsubscribe page nothing is sent through SES")
    func unsubscribe() async throws {
        let none = try Configuration(environment: [:])
        await #expect(throws: Problem.self) { try await none.links(allowsPlaceholder: false) { _ in "" } }
        _ = try await none.links(allowsPlaceholder: true) { _ in "" }
        let noToken = try Configuration(environment: [
            "JADA_BLAST_UNSUBSCRIBE_URL": "https://example.org/u",
            "JADA_BLAST_UNSUBSCRIBE_KEY": String(repeating: "k", count: 32),
        ])
        await #expect(throws: Problem.self) { try await noToken.links(allowsPlaceholder: true) { _ in "" } }
        let parameter = try Configuration(environment: [
            "JADA_BLAST_UNSUBSCRIBE_URL": "https://example.org/u?t={token}",
            "JADA_BLAST_UNSUBSCRIBE_KEY_PARAMETER": "/k",
        ])
        _ = try await parameter.links(allowsPlaceholder: false) { name in
            #expect(name == "/k")
            return String(repeating: "k", count: 32)
        }
        await #expect(throws: Problem.self) {
            try await parameter.links(allowsPlaceholder: false) { _ in "short" }
        }
    }
}
