package import Campaigns

/// Takes in what SES's events prove: a Send, Delivery, Bounce or Complaint tells that SES has accepted the mail.
///
/// Events may come twice, in any order, before the sender has settled, or never (invariant I6). None is needed: a sender
/// settles what it knows by itself, and an event only ends a doubt.
package struct AcceptanceNews: Sendable {
    private static let longestMessageID = 256

    private let ledger: any Ledger
    private let clock: any WallClock
    private let log: any Log

    package init(ledger: any Ledger, clock: any WallClock, log: any Log) {
        self.ledger = ledger
        self.clock = clock
        self.log = log
    }

    /// Records that a mail was accepted.
    ///
    /// Of an event that comes while its batch is being sent the ledger takes note by a write of its own. Where events are many,
    /// let them wait in a queue for some minutes: after that, nearly all of them cost a read.
    /// - Parameters:
    ///   - messageID: the id that the event gives.
    ///   - tags: the mail's message tags: see ``MessageTags``.
    /// - Returns: what that has changed; ``ConfirmationAnswer/unknown`` if the tags lead to no recipient of ours.
    package func take(messageID: String, tags: [String: String]) async throws -> ConfirmationAnswer {
        guard let (batch, index) = MessageTags.recipient(in: tags),
            (1...Self.longestMessageID).contains(messageID.utf8.count),
            let run = try await ledger.run(batch.run), index < run.recipients(in: batch)
        else { return .unknown }
        let answer = try await ledger.confirm(index, of: batch, messageID: messageID, now: clock.now())
        if answer == .contradicted {
            log.warning(
                "SES tells of a mail that the ledger knows was not accepted", ("batch", "\(batch)"),
                ("recipient", "\(index)"), ("messageId", messageID))
        }
        return answer
    }
}
