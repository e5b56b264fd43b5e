internal import ArgumentParser
internal import Campaigns

/// A run as `invoke` and `status` tell it.
struct RunSummary: Encodable {
    /// The counts that add up to `rows` once the run is finished; until then `pending` makes up the rest.
    struct Counts: Encodable {
        var rows: Int
        var accepted: Int
        var rejected: Int
        var suppressed: Int
        var invalid: Int
        var duplicate: Int
        var excluded: Int
        var uncertain: Int
    }
    var run: String
    var status: String
    var reason: String?
    var plannedAt: String
    var counts: Counts
    var pending: Int
    var outbox: String?

    init(_ run: Run, outbox: String? = nil) {
        let counts = run.counts
        self.run = run.id.description
        plannedAt = run.plannedAt.description
        self.counts = Counts(
            rows: run.rows, accepted: counts.accepted, rejected: counts.rejected,
            suppressed: counts.suppressed,
            invalid: counts.invalid, duplicate: counts.duplicate, excluded: counts.excluded,
            uncertain: counts.uncertain)
        pending = max(0, run.recipients - run.settled.total)
        self.outbox = outbox
        switch run.control {
        case _ where run.isFinished: status = "finished"
        case .running: status = "running"
        case .paused(let why): (status, reason) = ("paused", why)
        case .cancelled(let why): (status, reason) = ("cancelled", why)
        case .stopped(let why): (status, reason) = ("stopped", why)
        }
    }

    /// `nil` if the run ended as meant.
    var exitCode: ExitCode? {
        if status != "finished" { return .notFinished }
        return counts.uncertain > 0 ? .uncertain : nil
    }

    /// For a person.
    var text: String {
        var lines = ["Run \(run): \(status)" + (reason.map { " (\($0))" } ?? "")]
        let rows = [
            ("accepted", counts.accepted), ("rejected", counts.rejected), ("suppressed", counts.suppressed),
            ("invalid", counts.invalid), ("duplicate", counts.duplicate), ("excluded", counts.excluded),
            ("uncertain", counts.uncertain), ("pending", pending),
        ]
        for (name, count) in rows where count > 0 || name == "accepted" {
            let number = String(count)
            let padding = String(repeating: " ", count: max(0, 9 - number.count))
            lines.append(padding + number + "  " + name)
        }
        let total = String(counts.rows)
        lines.append(String(repeating: " ", count: max(0, 9 - total.count)) + total + "  rows")
        if let outbox { lines.append("The mails are in \(outbox)") }
        return lines.joined(separator: "\n")
    }
}
