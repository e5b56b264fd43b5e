internal import AWS
package import Campaigns

extension DynamoDBLedger {
    package func abandonedBatches(of run: RunID, now: Timestamp) async throws -> [BatchID] {
        var query = table.batches(of: run)
        query.projection = "#pk, #sk, #state, #worker, #attempt, #lease_ends"
        var batches: [BatchID] = []
        try await table.forEach(in: query) { item in
            if try BatchItem(item).isLost(at: now) {
                batches.append(try CloudTable.batch(of: item, in: run))
            }
        }
        return batches
    }

    package func uncertainRecipients(of run: RunID) async throws -> [UncertainRecipient] {
        var recipients: [UncertainRecipient] = []
        try await table.forEach(in: table.batches(of: run)) { item in
            recipients += try BatchItem(item).uncertain(in: CloudTable.batch(of: item, in: run))
        }
        return recipients
    }

    package func resolve(
        _ indices: Set<Int>, of batch: BatchID, as resolution: Resolution, now: Timestamp
    ) async throws -> ResolutionAnswer {
        let known = try await table.get(CloudTable.key(of: batch)).map(BatchItem.init)
        return try await revise(batch, known: known, at: now, orIfThereIsNone: .resolved([])) {
            item, change in
            switch item.state {
            case .claimed, .abandoned: return .held(until: item.leaseEnds)
            case .open, .settled: break
            }
            var resolved: Set<Int> = []
            for index in indices.sorted() {
                guard case .uncertain(let reason)? = item.outcome(of: index) else { continue }
                resolved.insert(index)
                let outcome: RecipientResult.Outcome? =
                    switch resolution {
                    case .resend: nil
                    case .drop: .dropped(reason: reason)
                    }
                change.record(index, outcome, instead: item.outcome(of: index))
            }
            if !resolved.isEmpty, resolution == .resend { change.set(.open) }
            // Else each decision would add to the item, which must stay below 400 KB.
            change.standing = item.records
            return .resolved(resolved)
        }
    }

    package func confirm(
        _ messageIDs: [BatchID: [Int: String]], now: Timestamp
    ) async throws -> [BatchID: [Int: ConfirmationAnswer]] {
        let items = try await table.attempt { () async throws(AWSError) in
            try await table.client.batchGet(
                messageIDs.keys.map { CloudTable.key(of: $0) }, from: table.name, isConsistent: true)
        }
        var found: [DynamoDB.Item: BatchItem] = [:]
        for item in items {
            found[try CloudTable.key(item.text("pk"), item.text("sk"))] = try BatchItem(item)
        }
        var answers: [BatchID: [Int: ConfirmationAnswer]] = [:]
        for (batch, messageIDs) in messageIDs {
            answers[batch] = try await confirm(
                messageIDs, of: batch, known: found[CloudTable.key(of: batch)], now: now)
        }
        return answers
    }

    /// - Parameter known: the batch as it was read; `nil` if there was none.
    private func confirm(
        _ messageIDs: [Int: String], of batch: BatchID, known: BatchItem?, now: Timestamp
    ) async throws -> [Int: ConfirmationAnswer] {
        let unknown = messageIDs.mapValues { _ in ConfirmationAnswer.unknown }
        return try await revise(batch, known: known, at: now, orIfThereIsNone: unknown) { item, change in
            var answers: [Int: ConfirmationAnswer] = [:]
            for (index, messageID) in messageIDs.sorted(by: { $0.key < $1.key }) {
                let standing = item.outcome(of: index)
                let answer = ConfirmationAnswer(of: standing)
                answers[index] = answer
                guard answer == .confirmed else { continue }
                change.record(index, .accepted(messageID: messageID), instead: standing)
            }
            return answers
        }
    }

    /// Others that may come first, each time one tries to change a batch.
    private static let maximumAttempts = 100

    /// Changes the results of a batch as it stands; nothing is written if `decide` records nothing.
    ///
    /// - Parameter known: the batch as it was read; `nil` if there was none.
    private func revise<Answer>(
        _ batch: BatchID, known: BatchItem?, at now: Timestamp, orIfThereIsNone none: Answer,
        _ decide: (BatchItem, inout BatchChange) -> Answer
    ) async throws -> Answer {
        var known = known
        for _ in 0..<DynamoDBLedger.maximumAttempts {
            guard let item = known else { return none }
            var change = BatchChange(of: batch, at: now)
            let answer = decide(item, &change)
            if change.isEmpty { return answer }
            change.expect(state: item.state, revision: item.revision)
            // A settling in part need not change the state.
            change.condition += " AND #attempt = :attempt AND #lease_ends = :lease_ends"
            change.values[":attempt"] = .integer(item.attempt)
            change.values[":lease_ends"] = item.leaseEnds.attribute
            change.assignments = "#revision = :next_revision"
            let revision = CloudTable.token()
            change.values[":next_revision"] = .string(revision)
            guard case .refused(let current) = try await make(change) else { return answer }
            // The change was made, and its answer lost.
            if current?.revision == revision { return answer }
            known = current
        }
        throw Problem(
            .unavailable, "batch \(batch) is being changed by too many at once", remedy: "Try again")
    }

