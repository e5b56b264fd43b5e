import AWS
import AWSSupport
import Campaigns
import Canary
import Deliverability
import Foundation
import Handlers
import HostAdapters
import Locks
import SMTP
import TestSupport
import Testing

@Suite("The canary", .timeLimit(.minutes(10)))
struct CanaryHandlerTests {
    /// What a test looks at beside the answer.
    private final class Surroundings: Sendable, Log {
        let told = Mutex<[(level: LogLevel, message: String, fields: [String: String])]>([])
        let lines = Mutex<[[UInt8]]>([])

        func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {
            told.withLock {
                $0.append((level, message, Dictionary(fields.map { ($0.name, $0.value) }) { $1 }))
            }
        }
        func take(_ line: [UInt8]) { lines.withLock { $0.append(line) } }

        var metrics: [[String: Any]] {
            lines.withLock { $0 }.map {
                (try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]) ?? [:]
            }
        }
        /// Broken, by layer.
        var broken: [String: Int] {
            Dictionary(metrics.map { ($0["Layer"] as? String ?? "", $0["Broken"] as? Int ?? -1) }) { $1 }
        }
    }

    private func examine(
        _ examinations: [Examination], event: String = "{}"
    ) async throws -> ([String: Any], Surroundings) {
        let surroundings = Surroundings()
        let handler = CanaryHandler(
            examinations: examinations, clock: SystemClock(), log: surroundings, metric: surroundings.take)
        let answer = try await handler.handle(Array(event.utf8), context: EventContext())
        let object = try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any]
        return (try #require(object), surroundings)
    }

    /// The watch of a relay at `localhost`, and of SES in two Regions on the simulator.
    private func watch(
        serverOptions: [String] = [], password: String = SubmissionStandIn.password,
        settings: SESSimulator.Settings, _ body: ([Examination], SubmissionStandIn) async throws -> Void
    ) async throws {
        try await withSubmissionServer(options: serverOptions) { there in
            try await withSESSimulator { simulator in
                try await simulator.configure(settings)
                var aws = try await MotoAccount().aws
                aws.environment["AWS_ENDPOINT_URL_SESV2"] = simulator.url
                let relay = MailPathWatch.Relay(
                    servers: SubmissionServer.named("localhost:\(there.server.port)"), region: "us-east-1"
                ) { SubmissionCredentials(user: SubmissionStandIn.user, password: password) }
                let watch = MailPathWatch(
                    aws: aws, smtp: SMTPClient(certificateAuthorities: there.certificateAuthority),
                    relay: relay,
                    regions: ["us-west-2", "us-east-1"], domain: nil)
                try await body(watch.examinations, there)
            }
        }
    }

    @Test("with all as it should be it counts nothing broken in any layer, and no mail is sent")
    func healthy() async throws {
        try await watch(settings: .init()) { examinations, there async throws in
            let (answer, surroundings) = try await examine(
                examinations,
                event: try String(
                    contentsOf: Checkout.root.appendingPathComponent("events/canary.json"), encoding: .utf8))
            #expect(answer["severity"] as? String == "healthy", "\(answer)")
            #expect(surroundings.broken["relay-credentials"] == 0 && surroundings.broken["ses"] == 0)
            #expect(surroundings.told.withLock { $0.allSatisfy { $0.level == .info } })
            #expect(!there.server.outputSoFar.contains("MAIL"))
        }
    }

    @Test(
        "a rotated key is counted in the relay's layer, and logged with what mends it and without the password"
    )
    func rotated() async throws {
        try await watch(password: "Bold-and-secret", settings: .init()) { examinations, _ async throws in
            let (answer, surroundings) = try await examine(examinations)
            #expect(answer["severity"] as? String == "broken")
            #expect(surroundings.broken["relay-credentials"] == 1 && surroundings.broken["ses"] == 0)
            let errors = surroundings.told.withLock { $0.filter { $0.level == .error } }
            #expect(errors.count == 1)
            #expect(errors[0].fields["layer"] == "relay-credentials")
            #expect(errors[0].fields["remedy"] != nil)
            #expect(!"\(answer)\(errors)".contains("Bold-and-secret"))
        }
    }

    @Test("an account that AWS has stopped is counted in SES's layer, for each Region")
    func stopped() async throws {
        try await watch(settings: .init(enforcementStatus: "SHUTDOWN")) { examinations, _ async throws in
            let (answer, surroundings) = try await examine(examinations)
            #expect(surroundings.broken["ses"] == 2 && surroundings.broken["relay-credentials"] == 0)
            let regions = (answer["findings"] as? [[String: Any]])?.filter {
                $0["severity"] as? String == "broken"
            }
            .compactMap { $0["region"] as? String }
            #expect(regions.map(Set.init) == ["us-west-2", "us-east-1"])
        }
    }

    @Test(
        "metrics have CloudWatch's embedded format: every name that is declared is there, one object a layer")
    func format() async throws {
        let examination = Examination("X", check: "x", layer: .network) {
            [
                Finding("x", .warning, layer: .network, "a \"warning\"\n"),
                Finding("x", .unknown, layer: .suppressionList, "unknown"),
            ]
        }
        let (_, surroundings) = try await examine([examination])
        let lines = surroundings.metrics
        #expect(
            lines.map { $0["Layer"] as? String } == [
                "relay-credentials", "ses", "suppression-list", "network",
            ])
        // Something could not be seen: that takes no alarm back.
        #expect(lines.allSatisfy { $0["Broken"] == nil })
        for line in lines {
            let metadata = try #require(line["_aws"] as? [String: Any])
            let moment = try #require(metadata["Timestamp"] as? Double) / 1000
            #expect(abs(moment - Date.now.timeIntervalSince1970) < 300)
            let definition = try #require((metadata["CloudWatchMetrics"] as? [[String: Any]])?.first)
            #expect(definition["Namespace"] as? String == "jada-blast")
            #expect(definition["Dimensions"] as? [[String]] == [["Layer"], []])
            for metric in try #require(definition["Metrics"] as? [[String: String]]) {
                #expect(line[try #require(metric["Name"])] is Int)
            }
        }
        #expect(lines[2]["Unknown"] as? Int == 1 && lines[3]["Warnings"] as? Int == 1)
    }

    @Test("credentials that cannot be read are told, and what is no event is refused")
    func unreadable() async throws {
        struct Failure: Error {}
        let watch = MailPathWatch(
            aws: try await MotoAccount().aws, smtp: SMTPClient(),
            relay: .init(servers: [], region: nil) { throw Failure() }, regions: [], domain: nil)
        let (answer, surroundings) = try await examine(watch.examinations)
        #expect(answer["severity"] as? String == "unknown")
        #expect(surroundings.metrics.first?["Unknown"] as? Int == 1)
        await #expect(throws: Problem.self) { try await examine([], event: "no event") }
    }
}
