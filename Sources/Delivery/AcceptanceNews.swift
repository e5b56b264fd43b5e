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
    /// - Parameters:
    ///   - messageID: the id that the event gives.
    ///   - tags: the mail's message tags: see ``MessageTags``.
    /// - Returns: what that has changed; ``ConfirmationAnswer/unknown`` if the tags lead to no recipient of ours.
    package func take(messageID: String, tags: [String: String]) async throws -> ConfirmationAnswer {
        guard let (batch, index) = MessageTags.recipient(in: tags),
            let run = try await ledger.run(batch.run), index < run.recipients(in: batch)
        else { return .unknown }
        return try await take([batch: [index: messageID]])[batch]?[index] ?? .unknown
    }

    /// Records that mails were accepted, whose recipients are known to be there.
    ///
    /// Of news that comes while a batch is being sent the ledger takes note by a write of its own. Where events are many, let
    /// them wait in a queue for a while: after that, nearly all of them cost a read for each batch.
    ///
    /// - Parameter messageIDs: by batch and position within it.
    func take(
        _ messageIDs: [BatchID: [Int: String]]
    ) async throws -> [BatchID: [Int: ConfirmationAnswer]] {
        let credible = messageIDs.mapValues { ids in
            ids.filter { (1...Self.longestMessageID).contains($0.value.utf8.count) }
        }.filter { !$0.value.isEmpty }
        if credible.isEmpty { return [:] }
        let answers = try await ledger.confirm(credible, now: clock.now())
        for (batch, answers) in answers {
            for (index, answer) in answers where answer == .contradicted {
                log.warning(
                    "SES tells of a mail that the ledger knows was not accepted", ("batch", "\(batch)"),
                    ("recipient", "\(index)"), ("messageId", credible[batch]?[index] ?? ""))
            }
        }
        return answers
    }
}
