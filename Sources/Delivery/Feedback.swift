package import Campaigns

/// Takes in what the mail service tells of mails: doubts end, and who has bounced for good or complained is mailed no more.
///
/// The same event twice changes nothing more. What enters the suppression list holds from the next batch of every run
/// (invariant I7).
package struct Feedback: Sendable {
    /// Longer than any address with a name before it that a service would tell.
    private static let longestAddress = 1000
    /// A list's look-up takes so many.
    private static let lookedUpAtOnce = 100

    private let news: AcceptanceNews
    private let suppression: any SuppressionList
    private let addresses: any DomainEncoder
    private let clock: any WallClock
    private let log: any Log
    private let source: String

    /// - Parameter source: who tells, as suppressions name it: `SES us-west-2`.
    package init(
        ledger: any Ledger, suppression: any SuppressionList, addresses: any DomainEncoder,
        clock: any WallClock, log: any Log, source: String
    ) {
        news = AcceptanceNews(ledger: ledger, clock: clock, log: log)
        self.suppression = suppression
        self.addresses = addresses
        self.clock = clock
        self.log = log
        self.source = source
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
        var effect = Effect()
        // First: should the rest fail, the event comes again.
        if let reason = event.suppressionReason {
            effect.suppressed = try await suppress(event, reason)
        }
        if event.provesAcceptance {
            effect.acceptance = try await news.take(messageID: event.messageID, tags: event.tags)
        }
        return effect
    }

    private func suppress(_ event: MailEvent, _ reason: SuppressionReason) async throws -> [String] {
        var compared: [String] = []
        for recipient in event.recipients where recipient.utf8.count <= Self.longestAddress {
            guard let address = comparisonForm(of: recipient) else {
                log.warning("An event names no address", ("messageId", event.messageID))
                continue
            }
            if !compared.contains(address) { compared.append(address) }
        }
        var added: [String] = []
        var rest = compared[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Self.lookedUpAtOnce))
            rest = rest.dropFirst(some.count)
            let listed = try await suppression.lookUp(some)
            for address in some {
                let entry = SuppressionEntry(
                    address: address, reason: reason, source: source, at: event.at ?? clock.now())
                let decision = try await suppression.change(address, found: listed[address]) { old in
                    if let old, !reason.outranks(old.reason) { return .keep }
                    return .list(entry)
                }
                if decision != .keep { added.append(address) }
            }
        }
        return added
    }

    /// The form in which addresses are compared. An address may come with a name, as in `Ann <ann@example.org>`.
    private func comparisonForm(of recipient: String) -> String? {
        var text = recipient[...]
        if text.last == ">", let start = text.lastIndex(of: "<") {
            text = text[text.index(after: start)...].dropLast()
        }
        var parser = AddressParser(encoder: addresses)
        return parser.comparisonForm(of: String(text))
    }
}
