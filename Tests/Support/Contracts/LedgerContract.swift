package import Campaigns
import Testing

/// What every ``Ledger`` promises.
package let ledgerContract: [ContractClause<any Ledger>] =
    recordingClauses + claimingClauses + settlingClauses + resolvingClauses + confirmingClauses
    + feedbackClauses

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
        .init("a run whose shards go out at moments of their own is kept with them, and divided by them") {
            ledger async throws in
            let hour = Duration.seconds(3600)
            let start = Timestamp(seconds: noon.seconds)
            let departures = Departures(shards: [
                .init(notBefore: start, recipients: 500), .init(notBefore: start + hour, recipients: 500),
                .init(notBefore: start - hour * 14, recipients: 1), .init(notBefore: start, recipients: 60),
            ])
            let run = Run.example(recipients: 1061, shards: 4, departures: departures)
            _ = try await ledger.create(run)
            #expect(try await ledger.run(run.id) == run)
            #expect(try await ledger.runs(of: run.id.campaign) == [run])
            let last = BatchID(run: run.id, shard: 3, number: 1)
            #expect(run.recipients(in: last) == 10)
            func settle(_ shard: Int, _ number: Int, _ recipients: Int) async throws {
                let claim = try await ledger.claimed(
                    BatchID(run: run.id, shard: shard, number: number), by: "a")
                #expect(
                    try await ledger.settle(
                        claim, results: accepted(0..<recipients), isComplete: true, now: noon))
            }
            try await settle(2, 0, 1)
            try await settle(3, 0, 50)
            let left = try await ledger.unfinishedShards(of: run)
            #expect(left.map(\.shard) == [0, 1, 3] && left.map(\.firstBatch) == [0, 0, 1])
            try await settle(3, 1, 10)
            #expect(try await ledger.unfinishedShards(of: run).map(\.shard) == [0, 1])
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
            record.waiting = hostileText
            try await ledger.put(record)
            #expect(try await ledger.schedule(of: campaign) == record)
            record.next = nil
            record.last = nil
            record.waiting = nil
            try await ledger.put(record)
            #expect(try await ledger.schedule(of: campaign) == record)
            #expect(try await ledger.schedule(of: try #require(CampaignID("paul"))) == nil)
        },
        .init("the approval given last counts, until it is revoked") { ledger async throws in
            let campaign = try #require(CampaignID("paul-simon"))
            #expect(try await ledger.approval(of: campaign) == nil)
            #expect(try await !ledger.revokeApproval(of: campaign))
            var files = CampaignFiles()
            for (index, name) in ["campaign.json", "guests of May.csv", "ü.html"].enumerated() {
                let digest = String(repeating: "\(index)", count: 64)
                let added1 = files.add(name, sha256: digest)
                #expect(added1)
            }
            let first = Approval(campaign: campaign, files: files, by: hostileText, at: noon)
            try await ledger.approve(first)
            #expect(try await ledger.approval(of: campaign) == first)
            let added2 = files.add("more.csv", sha256: String(repeating: "f", count: 64))
            #expect(added2)
            let second = Approval(
                campaign: campaign, files: files, by: "Ann", note: hostileText, at: noon + .milliseconds(1))
            try await ledger.approve(second)
            #expect(try await ledger.approval(of: campaign) == second)
            #expect(try await ledger.approval(of: try #require(CampaignID("paul"))) == nil)
            #expect(try await ledger.schedule(of: campaign) == nil)
            #expect(try await ledger.revokeApproval(of: campaign))
            #expect(try await ledger.approval(of: campaign) == nil)
        },
        .init("a run that is a step is read as such") { ledger async throws in
            let followUp = FollowUp(
                step: try #require(StepID("last-call")),
                first: try #require(Occurrence("2026-06-01T10:00:00Z")))
            let run = Run.example("paul-simon#2026-06-01T10:00:00Z.last-call", followUp: followUp)
            _ = try await ledger.create(run)
            #expect(try await ledger.run(run.id)?.followUp == followUp)
            #expect(try await ledger.runs(of: nil).map(\.followUp) == [followUp])
        },
        .init("runs with follow-ups to come are remembered as they were put last, until removed") {
            ledger async throws in
            #expect(try await ledger.followUps().isEmpty)
            let names = ["a#1", "a#2", "b#1", "b#zz.-_:"]
            var records = try names.map {
                FollowUpRecord(run: try #require(RunID($0)), next: noon + .seconds($0.utf8.count))
            }
            for record in records { try await ledger.put(record) }
            records[1].next = noon + .milliseconds(1)
            records[1].heldAt = noon
            try await ledger.put(records[1])
            #expect(Set(try await ledger.followUps()) == Set(records))
            records[1].heldAt = nil
            try await ledger.put(records[1])
            for _ in 0..<2 { try await ledger.removeFollowUps(of: records[0].run) }
            #expect(Set(try await ledger.followUps()) == Set(records.dropFirst()))
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
        .init("the results of a shard are told in order, with their times, and those of no other shard") {
            ledger async throws in
            let batch = try await ledger.batch()
            let run = batch.run
            #expect(try await ledger.results(ofShard: 0, of: run).isEmpty)
            for (shard, number, moment) in [(0, 1, noon + .seconds(5)), (0, 0, noon), (1, 0, noon)] {
                let claim = try await ledger.claimed(
                    BatchID(run: run, shard: shard, number: number), by: "a")
                let results = [
                    RecipientResult(index: 1, outcome: .rejected(reason: hostileText)), accepted(0..<1)[0],
                ]
                #expect(try await ledger.settle(claim, results: results, isComplete: false, now: moment))
            }
            let known = [
                accepted(0..<1)[0], RecipientResult(index: 1, outcome: .rejected(reason: hostileText)),
            ]
            let expected =
                known.map { ShardResult(batch: 0, result: $0, at: noon) }
                + known.map { ShardResult(batch: 1, result: $0, at: noon + .seconds(5)) }
            #expect(try await ledger.results(ofShard: 0, of: run) == expected)
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
        .init("a batch is settled once every recipient has an outcome, and not while it is open or in a hand")
        {
            ledger async throws in
            let batch = try await ledger.batch()
            #expect(try await ledger.firstUnsettled(from: batch) == batch.number)
            let first = try await ledger.claimed(batch, by: "a")
            #expect(try await ledger.firstUnsettled(from: batch) == batch.number)
            #expect(try await ledger.settle(first, results: accepted(0..<20), isComplete: false, now: noon))
            #expect(try await ledger.firstUnsettled(from: batch) == batch.number)
            let second = try await ledger.claimed(batch, by: "b")
            #expect(try await ledger.settle(second, results: accepted(20..<50), isComplete: true, now: noon))
            #expect(try await ledger.firstUnsettled(from: batch) == batch.number + 1)
        },
        .init("the first batch that is not settled is found behind all that are, and before a gap") {
            ledger async throws in
            let run = try await ledger.batch().run
            func batch(_ number: Int, shard: Int = 0) -> BatchID {
                BatchID(run: run, shard: shard, number: number)
            }
            for number in Array(0..<70) + [71] {
                let claim = try await ledger.claimed(batch(number), by: "a")
                #expect(
                    try await ledger.settle(claim, results: accepted(0..<50), isComplete: true, now: noon))
            }
            #expect(try await ledger.firstUnsettled(from: batch(0)) == 70)
            #expect(try await ledger.firstUnsettled(from: batch(69)) == 70)
            #expect(try await ledger.firstUnsettled(from: batch(70)) == 70)
            #expect(try await ledger.firstUnsettled(from: batch(71)) == 72)
            #expect(try await ledger.firstUnsettled(from: batch(0, shard: 1)) == 0)
        },
        .init("a late holder that settles in part while others take over is either in time or fenced off") {
            ledger async throws in
            let first = try await ledger.batch()
            for number in 0..<6 {
                let batch = BatchID(run: first.run, shard: 0, number: number)
                let late = try await ledger.claimed(batch, by: "late")
                let later = noon + lease
                let answers = try await atOnce(6) { worker -> ClaimResult? in
                    if worker == number {
                        let isInTime = try await ledger.settle(
                            late, results: accepted(0..<10), isComplete: false, now: later)
                        return isInTime ? .settled : nil
                    }
                    return try await ledger.claim(
                        batch, worker: "worker \(worker)", now: later, lease: lease)
                }
                let isInTime = answers.contains(.settled)
                let known = isInTime ? accepted(0..<10) : []
                #expect(try await ledger.results(of: batch) == known)
                for case .claimed(let claim)? in answers {
                    // Only after the late holder, who knows what it has sent.
                    #expect(isInTime && claim.settled == known)
                }
                for case .abandoned(let claim)? in answers { #expect(claim.settled.isEmpty && !isInTime) }
                let held = answers.count { if case .held? = $0 { true } else { false } }
                #expect(held == 4)
            }
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
