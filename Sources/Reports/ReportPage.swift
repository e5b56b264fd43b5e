package import Campaigns
internal import Delivery

/// Writes a report as one HTML file: complete in itself, without scripts, readable on a phone, by day and by night, and on paper.
///
/// Every text is escaped by the template engine.
package struct ReportPage: Sendable {
    /// Uncertain recipients that are named one by one; the command line names all of them.
    private static let mostUncertain = 500
    private static let mostBars = 12

    private let template: MustacheTemplate
    private let zone: TimeZoneRules

    /// - Parameter zone: the zone in which times are told.
    /// - Throws: a ``Problem`` if the template is wrong, which a test would have seen.
    package init(zone: TimeZoneRules) throws(Problem) {
        template = try MustacheTemplate(
            Self.source, file: "report page", escaping: .html, partials: ["bars": Self.bars])
        self.zone = zone
    }

    package func html(_ report: RunReport) -> String {
        template.render(
            .object([
                "style": .string(Self.style), "name": .string(report.name),
                "subject": .string(report.plan.content.subject), "zone": .string(zone.name),
                "sender": .string(Self.sender(report.plan.content)), "run": .string("\(report.run.id)"),
                "status": status(report.run), "planned": .string(words(report.run.plannedAt)),
                "made": .string(words(report.madeAt)), "notices": notices(report.run),
                "tiles": .list(tiles(report)), "outcomes": outcomes(report.run),
                "plot": plot(report.activity), "hasFeedback": .bool(!report.feedback.counts.isEmpty),
                "feedback": feedback(report.feedback.counts), "bounces": bounces(report.feedback),
                "domains": domains(report.feedback), "reasons": reasons(report.reasons),
                "uncertain": uncertain(report), "earlier": earlier(report),
            ]))
    }

    private static func sender(_ content: Plan.Content) -> String {
        content.fromName.map { "\($0) <\(content.fromAddress)>" } ?? content.fromAddress
    }

    // MARK: - Head

    private func status(_ run: Run) -> MustacheValue {
        let (name, tone) =
            switch run.control {
            case _ where run.isFinished: ("finished", "good")
            case .running: ("running", "plain")
            case .paused: ("paused", "warning")
            case .cancelled: ("cancelled", "warning")
            case .stopped: ("stopped", "bad")
            }
        return .object(["name": .string(name), "tone": .string(tone)])
    }

    private func notices(_ run: Run) -> MustacheValue {
        var notices: [String] = []
        switch run.control {
        case .running: break
        case .paused(let why), .cancelled(let why), .stopped(let why): notices.append(why)
        }
        for finding in run.findings {
            let text = "\(finding)"
            if notices.contains(text), finding.override == nil { continue }
            notices.append(
                text + (finding.override.map { "; \($0.by) let it go on, \(words($0.at))" } ?? ""))
        }
        return .list(notices.map { .string($0) })
    }

    private func tiles(_ report: RunReport) -> [MustacheValue] {
        let counts = report.run.counts
        let told = report.feedback.counts
        func tile(_ name: String, _ value: String, _ note: String, tone: String = "plain") -> MustacheValue {
            .object([
                "name": .string(name), "value": .string(value), "note": .string(note), "tone": .string(tone),
            ])
        }
        var tiles = [
            tile("Accepted", counts.accepted.grouped, "of \(report.run.rows.grouped) rows"),
            tile(
                "Uncertain", counts.uncertain.grouped, "may have been mailed",
                tone: counts.uncertain > 0 ? "warning" : "plain"),
        ]
        if !told.isEmpty {
            tiles += [
                tile(
                    "Delivered", told[.delivered].grouped,
                    Self.share(told[.delivered], counts.accepted, "of accepted")),
                rateTile("Bounced", .bounces, report),
                rateTile("Complained", .complaints, report),
            ]
            for (name, kind) in [("Opened", FeedbackKind.opened), ("Clicked", .clicked)] where told[kind] > 0
            {
                tiles.append(
                    tile(name, told[kind].grouped, Self.share(told[kind], told[.delivered], "of delivered")))
            }
        }
        if let duration = report.duration {
            let rate = report.rate.map { "\($0.tenths) mails a second" } ?? ""
            tiles.append(tile("Duration", duration.words, rate))
        }
        tiles.append(tile("Price", "$\(report.dollars.cents)", "at SES's list price of $0.10 a thousand"))
        return tiles
    }

    private func rateTile(_ name: String, _ rate: WatchedRate, _ report: RunReport) -> MustacheValue {
        let told = report.feedback.counts
        let share = told.share(of: rate, ofAccepted: report.run.settled.accepted)
        let limit = report.run.limit(of: rate)
        let isHigh = share.map { $0 >= limit && told.events(of: rate) >= rate.fewestEvents } ?? false
        // An override may have lifted it altogether.
        let hold = limit > 1 ? "no limit" : "paused at \(limit.percent)"
        let note = (share.map { "\($0.percent) of delivered, " } ?? "") + hold
        return .object([
            "name": .string(name), "value": .string(told.events(of: rate).grouped), "note": .string(note),
            "tone": .string(isHigh ? "bad" : "plain"),
        ])
    }

    private static func share(_ part: Int, _ whole: Int, _ what: String) -> String {
        whole > 0 ? "\((Double(part) / Double(whole)).percent) \(what)" : ""
    }

    // MARK: - Tables and bars

    private func outcomes(_ run: Run) -> MustacheValue {
        let counts = run.counts
        let pending = max(0, run.recipients - run.settled.total)
        let all = [
            ("accepted", counts.accepted), ("rejected", counts.rejected), ("suppressed", counts.suppressed),
            ("invalid", counts.invalid), ("duplicate", counts.duplicate), ("excluded", counts.excluded),
            ("uncertain", counts.uncertain), ("pending", pending),
        ].filter { $0.1 > 0 }
        return Self.bars(all.map { (name: $0.0, note: "", count: $0.1) }, total: run.rows)
    }

    /// Bars of which the longest is as long as there is room.
    private static func bars(
        _ rows: [(name: String, note: String, count: Int)], total: Int? = nil
    ) -> MustacheValue {
        let most = rows.map(\.count).max() ?? 0
        return .list(
            rows.map { row in
                .object([
                    "name": .string(row.name), "note": .string(row.note), "count": .string(row.count.grouped),
                    "share": .string(total.map { share(row.count, $0, "") } ?? ""),
                    "width": .string(most > 0 ? (Double(row.count) / Double(most) * 100).tenths : "0"),
                ])
            })
    }

    private func feedback(_ counts: FeedbackCounts) -> MustacheValue {
        Self.bars(
            FeedbackKind.allCases.filter { counts[$0] > 0 }.map {
                (name: $0.words, note: "", count: counts[$0])
            })
    }

    private func bounces(_ feedback: RunFeedback) -> MustacheValue {
        let bounces = feedback.reasons.filter(\.kind.isBounce)
        let some = bounces.prefix(Self.mostBars).map {
            (name: $0.reason.isEmpty ? "no reason told" : $0.reason, note: $0.kind.words, count: $0.count)
        }
        // Reasons that were too many to be kept by name are others' as well as bounces'.
        let others = feedback.counts.bounces - some.reduce(0) { $0 + $1.count }
        return section(some + (others > 0 ? [(name: "other reasons", note: "", count: others)] : []))
    }

    private func domains(_ feedback: RunFeedback) -> MustacheValue {
        let named = feedback.domains.filter { $0.bounced > 0 && $0.domain != nil }.sorted {
            $0.bounced > $1.bounced
        }
        let some = named.prefix(Self.mostBars).map { domain in
            let ended = domain.delivered + domain.bounced
            return (
                name: domain.domain ?? "", note: Self.share(domain.bounced, ended, "of \(ended.grouped)"),
                count: domain.bounced
            )
        }
        let others = feedback.domains.reduce(0) { $0 + $1.bounced } - some.reduce(0) { $0 + $1.count }
        return section(some + (others > 0 ? [(name: "all other domains", note: "", count: others)] : []))
    }

    private func section(_ rows: [(name: String, note: String, count: Int)]) -> MustacheValue {
        rows.isEmpty ? .null : .object(["bars": Self.bars(rows)])
    }

    private func reasons(_ reasons: [RunReport.Reason]) -> MustacheValue {
        reasons.isEmpty
            ? .null
            : .object([
                "rows": .list(
                    reasons.map {
                        .object([
                            "outcome": .string($0.outcome), "text": .string($0.text ?? "rarer reasons"),
                            "count": .string($0.count.grouped),
                        ])
                    })
            ])
    }

    private func uncertain(_ report: RunReport) -> MustacheValue {
        guard !report.uncertain.isEmpty else { return .null }
        let rest = report.uncertain.count - Self.mostUncertain
        return .object([
            "run": .string("\(report.run.id)"),
            "rows": .list(
                report.uncertain.prefix(Self.mostUncertain).map { mail in
                    .object([
                        "line": .string("\(mail.line)"), "address": .string(mail.address),
                        "reason": .string(mail.recipient.reason), "at": .string(words(mail.recipient.at)),
                    ])
                }),
            "rest": .string(rest > 0 ? rest.grouped : ""),
        ])
    }

    private func earlier(_ report: RunReport) -> MustacheValue {
        guard !report.earlier.isEmpty else { return .null }
        let all = [.init(run: report.run, feedback: report.feedback.counts)] + report.earlier
        return .object([
            "rows": .list(
                all.enumerated().map { place, one in
                    let told = one.feedback
                    let hasTold = !told.isEmpty
                    func share(_ rate: WatchedRate) -> String {
                        one.share(of: rate)?.percent ?? "–"
                    }
                    return .object([
                        "planned": .string(words(one.run.plannedAt)), "isThis": .bool(place == 0),
                        "rows": .string(one.run.rows.grouped),
                        "accepted": .string(one.run.counts.accepted.grouped),
                        "delivered": .string(hasTold ? told[.delivered].grouped : "–"),
                        "bounced": .string(share(.bounces)), "complained": .string(share(.complaints)),
                    ])
                })
        ])
    }

    // MARK: - Plot

    private func plot(_ activity: ActivityTimeline) -> MustacheValue {
        guard let plot = activity.plot(maximum: 120) else { return .null }
        let drawing = PlotDrawing(plot)
        let later = plot.later.total
        return .object([
            "lines": .list(
                drawing.lines.map {
                    .object([
                        "name": .string($0.name), "path": .string($0.path),
                        "total": .string($0.total.grouped),
                    ])
                }),
            "most": .string(drawing.most.grouped), "length": .string(plot.length.words),
            "start": .string(words(plot.start)), "end": .string(words(plot.end)),
            "later": .string(later > 0 ? later.grouped : ""),
        ])
    }

    private func words(_ moment: Timestamp) -> String {
        let text = "\(zone.local(at: moment))".split(separator: "T")
        guard text.count == 2 else { return "\(moment)" }
        return "\(text[0]) \(text[1].prefix(5))"
    }
}

