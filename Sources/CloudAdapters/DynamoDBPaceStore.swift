internal import AWS
package import Campaigns
internal import Locks

/// The pace of an account in a Region, in an item of a DynamoDB table.
package final class DynamoDBPaceStore: PaceStore {
    /// Others that may come first, each time one tries to change the state.
    private static let maximumAttempts = 100
    /// A state seen longer ago has probably changed: a read is cheaper than a write whose condition fails.
    private static let freshness = Duration.milliseconds(50)

    private let table: CloudTable
    private let key: DynamoDB.Item
    private let lastSeen = Mutex(Versioned())

    private struct Versioned {
        var state = PaceState()
        /// Counts the writes, 0 before the first.
        var version: Int64 = 0
        var seenAt: ContinuousClock.Instant?
    }

    init(table: CloudTable, region: String) {
        self.table = table
        key = CloudTable.key(ofPaceIn: region)
    }

    package func read() async throws -> PaceState { try await look().state }

    /// Applies a change to the state as it stands in the table.
    ///
    /// Each write bears a token of its own, so that one whose answer was lost is known again.
    package func change<Answer: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (inout PaceState) -> Answer
    ) async throws -> Answer {
        var seen = lastSeen.withLock { $0 }
        for _ in 0..<DynamoDBPaceStore.maximumAttempts {
            if seen.seenAt.map({ .now - $0 > DynamoDBPaceStore.freshness }) ?? true {
                seen = try await look()
            }
            var changed = seen
            let answer = body(&changed.state)
            if changed.state == seen.state { return answer }
            changed.version += 1
            let token = CloudTable.token()
            let outcome = try await table.update(
                key,
                """
                SET #timeline = :timeline, #share = :share, #reduced_at = :reduced_at, #generation = :generation, \
                #asked_at = :asked_at, #allowance = :allowance, #version = :version, #token = :token
                """,
                when: seen.version == 0 ? "attribute_not_exists(#pk)" : "#version = :seen",
                values: DynamoDBPaceStore.values(of: changed, seen: seen, token: token))
            switch outcome {
            case .written:
                learn(changed)
                return answer
            case .conditionFailed(let current):
                seen = try current.map(DynamoDBPaceStore.versioned) ?? Versioned(seenAt: .now)
                learn(seen)
                if current?["token"] == .string(token) { return answer }
                // The write after the one that was seen is another's; were there more, that one may have been ours, with
                // its answer lost.
                if !isRepeatable, seen.version > changed.version { return answer }
            }
        }
        throw Problem(
            .unavailable, "too many senders reserve at once for the pace of their mails",
            remedy: "Try again, with fewer senders")
    }

    private func look() async throws -> Versioned {
        let item = try await table.get(key)
        let seen = try item.map(DynamoDBPaceStore.versioned) ?? Versioned(seenAt: .now)
        learn(seen)
        return seen
    }

    private func learn(_ state: Versioned) {
        lastSeen.withLock {
            $0 = state
            $0.seenAt = .now
        }
    }

    private static func values(
        of changed: Versioned, seen: Versioned, token: String
    ) -> DynamoDB.Item {
        let state = changed.state
        var values: DynamoDB.Item = [
            ":timeline": .string(state.timeline.text), ":share": .double(state.share),
            ":reduced_at": state.reducedAt.attribute, ":generation": .integer(state.generation),
            ":asked_at": state.askedAt.attribute, ":allowance": state.allowance?.attribute ?? .null,
            ":version": .integer(changed.version), ":token": .string(token),
        ]
        if seen.version > 0 { values[":seen"] = .integer(seen.version) }
        return values
    }

    private static func versioned(_ item: DynamoDB.Item) throws(Problem) -> Versioned {
        var seen = Versioned(version: try item.integer("version"), seenAt: .now)
        // An item of an older form: what it holds is long over.
        guard let text = item["timeline"] else { return seen }
        guard let timeline = text.string.flatMap(PaceTimeline.init(text:)) else {
            throw item.unreadable("timeline")
        }
        guard let share = item["share"]?.double else { throw item.unreadable("share") }
        seen.state.timeline = timeline
        seen.state.share = share
        seen.state.reducedAt = try item.timestamp("reduced_at")
        seen.state.generation = try item.integer("generation")
        seen.state.askedAt = try item.timestamp("asked_at")
        seen.state.allowance = try item["allowance"]?.map.map(PaceAllowance.init)
        return seen
    }
}

extension PaceAllowance {
    fileprivate var attribute: AttributeValue {
        var item: DynamoDB.Item = ["maximum_rate": .double(maximumRate), "read_at": readAt.attribute]
        item["maximum_per_24_hours"] = maximumPer24Hours.map { .double($0) }
        item["left"] = left.map { .integer($0) }
        return .map(item)
    }

    fileprivate init(_ item: DynamoDB.Item) throws(Problem) {
        guard let maximumRate = item["maximum_rate"]?.double else { throw item.unreadable("maximum_rate") }
        self.init(
            maximumRate: maximumRate, maximumPer24Hours: item["maximum_per_24_hours"]?.double,
            left: item["left"]?.integer.map { Int(clamping: $0) }, readAt: try item.timestamp("read_at"))
    }
}
