internal import Campaigns

/// Scheduler and senders in one process: looks for what is due at each tick, and sends what the queue holds.
package struct Daemon: Sendable {
    private let scheduler: Scheduler
    private let consumer: ShardConsumer
    private let environment: Planner.Environment
    private let tick: Duration

    /// How often runs are looked for whose planner died before the queue had all of their shards.
    private static let completionInterval = Duration.seconds(3600)
    /// The time of day may be set forward meanwhile, which a sleeper does not notice.
    private static let longestSleep = Duration.seconds(60)

    /// - Parameter tick: the distance of two looks; they lie on whole multiples of it, as EventBridge's lie on whole minutes.
    package init(planner: Planner, consumer: ShardConsumer, tick: Duration = .seconds(60)) {
        scheduler = Scheduler(planner)
        environment = planner.environment
        self.consumer = consumer
        self.tick = tick
    }

    /// Works until its task is cancelled; returns once the mails under way have ended and what is left is in the queue again.
    ///
    /// - Parameter ready: is called once the services have been looked at.
    /// - Throws: what only a person can mend, if it shows at start: wrong settings, missing permissions. Services that are
    ///   out of reach are waited for, then and later.
    package func run(ready: @Sendable () -> Void) async throws {
        try await look()
        ready()
        await withTaskGroup { group in
            group.addTask { await consumer.run() }
            group.addTask { await keepTicking() }
        }
    }

    private func look() async throws {
        let environment = environment
        for look in [
            { _ = try await environment.account.quota() },
            { _ = try await environment.library.campaigns() },
            { try await scheduler.completeRuns() },
            { _ = try await environment.queue.count() },
        ] as [() async throws -> Void] {
            do {
                try await look()
            } catch let problem as Problem where problem.kind == .unavailable {
                environment.log.warning("A service is out of reach", ("problem", "\(problem)"))
            }
        }
    }

    private func keepTicking() async {
        var ticks = TickLog(log: environment.log)
        var completed = environment.clock.now()
        while !Task.isCancelled {
            var delay = Duration.zero
            do {
                ticks.tell(try await scheduler.handle(.tick), at: environment.clock.now())
                if environment.clock.now() - completed >= Self.completionInterval {
                    try await scheduler.completeRuns()
                    completed = environment.clock.now()
                }
            } catch {
                if Task.isCancelled { return }
                delay = ticks.tell(error, at: environment.clock.now())
            }
            try? await sleep(atLeast: delay)
        }
    }

    /// Sleeps until the next multiple of the distance, and no longer than one, should the time of day be set back.
    private func sleep(atLeast delay: Duration) async throws {
        let clock = environment.clock
        let interval = max(tick.wholeMilliseconds, 1)
        let earliest = (clock.now() + delay).milliseconds
        let next = Timestamp(milliseconds: (earliest / interval + 1) * interval)
        let latest = ContinuousClock.now + delay + tick
        while clock.now() < next, .now < latest {
            try await clock.sleep(for: min(next - clock.now(), latest - .now, Self.longestSleep))
        }
    }
}

/// Tells what ticks come to, and a trouble that lasts only now and then.
private struct TickLog {
    let log: any Log
    private var outage = Outage()
    private var told: [Subject: (problems: [Problem], at: Timestamp)] = [:]

    /// A campaign, or a step of its sequence.
    private struct Subject: Hashable {
        let campaign: CampaignID
        let step: StepID?
    }

    /// A campaign that cannot be planned is found at every tick; it is told again after this time.
    private static let repetition = Duration.seconds(3600)

    init(log: any Log) { self.log = log }

    mutating func tell(_ reports: [Scheduler.Report], at now: Timestamp) {
        if let lasted = outage.ended(at: now) {
            log.info("Campaigns can be looked at again", ("afterSeconds", "\(lasted.components.seconds)"))
        }
        var failing: Set<Subject> = []
        for report in reports {
            if case .failed(let problems) = report.outcome {
                let subject = Subject(campaign: report.campaign, step: report.step)
                failing.insert(subject)
                // Texts of services that are out of reach differ each time, by the request's id.
                let gist = problems.map {
                    Problem($0.kind, file: $0.file, $0.kind == .unavailable ? "" : $0.message)
                }
                if let last = told[subject], last.problems == gist, now - last.at < Self.repetition {
                    continue
                }
                told[subject] = (gist, now)
            }
            report.tell(log)
        }
        told = told.filter { failing.contains($0.key) }
    }

    /// - Returns: how long to wait at least.
    mutating func tell(_ error: any Error, at now: Timestamp) -> Duration {
        let (isNew, delay) = outage.failed(at: now, random: .random(in: 0...1))
        log.write(
            isNew ? .error : .debug, "Campaigns cannot be looked at; trying again", [("problem", "\(error)")])
        return delay
    }
}
