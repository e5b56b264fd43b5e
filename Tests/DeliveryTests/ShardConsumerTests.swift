import Campaigns
import Foundation
import HostAdapters
import LocalAdapters
import Locks
import TestSupport
import Testing

@testable import Delivery

@Suite("Consuming the queue of shards", .timeLimit(.minutes(10)))
struct ShardConsumerTests {
    @Test("all that the queue holds is sent, several shards at once, and its messages are deleted")
    func sends() async throws {
        try await withConsumer { bench in
            let bothAreUnderWay = Meeting(of: 2)
            bench.workshop.mailer.answer { mail in
                if mail.to.address.hasPrefix("r0@") || mail.to.address.hasPrefix("r5@") {
                    await bothAreUnderWay.arrive()
                }
                return .accepted(messageID: "m")
            }
            try await bench.consume { try await bench.waitUntilFinished() }
            #expect(bench.workshop.mailer.addresses == bench.addresses)
            #expect(try await bench.queue.count() == 0)
            let text = bench.workshop.log.text
            #expect(text.components(separatedBy: "Run finished").count == 2)
            #expect(text.contains("accepted=20"))
        }
    }

    @Test("while a service is out of reach shards wait uncounted, and it is told once")
    func outage() async throws {
        try await withConsumer(maximumReceives: 1) { bench in
            bench.library.failures.withLock { $0 = (5, Problem(.unavailable, "no answer: \(UUID())")) }
            try await bench.consume { try await bench.waitUntilFinished() }
            #expect(bench.workshop.mailer.addresses == bench.addresses)
            #expect(try await bench.queue.deadLetters().count == 0)
            let text = bench.workshop.log.text
            #expect(text.components(separatedBy: "error: Shards cannot be sent").count == 2)
            #expect(text.components(separatedBy: "Shards can be sent again").count == 2)
        }
    }