    /// What became of a change.
    enum ChangeOutcome {
        case made
        /// Its condition does not hold: the batch as it stands, `nil` if there is none.
        case refused(BatchItem?)
    }

    /// Makes a change of a batch and counts it in its run.
    func make(_ change: BatchChange) async throws -> ChangeOutcome {
        let (addition, added) = RunItem.addition(of: change.counts)
        let changing = change.write(in: table.name)
        let standing: DynamoDB.Item?
        if addition.isEmpty {
            // Nothing to count: one write does, at half the price of a transaction's.
            guard case .conditionFailed(let current) = try await table.write(changing) else { return .made }
            standing = current
        } else {
            let counting = DynamoDB.Write.update(
                CloudTable.key(ofCountsOf: change.batch), of: table.name, addition
            ).with(values: added)
            guard case .cancelled(let reasons) = try await table.transact([changing, counting]) else {
                return .made
            }
            standing = reasons.first?.item
        }
        return .refused(try standing.map(BatchItem.init))
    }
}

/// A change of a batch's results, and what it changes in the counts of the run.
struct BatchChange {
    let batch: BatchID
    private let now: Timestamp
    /// Under which the change is made.
    var condition = ""
    /// What it sets besides the results.
    var assignments = ""
    var values: DynamoDB.Item = [:]
    private(set) var counts = OutcomeCounts()
    /// What is known of the batch, if the results are to be written anew, and not added to: those that others have replaced
    /// are left out then. The condition must make sure that it still stands.
    var standing: [Int: ResultRecords.Record]?
    private var records: [(index: Int, outcome: RecipientResult.Outcome?)] = []

    init(of batch: BatchID, at now: Timestamp) {
        self.batch = batch
        self.now = now
    }

    var isEmpty: Bool { records.isEmpty }

    /// Gives a recipient another result, or none, and counts that.
    mutating func record(
        _ index: Int, _ outcome: RecipientResult.Outcome?, instead former: RecipientResult.Outcome?
    ) {
        records.append((index, outcome))
        if let former { counts.remove(former) }
        if let outcome { counts.add(outcome) }
    }

    mutating func expect(state: BatchItem.State, revision: String?) {
        let clauses = [
            condition, "#state = :state",
            revision == nil ? "attribute_not_exists(#revision)" : "#revision = :revision",
        ]
        condition = clauses.filter { !$0.isEmpty }.joined(separator: " AND ")
        values[":state"] = .string(state.rawValue)
        values[":revision"] = revision.map { .string($0) }
    }

    mutating func set(_ state: BatchItem.State) {
        nextState = state
        values[":next"] = .string(state.rawValue)
    }
    private var nextState: BatchItem.State?

    func write(in table: String) -> DynamoDB.Write {
        var values = values
        var sets = assignments.isEmpty ? [] : [assignments]
        if nextState != nil { sets.append("#state = :next") }
        if let standing {
            sets.append("#results = :results")
            values[":results"] = .list(rewritten(standing))
        } else if !records.isEmpty {
            sets.append("#results = list_append(if_not_exists(#results, :none), :results)")
            values[":none"] = .list([])
            values[":results"] = .list([.binary(ResultRecords.encode(records, at: now))])
        }
        return DynamoDB.Write.update(
            CloudTable.key(of: batch), of: table, "SET " + sets.joined(separator: ", ")
        ).when(condition).with(values: values)
    }

    /// What stands after the change, a list of records for each moment.
    private func rewritten(_ standing: [Int: ResultRecords.Record]) -> [AttributeValue] {
        var all = standing
        for (index, outcome) in records {
            all[index] = ResultRecords.Record(index: index, outcome: outcome, at: now)
        }
        let known = all.values.filter { $0.outcome != nil }.sorted { $0.index < $1.index }
        return Dictionary(grouping: known, by: \.at).sorted { $0.key < $1.key }.map { moment, records in
            .binary(ResultRecords.encode(records.map { ($0.index, $0.outcome) }, at: moment))
        }
    }
}