/// The lines of a timeline in a box of 1000 by 240: a step for each bucket.
struct PlotDrawing {
    static let width = 1000.0
    static let height = 240.0

    struct Line {
        var name: String
        var path: String
        var total: Int
    }

    /// Those that have something to show.
    let lines: [Line]
    /// What the upper edge stands for.
    let most: Int

    init(_ plot: ActivityTimeline.Plot) {
        let columns: [(name: String, counts: [Int])] = [
            ("accepted", plot.buckets.map(\.accepted)), ("delivered", plot.buckets.map(\.delivered)),
            ("bounced", plot.buckets.map(\.bounced)), ("complained", plot.buckets.map(\.complained)),
        ]
        let most = max(1, columns.flatMap(\.counts).max() ?? 1)
        self.most = most
        let step = Self.width / Double(plot.buckets.count)
        lines = columns.compactMap { name, counts in
            let total = counts.reduce(0, +)
            guard total > 0 else { return nil }
            var path = ""
            for (place, count) in counts.enumerated() {
                let y = (Self.height * (1 - Double(count) / Double(most))).tenths
                let (left, right) = ((step * Double(place)).tenths, (step * Double(place + 1)).tenths)
                path += "\(place == 0 ? "M" : "L")\(left) \(y)L\(right) \(y)"
            }
            return Line(name: name, path: path, total: total)
        }
    }
}

