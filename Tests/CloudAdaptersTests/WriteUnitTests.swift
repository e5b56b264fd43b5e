import AWS
import AWSSupport
import Campaigns
import CloudAdapters
import Delivery
import Foundation
import HostAdapters
import Locks
import TestSupport
import Testing

@Suite("DynamoDB write units", .timeLimit(.minutes(10)))
struct WriteUnitTests {
    private static let recipients = 1000

    @Test(
        "a run costs at most 0.2 write units a recipient, planning and pacing included",
        arguments: [nil, 400])
    func run(rate: Double?) async throws {
        try await withMotoAccount(bills: true) { account in
            let cloud = Cloud(aws: account.aws, configuration: try await account.deployment())
            try await write(rate: rate, to: cloud.library, account)
            let planner = Planner(
                .init(
                    library: cloud.library, ledger: cloud.ledger, queue: cloud.queue, account: Quota(),
                    suppression: cloud.suppressionList, clock: SystemClock(), addresses: IDNAEncoder(),
                    links: .init(unsubscribe: .placeholder), log: Silence()))
            let id = try #require(RunID("paul-simon#7bf73129-1428-4cd3-a780-95db273d1602"))
            _ = try await planner.plan(id)
            let run = try await Drain(sender: sender(cloud), concurrency: 4).drain(id)
            #expect(run.settled.accepted == Self.recipients)

            let bills = try Bill.all(in: account.server.outputSoFar)
            let units = bills.reduce(0) { $0 + $1.units }
            let perRecipient = Double(units) / Double(Self.recipients)
            print("DynamoDB write units a recipient: \(perRecipient) \(Bill.byOperation(bills))")
            #expect(perRecipient <= 0.2)
        }
    }

    @Test("events cost a write or two each where they come one by one, and next to nothing together")
    func feedback() async throws {
        try await withMotoAccount(bills: true) { account in
            let cloud = Cloud(aws: account.aws, configuration: try await account.deployment())
            try await write(rate: nil, to: cloud.library, account)
            let planner = Planner(
                .init(
                    library: cloud.library, ledger: cloud.ledger, queue: cloud.queue, account: Quota(),
                    suppression: cloud.suppressionList, clock: SystemClock(), addresses: IDNAEncoder(),
                    links: .init(unsubscribe: .placeholder), log: Silence()))
            let id = try #require(RunID("paul-simon#7bf73129-1428-4cd3-a780-95db273d1602"))
            _ = try await planner.plan(id)
            let mailer = AcceptingMailer()
            _ = try await Drain(sender: sender(cloud, mailer), concurrency: 4).drain(id)
            let mails = mailer.mails
            let feedback = Feedback(
                ledger: cloud.ledger, suppression: cloud.suppressionList, addresses: IDNAEncoder(),
                clock: SystemClock(), log: Silence(), source: "SES us-west-2")
            func take(_ events: [MailEvent]) async throws -> [Bill] {
                let before = try Bill.all(in: account.server.outputSoFar).count
                for result in await feedback.take(events) { _ = try result.get() }
                return Array(try Bill.all(in: account.server.outputSoFar).dropFirst(before))
            }
            func event(_ kind: MailEvent.Kind, _ mail: OutgoingMail) -> MailEvent {
                MailEvent(
                    kind, messageID: "m", tags: mail.tags, recipients: [mail.to.address],
                    at: SystemClock().now())
            }

            let many = try await take(
                mails.prefix(500).flatMap { [event(.sent, $0), event(.delivered, $0)] })
            print("DynamoDB write units for 1,000 events together: \(Bill.byOperation(many))")
            #expect(many.count == 1)
            for (number, mail) in mails.dropFirst(500).prefix(20).enumerated() {
                let kinds: [MailEvent.Kind] = [
                    .delivered, .bounced(.permanent, subtype: "NoEmail"), .complained(feedbackType: "abuse"),
                    .bounced(.transient, subtype: "MailboxFull"),
                ]
                let each = event(kinds[number % kinds.count], mail)
                let bills = try await take([each])
                if number < kinds.count { print("\(each.kind): \(Bill.byOperation(bills))") }
                #expect((1...2).contains(bills.count), "\(each.kind): \(bills)")
                #expect(try await take([each]).count <= 1)
            }
            let counts = try await cloud.ledger.feedback(of: id).counts
            #expect(counts[.delivered] == 505 && counts[.sent] == 500 && counts.bounces == 10)
            #expect(counts[.complaint] == 5)
        }
    }

    private func write(
        rate: Double?, to library: some CampaignLibrary, _ account: MotoAccount
    ) async throws {
        let files = [
            "campaign.json": """
            {"id": "paul-simon", "name": "Cruise", "subject": "Ahoy", \(rate.map { #""rate": \#($0),"# } ?? "")
             "bounceLimit": 1, "complaintLimit": 1,
             "from": {"name": "Crew", "email": "crew@example.org"},
             "text": "message.txt", "recipients": "recipients.csv"}
            """,
            "message.txt": "Ahoy {{email}}",
            "recipients.csv": "email\n" + (0..<Self.recipients).map { "guest-\($0)@example.org\n" }.joined(),
        ]
        for (name, text) in files {
            try await library.write(Array(text.utf8), to: "campaigns/paul-simon/\(name)")
        }
    }

    private func sender(_ cloud: Cloud, _ mailer: AcceptingMailer = AcceptingMailer()) -> ShardSender {
        let clock = SystemClock()
        let pacer = AccountPacer(
            store: cloud.pace, account: Quota(), clock: clock, headroom: 0.05, log: Silence())
        let environment = ShardSender.Environment(
            library: cloud.library, ledger: cloud.ledger, queue: cloud.queue, mailer: mailer,
            suppression: cloud.suppressionList, pacer: pacer, clock: clock,
            links: .init(unsubscribe: .placeholder), log: Silence(),
            // As Lambda names its log streams.
            worker: "2026/06/01/[$LATEST]0123456789abcdef0123456789abcdef")
        return ShardSender(environment)
    }

    private struct Bill: Decodable {
        let operation: String
        let units: Int

        static func all(in output: String) throws -> [Bill] {
            try output.split(separator: "\n").filter { $0.hasPrefix("BILLED ") }.map {
                try JSONDecoder().decode(Bill.self, from: Data($0.dropFirst("BILLED ".count).utf8))
            }
        }

        static func byOperation(_ bills: [Bill]) -> [String: Int] {
            bills.reduce(into: [:]) { $0[$1.operation, default: 0] += $1.units }
        }
    }
}

/// Accepts every mail under an id as SES makes them, and remembers it.
private final class AcceptingMailer: Mailer {
    private let taken = Mutex<[OutgoingMail]>([])
    var mails: [OutgoingMail] { taken.withLock { $0 } }

    func send(_ mail: OutgoingMail) async -> MailerOutcome {
        taken.withLock { $0.append(mail) }
        let random = UUID().uuidString.lowercased()
        return .accepted(messageID: "0101018f1c2d3e4f-\(random)-000000")
    }
}

private struct Quota: SendingAccount {
    func quota() async throws -> SendingQuota {
        SendingQuota(maximumRate: 500, maximumPer24Hours: nil, sentLast24Hours: 0)
    }
    func suppressed(_ page: ([SuppressionEntry]) async throws -> Void) async throws {}
    func identity(_ name: String) async throws -> SendingIdentity? { nil }
}

private struct Silence: Log {
    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {}
}
