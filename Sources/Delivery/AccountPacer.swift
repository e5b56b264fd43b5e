package import Campaigns
internal import Locks

/// Paces all senders of an account by what the mail service grants it, which is asked for again from time to time.
package final class AccountPacer: Pacer {
    /// Slots that end sooner are not worth a write to be given back.
    private static let leastWorthGivingBack = Duration.milliseconds(250)
    private static let longestLead = Duration.seconds(4)
    /// How soon a sender looks again while another one asks what the account allows.
    private static let readingPause = Duration.seconds(1)
    /// The same where what was read before says that the 24-hour quota is used up.
    private static let quotaReadingPause = Duration.seconds(5)

    private let store: any PaceStore
    private let account: any SendingAccount
    private let clock: any WallClock
    private let headroom: Double
    private let log: any Log
    /// How long a reservation takes, as far as the last one tells: slots that begin sooner would be missed.
    private let lead = Mutex(Duration.zero)

    /// - Parameter headroom: share of the rate that is left unused (0 to 1): mails are not equally long on their way, and a
    ///   sender at exactly the rate is throttled.
    package init(
        store: any PaceStore, account: any SendingAccount, clock: any WallClock, headroom: Double,
        log: any Log
    ) {
        self.store = store
        self.account = account
        self.clock = clock
        self.headroom = headroom
        self.log = log
    }

    package func reserve(_ request: PaceRequest) async throws -> PaceReservation {
        let began = clock.now()
        let lead = lead.withLock { $0 }
        let (answer, asks) = try await store.change { [clock, headroom] state in
            Self.reserve(request, in: &state, now: clock.now(), lead: lead, headroom: headroom)
        }
        note(answer, after: clock.now() - began)
        if let answer, !asks { return answer }

        let quota: SendingQuota
        do {
            quota = try await account.quota()
        } catch {
            guard let answer else { throw error }
            log.warning(
                "The sending quota cannot be read; what was read before counts", ("problem", "\(error)"))
            return answer
        }
        return try await store.change { [clock, headroom] state in
            let now = clock.now()
            state.learn(quota, at: now)
            if case .granted? = answer { return answer }
            return state.reserve(request, now: now, lead: lead, headroom: headroom)
        } ?? .later(Self.readingPause, .rate)
    }

    private func note(_ answer: PaceReservation?, after duration: Duration) {
        var isMissed = false
        if case .granted(var grant)? = answer { isMissed = grant.next(at: clock.now()) == nil }
        lead.withLock { lead in
            // A store that is slower than it was may get slower yet.
            lead = min(isMissed ? max(lead, duration) * 2 : duration, Self.longestLead)
        }
    }

    /// Reserves by what is known, and tells whether the caller is the one to ask what the account allows now.
    ///
    /// - Returns: no answer where nothing is known yet, and the caller is to ask.
    private static func reserve(
        _ request: PaceRequest, in state: inout PaceState, now: Timestamp, lead: Duration, headroom: Double
    ) -> (answer: PaceReservation?, asks: Bool) {
        let asks = state.asks(at: now)
        let answer = state.reserve(request, now: now, lead: lead, headroom: headroom)
        if asks || !state.isStale(at: now) { return (answer, asks) }
        // Another one asks. Until its answer is there, an old "no" counts for a moment only.
        return switch answer {
        case nil: (.later(readingPause, .rate), false)
        case .later(_, .dailyQuota): (.later(quotaReadingPause, .dailyQuota), false)
        case .later(_, .rate), .granted: (answer, false)
        }
    }

    package func wait(for request: PaceRequest) async throws -> (delay: Duration, limit: PaceLimit)? {
        var state = try await store.read()
        let (answer, asks) = Self.reserve(
            request, in: &state, now: clock.now(), lead: .zero, headroom: headroom)
        // Who is to ask must not be kept from it by an old answer.
        guard !asks, case .later(let delay, let limit)? = answer else { return nil }
        return (delay, limit)
    }

    package func isCurrent(_ grant: PaceGrant) async -> Bool {
        // A pace that cannot be read is no reason to stop: it cannot be reserved either before long.
        (try? await store.read().generation == grant.generation) ?? true
    }

    package func giveBack(_ grant: PaceGrant) async {
        guard let end = grant.end, end - clock.now() > Self.leastWorthGivingBack else { return }
        // Else they pass unused.
        try? await store.change(isRepeatable: false) { [clock] state in
            state.giveBack(grant, now: clock.now())
        }
    }

    package func throttled(_ limit: PaceLimit) async {
        do {
            try await store.change { [clock] state in
                switch limit {
                case .rate: state.throttled(at: clock.now())
                case .dailyQuota: state.exhausted(at: clock.now())
                }
            }
        } catch {
            log.warning("The other senders cannot be told to go slower", ("problem", "\(error)"))
        }
    }
}
