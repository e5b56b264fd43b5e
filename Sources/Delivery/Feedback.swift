package import Campaigns

/// Takes in what the mail service tells of mails: it is counted, doubts end, who has bounced for good or complained is mailed
/// no more, and a run that bounces or annoys too much is paused.
///
/// The same event twice changes nothing more, and their order does not matter (invariant I6). What enters the suppression list
/// holds from the next batch of every run (invariant I7).
package struct Feedback: Sendable {
    /// Shards, runs and addresses that are worked on at once.
    static let concurrency = 16

    private let ledger: any Ledger
    private let news: AcceptanceNews
    private let suppressor: FeedbackSuppressor
    private let rates: RateWatch
    private let clock: any WallClock
    private let log: any Log

    /// - Parameters:
    ///   - source: who tells, as suppressions name it: `SES us-west-2`.
    ///   - transientBounces: when an address that bounces again and again is given up.
    package init(
        ledger: any Ledger, suppression: any SuppressionList, addresses: any DomainEncoder,
        clock: any WallClock, log: any Log, source: String,
        transientBounces: TransientBounceRule = TransientBounceRule()
    ) {
        self.ledger = ledger
        news = AcceptanceNews(ledger: ledger, clock: clock, log: log)
        suppressor = FeedbackSuppressor(
            suppression: suppression, addresses: addresses, clock: clock, log: log, source: source,
            transientBounces: transientBounces)
        rates = RateWatch(ledger: ledger, clock: clock, log: log)
        self.clock = clock
        self.log = log
    }

    /// What an event has changed.
    package struct Effect: Sendable, Hashable {
        /// What became of the recipient's outcome; `nil` if the event says nothing about that.
        package var acceptance: ConfirmationAnswer?
        /// Addresses that were not listed before.
        package var suppressed: [String] = []
    }

    /// Takes in one event.
    ///
    /// - Throws: what the ports throw; taking the event in again does no harm.
    @discardableResult
    package func take(_ event: MailEvent) async throws -> Effect {
        guard let result = await take([event]).first else { return Effect() }
        return try result.get()
    }

    /// Takes in events. Those about recipients of one shard cost one write together; a suppression or a transient bounce costs
    /// one of its own.
    ///
    /// - Returns: what each of them has changed, or what the ports have thrown; taking an event in again does no harm.
    package func take(_ events: [MailEvent]) async -> [Result<Effect, any Error>] {
        var results = events.map { event in
            Result<Effect, any Error>.success(Effect(acceptance: event.provesAcceptance ? .unknown : nil))
        }
        func fail(_ positions: some Sequence<Int>, _ error: any Error) {
            for position in positions { results[position] = .failure(error) }
        }
        let told = zip(events, suppressor.addresses(of: events)).enumerated().map { position, event in
            ToldEvent(position: position, event: event.0, addresses: event.1)
        }

        // First: should the rest fail, the events come again.
        for listing in await suppressor.take(told) {
            switch listing.result {
            case .success(true):
                if let first = listing.positions.first, case .success(var effect) = results[first] {
                    effect.suppressed.append(listing.address)
                    results[first] = .success(effect)
                }
            case .success(false): break
            case .failure(let error): fail(listing.positions, error)
            }
        }

        var runs: [(run: Run, positions: [Int])] = []
        for (id, ofRun) in told.byRun {
            do {
                guard let run = try await ledger.run(id) else { continue }
                let changing = ofRun.filter { $0.event.feedbackKind.map(RateWatch.kinds.contains) ?? false }
                if !changing.isEmpty { runs.append((run, changing.map(\.position))) }
                for outcome in await count(ofRun, of: run) {
                    switch outcome.result {
                    case .success(let answers):
                        for (position, answer) in answers {
                            guard case .success(var effect) = results[position] else { continue }
                            effect.acceptance = answer
                            results[position] = .success(effect)
                        }
                    case .failure(let error): fail(outcome.positions, error)
                    }
                }
            } catch {
                fail(ofRun.map(\.position), error)
            }
        }
        for (run, positions) in runs {
            do {
                try await rates.look(at: run)
            } catch {
                // Else nobody would look again, were these the last.
                fail(positions, error)
            }
        }
        return results
    }

    // MARK: - Counting

    /// What became of the events about one shard.
    private struct ShardOutcome: Sendable {
        let positions: [Int]
        let result: Result<[Int: ConfirmationAnswer], any Error>
    }

    private func count(_ events: [ToldEvent], of run: Run) async -> [ShardOutcome] {
        let shards = Dictionary(grouping: events) { $0.place?.batch.shard ?? 0 }
        return await shards.sorted { $0.key < $1.key }.concurrently(Self.concurrency) { shard, events in
            let positions = events.map(\.position)
            do {
                return ShardOutcome(
                    positions: positions, result: .success(try await count(events, inShard: shard, of: run)))
            } catch {
                return ShardOutcome(positions: positions, result: .failure(error))
            }
        }
    }

    /// - Returns: for each event that proves acceptance, by its position, what that has changed.
    private func count(
        _ events: [ToldEvent], inShard shard: Int, of run: Run
    ) async throws -> [Int: ConfirmationAnswer] {
        var messageIDs: [BatchID: [Int: String]] = [:]
        for event in events where event.event.provesAcceptance && event.isOf(run) {
            if let (batch, index) = event.place {
                messageIDs[batch, default: [:]][index] = event.event.messageID
            }
        }
        let known = try await news.take(messageIDs)
        var answers: [Int: ConfirmationAnswer] = [:]
        var counted: [RecipientEvent] = []
        for event in events {
            if event.event.provesAcceptance {
                let answer = event.place.flatMap { known[$0.batch]?[$0.index] } ?? .unknown
                answers[event.position] = answer
                if answer == .unknown { continue }
            }
            if event.isOf(run), let each = event.counted(in: run) { counted.append(each) }
        }
        if !counted.isEmpty { try await ledger.count(counted, inShard: shard, of: run.id, now: clock.now()) }
        return answers
    }
}

