package import Campaigns
internal import Delivery

/// What became of each row of a run's list, as CSV (RFC 4180): a line a row, as it is read.
package struct RecipientTable: Sendable {
    package static let header = """
        line,address,outcome,detail,recorded_at,sent,delivered,bounced,complained,opened,clicked\r\n
        """

    private let run: Run
    private let library: any CampaignLibrary
    private let ledger: any Ledger

    package init(of run: Run, library: any CampaignLibrary, ledger: any Ledger) {
        self.run = run
        self.library = library
        self.ledger = ledger
    }

    /// Hands over all lines, the header first: shard by shard, and after them the rows that planning has set aside.
    ///
    /// - Parameter body: is given some lines at a time, and the number of rows in them.
    package func write(_ body: (String, Int) async throws -> Void) async throws {
        try await body(Self.header, 0)
        for shard in 0..<run.shards {
            let results = try await ledger.results(ofShard: shard, of: run.id)
            let feedback = try await ledger.feedback(ofShard: shard, of: run.id)
            let known = Dictionary(
                results.map { ($0.batch * run.batchSize + $0.result.index, $0) }, uniquingKeysWith: { $1 })
            var reader = try await ShardReader(
                PlanKeys(prefix: run.planPrefix).shard(shard), in: library, skipping: 0)
            while true {
                let entries = try await reader.next(500)
                if entries.isEmpty { break }
                let lines = entries.map { line(of: $0, known[$0.index], feedback) }
                try await body(lines.joined(), lines.count)
            }
        }
        var lines: [String] = []
        try await SetAsideReader(run: run, library: library).forEach { row in
            lines.append(Self.line(["\(row.line)", row.address, row.outcome, row.reason]))
            if lines.count == 500 {
                try await body(lines.joined(), lines.count)
                lines = []
            }
        }
        if !lines.isEmpty { try await body(lines.joined(), lines.count) }
    }

    private func line(
        of entry: ShardReader.Entry, _ result: ShardResult?, _ feedback: ShardFeedback
    ) -> String {
        let (outcome, detail) = result.map { Self.words($0.result.outcome) } ?? ("pending", "")
        func told(_ kinds: FeedbackKind...) -> String {
            kinds.contains { feedback.has($0, of: entry.index) } ? "1" : ""
        }
        return Self.line([
            "\(entry.recipient.line)", entry.recipient.to, outcome, detail,
            result?.at?.description ?? "", told(.sent), told(.delivered),
            told(.permanentBounce, .transientBounce, .undeterminedBounce), told(.complaint), told(.opened),
            told(.clicked),
        ])
    }

    private static func words(_ outcome: RecipientResult.Outcome) -> (outcome: String, detail: String) {
        switch outcome {
        case .accepted(let messageID): ("accepted", messageID)
        case .rejected(let reason): ("rejected", reason)
        case .suppressed(let reason): ("suppressed", reason.rawValue)
        case .uncertain(let reason): ("uncertain", reason)
        case .dropped(let reason): ("dropped", reason)
        }
    }

    private static let columns = 11

    static func line(_ fields: [String]) -> String {
        let all = fields + Array(repeating: "", count: columns - fields.count)
        return CSVLine.text(all.map(harmless)) + "\r\n"
    }

    /// Where a spreadsheet would take it for a formula, with an apostrophe before it (OWASP, "CSV Injection"): addresses and
    /// reasons are other people's words.
    private static func harmless(_ field: String) -> String {
        field.utf8.first.map { "=+-@\t\r".utf8.contains($0) } == true ? "'" + field : field
    }
}
