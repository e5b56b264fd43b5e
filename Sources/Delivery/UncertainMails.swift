package import Campaigns

/// An uncertain recipient, as a person knows them.
package struct UncertainMail: Sendable, Hashable {
    /// Line of the recipients file, counted from 1.
    package let line: Int
    package let address: String
    package let recipient: UncertainRecipient
}

/// Names the uncertain recipients of runs, and carries out what a person decides about them.
package struct UncertainMails: Sendable {
    private let library: any CampaignLibrary
    private let ledger: any Ledger
    private let clock: any WallClock

    package init(library: any CampaignLibrary, ledger: any Ledger, clock: any WallClock) {
        self.library = library
        self.ledger = ledger
        self.clock = clock
    }

    /// The uncertain recipients of a run, in order of the list; those that a person has dropped are left out.
    package func list(of run: Run) async throws -> [UncertainMail] {
        guard run.settled.uncertain > run.settled.dropped else { return [] }
        let shards = Dictionary(
            grouping: try await ledger.uncertainRecipients(of: run.id), by: \.batch.shard)
        var mails: [UncertainMail] = []
        for (shard, recipients) in shards.sorted(by: { $0.key < $1.key }) {
            let ofShard = Dictionary(grouping: recipients, by: \.batch.number)
            let first = ofShard.keys.min() ?? 0
            var reader = try await ShardReader(
                PlanKeys(prefix: run.planPrefix).shard(shard), in: library, skipping: first * run.batchSize)
            for number in first...(ofShard.keys.max() ?? first) {
                let entries = try await reader.next(run.batchSize)
                for recipient in ofShard[number] ?? [] where entries.indices.contains(recipient.index) {
                    let planned = entries[recipient.index].recipient
                    mails.append(
                        UncertainMail(line: planned.line, address: planned.to, recipient: recipient))
                }
            }
        }
        return mails
    }

    /// Settles the batches whose senders have died, each recipient without a result as uncertain, so that a person is told of
    /// all of them.
    ///
    /// - Returns: the run as it stands then.
    package func settleAbandoned(of run: Run) async throws -> Run {
        let batches = try await ledger.abandonedBatches(of: run.id, now: clock.now())
        for batch in batches {
            let answer = try await ledger.claim(
                batch, worker: "resolve \(UInt64.random(in: .min ... .max))", now: clock.now(),
                lease: ShardSender.usualLease)
            switch answer {
            case .abandoned(let claim):
                _ = try await ledger.settle(
                    claim, results: claim.lostRecipients(of: run.recipients(in: batch)), isComplete: true,
                    now: clock.now())
            case .claimed(let claim):
                // Its holder was late, not dead, and has settled meanwhile: what is left is for senders.
                _ = try await ledger.settle(claim, results: [], isComplete: false, now: clock.now())
            case .settled, .held: break
            }
        }
        return try await ledger.run(run.id) ?? run
    }

    /// What a person's decision came to.
    package struct Answer: Sendable, Hashable {
        /// Those about whom this very call has decided.
        package var resolved: [UncertainMail] = []
        /// Those whose batch is in a worker's hand.
        package var held: [UncertainMail] = []
    }

    /// Records what a person has decided, batch by batch. Nothing is sent: for those who are to be mailed again, the run is
    /// unfinished from then on.
    package func resolve(_ mails: [UncertainMail], as resolution: Resolution) async throws -> Answer {
        var answer = Answer()
        var batches: [(batch: BatchID, mails: [UncertainMail])] = []
        for mail in mails {
            if batches.last?.batch == mail.recipient.batch {
                batches[batches.count - 1].mails.append(mail)
            } else {
                batches.append((mail.recipient.batch, [mail]))
            }
        }
        for (batch, mails) in batches {
            let indices = Set(mails.map(\.recipient.index))
            switch try await ledger.resolve(indices, of: batch, as: resolution, now: clock.now()) {
            case .resolved(let resolved):
                answer.resolved += mails.filter { resolved.contains($0.recipient.index) }
            case .held: answer.held += mails
            }
        }
        return answer
    }
}

extension Claim {
    /// What an abandoned batch of `count` recipients is to be settled with.
    func lostRecipients(of count: Int) -> [RecipientResult] {
        let known = Set(settled.map(\.index))
        let outcome = RecipientResult.Outcome.uncertain(
            reason: "the sender ended before it recorded what became of the mail")
        return (0..<count).filter { !known.contains($0) }.map { RecipientResult(index: $0, outcome: outcome) }
    }
}
