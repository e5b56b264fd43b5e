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

    package func receive(maximum: Int, visibility: Duration) async throws -> [ReceivedShard] {
        guard maximum > 0 else { return [] }
        let messages = try await attempt { () async throws(AWSError) in
            try await client.receive(from: queueURL, maximum: maximum, visibility: visibility)
        }
        return messages.compactMap { message in
            guard let shard = try? JSONDecoder().decode(ShardMessage.self, from: Array(message.body.utf8))
            else {
                return nil
            }
            return ReceivedShard(
                message: shard, receipt: message.receiptHandle, receiveCount: message.receiveCount)
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
