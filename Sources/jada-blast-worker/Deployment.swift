import AWS
import Campaigns
import Canary
import CloudAdapters
import Delivery
import HTTP
import Handlers
import HostAdapters
import LambdaRuntime
import SMTP

/// The worker's adapters, from its environment: what the handlers are made of.
struct Deployment: Sendable {
    private let configuration: Configuration
    private let cloud: Cloud
    private let aws: AWSConfiguration
    private let clock: any WallClock
    private let log: WorkerLog
    private let worker: String
    private let certificates: (authorities: String?, folder: String?)

    /// - Throws: ``Problems`` or a ``Problem`` with the setting that is missing or wrong: an init error.
    init(environment: [String: String], http: HTTPClient, log: LambdaLog) throws {
        configuration = try Configuration(environment: environment)
        aws = try AWSConfiguration.standard(environment: environment, http: http)
        cloud = Cloud(
            aws: aws,
            configuration: CloudConfiguration(
                bucket: try Configuration.require(configuration.bucket, "JADA_BLAST_BUCKET"),
                prefix: configuration.prefix,
                table: try Configuration.require(configuration.table, "JADA_BLAST_TABLE"),
                queueURL: try Configuration.require(configuration.queueURL, "JADA_BLAST_QUEUE_URL")))
        clock = cloud.clock(
            on: SystemClock(bundledZones: environment["LAMBDA_TASK_ROOT"].map { $0 + "/zoneinfo" }))
        self.log = WorkerLog(log: log)
        // Lambda names each sandbox's log stream differently.
        worker = environment["AWS_LAMBDA_LOG_STREAM_NAME"] ?? "worker"
        certificates = (environment["AWS_CA_BUNDLE"], environment["LAMBDA_TASK_ROOT"])
    }

    /// - Throws: a ``Problem`` where there is no unsubscribe page, or its key cannot be read: an init error, as below.
    func scheduler() async throws -> LambdaRuntime.Handler {
        let links = try await links()
        let planner = Planner(
            .init(
                library: cloud.library, ledger: cloud.ledger, queue: cloud.queue, account: cloud.account,
                suppression: cloud.suppressionList, clock: clock, addresses: IDNAEncoder(), links: links,
                log: log))
        return serve(SchedulerHandler(scheduler: Scheduler(planner), log: log))
    }

    func sender() async throws -> LambdaRuntime.Handler {
        let links = try await links()
        let pacer = AccountPacer(
            store: cloud.pace, account: cloud.account, clock: clock, headroom: configuration.headroom,
            log: log)
        var environment = ShardSender.Environment(
            library: cloud.library, ledger: cloud.ledger, queue: cloud.queue, mailer: cloud.mailer,
            suppression: cloud.suppressionList, pacer: pacer, clock: clock, links: links, log: log,
            worker: worker,
            lease: configuration.lease)
        environment.concurrency = configuration.concurrency
        return serve(SenderHandler(sender: ShardSender(environment), log: log))
    }

    func feedback() -> LambdaRuntime.Handler {
        let feedback = Feedback(
            ledger: cloud.ledger, suppression: cloud.suppressionList, addresses: IDNAEncoder(), clock: clock,
            log: log,
            source: "SES \(aws.region)", transientBounces: configuration.transientBounces)
        return serve(FeedbackHandler(feedback: feedback, log: log))
    }

    func canary() -> LambdaRuntime.Handler {
        let smtp = SMTPClient(
            certificateAuthorities: certificates.authorities, certificateFolder: certificates.folder)
        let watch = MailPathWatch(configuration, aws: aws, smtp: smtp)
        return serve(
            CanaryHandler(
                examinations: watch.examinations, clock: clock, log: log,
                metric: { [log] in log.log.write(line: $0) }))
    }

    func unsubscribe() async throws -> LambdaRuntime.Handler {
        let keys = try await configuration.unsubscribeKeys(allowsPlaceholder: false) {
            try await aws.secret($0)
        }
        let unsubscription = Unsubscription(
            suppression: cloud.suppressionList, addresses: IDNAEncoder(), clock: clock)
        return serve(
            UnsubscribeHandler(
                endpoint: try UnsubscribeEndpoint(
                    keys: keys, unsubscription: unsubscription, senderName: configuration.senderName, log: log
                )))
    }

    private func links() async throws -> MessageRenderer.LinkConfiguration {
        try await configuration.links(allowsPlaceholder: false) { try await aws.secret($0) }
    }

    private func serve(_ handler: some EventHandler) -> LambdaRuntime.Handler {
        { invocation in
            try await reporting {
                try await handler.handle(
                    invocation.body,
                    context: EventContext(
                        deadline: Timestamp(milliseconds: invocation.deadlineMilliseconds),
                        requestID: invocation.requestID))
            }
        }
    }
}

/// Runs `body`; a problem is thrown on in the form that the Runtime API is told of.
func reporting<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let problem as Problem {
        throw ReportedProblems(problems: [problem])
    } catch let problems as Problems {
        throw ReportedProblems(problems: problems.all)
    }
}

/// Problems as the Runtime API is told of them.
struct ReportedProblems: LambdaReportable {
    let problems: [Problem]

    /// `JadaBlast.invalidInput` and so on: what an alarm's filter can tell apart.
    var errorType: String { "JadaBlast.\(problems.first?.kind.rawValue ?? "software")" }
    var errorMessage: String { problems.map(\.description).joined(separator: "\n") }
}

/// The handlers' log, written as Lambda expects it.
struct WorkerLog: Log {
    let log: LambdaLog

    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {
        let level: LambdaLog.Level =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            case .fatal: .fatal
            }
        log.write(level, message, fields)
    }
}
