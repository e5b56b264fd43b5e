import Campaigns
import Testing

/// What a ``Ledger`` promises of uncertain recipients, and of what a person decides about them.
var resolvingClauses: [ContractClause<any Ledger>] {
    [
        .init("the uncertain are named one by one, with reason and time, in order") { ledger async throws in
            let (batch, other) = try await ledger.uncertainBatches()
            let expected = [
                UncertainRecipient(batch: batch, index: 2, reason: hostileText, at: noon + .seconds(5)),
                UncertainRecipient(batch: batch, index: 40, reason: "lost", at: noon + .seconds(5)),
                UncertainRecipient(batch: other, index: 0, reason: "lost", at: noon + .seconds(7)),
            ]
            #expect(try await ledger.uncertainRecipients(of: batch.run) == expected)
        },
        .init("who is dropped stays uncertain, and is not asked about again") { ledger async throws in
            let (batch, other) = try await ledger.uncertainBatches()
            #expect(
                try await ledger.resolve([2, 3, 99], of: batch, as: .drop, now: noon) == .resolved([2]))
            #expect(try await ledger.resolve([2], of: batch, as: .drop, now: noon) == .resolved([]))
            #expect(try await ledger.resolve([2], of: batch, as: .resend, now: noon) == .resolved([]))
            let left = try await ledger.uncertainRecipients(of: batch.run)
            #expect(left.map(\.index) == [40, 0] && left.map(\.batch) == [batch, other])
            let counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.uncertain == 3 && counts.dropped == 1 && counts.total == 100)
            #expect(
                try await ledger.results(of: batch)[2].outcome == .dropped(reason: hostileText))
            #expect(try await ledger.claim(batch, worker: "z", now: noon, lease: lease) == .settled)
        },
        .init("who is to be mailed again is open, for one claim of its own attempt") { ledger async throws in
            let (batch, _) = try await ledger.uncertainBatches()
            #expect(
                try await ledger.resolve([2, 40], of: batch, as: .resend, now: noon) == .resolved([2, 40]))
            #expect(try await ledger.resolve([2, 40], of: batch, as: .resend, now: noon) == .resolved([]))
            var counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.uncertain == 1 && counts.total == 98)
            let run = try #require(try await ledger.run(batch.run))
            #expect(try await ledger.unfinishedShards(of: run).first { $0.shard == 1 }?.firstBatch == 0)

            let claim = try await ledger.claimed(batch, by: "again")
            #expect(claim.attempt == 2)
            #expect(claim.settled.count == 48)
            #expect(!claim.settled.contains { $0.index == 2 || $0.index == 40 })
            // In somebody's hand: it cannot be decided about.
            #expect(
                try await ledger.resolve([2], of: batch, as: .drop, now: noon) == .held(until: noon + lease))
            let results = [
                RecipientResult(index: 2, outcome: .accepted(messageID: "second")),
                RecipientResult(index: 40, outcome: .uncertain(reason: "lost again")),
            ]
            #expect(
                try await ledger.settle(claim, results: results, isComplete: true, now: noon + .seconds(9)))
            counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.uncertain == 2 && counts.accepted == 98 && counts.total == 100)
            #expect(
                try await ledger.uncertainRecipients(of: batch.run).first
                    == UncertainRecipient(
                        batch: batch, index: 40, reason: "lost again", at: noon + .seconds(9)))
        },
        .init("who is to be mailed again and is lost again with the same words is uncertain again") {
            ledger async throws in
            let batch = try await ledger.batch()
            let lost = (0..<50).map { RecipientResult(index: $0, outcome: .uncertain(reason: "lost")) }
            var now = noon
            for turn in 1...2 {
                _ = try await ledger.claimed(batch, by: "sender \(turn)", at: now)
                now = now + lease
                guard
                    case .abandoned(let claim) = try await ledger.claim(
                        batch, worker: "finder \(turn)", now: now, lease: lease)
                else {
                    Issue.record("not abandoned")
                    return
                }
                #expect(try await ledger.settle(claim, results: lost, isComplete: true, now: now))
                #expect(try await ledger.settledCounts(of: batch.run).uncertain == 50)
                #expect(try await ledger.claim(batch, worker: "z", now: now, lease: lease) == .settled)
                let answer = try await ledger.resolve(Set(0..<50), of: batch, as: .resend, now: now)
                #expect(answer == .resolved(Set(0..<50)))
            }
        },
        .init("a batch takes in the longest reasons of as many sendings as a person asks for") {
            ledger async throws in
            let batch = try await ledger.batch()
            let reason = String(repeating: "n", count: 3000)
            for turn in 1...5 {
                let claim = try await ledger.claimed(batch, by: "sender \(turn)")
                #expect(claim.settled.map(\.index) == (turn == 1 ? [] : Array(0..<5)))
                let lost = ((turn == 1 ? 0 : 5)..<50).map {
                    RecipientResult(index: $0, outcome: .uncertain(reason: reason + "\(turn)"))
                }
                let now = noon + .seconds(turn)
                #expect(try await ledger.settle(claim, results: lost, isComplete: true, now: now))
                #expect(try await ledger.settledCounts(of: batch.run).uncertain == 50)
                let uncertain = try await ledger.uncertainRecipients(of: batch.run)
                #expect(uncertain.map(\.at) == (0..<50).map { $0 < 5 ? noon + .seconds(1) : now })
                if turn == 5 { break }
                let answer = try await ledger.resolve(Set(5..<50), of: batch, as: .resend, now: now)
                #expect(answer == .resolved(Set(5..<50)))
            }
            let all = Set(0..<50)
            #expect(try await ledger.resolve(all, of: batch, as: .drop, now: noon) == .resolved(all))
            #expect(try await ledger.settledCounts(of: batch.run).dropped == 50)
        },
        .init("of twenty who decide at once about one recipient one resolves it") { ledger async throws in
            let (batch, _) = try await ledger.uncertainBatches()
            let answers = try await atOnce(20) {
                try await ledger.resolve(
                    [2], of: batch, as: $0.isMultiple(of: 2) ? .resend : .drop, now: noon)
            }
            #expect(answers.filter { $0 == .resolved([2]) }.count == 1)
            #expect(answers.filter { $0 == .resolved([]) }.count == 19)
            let counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.total + 1 == 100 || counts.dropped == 1)
        },
        .init("who was to be mailed again, and whose sender died, is uncertain again and not sent to") {
            ledger async throws in
            let (batch, _) = try await ledger.uncertainBatches()
            _ = try await ledger.resolve([2], of: batch, as: .resend, now: noon)
            _ = try await ledger.claimed(batch, by: "dies")
            #expect(try await ledger.abandonedBatches(of: batch.run, now: noon).isEmpty)
            let later = noon + lease
            #expect(try await ledger.abandonedBatches(of: batch.run, now: later) == [batch])
            guard
                case .abandoned(let claim) = try await ledger.claim(
                    batch, worker: "heir", now: later, lease: lease)
            else {
                Issue.record("not abandoned")
                return
            }
            #expect(claim.settled.count == 49)
            let lost = [RecipientResult(index: 2, outcome: .uncertain(reason: "died"))]
            #expect(try await ledger.settle(claim, results: lost, isComplete: true, now: later))
            #expect(try await ledger.uncertainRecipients(of: batch.run).count == 3)
            #expect(try await ledger.abandonedBatches(of: batch.run, now: later).isEmpty)
            #expect(try await ledger.settledCounts(of: batch.run).total == 100)
        },
        .init("a batch that was never claimed has nobody to decide about") { ledger async throws in
            let batch = try await ledger.batch()
            #expect(try await ledger.resolve([0], of: batch, as: .resend, now: noon) == .resolved([]))
            #expect(try await ledger.uncertainRecipients(of: batch.run).isEmpty)
            #expect(try await ledger.abandonedBatches(of: batch.run, now: noon).isEmpty)
        },
    ]
}

