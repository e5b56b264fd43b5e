internal import ArgumentParser
internal import Campaigns
internal import Delivery
internal import Glibc
internal import Handlers
internal import Synchronization
internal import WebServer

struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Send what is due, as long as it runs: scheduler and senders in one process.",
        discussion: """
            It looks for campaigns that are due at second 0 of every minute, and sends what the queue holds: shards that it \
            has planned, and those that others have put there, such as runs that were interrupted.

              jada-blast daemon --library /srv/campaigns --state /var/lib/jada-blast --mailer ses
              jada-blast daemon --aws

            SIGTERM and Ctrl-C end it in good order: the mails under way end and are recorded, the rest stays in the queue, \
            and the exit status is 0, within seconds. The next one goes on where it stood. After a kill, what was under way is uncertain, \
            and is not sent again by itself.

            Any number of daemons, Lambdas and other commands may work on the same state at once: each batch is claimed \
            before it is sent, and the sending rate is shared. Several daemons on one --state must be on one machine.

            --listen serves the unsubscribe page by HTTP, for a proxy that speaks TLS at JADA_BLAST_UNSUBSCRIBE_URL:

              jada-blast daemon --mailer ses --listen 127.0.0.1:8080

            With JADA_BLAST_EVENTS_TOPIC it takes in there what that SNS topic posts: SES's events, each message's signature \
            verified. Subscribe the proxy's URL, any path of it, to the topic; the daemon confirms that by itself:

              aws sns subscribe --topic-arn TOPIC --protocol https --notification-endpoint https://example.org/events

            Services that are out of reach are waited for. Log lines go to standard error, with --json as one JSON object \
            a line to standard output. Under systemd it tells when it is ready, what it does, and that it is alive \
            (Type=notify, WatchdogSec=); examples/jada-blast.service is a unit.
            """)

    @Option(
        help: ArgumentHelp(
            "Look for what is due each time so many seconds have passed, 1 to 3600.", valueName: "seconds"))
    var tick = 60

    @Option(help: ArgumentHelp("Shards in work at once, 1 to 64.", valueName: "count"))
    var shards = 4

    @Option(
        help: ArgumentHelp(
            "Serve the unsubscribe page here; port 0 is any that is free.", valueName: "host:port"))
    var listen: WebServer.Address?

    @OptionGroup var places: PlaceOptions

    func validate() throws {
        guard (1...3600).contains(tick) else { throw ValidationError("--tick must be from 1 to 3600.") }
        guard (1...64).contains(shards) else { throw ValidationError("--shards must be from 1 to 64.") }
    }

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let log = DaemonLog(threshold: places.verbose ? .debug : .info, isJSON: places.json)
            let systemd = ServiceManager(environment: ProcessEnvironment.all)
            let tellStopping: @Sendable () -> Void = {
                log.info("Stopping when the mails under way have ended; again: stop at once")
                systemd?.tell("STOPPING=1\nSTATUS=Waiting for the mails under way")
            }
            do {
                try await cancellingOnSignals(onSignal: tellStopping) { try await work(log, systemd) }
            } catch is CancellationError {
                // As it should: only a signal ends it.
            }
            log.info("Stopped")
        }
    }

    private func work(_ log: DaemonLog, _ systemd: ServiceManager?) async throws {
        if listen != nil { try requireReadableKey() }
        let services = try await Services(
            places, sends: true, bar: ProgressBar(isVisible: false), log: log)
        let settled = MailCount()
        var environment = services.sender.environment
        environment.progress = { settled.add($0.total) }
        let daemon = Daemon(
            planner: services.planner,
            consumer: ShardConsumer(
                sender: ShardSender(environment), settings: .init(shards: shards)),
            tick: .seconds(tick))
        let run: @Sendable () async throws -> Void = {
            try await withThrowingTaskGroup { group in
                group.addTask {
                    try await daemon.run {
                        log.info("Ready", ("mailer", services.outbox ?? "ses"), ("pid", "\(getpid())"))
                        systemd?.tell("READY=1")
                    }
                }
                if let systemd {
                    group.addTask {
                        try await systemd.keepTelling {
                            "STATUS=\(settled.value) mails settled since the start"
                        }
                    }
                }
                try await group.next()
                group.cancelAll()
            }
        }
        guard let listen else {
            if let topic = services.configuration.eventsTopic {
                log.warning(
                    "Nothing listens for what SNS posts", ("topic", topic),
                    ("remedy", "Give --listen, or take JADA_BLAST_EVENTS_TOPIC out"))
            }
            return try await run()
        }
        let unsubscribe = try await services.unsubscribeEndpoint()
        let sns = try services.snsEndpoint()
        let server = WebServer(
            address: listen, log: log,
            longestBody: sns == nil ? UnsubscribeEndpoint.longestBody : SNSEndpoint.longestBody
        ) { request in
            // Whose message it is, its signature decides.
            if let sns, request.snsMessageType != nil { return await sns.respond(to: request) }
            return await unsubscribe.respond(to: request)
        }
        try await server.serve { address in
            log.info("Listening", ("address", "\(address)"))
            try await run()
        }
    }
}

extension DaemonCommand {
    /// Without an AWS client the placeholder that everybody knows would take the place of the key in SSM.
    private func requireReadableKey() throws {
        let configuration = try Configuration(environment: ProcessEnvironment.all)
        guard let name = configuration.unsubscribeKeyParameter, !places.sendsThroughSES else { return }
        throw Problem(
            .configuration, key: "JADA_BLAST_UNSUBSCRIBE_KEY_PARAMETER",
            "is set to \(name), which only a daemon with --mailer ses or --aws reads: nobody's links would open",
            remedy: "Give --mailer ses, or the key itself in JADA_BLAST_UNSUBSCRIBE_KEY")
    }
}

extension WebServer.Address: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

/// Counts mails on behalf of many tasks.
private final class MailCount: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }
    func add(_ more: Int) { count.add(more, ordering: .relaxed) }
}
