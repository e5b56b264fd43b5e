/// A recipient of whom nobody knows whether the mail went out.
package struct UncertainRecipient: Sendable, Hashable {
    package let batch: BatchID
    /// Position within the batch, counted from 0.
    package let index: Int
    package let reason: String
    /// When it was recorded.
    package let at: Timestamp

    package init(batch: BatchID, index: Int, reason: String, at: Timestamp) {
        self.batch = batch
        self.index = index
        self.reason = reason
        self.at = at
    }
}

/// What a person decides about uncertain recipients.
package enum Resolution: Sendable, Hashable {
    /// The uncertain results are withdrawn: the recipients are open again, and the next claim of their batch sends to them,
    /// though they may have got the mail already.
    case resend
    /// They stay uncertain for good, and nobody is asked about them any more.
    case drop
}

/// What became of a ``Resolution``.
package enum ResolutionAnswer: Sendable, Hashable {
    /// The recipients that were uncertain and that this very call has resolved.
    case resolved(Set<Int>)
    /// A worker has the batch in hand, or died with it: nothing was changed.
    case held(until: Timestamp)
}

/// What the news that a recipient's mail was accepted has changed.
package enum ConfirmationAnswer: Sendable, Hashable {
    /// The recipient was uncertain, or had no result yet, and is accepted now.
    case confirmed
    /// It was accepted already.
    case known
    /// The ledger says for certain that the mail was not accepted, and keeps to that.
    case contradicted
    /// Nobody has ever claimed such a batch.
    case unknown

    /// What the news makes of a recipient that stands at `outcome`; `nil` is without a result.
    package init(of outcome: RecipientResult.Outcome?) {
        self =
            switch outcome {
            case nil, .uncertain, .dropped: .confirmed
            case .accepted: .known
            case .rejected, .suppressed: .contradicted
            }
    }
}

extension Claim {
    /// Throws if results to be settled under this claim would give a recipient a second one.
    package func refuseSecondResults(in results: [RecipientResult]) throws(Problem) {
        let indices = Set((settled + results).map(\.index))
        guard indices.count == settled.count + results.count else {
            throw Problem(
                .software, "a recipient of batch \(batch) has two results",
                remedy: "Report it; nothing was recorded")
        }
    }
}
