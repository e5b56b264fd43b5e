import Campaigns
import Delivery
import Foundation
import HostAdapters
import LocalAdapters
import Locks
import TestSupport

/// A library and a state in a temporary folder, real adapters on both, and a mailer whose outcomes a test decides.
struct Workshop: Sendable {
    let folder: URL
    let library: any CampaignLibrary
    let ledger: any Ledger
    let queue: any ShardQueue
    let suppression: any SuppressionList
    let clock: TestClock
    let mailer: ScriptedMailer
    var account = ScriptedAccount()
    let log = RecordingLog()

    @discardableResult
    static func open<Result>(_ body: (Workshop) async throws -> Result) async throws -> Result {
        try await withTemporaryFolder { folder in try await body(Workshop(folder)) }
    }

    init(_ folder: URL) async throws {
        self.folder = folder
        let libraryFolder = folder.appendingPathComponent("library").path
        let stateFolder = folder.appendingPathComponent("state").path
        try FileManager.default.createDirectory(
            atPath: libraryFolder + "/campaigns", withIntermediateDirectories: true)
        clock = TestClock()
        let state = try await LocalState(folder: stateFolder, clock: clock)
        ledger = state.ledger
        queue = state.queue
        suppression = state.suppressionList
        library = DirectoryCampaignLibrary(library: libraryFolder, state: stateFolder)
        mailer = ScriptedMailer()
    }

    /// Writes a file of the campaign `cruise`.
    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }
    func write(_ name: String, _ data: Data) throws {
        let url = folder.appendingPathComponent("library/campaigns/cruise").appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    /// Writes the campaign `cruise`; members of `extra` are added to its metadata.
    func writeCampaign(
        _ extra: String = "", recipients: String = "email,name\nann@example.org,Ann\nbob@example.org,Bob\n",
        html: String = "<p>Dear {{name}}, <a href=\"{{unsubscribe_url}}\">leave</a></p>",
        text: String = "Dear {{name}}"
    ) throws {
        try write(
            "campaign.json",
            """
            {
              "id": "cruise", "name": "Cruise",
              "subject": "Aboard, {{name}}",
              "from": {"name": "JADA Sailing", "email": "crew@example.com"},
              "html": "message.html", "text": "message.txt",
              \(extra.isEmpty ? "" : extra + ",")
              "recipients": "recipients.csv"
            }
            """)
        try write("recipients.csv", recipients)
        try write("message.html", html)
        try write("message.txt", text)
    }

    var links: MessageRenderer.LinkConfiguration { .init(unsubscribe: .placeholder) }

    func planner(shardSize: Int = 2000) -> Planner {
        var environment = Planner.Environment(
            library: library, ledger: ledger, queue: queue,
            account: account,
            suppression: suppression, clock: clock, addresses: IDNAEncoder(), links: links, log: log)
        environment.shardSize = shardSize
        return Planner(environment)
    }

    func sender(_ worker: String = "worker-1", lease: Duration? = .seconds(120)) -> ShardSender {
        ShardSender(
            .init(
                library: library, ledger: ledger, queue: queue, mailer: mailer,
                suppression: suppression, pacer: UnhurriedPacer(), clock: clock, links: links, log: log,
                worker: worker, lease: lease))
    }

    /// A pacer of the whole rate of ``account``, 100 mails a second, and its quota.
    func pacer(store: any PaceStore = MemoryPaceStore()) -> AccountPacer {
        AccountPacer(store: store, account: account, clock: clock, headroom: 0, log: log)
    }

    /// Plans the campaign `cruise` as the occurrence `one`.
    func plan(_ occurrence: String = "one", shardSize: Int = 2000) async throws -> (run: Run, isNew: Bool) {
        try await planner(shardSize: shardSize).plan(runID(occurrence))
    }

    func runID(_ occurrence: String = "one") throws -> RunID {
        guard let id = RunID("cruise#\(occurrence)") else { throw Missing() }
        return id
    }

    func run(_ occurrence: String = "one") async throws -> Run {
        guard let run = try await ledger.run(runID(occurrence)) else { throw Missing() }
        return run
    }

    /// Files below the state's `runs` folder.
    var planFiles: [String] {
        FileManager.default.enumerator(atPath: folder.appendingPathComponent("state/runs").path)?
            .compactMap { $0 as? String }.filter { $0.hasSuffix(".json") || $0.hasSuffix(".jsonl") } ?? []
    }

    struct Missing: Error {}
}

