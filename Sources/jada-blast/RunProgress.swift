internal import Campaigns

/// How fast a run gets on, and when it will be over at that rate.
struct RunProgress: Encodable {
    /// Mails a second.
    var rate: Double
    /// Whether it is the rate of the last minute, and not that since the run was planned.
    private let isRecent: Bool
    var doneBy: Timestamp

    private enum CodingKeys: String, CodingKey { case rate, doneBy }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rate, forKey: .rate)
        try container.encode(doneBy.description, forKey: .doneBy)
    }

    fileprivate init(rate: Double, doneBy: Timestamp, isRecent: Bool) {
        self.rate = rate
        self.doneBy = doneBy
        self.isRecent = isRecent
    }

    func line(zone: TimeZoneRules) -> String {
        "\(rate.asRate) mails a second\(isRecent ? "" : " since it was planned"), done by \(doneBy.inWords(zone)) at that rate"
    }
}

/// Measures how fast runs get on, from one look to the next.
struct RunProgressMeter {
    /// What was settled of a run, and when.
    private struct Look {
        var settled: Int
        var at: Timestamp
    }

    /// A rate is of this time at most: what was before says little of what is to come.
    private static let window = Duration.seconds(60)

    private var looks: [RunID: [Look]] = [:]

    /// - Returns: `nil` where nothing can be said: the run does not run, or nothing has been settled.
    mutating func progress(of run: Run, now: Timestamp) -> RunProgress? {
        guard run.control == .running, !run.isFinished else { return nil }
        let latest = Look(settled: run.settled.total, at: now)
        // At the first look it is the rate since the run was planned, pauses and all.
        let isRecent = looks[run.id] != nil
        var some = looks[run.id] ?? [Look(settled: 0, at: run.plannedAt)]
        defer { if !isRecent { looks[run.id] = [latest] } }
        while some.count > 1, now - some[1].at >= Self.window { some.removeFirst() }
        some.append(latest)
        looks[run.id] = some
        let elapsed = Double((now - some[0].at).wholeMilliseconds) / 1000
        guard elapsed > 0, latest.settled > some[0].settled else { return nil }
        let rate = Double(latest.settled - some[0].settled) / elapsed
        let left = Double(run.recipients - run.settled.total) / rate
        return RunProgress(rate: rate, doneBy: now + .seconds(left), isRecent: isRecent)
    }
}
