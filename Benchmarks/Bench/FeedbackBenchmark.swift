internal import Campaigns
internal import Foundation
internal import Handlers
internal import HostAdapters
internal import JSON
internal import LocalAdapters
internal import Synchronization

internal import struct Delivery.Feedback

/// Takes in what SES tells of a run's mails: as Lambda hands it over, a thousand events of a queue at once, into SQLite.
///
/// The run is planned and sent before, and the events are written to files for the peer; neither is in the figures.
enum FeedbackBenchmark {
    private static let eventsAtOnce = 1000

    /// - Parameter folder: see ``LocalCampaign``; the events go into `events/<number>.json`.
    static func run(folder: String) async throws {
        let campaign = try await LocalCampaign(folder: folder)
        let mailer = Collector()
        let run = try await campaign.send(campaign.plan(), by: mailer)
        let files = try write(mailer.mails, at: campaign.clock.now(), to: folder + "/events")

        let log = SilentLog()
        let feedback = Feedback(
            ledger: campaign.state.ledger, suppression: campaign.state.suppressionList,
            addresses: IDNAEncoder(), clock: campaign.clock, log: log, source: "bench")
        let handler = FeedbackHandler(feedback: feedback, log: log)
        let measurement = Measurement()
        for file in files {
            let event = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
            let answer = try await handler.handle(event, context: EventContext())
            guard answer == Array(#"{"batchItemFailures":[]}"#.utf8) else { throw Failed() }
        }
        let counts = try await campaign.state.ledger.feedback(of: run.id).counts
        measurement.report([
            "events": Double(mailer.mails.count * 2), "sent": Double(counts[.sent]),
            "delivered": Double(counts[.delivered]), "bounces": Double(counts.bounces),
        ])
    }

    /// A Send of each mail, and a Delivery or, of every fiftieth, a permanent bounce, in an order of chance.
    private static func write(_ mails: [OutgoingMail], at moment: Timestamp, to folder: String) throws
        -> [String]
    {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var events: [JSONValue] = []
        for (number, mail) in mails.enumerated() {
            events.append(event("Send", "send", [:], mail, moment))
            let address = JSONValue.string(mail.to.address)
            events.append(
                number.isMultiple(of: 50)
                    ? event(
                        "Bounce", "bounce",
                        [
                            "bounceType": .string("Permanent"), "bounceSubType": .string("NoEmail"),
                            "bouncedRecipients": .array([
                                .object(["emailAddress": address, "status": .string("5.1.1")])
                            ]),
                        ], mail, moment)
                    : event("Delivery", "delivery", ["recipients": .array([address])], mail, moment))
        }
        var dice = Dice()
        events.shuffle(using: &dice)
        var files: [String] = []
        for start in stride(from: 0, to: events.count, by: eventsAtOnce) {
            let records = try events[start..<min(start + eventsAtOnce, events.count)].enumerated().map {
                number, event in
                JSONValue.object([
                    "messageId": .string("\(start + number)"), "eventSource": .string("aws:sqs"),
                    "body": .string(String(decoding: try JSONEncoder().encode(event), as: UTF8.self)),
                ])
            }
            let file = "\(folder)/\(files.count).json"
            try Data(try JSONEncoder().encode(JSONValue.object(["Records": .array(records)]))).write(
                to: URL(fileURLWithPath: file))
            files.append(file)
        }
        return files
    }

    /// As EventBridge hands it on, with headers as long as real ones.
    private static func event(
        _ type: String, _ section: String, _ details: [String: JSONValue], _ mail: OutgoingMail,
        _ moment: Timestamp
    ) -> JSONValue {
        let headers = (0..<10).map { number in
            JSONValue.object([
                "name": .string("X-Header-\(number)"), "value": .string(String(repeating: "v", count: 60)),
            ])
        }
        let time = JSONValue.string(moment.iso8601)
        return .object([
            "source": .string("aws.ses"),
            "detail": .object([
                "eventType": .string(type), section: .object(details.merging(["timestamp": time]) { $1 }),
                "mail": .object([
                    "messageId": .string("id"), "timestamp": time, "headers": .array(headers),
                    "destination": .array([.string(mail.to.address)]),
                    "tags": .object(mail.tags.mapValues { .array([.string($0)]) }),
                ]),
            ]),
        ])
    }

    private struct Failed: Error {}

    /// Always the same chance (SplitMix64).
    private struct Dice: RandomNumberGenerator {
        private var state: UInt64 = 20_260_601

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}

/// Accepts every mail, and keeps it.
private final class Collector: Mailer {
    private let taken = Mutex<[OutgoingMail]>([])
    var mails: [OutgoingMail] { taken.withLock { $0 } }

    func send(_ mail: OutgoingMail) async -> MailerOutcome {
        var mail = mail
        // Bodies are not needed any more.
        (mail.html, mail.text) = (nil, nil)
        taken.withLock { [mail] in $0.append(mail) }
        return .accepted(messageID: "id")
    }
}