extension FeedbackKind {
    /// As a person reads it.
    package var words: String {
        switch self {
        case .sent: "sent"
        case .delivered: "delivered"
        case .permanentBounce: "bounced for good"
        case .transientBounce: "bounced for now"
        case .undeterminedBounce: "bounced for unknown reasons"
        case .suppressed: "not tried, as a list of SES's names them"
        case .complaint: "complained"
        case .rejected: "rejected by SES"
        case .delayed: "delayed"
        case .renderingFailure: "failed to render"
        case .opened: "opened"
        case .clicked: "clicked"
        case .subscription: "changed their subscription"
        }
    }
}

extension Int {
    /// With a comma between thousands: `1,234,567`.
    package var grouped: String {
        let digits = String(magnitude)
        var text = self < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}

extension Double {
    /// To one place: `12.5`, `3`.
    var tenths: String {
        guard isFinite, magnitude < 1e15 else { return "0" }
        let (whole, rest) = Int((self * 10).rounded()).quotientAndRemainder(dividingBy: 10)
        return rest == 0 ? "\(whole)" : "\(whole).\(abs(rest))"
    }

    /// To two places: `16.50`.
    package var cents: String {
        guard isFinite, magnitude < 1e15 else { return "0" }
        let (whole, rest) = Int((self * 100).rounded()).quotientAndRemainder(dividingBy: 100)
        return "\(whole.grouped).\(rest < 10 ? "0" : "")\(rest)"
    }
}

extension Duration {
    /// The two largest units: `1 h 20 min`, `45 s`.
    package var words: String {
        let seconds = Int(components.seconds)
        let units = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"),
            (seconds % 60, "s"),
        ]
        let told = units.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }
        return told.isEmpty ? "under 1 s" : told.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }
}
