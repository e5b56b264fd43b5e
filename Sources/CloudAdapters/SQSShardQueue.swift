package import AWS
package import Campaigns
internal import JSON

/// Shards on their way to senders through an SQS queue.
///
/// What the queue holds besides shard messages is left to its redrive policy: after some receives it is a dead letter.
package struct SQSShardQueue: ShardQueue {
    private let client: SQS
    private let queueURL: String

    package init(aws: AWSConfiguration, queueURL: String) {
        client = SQS(configuration: aws)
        self.queueURL = queueURL
    }

    /// - Parameter delay: SQS hides a message for 15 minutes at most; a longer delay is cut to that.
    package func send(_ messages: [ShardMessage], delay: Duration) async throws {
        var left = try messages.map { message in
            SQS.OutgoingMessage(
                body: String(decoding: try JSONEncoder(sortsKeys: true).encode(message), as: UTF8.self),
                delay: delay)
        }
        var patience = Patience()
        while !left.isEmpty {
            let batch = Array(left.prefix(SQS.batchLimit))
            let failures = try await attempt { () async throws(AWSError) in
                try await client.send(batch, to: queueURL)
            }
            if let failure = failures.first(where: \.isSendersFault) { throw problem(failure) }
            left.removeFirst(batch.count)
            left += failures.map { batch[$0.index] }
            if let failure = failures.first {
                guard await patience.wait() else { throw problem(failure) }
            } else {
                patience = Patience()
            }
        }
    }

    package func receive(
        maximum: Int, visibility: Duration, wait: Duration
    ) async throws -> [ReceivedShard] {
        guard maximum > 0 else { return [] }
        // Seen through to its end: a poll that is broken off may still take messages, which then stay hidden.
        let messages = try await Task {
            try await attempt { () async throws(AWSError) in
                try await client.receive(
                    from: queueURL, maximum: maximum, visibility: visibility, wait: wait)
            }
        }.value
        return messages.compactMap { message in
            Self.shard(in: message).map {
                ReceivedShard(
                    message: $0, receipt: message.receiptHandle, receiveCount: message.receiveCount)
            }
        }
    }

    package func delete(_ received: ReceivedShard) async throws {
        let failures = try await attempt { () async throws(AWSError) in
            try await client.delete([received.receipt], from: queueURL)
        }
        if let failure = failures.first, !SQSShardQueue.isGone(failure) { throw problem(failure) }
    }

    package func changeVisibility(of received: ReceivedShard, to visibility: Duration) async throws {
        let failures = try await attempt { () async throws(AWSError) in
            try await client.changeVisibility(of: [received.receipt], to: visibility, in: queueURL)
        }
        if let failure = failures.first, !SQSShardQueue.isGone(failure) { throw problem(failure) }
    }

    package func count() async throws -> Int {
        try await attempt { () async throws(AWSError) in try await client.counts(of: queueURL).total }
    }

    /// Letters that are looked at to be told.
    private static let mostLettersTold = 50
    /// For so long nobody else sees a dead letter that is being looked at.
    private static let lookingTime = Duration.seconds(30)

    package func deadLetters() async throws -> DeadLetters {
        guard let url = try await deadLetterQueue() else { return DeadLetters() }
        let count = try await attempt { () async throws(AWSError) in try await client.counts(of: url).total }
        guard count > 0 else { return DeadLetters() }
        let letters = try await look(into: url, atMost: Self.mostLettersTold)
        try await release(letters, in: url)
        return DeadLetters(
            count: max(count, letters.count),
            seen: letters.map {
                .init(message: Self.shard(in: $0), receiveCount: $0.receiveCount)
            })
    }

    package func discardDeadLetters(of run: RunID) async throws {
        guard let url = try await deadLetterQueue() else { return }
        let count = try await attempt { () async throws(AWSError) in try await client.counts(of: url).total }
        guard count > 0 else { return }
        let letters = try await look(into: url, atMost: .max)
        let ofRun = letters.filter { Self.shard(in: $0)?.run == run }
        for batch in ofRun.batches {
            _ = try await attempt { () async throws(AWSError) in
                try await client.delete(batch.map(\.receiptHandle), from: url)
            }
        }
        try await release(letters.filter { Self.shard(in: $0)?.run != run }, in: url)
    }

    private func deadLetterQueue() async throws -> String? {
        try await attempt { () async throws(AWSError) in try await client.deadLetterQueue(of: queueURL) }
    }

    /// Takes dead letters into hand, each once.
    private func look(into url: String, atMost maximum: Int) async throws -> [SQS.Message] {
        var letters: [String: SQS.Message] = [:]
        while letters.count < maximum {
            let some = try await attempt { () async throws(AWSError) in
                // Without waiting SQS asks only some of its servers.
                try await client.receive(
                    from: url, maximum: SQS.batchLimit, visibility: Self.lookingTime, wait: .seconds(1))
            }
            let known = letters.count
            for letter in some { letters[letter.id] = letter }
            if letters.count == known { break }
        }
        return letters.values.sorted { $0.id < $1.id }
    }

    /// Lets others see letters again.
    private func release(_ letters: [SQS.Message], in url: String) async throws {
        for batch in letters.batches {
            _ = try await attempt { () async throws(AWSError) in
                try await client.changeVisibility(of: batch.map(\.receiptHandle), to: .zero, in: url)
            }
        }
    }

    private static func shard(in message: SQS.Message) -> ShardMessage? {
        try? JSONDecoder().decode(ShardMessage.self, from: Array(message.body.utf8))
    }

    /// Whether the message is not in hand any more: deleted, or visible again.
    private static func isGone(_ failure: SQS.BatchFailure) -> Bool {
        ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"].contains {
            failure.code == $0 || failure.code == "AWS.SimpleQueueService.\($0)"
        }
    }

    private func problem(_ failure: SQS.BatchFailure) -> Problem {
        Problem(
            failure.isSendersFault ? .configuration : .unavailable,
            "queue \(queueURL) refuses a message: \(failure.code) \(failure.message)",
            remedy: failure.isSendersFault ? "Check the queue's settings" : "Try again later")
    }

    private func attempt<Value>(_ call: () async throws(AWSError) -> Value) async throws -> Value {
        do throws(AWSError) {
            return try await call()
        } catch {
            throw error.failure(of: .queue(queueURL))
        }
    }
}

extension [SQS.Message] {
    /// As many at once as a batch call takes.
    fileprivate var batches: [ArraySlice<SQS.Message>] {
        stride(from: 0, to: count, by: SQS.batchLimit).map {
            self[$0..<Swift.min($0 + SQS.batchLimit, count)]
        }
    }
}
