internal import AWS
package import Campaigns
internal import Synchronization

/// A pacer whose state lies in a DynamoDB table, shared by all senders of the account in a Region.
package final class DynamoDBPacer: Pacer {
    /// Others that may come first, each time one tries to reserve.
    private static let maximumAttempts = 100

    private let table: CloudTable
    private let key: DynamoDB.Item
    private let rate: Double
    /// The state as it was last seen: as long as nobody else reserves, one write does.
    private let lastSeen = Mutex(Versioned())

    private struct Versioned {
        var state = PaceState()
        /// Counts the writes, 0 before the first.
        var version: Int64 = 0
    }

    init(table: CloudTable, region: String, rate: Double) {
        self.table = table
        key = CloudTable.key(ofPaceIn: region)
        self.rate = rate
    }

    package func reserve(
        _ count: Int, now: Timestamp, maximumWait: Duration
    ) async throws -> PaceReservation {
        try await change { [rate] state in
            let answer = state.reserve(count, now: now, rate: rate, maximumWait: maximumWait)
            if case .granted = answer { return (answer, hasChanged: true) }
            return (answer, hasChanged: false)
        }
    }

    package func throttled(at now: Timestamp) async {
        // A reservation that comes through meanwhile only makes the next throttling more likely, and that is told too.
        _ = try? await change { state in ((), hasChanged: state.throttled(at: now)) }
    }

    /// Applies a change to the state as it stands in the table.
    ///
    /// Each write bears a token of its own, so that one whose answer was lost is known again.
    private func change<Answer>(
        _ body: (inout PaceState) -> (Answer, hasChanged: Bool)
    ) async throws -> Answer {
        for _ in 0..<DynamoDBPacer.maximumAttempts {
            let seen = lastSeen.withLock { $0 }
            var changed = seen
            let (answer, hasChanged) = body(&changed.state)
            if !hasChanged { return answer }
            changed.version += 1
            let token = CloudTable.token()
            let outcome = try await table.update(
                key,
                """
                SET #next_free = :next_free, #share = :share, #reduced_at = :reduced_at, #version = :version, \
                #token = :token
                """,
                when: seen.version == 0 ? "attribute_not_exists(#pk)" : "#version = :seen",
                values: DynamoDBPacer.values(of: changed, seen: seen, token: token))
            switch outcome {
            case .written:
                learn(changed)
                return answer
            case .conditionFailed(let current):
                if let current {
                    learn(try DynamoDBPacer.versioned(current))
                    if current["token"] == .string(token) { return answer }
                } else {
                    lastSeen.withLock { $0 = Versioned() }
                }
            }
        }
        throw Problem(
            .unavailable, "too many senders reserve at once for the pace of their mails",
            remedy: "Try again, with fewer senders")
    }

    /// Keeps the newer of two states: answers arrive in any order.
    private func learn(_ state: Versioned) {
        lastSeen.withLock { if state.version > $0.version { $0 = state } }
    }

    private static func values(
        of changed: Versioned, seen: Versioned, token: String
    ) -> DynamoDB.Item {
        var values: DynamoDB.Item = [
            ":next_free": .integer(changed.state.nextFree), ":share": .double(changed.state.share),
            ":reduced_at": changed.state.reducedAt.attribute, ":version": .integer(changed.version),
            ":token": .string(token),
        ]
        if seen.version > 0 { values[":seen"] = .integer(seen.version) }
        return values
    }

    private static func versioned(_ item: DynamoDB.Item) throws(Problem) -> Versioned {
        guard let share = item["share"]?.double else { throw item.unreadable("share") }
        return Versioned(
            state: PaceState(
                nextFree: try item.integer("next_free"), share: share,
                reducedAt: try item.timestamp("reduced_at")),
            version: try item.integer("version"))
    }
}
