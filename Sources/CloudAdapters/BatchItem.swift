internal import AWS
internal import Campaigns
internal import Digests

/// A batch as the table holds it.
struct BatchItem {
    enum State: String {
        /// Its holder may send.
        case claimed
        /// Its holder, or the next one if its lease is over, may only settle.
        case abandoned
        /// Settled in part; free for the rest.
        case open
        case settled
    }

    let state: State
    let worker: String
    let attempt: Int
    /// 0 once its holder has settled.
    let leaseEnds: Timestamp
    /// In order of their index.
    let results: [RecipientResult]
    /// What the last settling said, to know it again.
    let settlement: String?

    init(_ item: DynamoDB.Item) throws(Problem) {
        guard let state = State(rawValue: try item.text("state")) else { throw item.unreadable("state") }
        self.state = state
        worker = try item.text("worker")
        attempt = try item.count("attempt")
        leaseEnds = try item.timestamp("lease_ends")
        settlement = item["settlement"]?.string
        var results: [RecipientResult] = []
        for element in item["results"]?.list ?? [] {
            guard let text = element.string, let result = BatchItem.result(text) else {
                throw item.unreadable("results")
            }
            results.append(result)
        }
        self.results = results.sorted { $0.index < $1.index }
    }

    func claim(of batch: BatchID) -> ClaimResult {
        let claim = Claim(
            batch: batch, worker: worker, attempt: attempt, leaseEnds: leaseEnds, settled: results)
        return state == .abandoned ? .abandoned(claim) : .claimed(claim)
    }

    /// An item holds 400 KB at most, for fifty recipients.
    private static let maximumDetailBytes = 6000

    /// `<index> <letter> <detail>`: a tenth of what a map would cost.
    static func attribute(of result: RecipientResult) -> AttributeValue {
        let (letter, detail) =
            switch result.outcome {
            case .accepted(let messageID): ("a", messageID)
            case .rejected(let reason): ("r", reason)
            case .suppressed(let reason): ("s", reason.rawValue)
            case .uncertain(let reason): ("u", reason)
            }
        return .string("\(result.index) \(letter) \(shortened(detail))")
    }

    private static func result(_ text: String) -> RecipientResult? {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let index = Int(parts[0]) else { return nil }
        let detail = String(parts[2])
        switch parts[1] {
        case "a": return RecipientResult(index: index, outcome: .accepted(messageID: detail))
        case "r": return RecipientResult(index: index, outcome: .rejected(reason: detail))
        case "u": return RecipientResult(index: index, outcome: .uncertain(reason: detail))
        case "s":
            return SuppressionReason(rawValue: detail).map {
                RecipientResult(index: index, outcome: .suppressed(reason: $0))
            }
        default: return nil
        }
    }

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > maximumDetailBytes else { return text }
        var kept = ""
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += String(scalar).utf8.count
            if bytes > maximumDetailBytes { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + "…"
    }

    /// What tells one settling of an attempt from another.
    static func fingerprint(of results: [RecipientResult], isComplete: Bool) -> String {
        var digest = SHA256()
        digest.update(Array((isComplete ? "complete" : "incomplete").utf8))
        for result in results {
            digest.update(Array("\n\(attribute(of: result).string ?? "")".utf8))
        }
        return digest.finish().prefix(16).hexadecimal
    }
}
