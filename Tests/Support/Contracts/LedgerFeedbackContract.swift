import Campaigns
import Testing

/// What a ``Ledger`` promises of what the mail service tells of mails.
var feedbackClauses: [ContractClause<any Ledger>] {
    [
        .init("nothing is told of a run of which nothing was told") { ledger async throws in
            let run = try await ledger.batch().run
            #expect(try await ledger.feedback(of: run) == RunFeedback())
            #expect(try await ledger.feedback(ofShard: 3, of: run) == ShardFeedback())
        },
        .init("each kind of event counts once for a recipient, however often it is told") {
            ledger async throws in
            let run = try await ledger.batch().run
            let events = [
                RecipientEvent(index: 4, kind: .delivered, domain: "example.org", at: noon),
                RecipientEvent(index: 4, kind: .opened, at: noon),
                RecipientEvent(
                    index: 499, kind: .permanentBounce, reason: "NoEmail 5.1.1", domain: hostileText,
                    at: noon),
            ]
            for _ in 0..<2 {
                for event in events {
                    try await ledger.count([event, event], inShard: 1, of: run, now: noon)
                }
            }
            let feedback = try await ledger.feedback(of: run)
            #expect(feedback.counts[.delivered] == 1 && feedback.counts[.opened] == 1)
            #expect(feedback.counts[.permanentBounce] == 1 && feedback.counts.bounces == 1)
            #expect(feedback.reasons.map(\.reason) == ["NoEmail 5.1.1"])
            #expect(Set(feedback.domains.map(\.domain)) == ["example.org", hostileText])
            #expect(feedback.timeline.inOrder.map(\.delivered) == [1])
            let shard = try await ledger.feedback(ofShard: 1, of: run)
            #expect(shard.has(.opened, of: 4) && !shard.has(.opened, of: 499))
            #expect(try await ledger.feedback(ofShard: 0, of: run) == ShardFeedback())
        },
        .init("events told twice, at once and in any order come to the same counts") { ledger async throws in
            let run = try await ledger.batch().run
            let events = (0..<100).flatMap { index in
                [FeedbackKind.sent, index.isMultiple(of: 10) ? .permanentBounce : .delivered].map {
                    RecipientEvent(index: index, kind: $0, domain: "example.org", at: noon)
                }
            }
            let shuffled = (events + events).shuffled()
            _ = try await atOnce(20) { part in
                for shard in [2, 19] {
                    let some = Array(shuffled[(part * 20)..<(part * 20 + 20)])
                    try await ledger.count(some, inShard: shard, of: run, now: noon)
                }
            }
            let feedback = try await ledger.feedback(of: run)
            #expect(feedback.counts[.sent] == 200 && feedback.counts[.delivered] == 180)
            #expect(feedback.counts[.permanentBounce] == 20)
            #expect(feedback.domains.map(\.delivered) == [180] && feedback.domains.map(\.bounced) == [20])
            #expect(try await ledger.run(run)?.settled == OutcomeCounts())
        },
        .init("a finding pauses its run, and is kept with its figures") { ledger async throws in
            let run = try await ledger.batch().run
            let finding = RateFinding(rate: .bounces, events: 52, delivered: 1000, limit: 0.04, at: noon)
            let answer = try await ledger.record(finding, of: run)
            #expect(answer.control == .paused(reason: "\(finding)") && answer.findings == [finding])
            #expect(try await ledger.control(of: run) == answer.control)
            let recorded = try #require(try await ledger.run(run))
            #expect(recorded.findings == [finding] && recorded.standingFindings == [finding])
            // Worse figures later change nothing: the first are those that it was paused for.
            var worse = finding
            worse.events = 90
            #expect(try await ledger.record(worse, of: run).findings == [finding])
            let other = RateFinding(
                rate: .complaints, events: 3, delivered: 1000, limit: 0.0008, at: noon + .seconds(1))
            #expect(try await ledger.record(other, of: run).findings == [finding, other])
            #expect(try await ledger.control(of: run) == answer.control)
        },
        .init("of twenty findings at once one is kept") { ledger async throws in
            let run = try await ledger.batch().run
            _ = try await atOnce(20) { number in
                try await ledger.record(
                    RateFinding(
                        rate: .bounces, events: 50 + number, delivered: 1000, limit: 0.04, at: noon), of: run)
            }
            #expect(try await ledger.run(run)?.findings.count == 1)
        },
        .init("who holds or ends a run keeps the word, and what was found is kept beside it") {
            ledger async throws in
            let controls = [
                RunControl.paused(reason: "by hand"), .cancelled(reason: "off"), .stopped(reason: "SES"),
            ]
            for (number, control) in controls.enumerated() {
                let run = try await ledger.batch(of: "paul-simon#\(number)").run
                try await ledger.setControl(control, of: run)
                let finding = RateFinding(
                    rate: .complaints, events: 9, delivered: 1000, limit: 0.0008, at: noon)
                let answer = try await ledger.record(finding, of: run)
                #expect(answer.control == control && answer.findings == [finding])
                #expect(try await ledger.control(of: run) == control)
            }
        },
        .init("after an override a run is held again only by a rate above the next limit") {
            ledger async throws in
            let run = try await ledger.batch().run
            var finding = RateFinding(rate: .bounces, events: 52, delivered: 1000, limit: 0.04, at: noon)
            _ = try await ledger.record(finding, of: run)
            let override = RateFinding.Override(by: hostileText, at: noon + .seconds(9), limit: 0.078)
            for _ in 0..<2 { try await ledger.override([.bounces: override], of: run) }
            try await ledger.setControl(.running, of: run)
            finding.override = override
            var recorded = try #require(try await ledger.run(run))
            #expect(recorded.findings == [finding] && recorded.limit(of: .bounces) == 0.078)
            // What was found before the override, and told late.
            finding.override = nil
            #expect(try await ledger.record(finding, of: run).control == .running)
            let worse = RateFinding(rate: .bounces, events: 78, delivered: 1000, limit: 0.078, at: noon)
            #expect(try await ledger.record(worse, of: run).control == .paused(reason: "\(worse)"))
            recorded = try #require(try await ledger.run(run))
            #expect(recorded.findings.count == 2 && recorded.standingFindings == [worse])
        },
        .init("a run that was let go on under a finding that stands is held again") { ledger async throws in
            let run = try await ledger.batch().run
            let finding = RateFinding(rate: .bounces, events: 52, delivered: 1000, limit: 0.04, at: noon)
            _ = try await ledger.record(finding, of: run)
            try await ledger.setControl(.running, of: run)
            #expect(try await ledger.record(finding, of: run).control == .paused(reason: "\(finding)"))
        },
        .init("limits are read as they were planned") { ledger async throws in
            var run = Run.example()
            run = Run(
                id: run.id, planPrefix: run.planPrefix, planDigest: run.planDigest, plannedAt: noon,
                rows: 1, recipients: 1, shards: 1, shardSize: 1, batchSize: 1, atPlan: OutcomeCounts(),
                limits: RateLimits(bounces: 0.123_456_789, complaints: 0))
            _ = try await ledger.create(run)
            #expect(try await ledger.run(run.id) == run)
            #expect(try await ledger.runs(of: nil) == [run])
        },
        .init("nothing is found of a run that is not there") { ledger async throws in
            let nobody = RunID("nobody#1")!
            let finding = RateFinding(rate: .bounces, events: 52, delivered: 1000, limit: 0.04, at: noon)
            await #expect(throws: Problem.self) { _ = try await ledger.record(finding, of: nobody) }
            await #expect(throws: Problem.self) { try await ledger.override([:], of: nobody) }
        },
        .init("news of many recipients and batches is recorded at once, each with its own answer") {
            ledger async throws in
            let (batch, other) = try await ledger.uncertainBatches()
            let nowhere = BatchID(run: batch.run, shard: 7, number: 7)
            let nobody = BatchID(run: RunID("nobody#1")!, shard: 0, number: 0)
            let news = [
                batch: [2: "late", 40: "later", 7: "known"], other: [0: "last"], nowhere: [0: "m"],
                nobody: [3: "m"],
            ]
            var expected: [BatchID: [Int: ConfirmationAnswer]] = [
                batch: [2: .confirmed, 40: .confirmed, 7: .known], other: [0: .confirmed],
                nowhere: [0: .unknown], nobody: [3: .unknown],
            ]
            #expect(try await ledger.confirm(news, now: noon) == expected)
            (expected[batch], expected[other]) = ([2: .known, 40: .known, 7: .known], [0: .known])
            #expect(try await ledger.confirm(news, now: noon) == expected)
            let counts = try await ledger.settledCounts(of: batch.run)
            #expect(counts.accepted == 100 && counts.uncertain == 0)
            #expect(try await ledger.confirm([:], now: noon) == [:])
        },
    ]
}
