package import Campaigns

/// Paces by the rate that the mail service grants the account, and notices when that changes.
package actor AccountPacer: Pacer {
    /// How long a rate is trusted before it is asked for again.
    private static let lifetime = Duration.seconds(300)

    private let account: any SendingAccount
    private let clock: any WallClock
    private let headroom: Double
    private let makePacer: @Sendable (_ rate: Double) -> any Pacer
    private var current: (pacer: any Pacer, since: Timestamp)?

    /// - Parameters:
    ///   - headroom: share of the rate that is left unused (0 to 1): a sender at exactly the rate is still throttled.
    ///   - makePacer: makes a pacer for a rate in mails a second.
    package init(
        account: any SendingAccount, clock: any WallClock, headroom: Double,
        makePacer: @escaping @Sendable (_ rate: Double) -> any Pacer
    ) {
        self.account = account
        self.clock = clock
        self.headroom = headroom
        self.makePacer = makePacer
    }

    package func reserve(_ count: Int, now: Timestamp, maximumWait: Duration) async throws -> PaceReservation
    {
        try await pacer(at: now).reserve(count, now: now, maximumWait: maximumWait)
    }

    package func throttled(at now: Timestamp) async {
        await current?.pacer.throttled(at: now)
    }

    private func pacer(at now: Timestamp) async throws -> any Pacer {
        if let current, now - current.since < Self.lifetime { return current.pacer }
        let quota = try await account.quota()
        let pacer = makePacer(quota.maximumRate * (1 - headroom))
        current = (pacer, now)
        return pacer
    }
}