/// An event among others, and what it leads to.
struct ToldEvent: Sendable {
    /// A mail's time cannot be before its plan, but for clocks that differ, nor long after it.
    private static let clockDifference = Duration.seconds(3600)
    private static let longestLife = Duration.seconds(400 * 86_400)

    /// Among the events that are taken in together.
    let position: Int
    let event: MailEvent
    /// In the form in which they are compared, each once.
    let addresses: [String]
    /// The recipient that the tags name; `nil` if they are not ours.
    let place: (batch: BatchID, index: Int)?

    init(position: Int, event: MailEvent, addresses: [String]) {
        self.position = position
        self.event = event
        self.addresses = addresses
        place = MessageTags.recipient(in: event.tags)
    }

    /// Whether the run has the recipient that the tags name.
    func isOf(_ run: Run) -> Bool {
        place.map { $0.batch.run == run.id && $0.index < run.recipients(in: $0.batch) } ?? false
    }

    /// As what it is counted; `nil` if it is not.
    func counted(in run: Run) -> RecipientEvent? {
        guard let place, let kind = event.feedbackKind else { return nil }
        var moment = event.at
        if let at = moment, at < run.plannedAt - Self.clockDifference || run.plannedAt + Self.longestLife < at
        {
            moment = nil
        }
        let address = addresses.first
        let domain = address.flatMap { address in
            address.lastIndex(of: "@").map { String(address[address.index(after: $0)...]) }
        }
        return RecipientEvent(
            index: place.batch.number * run.batchSize + place.index, kind: kind, reason: event.reason,
            domain: domain, at: moment)
    }
}

extension [ToldEvent] {
    /// Those whose tags name a recipient, by run.
    fileprivate var byRun: [RunID: [ToldEvent]] {
        var runs: [RunID: [ToldEvent]] = [:]
        for event in self {
            if let place = event.place { runs[place.batch.run, default: []].append(event) }
        }
        return runs
    }
}

extension Collection where Self: Sendable, Element: Sendable {
    /// What `body` makes of the elements, in no order; it works on up to `limit` of them at once.
    func concurrently<Answer: Sendable>(
        _ limit: Int, _ body: @escaping @Sendable (Element) async -> Answer
    ) async -> [Answer] {
        await withTaskGroup(of: Answer.self) { group in
            var answers: [Answer] = []
            var underWay = 0
            for element in self {
                if underWay >= limit, let answer = await group.next() {
                    answers.append(answer)
                    underWay -= 1
                }
                group.addTask { await body(element) }
                underWay += 1
            }
            for await answer in group { answers.append(answer) }
            return answers
        }
    }
}
