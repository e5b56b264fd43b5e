import Campaigns

@testable import Delivery
@testable import Reports

/// A report with something in each of its parts.
enum ReportMaterial {
    static let start = Timestamp(iso8601: "2026-06-01T17:00:00Z")!

    /// - Parameter text: stands in every field that holds words of others.
    static func report(saying text: String = "Ahoy", isFinished: Bool = true) -> RunReport {
        let id = RunID("paul-simon#2026-06-01T17:00:00Z")!
        var atPlan = OutcomeCounts()
        (atPlan.invalid, atPlan.duplicate, atPlan.suppressed) = (3, 2, 4)
        var settled = OutcomeCounts()
        (settled.accepted, settled.uncertain, settled.rejected) = (988, 2, 1)
        if !isFinished { settled.accepted = 400 }
        let finding = RateFinding(
            rate: .bounces, events: 41, delivered: 900, limit: 0.04, at: start + .seconds(600),
            override: .init(by: text, at: start + .seconds(900), limit: 0.06))
        let run = Run(
            id: id, planPrefix: "runs/x/", planDigest: "", plannedAt: start, rows: 1000, recipients: 991,
            shards: 1, shardSize: 5000, batchSize: 50, atPlan: atPlan, settled: settled,
            control: isFinished ? .running : .paused(reason: text), findings: [finding])
        let content = Plan.Content(
            subject: text, fromName: text, fromAddress: "crew@example.org", replyTo: [], tags: [:],
            headers: [])
        let plan = Plan(
            run: "\(id)", plannedAt: "\(start)", source: text, content: content, variables: [], rows: 1000,
            recipients: 991, shards: 1, shardSize: 5000, batchSize: 50, setAside: atPlan, recipientsDigest: ""
        )
        var feedback = RunFeedback()
        feedback.add(shard(saying: text))
        var activity = ActivityTimeline()
        for index in 0..<988 { activity.addAccepted(at: start + .milliseconds(index * 700)) }
        activity.add(feedback.timeline)
        let uncertain = UncertainMail(
            line: 7, address: text,
            recipient: UncertainRecipient(
                batch: BatchID(run: id, shard: 0, number: 0), index: 3, reason: text, at: start))
        return RunReport(
            run: run, name: text, plan: plan, feedback: feedback,
            reasons: [
                .init(outcome: "invalid", text: text, count: 3), .init(outcome: "other", text: nil, count: 1),
            ],
            uncertain: [uncertain], activity: activity,
            earlier: [
                .init(run: run, feedback: feedback.counts), .init(run: run, feedback: FeedbackCounts()),
            ],
            madeAt: start + .seconds(7200))
    }

    private static func shard(saying text: String) -> ShardFeedback {
        var shard = ShardFeedback()
        for index in 0..<940 {
            let moment = start + .milliseconds(index * 700 + 4000)
            shard.take(
                RecipientEvent(index: index, kind: .delivered, domain: "example.org", at: moment))
            if index % 3 == 0 { shard.take(RecipientEvent(index: index, kind: .opened, at: moment)) }
        }
        for index in 940..<981 {
            let moment = start + .milliseconds(index * 700 + 9000)
            shard.take(
                RecipientEvent(
                    index: index, kind: .permanentBounce, reason: index % 2 == 0 ? text : "NoEmail 5.1.1",
                    domain: index % 5 == 0 ? text : "example.net", at: moment))
        }
        shard.take(
            RecipientEvent(
                index: 1, kind: .complaint, reason: "abuse", domain: "example.org",
                at: start + .seconds(90_000)))
        return shard
    }
}
