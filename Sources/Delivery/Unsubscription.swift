package import Campaigns

/// Takes subscribers off by their own word, and puts back those who changed their mind.
///
/// An unsubscribe holds from the next batch of every run (invariant I7). Nothing that others write to the suppression list
/// meanwhile is lost.
package struct Unsubscription: Sendable {
    private let suppression: any SuppressionList
    private let addresses: any DomainEncoder
    private let clock: any WallClock

    package init(suppression: any SuppressionList, addresses: any DomainEncoder, clock: any WallClock) {
        self.suppression = suppression
        self.addresses = addresses
        self.clock = clock
    }

    /// Sees to it that the address is mailed no more. Done twice, it changes nothing more.
    ///
    /// A bounce or a person's word that is listed gives way: neither says what the recipient wants, and either may be taken
    /// off without being asked for. The new entry tells of it, and is not undone. A complaint stays.
    /// - Returns: whether the address was not listed for that before.
    /// - Throws: what the suppression list throws.
    @discardableResult
    package func unsubscribe(_ subscriber: Subscriber) async throws -> Bool {
        let (address, found) = try await lookUp(subscriber)
        let decision = try await suppression.change(address, found: found) { entry in
            if let entry, !SuppressionReason.unsubscribe.outranks(entry.reason) { return .keep }
            return .list(
                SuppressionEntry(
                    address: address, reason: .unsubscribe,
                    source: SuppressionEntry.source(
                        SuppressionEntry.linkSource + subscriber.campaign.rawValue, before: entry),
                    at: clock.now()))
        }
        return decision != .keep
    }

    /// What an undo has come to.
    package enum Undo: Sendable, Hashable {
        /// The address is mailed again.
        case undone
        /// It stays listed, since it did not come there by a link alone.
        case kept
    }

    /// Takes the address off the list if it is there by ``unsubscribe(_:)`` and nothing else. Done twice, it changes nothing
    /// more.
    ///
    /// - Throws: what the suppression list throws.
    package func undo(_ subscriber: Subscriber) async throws -> Undo {
        let (address, found) = try await lookUp(subscriber)
        guard found != nil else { return .undone }
        let decision = try await suppression.change(address, found: found) { entry in
            guard let entry else { return .takeOff }
            return entry.isUndoable ? .takeOff : .keep
        }
        return decision == .takeOff ? .undone : .kept
    }

    /// The address in the form in which addresses are compared, and its entry.
    private func lookUp(_ subscriber: Subscriber) async throws -> (String, SuppressionEntry?) {
        var parser = AddressParser(encoder: addresses)
        // What was mailed is an address; should the rules have changed since, it is still better listed than forgotten.
        let address = parser.comparisonForm(of: subscriber.address) ?? subscriber.address
        return (address, try await suppression.lookUp([address])[address])
    }
}
