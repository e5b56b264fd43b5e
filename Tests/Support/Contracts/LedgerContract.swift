package import Campaigns
import Testing

/// What every ``Ledger`` promises.
package let ledgerContract: [ContractClause<any Ledger>] =
    recordingClauses + claimingClauses + settlingClauses + resolvingClauses + confirmingClauses

// MARK: - Runs and schedules

private var recordingClauses: [ContractClause<any Ledger>] {
    [
        .init("a fresh ledger knows nothing") { ledger async throws in
            let run = Run.example()
            #expect(try await ledger.run(run.id) == nil)
            #expect(try await ledger.runs(of: nil).isEmpty)
            #expect(try await ledger.runs(of: run.id.campaign).isEmpty)
            #expect(try await ledger.results(of: BatchID(run: run.id, shard: 0, number: 0)).isEmpty)
            #expect(try await ledger.schedule(of: run.id.campaign) == nil)
        },
        .init("a run is read as it was recorded") { ledger async throws in
            var run = Run.example(rows: 12_345, recipients: 12_000)
            run.control = .paused(reason: hostileText)
            let recorded = try await ledger.create(run)
            #expect(recorded.run == run)
            #expect(recorded.isNew)
            #expect(try await ledger.run(run.id) == run)
        },
        .init("the first plan of an occurrence is the run, and its planner may ask again") {
            ledger async throws in
            let first = Run.example(plan: "a")
            let second = Run.example(plan: "b")
            #expect(try await ledger.create(first) == (first, true))
            #expect(try await ledger.create(second) == (first, false))
            #expect(try await ledger.create(first) == (first, true))
        },
        .init("of twenty plans recorded at once one is the run") { ledger async throws in
            let answers = try await atOnce(20) { try await ledger.create(Run.example(plan: "\($0)")) }
            #expect(answers.filter(\.isNew).count == 1)
            #expect(Set(answers.map(\.run)).count == 1)
        },
        .init("runs are listed newest first, those of one campaign or all") { ledger async throws in
            let names = ["a#1", "a-b#1", "a#2026-06-01T10:00:00Z", "a#zz.-_:"]
            for (index, name) in names.enumerated() {
                _ = try await ledger.create(Run.example(name, plannedAt: noon + .seconds(index)))
            }
            let ofA = try await ledger.runs(of: CampaignID("a"))
            #expect(ofA.map(\.id.description) == [names[3], names[2], names[0]])
            #expect(try await ledger.runs(of: CampaignID("a-b")).map(\.id.description) == [names[1]])
            #expect(try await ledger.runs(of: CampaignID("b")).isEmpty)
            #expect(try await ledger.runs(of: nil).map(\.id.description) == names.reversed())
        },
        .init("more runs than one page of an answer holds are all listed") { ledger async throws in
            for index in 0..<105 {
                _ = try await ledger.create(Run.example("long#\(index)", plannedAt: noon + .seconds(index)))
            }
            let expected = (0..<105).reversed().map { "long#\($0)" }
            #expect(try await ledger.runs(of: CampaignID("long")).map(\.id.description) == expected)
            #expect(try await ledger.runs(of: nil).map(\.id.description) == expected)
        },
        .init("a run is marked as enqueued, as often as one likes") { ledger async throws in
            let run = Run.example()
            _ = try await ledger.create(run)
            for _ in 0..<2 { try await ledger.markEnqueued(run.id) }
            #expect(try await ledger.run(run.id)?.isEnqueued == true)
        },
        .init("control is kept with its reason until the run is cancelled, which is for good") {
            ledger async throws in
            let run = Run.example()
            _ = try await ledger.create(run)
            let controls: [RunControl] = [
                .paused(reason: "by hand"), .running, .stopped(reason: hostileText), .running,
                .cancelled(reason: ""),
            ]
            for control in controls {
                try await ledger.setControl(control, of: run.id)
                #expect(try await ledger.run(run.id)?.control == control)
            }
            try await ledger.setControl(.stopped(reason: "late"), of: run.id)
            #expect(try await ledger.run(run.id)?.control == .cancelled(reason: ""))
        },
        .init("what holds a run keeps its reason until the run goes on") { ledger async throws in
            let run = Run.example()
            _ = try await ledger.create(run)
            #expect(try await ledger.control(of: run.id) == .running)
            for (asked, stands) in [
                (RunControl.stopped(reason: "SES"), RunControl.stopped(reason: "SES")),
                (.paused(reason: "late"), .stopped(reason: "SES")), (.running, .running),
                (.paused(reason: "by hand"), .paused(reason: "by hand")),
                (.stopped(reason: "late"), .paused(reason: "by hand")),
                (.paused(reason: "again"), .paused(reason: "by hand")),
                (.cancelled(reason: "enough"), .cancelled(reason: "enough")),
                (.running, .cancelled(reason: "enough")),
            ] {
                #expect(try await ledger.setControl(asked, of: run.id) == stands)
                #expect(try await ledger.control(of: run.id) == stands)
                #expect(try await ledger.run(run.id)?.control == stands)
            }
        },
        .init("of a stop and a pause that come at once one holds the run, and both are told which") {
            ledger async throws in
            let run = Run.example()
            _ = try await ledger.create(run)
            let answers = try await atOnce(10) {
                try await ledger.setControl(
                    $0.isMultiple(of: 2) ? .stopped(reason: "\($0)") : .paused(reason: "\($0)"), of: run.id)
            }
            #expect(Set(answers).count == 1)
            #expect(try await ledger.control(of: run.id) == answers.first)
        },
        .init("what is left of a run is told shard by shard, from the first batch that is not settled") {
            ledger async throws in
            let run = Run.example(recipients: 1040, shards: 3)
            _ = try await ledger.create(run)
            #expect(
                try await ledger.unfinishedShards(of: run)
                    == (0..<3).map { ShardMessage(run: run.id, shard: $0) })
            func settle(_ shard: Int, _ numbers: [Int], isComplete: Bool = true) async throws {
                for number in numbers {
                    let claim = try await ledger.claimed(
                        BatchID(run: run.id, shard: shard, number: number), by: "a")
                    let results = accepted(claim.settled.count..<claim.settled.count + 9)
                    #expect(
                        try await ledger.settle(claim, results: results, isComplete: isComplete, now: noon))
                }
            }
            try await settle(0, [0, 1, 3])
            try await settle(0, [2], isComplete: false)
            try await settle(1, Array(0..<10))
            _ = try await ledger.claimed(BatchID(run: run.id, shard: 2, number: 0), by: "a")
            #expect(
                try await ledger.unfinishedShards(of: run)
                    == [
                        ShardMessage(run: run.id, shard: 0, firstBatch: 2),
                        ShardMessage(run: run.id, shard: 2, firstBatch: 0),
                    ])
            try await settle(0, Array(2..<10).filter { $0 != 3 })
            #expect(try await ledger.unfinishedShards(of: run).map(\.shard) == [2])
        },
        .init("a run that does not exist can be neither enqueued nor controlled") { ledger async throws in
            let id = Run.example().id
            let enqueuing = await #expect(throws: Problem.self) { try await ledger.markEnqueued(id) }
            #expect(enqueuing?.kind == .notFound)
            let controlling = await #expect(throws: Problem.self) {
                try await ledger.setControl(.running, of: id)
            }
            #expect(controlling?.kind == .notFound)
            #expect(try await ledger.control(of: id) == nil)
            #expect(try await ledger.run(id) == nil)
        },
        .init("a campaign's schedule is read as it was put last") { ledger async throws in
            let campaign = try #require(CampaignID("paul-simon"))
            var record = ScheduleRecord(
                campaign: campaign, version: hostileText, registeredAt: noon, next: noon + .seconds(3600),
                last: Occurrence("2026-06-01T10:00:00Z"))
            try await ledger.put(record)
            #expect(try await ledger.schedule(of: campaign) == record)
            record.next = nil
            record.last = nil
            try await ledger.put(record)
            #expect(try await ledger.schedule(of: campaign) == record)
            #expect(try await ledger.schedule(of: try #require(CampaignID("paul"))) == nil)
        },
    ]
}

