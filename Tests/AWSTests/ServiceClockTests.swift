import AWSSupport
import HTTP
import Locks
import TestSupport
import Testing

@testable import AWS

/// What DynamoDB's answers tell of the time.
@Suite(.timeLimit(.minutes(10)))
struct ServiceClockTests {
    /// 6 November 1994, 08:49:37 UTC, in milliseconds.
    private static let noted: Int64 = 784_111_777_000
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"

    /// This computer's clock, which a test sets.
    private final class Wristwatch: Sendable {
        private let milliseconds: Mutex<Int64>
        init(_ milliseconds: Int64) { self.milliseconds = Mutex(milliseconds) }
        var now: Int64 { milliseconds.withLock { $0 } }
        func set(_ value: Int64) { milliseconds.withLock { $0 = value } }
    }

    private func headers(_ extra: [(String, String)] = [], date: String? = Self.date, id: String? = "1")
        -> HTTPHeaders
    {
        var headers = HTTPHeaders()
        headers["Date"] = date
        headers["x-amzn-RequestId"] = id
        for (name, value) in extra { headers[name] = value }
        return headers
    }

    /// How far the clock goes by after one answer, from ours, which was `ahead` milliseconds ahead of the service's noted
    /// second when the request was sent, and read the answer `duration` later.
    private func offset(ahead: Int64, duration: Int64, _ headers: HTTPHeaders) -> Int64 {
        let watch = Wristwatch(Self.noted + ahead)
        let clock = ServiceClock { watch.now }
        let sent = clock.localMilliseconds()
        watch.set(sent + duration)
        clock.learn(from: headers, sent: sent)
        return clock.milliseconds() - watch.now
    }

    @Test(
        "a clock that may be right is left alone; one that cannot be right is set to the nearest time that can",
        arguments: [
            (ahead: 0, duration: 0, offset: 0), (ahead: 1000, duration: 0, offset: 0),
            (ahead: 1500, duration: 0, offset: -500), (ahead: -300, duration: 100, offset: 200),
            (ahead: -300, duration: 400, offset: 0), (ahead: 600_000, duration: 20, offset: -599_000),
            (ahead: -600_000, duration: 20, offset: 599_980),
        ])
    func offsets(ahead: Int64, duration: Int64, offset: Int64) {
        #expect(self.offset(ahead: ahead, duration: duration, headers()) == offset)
    }

    @Test("an answer that is not the service's own, or was stored, or has no date, tells nothing")
    func silence() {
        for headers in [
            headers(id: nil), headers([("Age", "3")]), headers(date: nil), headers(date: ""),
            headers(date: "Sun, 99 Nov 1994 08:49:37 GMT"), headers(date: "784111777"),
        ] {
            #expect(offset(ahead: 600_000, duration: 1, headers) == 0)
        }
        // Our clock was set back while the answer was under way.
        #expect(offset(ahead: 600_000, duration: -1, headers()) == 0)
    }

    @Test("a slow answer changes nothing that quicker ones have taught; a clock that is set is seen at once")
    func later() {
        let watch = Wristwatch(Self.noted + 600_000)
        let clock = ServiceClock { watch.now }
        clock.learn(from: headers(), sent: watch.now)
        let learned = clock.milliseconds() - watch.now
        watch.set(watch.now + 900)
        clock.learn(from: headers(), sent: watch.now - 120_000)
        #expect(clock.milliseconds() - watch.now == learned)
        watch.set(Self.noted - 7000)
        clock.learn(from: headers(), sent: watch.now)
        #expect(abs(clock.milliseconds() - Self.noted) <= 1000)
    }

    @Test("each answer of DynamoDB is listened to, a refusal as well")
    func answers() async throws {
        let answers: [ScriptedServer.Answer] = [
            .init(headers: ["x-amzn-RequestId": "1"], body: "{}", dateOffset: 7200),
            .init(
                status: 400, headers: ["x-amzn-RequestId": "2"],
                body: #"{"__type":"com.example#ConditionalCheckFailedException"}"#, dateOffset: -7200),
        ]
        try await withScriptedServer(answers) { server in
            let http = HTTPClient()
            defer { http.shutdown() }
            let table = DynamoDB(
                configuration: AWSConfiguration(
                    region: "us-west-2", http: http,
                    credentials: StaticCredentials(Credentials(accessKeyID: "a", secretAccessKey: "b")),
                    environment: ["AWS_ENDPOINT_URL": server.url]))
            func minutesAhead() -> Int64 { (table.time.milliseconds() - systemMilliseconds()) / 60_000 }
            #expect(minutesAhead() == 0)
            _ = try await table.get(["pk": .string("a")], from: "t", isConsistent: true)
            #expect((119...120).contains(minutesAhead()))
            let outcome = try await table.write(.put(["pk": .string("a")], into: "t"))
            #expect(outcome == .conditionFailed(current: nil))
            #expect((-120 ... -119).contains(minutesAhead()))
        }
    }
}
