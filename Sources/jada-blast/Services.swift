internal import AWS
internal import Campaigns
internal import Canary
internal import CloudAdapters
internal import Delivery
internal import HTTP
internal import Handlers
internal import HostAdapters
internal import LocalAdapters
internal import SMTP
internal import Suppressions
internal import WebServer

/// The ports of one command, chosen by its options: embedded, on AWS, or SES on embedded state.
struct Services: Sendable {
    let configuration: Configuration
    let clock: any WallClock
    let addresses: any DomainEncoder
    let library: any CampaignLibrary
    let ledger: any Ledger
    let queue: any ShardQueue
    let suppression: any SuppressionList
    let account: any SendingAccount
    let mailer: any Mailer
    let links: MessageRenderer.LinkConfiguration
    let log: any Log
    /// Folder that mails are written into, where they are.
    let outbox: String?
    /// The account that mail goes out through, as ``paces`` names it.
    let sendingAccount: String
    /// The paces of the accounts that have sent on this state.
    let paces: @Sendable () async throws -> [(account: String, state: PaceState)]
    private let pacer: any Pacer
    /// `nil` where nothing is on AWS.
    private let aws: AWSConfiguration?
    let bar: ProgressBar

    /// - Parameters:
    ///   - sends: whether mail may go out, so that a real unsubscribe page is needed.
    ///   - log: where to tell what happens; by default standard error, above the bar.
    init(
        _ places: PlaceOptions, sends: Bool, bar: ProgressBar = ProgressBar(isVisible: false),
        log: (any Log)? = nil
    ) async throws {
        self.bar = bar
        self.log = log ?? ConsoleLog(threshold: places.logThreshold, bar: bar)
        let host = SystemClock()
        let addresses = IDNAEncoder()
        self.addresses = addresses
        let environment = ProcessEnvironment.all
        let configuration = try Configuration(environment: environment)
        self.configuration = configuration
        guard !places.aws || places.sendsThroughSES else {
            throw Problem(
                .usage, key: "--mailer", "a run on AWS cannot go into the outbox: it would count as sent",
                remedy: "Leave --aws out for a rehearsal")
        }
        let pace: any PaceStore
        let aws = places.sendsThroughSES ? try Self.aws(environment) : nil

        if places.aws, let aws {
            let cloud = Cloud(
                aws: aws,
                configuration: CloudConfiguration(
                    bucket: try Configuration.require(configuration.bucket, "JADA_BLAST_BUCKET"),
                    prefix: configuration.prefix,
                    table: try Configuration.require(configuration.table, "JADA_BLAST_TABLE"),
                    queueURL: try Configuration.require(configuration.queueURL, "JADA_BLAST_QUEUE_URL")))
            clock = cloud.clock(on: host)
            library = cloud.library
            ledger = cloud.ledger
            queue = cloud.queue
            suppression = cloud.suppressionList
            account = cloud.account
            mailer = cloud.mailer
            outbox = nil
            pace = cloud.pace
            let account = Self.name(of: aws)
            sendingAccount = account
            paces = { [(account, try await cloud.pace.read())] }
        } else {
            clock = host
            let state = try await LocalState(folder: places.state, clock: host)
            let directory = DirectoryCampaignLibrary(library: places.library, state: places.state)
            library = directory
            ledger = state.ledger
            queue = state.queue
            suppression = state.suppressionList
            paces = { try await state.paces() }
            if let aws {
                account = SESSendingAccount(aws: aws)
                mailer = SESMailer(aws: aws)
                outbox = nil
                sendingAccount = Self.name(of: aws)
            } else {
                account = LocalSendingAccount(library: directory, encoder: addresses)
                mailer = state.outbox
                outbox = state.outbox.folder
                sendingAccount = "outbox"
            }
            pace = state.pace(of: sendingAccount)
        }
        pacer = AccountPacer(
            store: pace, account: account, clock: clock, headroom: configuration.headroom, log: self.log)
        self.aws = aws
        links = try await configuration.links(allowsPlaceholder: aws == nil || !sends) {
            try await Self.secret($0, aws)
        }
    }

    private static func name(of aws: AWSConfiguration) -> String { "ses \(aws.region)" }

    private static func aws(_ environment: [String: String]) throws -> AWSConfiguration {
        try .standard(environment: environment, http: http(environment))
    }

    private static func http(_ environment: [String: String]) -> HTTPClient {
        HTTPClient(configuration: .init(certificateAuthorities: environment["AWS_CA_BUNDLE"]))
    }

    var planner: Planner {
        var environment = Planner.Environment(
            library: library, ledger: ledger, queue: queue, account: account, suppression: suppression,
            clock: clock, addresses: addresses, links: links, log: log)
        environment.progress = { [bar] in bar.set($0) }
        return Planner(environment)
    }

    var schedulerHandler: SchedulerHandler { SchedulerHandler(scheduler: Scheduler(planner), log: log) }

    var sender: ShardSender {
        var environment = ShardSender.Environment(
            library: library, ledger: ledger, queue: queue, mailer: mailer, suppression: suppression,
            pacer: pacer, clock: clock, links: links,
            log: log,
            worker: ProcessEnvironment.workerName, lease: configuration.lease ?? ShardSender.usualLease)
        environment.concurrency = configuration.concurrency
        environment.progress = { [bar] in bar.advance(by: $0.total) }
        return ShardSender(environment)
    }

    var senderHandler: SenderHandler { SenderHandler(sender: sender, log: log) }