/// What a ``Ledger`` promises where the mail service tells that it has accepted a mail.
var confirmingClauses: [ContractClause<any Ledger>] {
    [
        .init("news of a mail's acceptance makes its uncertain or dropped recipient accepted, once") {
            ledger async throws in
            let (batch, _) = try await ledger.uncertainBatches()
            _ = try await ledger.resolve([40], of: batch, as: .drop, now: noon)
            for (index, id) in [(2, "late"), (40, "later")] {
                #expect(
                    try await ledger.confirm(index, of: batch, messageID: id, now: noon) == .confirmed)
                #expect(try await ledger.confirm(index, of: batch, messageID: id, now: noon) == .known)
                #expect(try await ledger.results(of: batch)[index].outcome == .accepted(messageID: id))
            }
            let counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.accepted == 99 && counts.uncertain == 1 && counts.dropped == 0)
            #expect(counts.total == 100)
            #expect(try await ledger.uncertainRecipients(of: batch.run).count == 1)
        },
        .init("of twenty pieces of the same news that come at once one counts") { ledger async throws in
            let (batch, _) = try await ledger.uncertainBatches()
            let answers = try await atOnce(20) { _ in
                try await ledger.confirm(2, of: batch, messageID: "m", now: noon)
            }
            #expect(answers.filter { $0 == .confirmed }.count == 1)
            #expect(answers.filter { $0 == .known }.count == 19)
            #expect(try await ledger.settledCounts(of: batch.run).total == 100)
        },
        .init("news that comes before the batch is settled is not counted again, and outweighs doubt") {
            ledger async throws in
            let batch = try await ledger.batch()
            let claim = try await ledger.claimed(batch, by: "a")
            for index in [3, 0] {
                for _ in 0..<2 {
                    _ = try await ledger.confirm(index, of: batch, messageID: "n\(index)", now: noon)
                }
            }
            #expect(try await ledger.settledCounts(of: batch.run).accepted == 2)
            // The sender has no answer for the first, and one for the other.
            let results =
                [RecipientResult(index: 0, outcome: .uncertain(reason: "reset"))] + accepted(1..<50)
            for _ in 0..<2 {
                #expect(try await ledger.settle(claim, results: results, isComplete: true, now: noon))
            }
            #expect(try await !ledger.settle(claim, results: accepted(0..<49), isComplete: true, now: noon))
            let counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.accepted == 50 && counts.total == 50)
            #expect(try await ledger.results(of: batch)[0].outcome == .accepted(messageID: "n0"))
            #expect(try await ledger.claim(batch, worker: "b", now: noon, lease: lease) == .settled)
        },
        .init("news that comes while the batch is being settled counts once, whichever is first") {
            ledger async throws in
            let batch = try await ledger.batch()
            let claim = try await ledger.claimed(batch, by: "a")
            let results =
                (0..<10).map { RecipientResult(index: $0, outcome: .uncertain(reason: "reset")) }
                + accepted(10..<50)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        _ = try await ledger.confirm(index, of: batch, messageID: "n", now: noon)
                    }
                }
                group.addTask {
                    let isHeld = try await ledger.settle(
                        claim, results: results, isComplete: true, now: noon)
                    #expect(isHeld)
                }
                try await group.waitForAll()
            }
            let counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.accepted == 50 && counts.uncertain == 0)
        },
        .init("whose mail is known to be accepted is not open for the next claim, nor lost with its holder") {
            ledger async throws in
            let batch = try await ledger.batch()
            let first = try await ledger.claimed(batch, by: "a")
            #expect(
                try await ledger.settle(first, results: accepted(0..<5), isComplete: false, now: noon))
            #expect(try await ledger.confirm(7, of: batch, messageID: "n7", now: noon) == .confirmed)
            let second = try await ledger.claimed(batch, by: "b")
            #expect(second.settled.map(\.index) == [0, 1, 2, 3, 4, 7])
            #expect(try await ledger.confirm(9, of: batch, messageID: "n9", now: noon) == .confirmed)
            guard
                case .abandoned(let claim) = try await ledger.claim(
                    batch, worker: "c", now: noon + lease, lease: lease)
            else {
                Issue.record("not abandoned")
                return
            }
            #expect(claim.settled.map(\.index) == [0, 1, 2, 3, 4, 7, 9])
            #expect(try await ledger.settledCounts(of: batch.run).accepted == 7)
        },
        .init("news of the first mail spares a recipient the second") { ledger async throws in
            let (batch, _) = try await ledger.uncertainBatches()
            _ = try await ledger.resolve([2], of: batch, as: .resend, now: noon)
            #expect(try await ledger.confirm(2, of: batch, messageID: "first", now: noon) == .confirmed)
            let claim = try await ledger.claimed(batch, by: "again")
            #expect(claim.settled.count == 50)
            #expect(try await ledger.settle(claim, results: [], isComplete: true, now: noon))
            let counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.accepted == 98 && counts.uncertain == 2 && counts.total == 100)
        },
        .init("news of a batch that nobody claimed changes nothing, nor does news against a certain result") {
            ledger async throws in
            let batch = try await ledger.batch()
            #expect(try await ledger.confirm(0, of: batch, messageID: "m", now: noon) == .unknown)
            let nowhere = BatchID(run: RunID("nobody#1")!, shard: 0, number: 0)
            #expect(try await ledger.confirm(0, of: nowhere, messageID: "m", now: noon) == .unknown)
            let claim = try await ledger.claimed(batch, by: "a")
            let results = [
                RecipientResult(index: 0, outcome: .rejected(reason: "no")),
                RecipientResult(index: 1, outcome: .suppressed(reason: .bounce)),
            ]
            #expect(try await ledger.settle(claim, results: results, isComplete: true, now: noon))
            for index in 0..<2 {
                #expect(
                    try await ledger.confirm(index, of: batch, messageID: "m", now: noon) == .contradicted)
            }
            #expect(try await ledger.results(of: batch) == results)
        },
    ]
}