/// A clock that stands still until a test moves it; sleeping moves it at once.
final class TestClock: WallClock {
    private let moment: Mutex<Timestamp>
    private let zones = SystemClock()
    /// What happens while somebody sleeps.
    private let meanwhile = Mutex<(@Sendable (Timestamp) async throws -> Void)?>(nil)

    init(_ start: String = "2026-06-01T17:00:00Z") {
        moment = Mutex(Timestamp(iso8601: start)!)
    }

    func now() -> Timestamp { moment.withLock { $0 } }
    func zone(named name: String) throws -> TimeZoneRules { try zones.zone(named: name) }
    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        advance(by: duration)
        try await meanwhile.withLock { $0 }?(now())
        await Task.yield()
    }
    func meanwhile(_ body: @escaping @Sendable (Timestamp) async throws -> Void) {
        meanwhile.withLock { $0 = body }
    }
    func advance(by duration: Duration) { moment.withLock { $0 = $0 + duration } }
    func set(_ text: String) { moment.withLock { $0 = Timestamp(iso8601: text)! } }
}

/// Answers as a test says, and remembers what it was given.
final class ScriptedMailer: Mailer {
    private struct State {
        var mails: [OutgoingMail] = []
        var answer: @Sendable (OutgoingMail) async -> MailerOutcome = {
            .accepted(messageID: "id-\($0.to.address)")
        }
    }
    private let state = Mutex(State())

    func send(_ mail: OutgoingMail) async -> MailerOutcome {
        let answer = state.withLock { state in
            state.mails.append(mail)
            return state.answer
        }
        return await answer(mail)
    }

    var mails: [OutgoingMail] { state.withLock { $0.mails } }
    var addresses: [String] { mails.map(\.to.address).sorted() }
    func answer(_ answer: @escaping @Sendable (OutgoingMail) async -> MailerOutcome) {
        state.withLock { $0.answer = answer }
    }
}

/// Grants everything at once.
struct UnhurriedPacer: Pacer {
    func reserve(_ request: PaceRequest) async throws -> PaceReservation {
        .granted(
            PaceGrant(
                moments: Array(repeating: Timestamp(milliseconds: 0), count: request.count),
                tolerance: .seconds(1 << 40)))
    }
}

extension Pacer {
    func wait(for request: PaceRequest) async throws -> (delay: Duration, limit: PaceLimit)? { nil }
    func isCurrent(_ grant: PaceGrant) async -> Bool { true }
    func giveBack(_ grant: PaceGrant) async {}
    func throttled(_ limit: PaceLimit) async {}
}

/// The pace in this process.
final class MemoryPaceStore: PaceStore {
    private let state = Mutex(PaceState())
    func read() async throws -> PaceState { state.withLock { $0 } }
    func change<Answer: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (inout PaceState) -> Answer
    ) async throws -> Answer {
        state.withLock { body(&$0) }
    }
}

/// A store on whose answers one waits, each time for as long as the next of a list, over and over.
final class SlowStore: PaceStore {
    private let real = MemoryPaceStore()
    private let clock: TestClock
    private let waits: [Duration]
    private let changes = Mutex(0)

    init(_ clock: TestClock, _ waits: [Duration]) {
        self.clock = clock
        self.waits = waits
    }

    func read() async throws -> PaceState { try await real.read() }
    func change<Answer: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (inout PaceState) -> Answer
    ) async throws -> Answer {
        let answer = try await real.change(isRepeatable: isRepeatable, body)
        let turn = changes.withLock { turn in
            turn += 1
            return turn
        }
        clock.advance(by: waits[turn % waits.count])
        return answer
    }
}

/// Remembers its lines.
final class RecordingLog: Log {
    private let lines = Mutex<[String]>([])
    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {
        lines.withLock {
            $0.append(
                "\(level): \(message) " + fields.map { "\($0.name)=\($0.value)" }.joined(separator: " "))
        }
    }
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}

/// What SES would say of an account.
struct ScriptedAccount: SendingAccount {
    var sendingQuota = SendingQuota(maximumRate: 100, maximumPer24Hours: nil, sentLast24Hours: 0)
    var listed: [SuppressionEntry] = []
    func quota() async throws -> SendingQuota { sendingQuota }
    func suppressed(_ page: ([SuppressionEntry]) async throws -> Void) async throws { try await page(listed) }
    func identity(_ name: String) async throws -> SendingIdentity? {
        SendingIdentity(name: name, isVerified: true, dkimStatus: "SUCCESS", isDKIMSigningEnabled: true)
    }
}
