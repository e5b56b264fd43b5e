internal import Campaigns

/// When an address is given up whose mails bounce, and might not another time.
package struct TransientBounceRule: Sendable, Hashable {
    /// In so many different runs mails must have bounced; 0: never.
    package var runs: Int
    /// Within this time.
    package var memory: Duration

    package init(runs: Int = 3, memory: Duration = .seconds(30 * 86_400)) {
        self.runs = runs
        self.memory = memory
    }
}

/// Enters into our suppression list whom events tell not to mail any more.
struct FeedbackSuppressor: Sendable {
    /// Longer than any address with a name before it that a service would tell.
    private static let longestAddress = 1000
    /// A list's look-up takes so many.
    private static let lookedUpAtOnce = 100

    let suppression: any SuppressionList
    let addresses: any DomainEncoder
    let clock: any WallClock
    let log: any Log
    let source: String
    let transientBounces: TransientBounceRule

    /// An address that events tell not to mail any more.
    struct Listing: Sendable {
        let address: String
        var reason: SuppressionReason
        var source: String
        var at: Timestamp
        /// Of the events, in order.
        var positions: [Int]
        /// Whether it was entered now.
        var result = Result<Bool, any Error>.success(false)
    }

    func take(_ events: [ToldEvent]) async -> [Listing] {
        var listings = Listings()
        for event in events {
            guard let reason = event.event.suppressionReason else { continue }
            for address in event.addresses {
                listings.add(
                    Listing(
                        address: address, reason: reason, source: source, at: moment(of: event),
                        positions: [event.position]))
            }
        }
        for listing in await again(events) { listings.add(listing) }

        var rest = listings.inOrder[...]
        var done: [Listing] = []
        while !rest.isEmpty {
            let some = Array(rest.prefix(Self.lookedUpAtOnce))
            rest = rest.dropFirst(some.count)
            done += await enter(some)
        }
        return done
    }

    private func enter(_ listings: [Listing]) async -> [Listing] {
        let listed: [String: SuppressionEntry]
        do {
            // What has failed already is not looked up: its address is not to be listed.
            listed = try await suppression.lookUp(listings.filter(\.isSound).map(\.address))
        } catch {
            return listings.map { $0.with(.failure(error)) }
        }
        let entered = await listings.concurrently(Feedback.concurrency) { listing in
            guard listing.isSound else { return listing }
            let entry = SuppressionEntry(
                address: listing.address, reason: listing.reason, source: listing.source, at: listing.at)
            do {
                let decision = try await suppression.change(
                    listing.address, found: listed[listing.address]
                ) { old in
                    if let old, !listing.reason.outranks(old.reason) {
                        return old.also(entry).map { .list($0) } ?? .keep
                    }
                    return .list(entry)
                }
                return listing.with(.success(decision == .list(entry)))
            } catch {
                return listing.with(.failure(error))
            }
        }
        let places = Dictionary(
            listings.enumerated().map { ($0.element.address, $0.offset) },
            uniquingKeysWith: { first, _ in first })
        return entered.sorted { places[$0.address] ?? 0 < places[$1.address] ?? 0 }
    }

    /// The addresses that have bounced in too many runs by now.
    private func again(_ events: [ToldEvent]) async -> [Listing] {
        guard transientBounces.runs > 0 else { return [] }
        var notes: [Note] = []
        for event in events where event.event.isTransientBounceOfAddress {
            guard let run = event.place?.batch.run else { continue }
            notes += event.addresses.map { Note(address: $0, run: run, event: event) }
        }
        return await notes.concurrently(Feedback.concurrency) { note -> Listing? in
            let moment = moment(of: note.event)
            var listing = Listing(
                address: note.address, reason: .bounce, source: "", at: moment,
                positions: [note.event.position])
            do {
                let runs = try await suppression.noteTransientBounce(
                    of: note.address, in: note.run, at: moment, memory: transientBounces.memory)
                guard runs >= transientBounces.runs else { return nil }
                listing.source = "\(source), transient bounces in \(runs) runs"
            } catch {
                listing.result = .failure(error)
            }
            return listing
        }.compactMap { $0 }
    }

    /// When it happened: not after now, whatever the event says.
    private func moment(of event: ToldEvent) -> Timestamp {
        let now = clock.now()
        return event.event.at.map { min($0, now) } ?? now
    }

    private struct Note: Sendable {
        let address: String
        let run: RunID
        let event: ToldEvent
    }

    // MARK: - Addresses

    /// The addresses that each event names, in the form in which they are compared, each once.
    func addresses(of events: [MailEvent]) -> [[String]] {
        var parser = AddressParser(encoder: addresses)
        return events.map { event in
            var compared: [String] = []
            for recipient in event.recipients where recipient.utf8.count <= Self.longestAddress {
                guard let address = parser.comparisonForm(of: Self.address(in: recipient)) else {
                    log.warning("An event names no address", ("messageId", event.messageID))
                    continue
                }
                if !compared.contains(address) { compared.append(address) }
            }
            return compared
        }
    }

    /// An address may come with a name, as in `Ann <ann@example.org>`.
    private static func address(in recipient: String) -> String {
        guard recipient.last == ">", let start = recipient.lastIndex(of: "<") else { return recipient }
        return String(recipient[recipient.index(after: start)...].dropLast())
    }
}

extension FeedbackSuppressor.Listing {
    fileprivate var isSound: Bool {
        if case .success = result { true } else { false }
    }

    fileprivate func with(_ result: Result<Bool, any Error>) -> Self {
        var listing = self
        listing.result = result
        return listing
    }
}

/// Each address once, in the order in which they are told; a complaint outweighs a bounce.
private struct Listings {
    private(set) var inOrder: [FeedbackSuppressor.Listing] = []
    private var places: [String: Int] = [:]

    mutating func add(_ listing: FeedbackSuppressor.Listing) {
        guard let place = places[listing.address] else {
            places[listing.address] = inOrder.count
            return inOrder.append(listing)
        }
        inOrder[place].positions += listing.positions
        if inOrder[place].reason == .bounce, listing.reason != .bounce {
            (inOrder[place].reason, inOrder[place].at) = (listing.reason, listing.at)
        }
        if case .failure = listing.result { inOrder[place].result = listing.result }
    }
}