// MARK: - Claims

private var claimingClauses: [ContractClause<any Ledger>] {
    [
        .init("a free batch goes to whoever claims it first, for the length of its lease") {
            ledger async throws in
            let batch = try await ledger.batch()
            let claim = try await ledger.claimed(batch, by: "a")
            #expect(
                claim == Claim(batch: batch, worker: "a", attempt: 1, leaseEnds: noon + lease, settled: []))
            let other = try await ledger.claim(batch, worker: "b", now: noon + .seconds(1), lease: lease)
            #expect(other == .held(until: noon + lease))
        },
        .init("claiming again after a lost answer is the same claim") { ledger async throws in
            let batch = try await ledger.batch()
            let claim = try await ledger.claimed(batch, by: "a")
            #expect(try await ledger.claimed(batch, by: "a", at: noon + .seconds(1)) == claim)
            #expect(try await ledger.settle(claim, results: accepted(0..<50), isComplete: true, now: noon))
        },
        .init("of twenty workers that claim a batch at once one gets it") { ledger async throws in
            let batch = try await ledger.batch()
            let answers = try await atOnce(20) {
                try await ledger.claim(batch, worker: "worker \($0)", now: noon, lease: lease)
            }
            let claims = answers.compactMap { if case .claimed(let claim) = $0 { claim } else { nil } }
            #expect(claims.map(\.attempt) == [1])
            #expect(answers.filter { $0 == .held(until: noon + lease) }.count == 19)
        },
        .init("batches of one run, and runs of like names, are claimed apart") { ledger async throws in
            let batch = try await ledger.batch()
            let other = try await ledger.batch(of: "paul-simon#11")
            let batches = [
                batch, BatchID(run: batch.run, shard: 1, number: 11),
                BatchID(run: batch.run, shard: 11, number: 1),
                BatchID(run: batch.run, shard: 111, number: 0), other,
            ]
            for (index, batch) in batches.enumerated() {
                #expect(try await ledger.claimed(batch, by: "\(index)").attempt == 1)
            }
        },
        .init("a claim whose lease has run out is taken over as abandoned, never as fresh") {
            ledger async throws in
            let batch = try await ledger.batch()
            _ = try await ledger.claimed(batch, by: "a")
            let later = noon + lease
            let expected = Claim(batch: batch, worker: "b", attempt: 2, leaseEnds: later + lease, settled: [])
            #expect(
                try await ledger.claim(batch, worker: "b", now: later, lease: lease) == .abandoned(expected))
            // A lost answer must not make it look fresh.
            #expect(
                try await ledger.claim(batch, worker: "b", now: later + .seconds(1), lease: lease)
                    == .abandoned(expected))
            #expect(
                try await ledger.claim(batch, worker: "c", now: later + .seconds(1), lease: lease)
                    == .held(until: later + lease))
            // Nor its own taker's end.
            guard
                case .abandoned(let third) = try await ledger.claim(
                    batch, worker: "c", now: later + lease, lease: lease)
            else {
                Issue.record("not abandoned")
                return
            }
            #expect(third.attempt == 3)
        },
        .init("a worker that comes back after its own lease finds its claim abandoned") {
            ledger async throws in
            let batch = try await ledger.batch()
            _ = try await ledger.claimed(batch, by: "a")
            let answer = try await ledger.claim(batch, worker: "a", now: noon + lease, lease: lease)
            guard case .abandoned(let claim) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(claim.attempt == 2)
        },
        .init("of twenty workers that find a claim abandoned one takes it over") { ledger async throws in
            let batch = try await ledger.batch()
            _ = try await ledger.claimed(batch, by: "a")
            let later = noon + lease + .seconds(1)
            let answers = try await atOnce(20) {
                try await ledger.claim(batch, worker: "worker \($0)", now: later, lease: lease)
            }
            let taken = answers.compactMap { if case .abandoned(let claim) = $0 { claim } else { nil } }
            #expect(taken.map(\.attempt) == [2])
            #expect(answers.filter { $0 == .held(until: later + lease) }.count == 19)
        },
    ]
}