    var feedbackHandler: FeedbackHandler {
        let feedback = Feedback(
            ledger: ledger, suppression: suppression, addresses: addresses, clock: clock, log: log,
            source: sendingAccount, transientBounces: configuration.transientBounces)
        return FeedbackHandler(feedback: feedback, log: log)
    }

    /// Metrics go to standard error, a line each.
    ///
    /// - Throws: a ``Problem`` where nothing is on AWS.
    func canaryHandler() throws -> CanaryHandler {
        guard let aws else {
            throw Problem(
                .usage, key: "--mailer", "the outbox is no mail path to look at",
                remedy: "Give --mailer ses or --aws")
        }
        let smtp = SMTPClient(certificateAuthorities: ProcessEnvironment.all["AWS_CA_BUNDLE"])
        return CanaryHandler(
            examinations: MailPathWatch(configuration, aws: aws, smtp: smtp).examinations, clock: clock,
            log: log,
            metric: { Console.tell(String(decoding: $0, as: UTF8.self)) })
    }

    /// - Throws: a ``Problem`` where the secret that opens links is not known.
    func unsubscribeEndpoint() async throws -> UnsubscribeEndpoint {
        let keys = try await configuration.unsubscribeKeys(allowsPlaceholder: aws == nil, parameter: secret)
        return try UnsubscribeEndpoint(
            keys: keys,
            unsubscription: Unsubscription(suppression: suppression, addresses: addresses, clock: clock),
            senderName: configuration.senderName, log: log)
    }

    /// What takes in the messages of the configured topic; `nil` where there is none.
    ///
    /// - Throws: a ``Problem`` if it is no topic of SNS's.
    func snsEndpoint() throws -> SNSEndpoint? {
        guard let topic = configuration.eventsTopic else { return nil }
        let environment = ProcessEnvironment.all
        guard let origin = SNSOrigin(topic: topic, endpoint: environment["AWS_ENDPOINT_URL_SNS"]) else {
            throw Problem(
                .configuration, key: "JADA_BLAST_EVENTS_TOPIC", "is '\(topic)', which is no topic of SNS",
                remedy: "Set it to the topic's ARN, as `aws sns list-topics` prints it")
        }
        let http = Self.http(environment)
        return SNSEndpoint(topic: topic, origin: origin, handler: feedbackHandler, clock: clock, log: log) {
            url in
            let answer = try await http.send(HTTPRequest(method: "GET", url: url), maximumBodyBytes: 64 << 10)
            guard answer.status == 200 else {
                throw Problem(.unavailable, "SNS has answered \(answer.status)")
            }
            return answer.body
        }
    }

    /// The account's suppression lists that count, that of the Region which mail goes out through first.
    ///
    /// - Parameters:
    ///   - regions: which; by default the configured ones, else the one that mail goes out through.
    ///   - includesSending: whether that one is among them in any case.
    /// - Throws: a ``Problem`` if Regions are named and nothing is sent through SES.
    func accountLists(of regions: [String]?, includesSending: Bool = false) throws(Problem) -> [AccountList] {
        guard let aws else {
            guard regions == nil else {
                throw Problem(
                    .usage, key: "--regions", "the outbox has no Regions",
                    remedy: "Give --mailer ses or --aws")
            }
            return [
                AccountList(
                    name: LocalSendingAccount.suppressionFile, account: account, additions: nil,
                    isSendingFrom: true)
            ]
        }
        var names = regions ?? configuration.regions ?? [aws.region]
        if includesSending || names.contains(aws.region) {
            names = [aws.region] + names.filter { $0 != aws.region }
        }
        return names.map { name in
            var there = aws
            there.region = name
            let account = SESSendingAccount(aws: there)
            return AccountList(
                name: "SES \(name)", account: account, additions: account,
                isSendingFrom: name == aws.region)
        }
    }

    private func secret(_ name: String) async throws -> String { try await Self.secret(name, aws) }

    private static func secret(_ name: String, _ aws: AWSConfiguration?) async throws -> String {
        guard let aws else { throw Problem(.software, "there is no AWS client to read \(name) with") }
        return try await aws.secret(name)
    }

    /// What `campaign.json` says.
    func metadata(of campaign: CampaignID) async throws -> Campaign {
        try await CampaignDraft.metadata(of: campaign, in: library, clock: clock, addresses: addresses)
            .campaign
    }

    /// The zone in which a campaign's times are told: its schedule's where that can be read, else UTC.
    func zone(of campaign: CampaignID) async -> TimeZoneRules {
        guard let schedule = try? await metadata(of: campaign).schedule else { return .utc }
        return (try? clock.zone(named: schedule.timeZone)) ?? .utc
    }

    /// The mail that one row of a campaign's list would get.
    ///
    /// - Parameters:
    ///   - step: of its sequence; `nil` for the first mail.
    ///   - address: who gets it instead, and is meant by `{{email}}` and the unsubscribe link in it.
    /// - Returns: the mail, and when the schedule sends it, if recipients have time zones of their own.
    func mail(
        of campaign: CampaignID, step: StepID? = nil, row: Int, to address: String? = nil
    ) async throws -> (mail: OutgoingMail, departure: ZoneGroup?) {
        let draft = try await planner.draft(of: campaign)
        let renderer = try draft.renderer(of: step)
        var (recipient, variables, departure) = try await planner.recipient(row: row, of: draft)
        if let address { recipient.to = address }
        let run = RunID(campaign: campaign, occurrence: .named(after: clock.now()))
        let mail = renderer.bound(to: variables).mail(
            to: recipient,
            place: .init(batch: BatchID(run: run, shard: 0, number: 0), index: row - 1))
        // Steps go to all at once.
        return (mail, step == nil ? departure : nil)
    }
}
