package import Campaigns

/// Brings what SES lists for the account into our own list, and on demand ours into SES's.
///
/// What is there already is not written again, so that a sync that was interrupted goes on when it is run anew.
package struct SuppressionSync: Sendable {
    package var own: any SuppressionList
    package var encoder: any DomainEncoder
    package var clock: any WallClock
    /// Calls a second at most, in a Region. SES allows one of most of its calls (Developer Guide, "Service quotas").
    package var callsPerSecond = 1.0
    /// Whether unsubscribes go into SES's list as well.
    package var pushesUnsubscribes = false
    /// Whether nothing is written.
    package var isRehearsal = false

    package init(own: any SuppressionList, encoder: any DomainEncoder, clock: any WallClock) {
        self.own = own
        self.encoder = encoder
        self.clock = clock
    }

    /// Takes a Region's list into our own.
    ///
    /// - Parameter progress: told how many entries have been read so far.
    package func pull(
        _ list: AccountList, progress: (Int) -> Void = { _ in }
    ) async throws -> SuppressionMerge.Counts {
        var merge = SuppressionMerge(into: own, isRehearsal: isRehearsal)
        var parser = AddressParser(encoder: encoder)
        var pace = CallPace(callsPerSecond, clock: clock)
        try await list.account.suppressed { page in
            var entries: [SuppressionEntry] = []
            for var entry in page {
                entry.address = parser.comparisonForm(of: entry.address) ?? entry.address
                entries.append(entry)
            }
            try await merge.take(entries)
            progress(merge.counts.entries)
            try await pace.wait()
        }
        return merge.counts
    }

    /// What a push has come to.
    package struct Pushed: Sendable, Hashable {
        /// Entries of ours that belong into SES's list.
        package var entries = 0
        /// Put there; the rest was there.
        package var added = 0

        package init(entries: Int = 0, added: Int = 0) {
            self.entries = entries
            self.added = added
        }
    }

    /// Puts our complaints and bounces into a Region's list, where it does not hold them.
    ///
    /// An unsubscribe goes there as a bounce: taken for a complaint, it would come back as one, in the unsubscribe's place.
    /// - Parameter progress: told how many entries have been dealt with so far.
    /// - Throws: a ``Problem`` where nothing can be added to the list.
    package func push(
        to list: AccountList, progress: (Int) -> Void = { _ in }
    ) async throws -> Pushed {
        guard let additions = list.additions else {
            throw Problem(
                .usage, key: "--push", "nothing can be added to \(list.name)",
                remedy: "Give --mailer ses or --aws")
        }
        var listed = AddressSet()
        var complaints = AddressSet()
        var parser = AddressParser(encoder: encoder)
        var pace = CallPace(callsPerSecond, clock: clock)
        try await list.account.suppressed { page in
            for entry in page {
                let address = parser.comparisonForm(of: entry.address) ?? entry.address
                listed.insert(address)
                if entry.reason == .complaint { complaints.insert(address) }
            }
            try await pace.wait()
        }
        var pushed = Pushed()
        try await own.entries { page in
            for entry in page where belongs(entry.reason) {
                let isComplaint = entry.reason == .complaint
                let isThere =
                    isComplaint ? complaints.contains(entry.address) : listed.contains(entry.address)
                pushed.entries += 1
                if !isThere {
                    if !isRehearsal {
                        try await add(entry.address, asComplaint: isComplaint, to: additions)
                        try await pace.wait()
                    }
                    pushed.added += 1
                }
                progress(pushed.entries)
            }
        }
        return pushed
    }

    private func belongs(_ reason: SuppressionReason) -> Bool {
        switch reason {
        case .bounce, .complaint: true
        case .unsubscribe: pushesUnsubscribes
        case .manual: false
        }
    }

    private static let longestWait = Duration.seconds(60)

    /// Others call SES, too: what it puts off although we kept our pace is asked again, ever later.
    private func add(
        _ address: String, asComplaint: Bool, to list: any AccountSuppressionList
    ) async throws {
        var wait = Duration.seconds(1 / callsPerSecond)
        while true {
            do {
                return try await list.suppress(address, asComplaint: asComplaint)
            } catch let problem as Problem where problem.kind == .unavailable && wait <= Self.longestWait {
                try await clock.sleep(for: wait)
                wait *= 2
            }
        }
    }
}

/// Keeps calls apart.
private struct CallPace {
    private let interval: Duration
    private let clock: any WallClock
    private var last: Timestamp

    /// - Parameter callsPerSecond: more than zero.
    init(_ callsPerSecond: Double, clock: any WallClock) {
        interval = .seconds(1 / callsPerSecond)
        self.clock = clock
        last = clock.now()
    }

    /// Waits until the next call may be made.
    mutating func wait() async throws {
        let left = interval - (clock.now() - last)
        if left > .zero { try await clock.sleep(for: min(left, interval)) }
        last = clock.now()
    }
}