// MARK: - Settling

private var settlingClauses: [ContractClause<any Ledger>] {
    [
        .init("a settled batch is counted in its run and never claimed again") { ledger async throws in
            let batch = try await ledger.batch()
            let claim = try await ledger.claimed(batch, by: "a")
            let results =
                accepted(0..<47) + [
                    RecipientResult(index: 47, outcome: .rejected(reason: hostileText)),
                    RecipientResult(index: 48, outcome: .suppressed(reason: .unsubscribe)),
                    RecipientResult(index: 49, outcome: .uncertain(reason: "")),
                ]
            #expect(try await ledger.settle(claim, results: results.reversed(), isComplete: true, now: noon))
            #expect(try await ledger.results(of: batch) == results)
            let counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.accepted == 47)
            #expect(counts.rejected == 1)
            #expect(counts.suppressed == 1)
            #expect(counts.uncertain == 1)
            #expect(counts.total == 50)
            for worker in ["a", "b"] {
                #expect(
                    try await ledger.claim(batch, worker: worker, now: noon + .seconds(9999), lease: lease)
                        == .settled)
            }
        },
        .init("settling again after a lost answer counts once; other words under the same claim are refused")
        {
            ledger async throws in
            let batch = try await ledger.batch()
            let claim = try await ledger.claimed(batch, by: "a")
            for _ in 0..<3 {
                #expect(
                    try await ledger.settle(claim, results: accepted(0..<50), isComplete: true, now: noon))
            }
            #expect(try await !ledger.settle(claim, results: accepted(0..<49), isComplete: true, now: noon))
            #expect(try await ledger.settledCounts(of: batch.run).total == 50)
            #expect(try await ledger.results(of: batch) == accepted(0..<50))
        },
        .init("a batch settled in part is free at once for the rest, one attempt later") {
            ledger async throws in
            let batch = try await ledger.batch()
            let first = try await ledger.claimed(batch, by: "a")
            for _ in 0..<2 {
                #expect(
                    try await ledger.settle(first, results: accepted(0..<20), isComplete: false, now: noon))
            }
            #expect(try await ledger.settledCounts(of: batch.run).total == 20)
            let second = try await ledger.claimed(batch, by: "b", at: noon + .seconds(1))
            #expect(second.attempt == 2)
            #expect(second.settled == accepted(0..<20))
            #expect(try await ledger.settle(second, results: accepted(20..<50), isComplete: true, now: noon))
            #expect(try await ledger.results(of: batch) == accepted(0..<50))
            #expect(try await ledger.settledCounts(of: batch.run).accepted == 50)
        },
        .init("the same worker may take a batch again that it settled in part, and with nothing done") {
            ledger async throws in
            let batch = try await ledger.batch()
            for attempt in 1...3 {
                let claim = try await ledger.claimed(batch, by: "a")
                #expect(claim.attempt == attempt)
                #expect(try await ledger.settle(claim, results: [], isComplete: false, now: noon))
            }
            let claim = try await ledger.claimed(batch, by: "a")
            #expect(try await ledger.settle(claim, results: accepted(0..<1), isComplete: true, now: noon))
            #expect(try await ledger.settledCounts(of: batch.run).total == 1)
        },
        .init("a claim that another has taken over settles nothing") { ledger async throws in
            let batch = try await ledger.batch()
            let late = try await ledger.claimed(batch, by: "a")
            let later = noon + lease + .seconds(1)
            guard
                case .abandoned(let claim) = try await ledger.claim(
                    batch, worker: "b", now: later, lease: lease)
            else {
                Issue.record("not abandoned")
                return
            }
            #expect(try await !ledger.settle(late, results: accepted(0..<50), isComplete: true, now: noon))
            #expect(try await ledger.results(of: batch).isEmpty)
            #expect(try await ledger.settledCounts(of: batch.run).total == 0)
            let uncertain = (0..<50).map {
                RecipientResult(index: $0, outcome: .uncertain(reason: "lease ran out"))
            }
            #expect(try await ledger.settle(claim, results: uncertain, isComplete: true, now: noon))
            #expect(try await ledger.settledCounts(of: batch.run).uncertain == 50)
            #expect(try await !ledger.settle(late, results: accepted(0..<50), isComplete: true, now: noon))
            #expect(try await ledger.claim(batch, worker: "c", now: later, lease: lease) == .settled)
        },
        .init("the same worker's earlier attempt is fenced off as well") { ledger async throws in
            let batch = try await ledger.batch()
            let first = try await ledger.claimed(batch, by: "a")
            #expect(try await ledger.settle(first, results: accepted(0..<10), isComplete: false, now: noon))
            let second = try await ledger.claimed(batch, by: "a")
            #expect(try await !ledger.settle(first, results: accepted(10..<50), isComplete: true, now: noon))
            #expect(try await ledger.settle(second, results: accepted(10..<50), isComplete: true, now: noon))
            #expect(try await ledger.settledCounts(of: batch.run).total == 50)
        },
        .init("a holder that is late but not replaced still settles what it knows") { ledger async throws in
            let batch = try await ledger.batch()
            let claim = try await ledger.claimed(batch, by: "a", lease: .milliseconds(1))
            #expect(try await ledger.settle(claim, results: accepted(0..<50), isComplete: true, now: noon))
            #expect(
                try await ledger.claim(batch, worker: "b", now: noon + .seconds(99), lease: lease) == .settled
            )
        },
        .init("a batch taken over as abandoned and settled in part stays abandoned for the rest") {
            ledger async throws in
            let batch = try await ledger.batch()
            let first = try await ledger.claimed(batch, by: "a")
            #expect(try await ledger.settle(first, results: accepted(0..<5), isComplete: false, now: noon))
            _ = try await ledger.claimed(batch, by: "b")
            let later = noon + lease
            guard
                case .abandoned(let claim) = try await ledger.claim(
                    batch, worker: "c", now: later, lease: lease)
            else {
                Issue.record("not abandoned")
                return
            }
            #expect(claim.attempt == 3)
            #expect(claim.settled == accepted(0..<5))
            #expect(try await ledger.settle(claim, results: accepted(5..<10), isComplete: false, now: noon))
            let next = try await ledger.claim(batch, worker: "d", now: later, lease: lease)
            guard case .abandoned(let rest) = next else {
                Issue.record("\(next)")
                return
            }
            #expect(rest.attempt == 4)
            #expect(rest.settled == accepted(0..<10))
        },
        .init("a recipient never has two results") { ledger async throws in
            let batch = try await ledger.batch()
            let first = try await ledger.claimed(batch, by: "a")
            #expect(try await ledger.settle(first, results: accepted(0..<20), isComplete: false, now: noon))
            let second = try await ledger.claimed(batch, by: "a")
            await #expect(throws: Problem.self) {
                _ = try await ledger.settle(second, results: accepted(19..<50), isComplete: true, now: noon)
            }
            await #expect(throws: Problem.self) {
                _ = try await ledger.settle(
                    second, results: accepted(20..<50) + accepted(20..<21), isComplete: true, now: noon)
            }
            #expect(try await ledger.settledCounts(of: batch.run).accepted == 20)
            #expect(try await ledger.settle(second, results: accepted(20..<50), isComplete: true, now: noon))
        },
        .init("a batch that was never claimed is not settled") { ledger async throws in
            let batch = try await ledger.batch()
            let claim = Claim(batch: batch, worker: "a", attempt: 1, leaseEnds: noon + lease, settled: [])
            #expect(try await !ledger.settle(claim, results: accepted(0..<50), isComplete: true, now: noon))
            #expect(try await ledger.settledCounts(of: batch.run).total == 0)
        },
        .init("batches settled at once are all counted") { ledger async throws in
            let batch = try await ledger.batch()
            let settled = try await atOnce(20) { number in
                let batch = BatchID(run: batch.run, shard: 0, number: number)
                let claim = try await ledger.claimed(batch, by: "worker \(number)")
                return try await ledger.settle(claim, results: accepted(0..<50), isComplete: true, now: noon)
            }
            #expect(settled.allSatisfy { $0 })
            #expect(try await ledger.settledCounts(of: batch.run).accepted == 1000)
        },
        .init("control and settling do not undo each other") { ledger async throws in
            let batch = try await ledger.batch()
            let claim = try await ledger.claimed(batch, by: "a")
            try await ledger.setControl(.paused(reason: "by hand"), of: batch.run)
            #expect(try await ledger.settle(claim, results: accepted(0..<50), isComplete: true, now: noon))
            let run = try #require(try await ledger.run(batch.run))
            #expect(run.control == .paused(reason: "by hand"))
            #expect(run.settled.accepted == 50)
        },
        .init("fifty long reasons of a batch are kept whole") { ledger async throws in
            let batch = try await ledger.batch()
            let claim = try await ledger.claimed(batch, by: "a")
            let results = (0..<50).map {
                RecipientResult(
                    index: $0, outcome: .rejected(reason: String(repeating: hostileText, count: 40)))
            }
            #expect(try await ledger.settle(claim, results: results, isComplete: true, now: noon))
            #expect(try await ledger.results(of: batch) == results)
        },
    ]
}