    @Test("a shard that fails by its own fault ends among the dead letters, and the others are sent")
    func poison() async throws {
        try await withConsumer(maximumReceives: 1) { bench in
            let poison = ShardMessage(run: try bench.workshop.runID(), shard: 99)
            try await bench.queue.send([poison], delay: .zero)
            // The end of the run would clear its dead letters away.
            let isBuried = Meeting(of: 2)
            bench.workshop.mailer.answer { mail in
                if mail.to.address.hasPrefix("r0@") { await isBuried.arrive() }
                return .accepted(messageID: "m")
            }
            try await bench.consume {
                while try await bench.queue.deadLetters().count == 0 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(try await bench.queue.deadLetters().seen.map(\.message) == [poison])
                await isBuried.arrive()
                try await bench.waitUntilFinished()
            }
            #expect(bench.workshop.mailer.addresses == bench.addresses)
            #expect(
                bench.workshop.log.text.contains("error: A shard failed run=cruise#one shard=99 receives=1"))
        }
    }

    @Test("a message is kept hidden from others as long as its shard is in work")
    func heartbeats() async throws {
        try await withConsumer { bench in
            bench.workshop.mailer.answer { [queue = bench.queue] _ in
                while queue.prolongations < 8 { try? await Task.sleep(for: .milliseconds(5)) }
                return .accepted(messageID: "m")
            }
            try await bench.consume(visibility: .milliseconds(600)) { try await bench.waitUntilFinished() }
            #expect(bench.workshop.mailer.addresses == bench.addresses)
        }
    }

    @Test("a queue that fails is asked again later, which is told once")
    func queueOutage() async throws {
        try await withConsumer { bench in
            bench.queue.failures.withLock { $0 = 2 }
            try await bench.consume { try await bench.waitUntilFinished() }
            let text = bench.workshop.log.text
            #expect(text.components(separatedBy: "error: The queue fails").count == 2)
            #expect(text.contains("The queue answers again"))
        }
    }

    @Test("cancelled in the middle, it lets the mails under way end and gives back the rest uncounted")
    func cancelled() async throws {
        try await withConsumer(maximumReceives: 1) { bench in
            let (isUnderWay, isCancelled) = (Meeting(of: 2), Meeting(of: 2))
            bench.workshop.mailer.answer { mail in
                if mail.to.address.hasPrefix("r7@") {
                    await isUnderWay.arrive()
                    await isCancelled.arrive()
                }
                return .accepted(messageID: "m")
            }
            let consumer = bench.consumer(shards: 1)
            let task = Task { await consumer.run() }
            await isUnderWay.arrive()
            task.cancel()
            await isCancelled.arrive()
            await task.value
            let half = try await bench.workshop.run()
            #expect(half.settled.accepted == bench.workshop.mailer.mails.count)
            #expect(half.settled.uncertain == 0)
            #expect(!half.isFinished)

            try await bench.consume { try await bench.waitUntilFinished() }
            #expect(bench.workshop.mailer.addresses == bench.addresses)
            #expect(try await bench.queue.deadLetters().count == 0)
        }
    }

    @Test(
        "what one object brings about is its run's own trouble, and keeps no other run waiting",
        arguments: [
            (.unavailable, nil, true), (.unavailable, "runs/a/plan.json", true), (.accessDenied, nil, true),
            (.accessDenied, "runs/a/plan.json", false), (.configuration, nil, true),
            (.configuration, "runs/a/plan.json", false), (.notFound, nil, false), (.software, nil, false),
        ] as [(Problem.Kind, String?, Bool)])
    func causes(kind: Problem.Kind, file: String?, isOutage: Bool) {
        #expect(Outage.isCause(of: Problem(kind, file: file, "what happened")) == isOutage)
    }

    @Test("a shard whose plan nobody may read ends among the dead letters")
    func deniedObject() async throws {
        try await withConsumer(maximumReceives: 1) { bench in
            bench.library.failures.withLock {
                $0 = (1000, Problem(.accessDenied, file: "runs/a/shard", "not allowed"))
            }
            try await bench.consume {
                while try await bench.queue.deadLetters().count < 4 {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(!bench.workshop.log.text.contains("Shards cannot be sent"))
        }
    }

    @Test("a trouble is new once, tried again at growing distances of a minute at most, and over once")
    func distances() {
        var outage = Outage()
        let start = Timestamp(milliseconds: 0)
        #expect(outage.ended(at: start) == nil)
        let failures = (0..<100).map { outage.failed(at: start + .seconds($0), random: 1) }
        #expect(failures.map(\.isNew) == [true] + Array(repeating: false, count: 99))
        #expect(failures.prefix(7).map(\.delay) == [1, 2, 4, 8, 16, 32, 60].map { .seconds($0) })
        #expect(failures.allSatisfy { $0.delay <= .seconds(60) })
        #expect(outage.failed(at: start, random: 0).delay == .seconds(30))
        #expect(outage.ended(at: start + .seconds(100)) == .seconds(100))
        #expect(outage.ended(at: start + .seconds(101)) == nil)
        #expect(outage.failed(at: start, random: 1) == (true, .seconds(1)))
    }
}

@Suite("The daemon", .timeLimit(.minutes(10)))
struct DaemonTests {
    @Test("a run whose shards never reached the queue is taken over at start, and sent")
    func takeover() async throws {
        try await withConsumer(isPlanned: false) { bench in
            bench.queue.refusesMessages.withLock { $0 = true }
            var planner = bench.planner()
            await #expect(throws: Problem.self) { try await planner.plan(bench.workshop.runID()) }
            #expect(try await !bench.workshop.run().isEnqueued)
            bench.queue.refusesMessages.withLock { $0 = false }
            planner = bench.planner()
            try await bench.running(bench.daemon(planner)) { try await bench.waitUntilFinished() }
            #expect(bench.workshop.mailer.addresses == bench.addresses)
        }
    }

    @Test(
        "at start, what a person has to mend ends it, and what may pass is waited for",
        arguments: [Problem.Kind.accessDenied, .configuration, .notFound, .unavailable])
    func start(kind: Problem.Kind) async throws {
        try await withConsumer(isPlanned: false) { bench in
            let failing = bench.library
            failing.listFailure.withLock { $0 = Problem(kind, "not now") }
            let isReady = Mutex(false)
            let daemon = bench.daemon(bench.planner())
            let task = Task {
                try await daemon.run {
                    isReady.withLock { $0 = true }
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            if kind == .unavailable {
                try await task.value
                #expect(isReady.withLock { $0 })
                #expect(bench.workshop.log.text.contains("warning: A service is out of reach"))
            } else {
                let problem = await #expect(throws: Problem.self) { try await task.value }
                #expect(problem?.kind == kind)
                #expect(isReady.withLock { !$0 })
            }
        }
    }

    @Test("a campaign that cannot be planned is found at every tick and told once; mended, it goes")
    func brokenCampaign() async throws {
        try await withConsumer(isPlanned: false) { bench in
            try bench.workshop.writeCampaign(
                #""schedule": {"at": "\#(moment())", "timeZone": "UTC"}"#,
                recipients: "email\nann@example.org\n")
            try await bench.running(bench.daemon(bench.planner())) {
                while bench.library.looks < 6 { try await Task.sleep(for: .milliseconds(5)) }
                try bench.workshop.writeCampaign(#""schedule": {"at": "\#(moment())", "timeZone": "UTC"}"#)
                while bench.workshop.mailer.mails.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(bench.workshop.mailer.addresses == ["ann@example.org", "bob@example.org"])
            let complaints = bench.workshop.log.text.split(separator: "\n").filter {
                $0.contains("Cannot be planned")
            }
            #expect(!complaints.isEmpty)
            #expect(complaints.count == Set(complaints).count, "\(complaints)")
        }
    }

    @Test("a time of day that is set back by an hour puts off no look")
    func clockSetBack() async throws {
        try await withConsumer(isPlanned: false) { bench in
            let clock = MovedClock()
            var environment = bench.planner().environment
            environment.clock = clock
            try await bench.running(bench.daemon(Planner(environment))) {
                while bench.library.looks < 3 { try await Task.sleep(for: .milliseconds(5)) }
                clock.offset.withLock { $0 = .seconds(-3600) }
                let looks = bench.library.looks
                while bench.library.looks < looks + 3 { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    /// Some seconds ago.
    private func moment() -> String { String("\(SystemClock().now() - .seconds(5))".prefix(19)) }
}

// MARK: - Support

/// A workshop on the computer's own clock, with a queue and a library that fail when a test says so.
private struct Bench: Sendable {
    let workshop: Workshop
    let queue: TouchyQueue
    let library: TouchyLibrary
    let clock = SystemClock()
    let addresses = (0..<20).map { "r\($0)@example.org" }.sorted()

    func planner() -> Planner {
        var environment = workshop.planner(shardSize: 5).environment
        environment.queue = queue
        environment.library = library
        environment.clock = clock
        return Planner(environment)
    }

    func consumer(shards: Int = 4, visibility: Duration = .seconds(60)) -> ShardConsumer {
        var environment = workshop.sender().environment
        environment.queue = queue
        environment.library = library
        environment.clock = clock
        return ShardConsumer(
            sender: ShardSender(environment),
            settings: .init(shards: shards, visibility: visibility, wait: .milliseconds(200)))
    }

    func daemon(_ planner: Planner) -> Daemon {
        Daemon(planner: planner, consumer: consumer(), tick: .milliseconds(50))
    }

    /// Has a consumer work as long as the closure runs.
    func consume(visibility: Duration = .seconds(60), while body: () async throws -> Void) async throws {
        let consumer = consumer(visibility: visibility)
        let task = Task { await consumer.run() }
        defer { task.cancel() }
        try await body()
        // What has ended is told and deleted a moment later.
        task.cancel()
        await task.value
    }

    func running(_ daemon: Daemon, while body: () async throws -> Void) async throws {
        let task = Task { try await daemon.run {} }
        defer { task.cancel() }
        try await body()
        task.cancel()
        try await task.value
    }

    func waitUntilFinished() async throws {
        while try await !workshop.run().isFinished { try await Task.sleep(for: .milliseconds(10)) }
        while try await queue.count() > 0 { try await Task.sleep(for: .milliseconds(10)) }
    }
}

/// - Parameter isPlanned: whether the campaign `cruise`, of 20 recipients in four shards, is planned.
private func withConsumer(
    maximumReceives: Int = 10, isPlanned: Bool = true, _ body: (Bench) async throws -> Void
) async throws {
    try await Workshop.open { workshop in
        let state = try await LocalState(
            folder: workshop.folder.appendingPathComponent("state").path, clock: SystemClock(),
            maximumReceives: maximumReceives)
        let bench = Bench(
            workshop: workshop, queue: TouchyQueue(state.queue), library: TouchyLibrary(workshop.library))
        try workshop.writeCampaign(
            recipients: "email,name\n" + (0..<20).map { "r\($0)@example.org,R\($0)\n" }.joined())
        if isPlanned { _ = try await bench.planner().plan(workshop.runID()) }
        try await body(bench)
    }
}

/// The computer's clock, set to another time of day when a test says so.
private final class MovedClock: WallClock {
    let offset = Mutex(Duration.zero)
    private let real = SystemClock()

    func now() -> Timestamp { real.now() + offset.withLock { $0 } }
    func zone(named name: String) throws -> TimeZoneRules { try real.zone(named: name) }
    func sleep(for duration: Duration) async throws { try await real.sleep(for: duration) }
}

private final class TouchyQueue: ShardQueue {
    private let real: SQLiteShardQueue
    /// How many receives fail.
    let failures = Mutex(0)
    let refusesMessages = Mutex(false)
    private let prolonged = Mutex(0)

    init(_ real: SQLiteShardQueue) { self.real = real }

    /// How often a message was hidden for longer.
    var prolongations: Int { prolonged.withLock { $0 } }

    func send(_ messages: [ShardMessage], delay: Duration) async throws {
        if refusesMessages.withLock({ $0 }) { throw Problem(.unavailable, "no queue") }
        try await real.send(messages, delay: delay)
    }
    func receive(maximum: Int, visibility: Duration, wait: Duration) async throws -> [ReceivedShard] {
        let fails = failures.withLock { left in
            left -= 1
            return left >= 0
        }
        if fails { throw Problem(.unavailable, "no answer") }
        return try await real.receive(maximum: maximum, visibility: visibility, wait: wait)
    }
    func changeVisibility(of received: ReceivedShard, to visibility: Duration) async throws {
        prolonged.withLock { $0 += 1 }
        try await real.changeVisibility(of: received, to: visibility)
    }
    func delete(_ received: ReceivedShard) async throws { try await real.delete(received) }
    func count() async throws -> Int { try await real.count() }
    func discard(_ run: RunID) async throws { try await real.discard(run) }
    func deadLetters() async throws -> DeadLetters { try await real.deadLetters() }
    func discardDeadLetters(of run: RunID) async throws { try await real.discardDeadLetters(of: run) }
}

private final class TouchyLibrary: CampaignLibrary {
    private let real: any CampaignLibrary
    /// How many reads of shards fail, and how.
    let failures = Mutex((count: 0, problem: Problem(.unavailable, "")))
    let listFailure = Mutex<Problem?>(nil)
    private let listed = Mutex(0)

    init(_ real: any CampaignLibrary) { self.real = real }

    /// How often the campaigns were looked at.
    var looks: Int { listed.withLock { $0 } }

    func campaigns() async throws -> [(id: CampaignID, version: String)] {
        listed.withLock { $0 += 1 }
        if let problem = listFailure.withLock({ $0 }) { throw problem }
        return try await real.campaigns()
    }
    func read(_ key: String, maximumBytes: Int) async throws -> LibraryObject {
        try await real.read(key, maximumBytes: maximumBytes)
    }
    func open(_ key: String) async throws -> ByteStream {
        if key.hasSuffix(".jsonl") {
            let problem = failures.withLock { failures -> Problem? in
                failures.count -= 1
                return failures.count >= 0 ? failures.problem : nil
            }
            if let problem { throw problem }
        }
        return try await real.open(key)
    }
    func write(_ bytes: [UInt8], to key: String) async throws { try await real.write(bytes, to: key) }
    func flush() async throws { try await real.flush() }
    func delete(_ keys: [String]) async throws { try await real.delete(keys) }
}

/// Lets tasks go on once so many have arrived.
private actor Meeting {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(of count: Int) { missing = count }

    func arrive() async {
        missing -= 1
        guard missing > 0 else {
            for each in waiting { each.resume() }
            waiting = []
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }
}