// MARK: - Uncertain recipients

private var resolvingClauses: [ContractClause<any Ledger>] {
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

// MARK: - News of the mail service

private var confirmingClauses: [ContractClause<any Ledger>] {
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

// MARK: - Material

private let noon = Timestamp(milliseconds: 1_780_326_000_123)
private let lease = Duration.seconds(60)
private let hostileText = "\"quoted\" \\ 'single' {{x}} \u{1F6A2} \u{7F}\r\n\t<b>&amp; a#b/../c"

private func accepted(_ indices: Range<Int>) -> [RecipientResult] {
    indices.map { RecipientResult(index: $0, outcome: .accepted(messageID: "0100018f-\($0)@example")) }
}

extension Ledger {
    /// The first batch of a new run.
    fileprivate func batch(of name: String = "paul-simon#1") async throws -> BatchID {
        let run = Run.example(name)
        _ = try await create(run)
        return BatchID(run: run.id, shard: 1, number: 1)
    }

    /// Two settled batches of fifty, in which three recipients are uncertain.
    fileprivate func uncertainBatches() async throws -> (BatchID, BatchID) {
        let batch = try await batch()
        let first = BatchID(run: batch.run, shard: 1, number: 0)
        let claim = try await claimed(first, by: "a")
        var results = accepted(0..<50)
        results[2] = RecipientResult(index: 2, outcome: .uncertain(reason: hostileText))
        results[40] = RecipientResult(index: 40, outcome: .uncertain(reason: "lost"))
        #expect(try await settle(claim, results: results, isComplete: true, now: noon + .seconds(5)))
        let second = try await claimed(batch, by: "a")
        results = accepted(0..<50)
        results[0] = RecipientResult(index: 0, outcome: .uncertain(reason: "lost"))
        #expect(try await settle(second, results: results, isComplete: true, now: noon + .seconds(7)))
        return (first, batch)
    }

    /// A claim that must be given.
    fileprivate func claimed(
        _ batch: BatchID, by worker: String, at now: Timestamp = noon, lease: Duration = lease
    ) async throws -> Claim {
        let answer = try await claim(batch, worker: worker, now: now, lease: lease)
        guard case .claimed(let claim) = answer else { throw ContractBreach(description: "\(answer)") }
        return claim
    }

    fileprivate func settledCounts(of run: RunID) async throws -> OutcomeCounts {
        try #require(try await self.run(run)).settled
    }
}

extension Run {
    fileprivate static func example(
        _ name: String = "paul-simon#2026-06-01T10:00:00Z", plan: String = "0", plannedAt: Timestamp = noon,
        rows: Int = 1000, recipients: Int = 1000, shards: Int = 20
    ) -> Run {
        var atPlan = OutcomeCounts()
        atPlan.invalid = 3
        atPlan.duplicate = 4
        atPlan.excluded = 5
        atPlan.suppressed = 6
        let id = RunID(name)!
        return Run(
            id: id, planPrefix: "runs/\(id.campaign)/\(id.occurrence)/\(plan)/",
            planDigest: String(repeating: plan, count: 64 / plan.utf8.count), plannedAt: plannedAt,
            rows: rows,
            recipients: recipients, shards: shards, shardSize: 500, batchSize: 50, atPlan: atPlan)
    }
}
