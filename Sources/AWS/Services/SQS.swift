// Members of requests and answers bear the names that the API gives them.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

internal import JSON

/// A client of Amazon SQS (API version 2012-11-05, AWS JSON protocol).
package struct SQS: Sendable {
    /// Entries that one batch call takes, and messages that one receive gives.
    package static let batchLimit = 10
    /// The longest time that a queue hides a message when it is sent.
    package static let maximumDelay = Duration.seconds(900)
    /// The longest time that a queue hides a message in hand.
    package static let maximumVisibility = Duration.seconds(43_200)

    private let calls: JSONService

    package init(configuration: AWSConfiguration) {
        calls = JSONService(.sqs, configuration: configuration, target: ("AmazonSQS", "1.0"))
    }

    /// A message to be sent.
    package struct OutgoingMessage: Sendable, Hashable {
        package var body: String
        package var delay: Duration

        package init(body: String, delay: Duration = .zero) {
            self.body = body
            self.delay = delay
        }
    }

    /// A message in hand.
    package struct Message: Sendable, Hashable {
        package let id: String
        package let receiptHandle: String
        package let body: String
        /// ApproximateReceiveCount, this time included.
        package let receiveCount: Int
    }

    /// An entry of a batch that did not pass, while others may have.
    package struct BatchFailure: Sendable, Hashable {
        /// Position in the batch, counted from 0.
        package let index: Int
        package let code: String
        package let message: String
        package let isSendersFault: Bool
    }

    /// Sends up to ``batchLimit`` messages; returns those that the queue did not take.
    package func send(_ messages: [OutgoingMessage], to queueURL: String) async throws(AWSError)
        -> [BatchFailure]
    {
        struct Entry: Encodable {
            let Id: String
            let MessageBody: String
            let DelaySeconds: Int
        }
        let entries = messages.enumerated().map { index, message in
            Entry(
                Id: "\(index)", MessageBody: message.body,
                DelaySeconds: SQS.seconds(message.delay, atMost: SQS.maximumDelay))
        }
        return try await batch("SendMessageBatch", entries, queueURL)
    }

    /// Takes up to `maximum` messages (1 to ``batchLimit``).
    ///
    /// - Parameters:
    ///   - visibility: how long they are hidden from others.
    ///   - wait: how long the queue may wait for a message before it answers with none; up to 20 seconds.
    package func receive(
        from queueURL: String, maximum: Int, visibility: Duration, wait: Duration = .zero
    ) async throws(AWSError) -> [Message] {
        struct Input: Encodable {
            let QueueUrl: String
            let MaxNumberOfMessages: Int
            let VisibilityTimeout: Int
            let WaitTimeSeconds: Int
            let MessageSystemAttributeNames = ["ApproximateReceiveCount"]
        }
        struct Output: Decodable {
            struct Entry: Decodable {
                let MessageId: String
                let ReceiptHandle: String
                let Body: String
                let Attributes: [String: String]?
            }
            let Messages: [Entry]?
        }
        let input = Input(
            QueueUrl: queueURL, MaxNumberOfMessages: min(max(maximum, 1), SQS.batchLimit),
            VisibilityTimeout: SQS.seconds(visibility, atMost: SQS.maximumVisibility),
            WaitTimeSeconds: SQS.seconds(wait, atMost: .seconds(20)))
        return try await calls.call("ReceiveMessage", input, as: Output.self).Messages?.map { entry in
            Message(
                id: entry.MessageId, receiptHandle: entry.ReceiptHandle, body: entry.Body,
                receiveCount: entry.Attributes?["ApproximateReceiveCount"].flatMap { Int($0) } ?? 1)
        } ?? []
    }

    /// Deletes up to ``batchLimit`` messages in hand; one that is gone is no failure.
    package func delete(_ receiptHandles: [String], from queueURL: String) async throws(AWSError)
        -> [BatchFailure]
    {
        struct Entry: Encodable {
            let Id: String
            let ReceiptHandle: String
        }
        let entries = receiptHandles.enumerated().map { Entry(Id: "\($0)", ReceiptHandle: $1) }
        return try await batch("DeleteMessageBatch", entries, queueURL)
    }

    /// Changes for how long up to ``batchLimit`` messages in hand stay hidden, counted from now.
    package func changeVisibility(
        of receiptHandles: [String], to visibility: Duration, in queueURL: String
    ) async throws(AWSError) -> [BatchFailure] {
        struct Entry: Encodable {
            let Id: String
            let ReceiptHandle: String
            let VisibilityTimeout: Int
        }
        let seconds = SQS.seconds(visibility, atMost: SQS.maximumVisibility)
        let entries = receiptHandles.enumerated().map {
            Entry(Id: "\($0)", ReceiptHandle: $1, VisibilityTimeout: seconds)
        }
        return try await batch("ChangeMessageVisibilityBatch", entries, queueURL)
    }

    /// How many messages a queue holds, nearly.
    package struct Counts: Sendable, Hashable {
        /// ApproximateNumberOfMessages.
        package let visible: Int
        /// ApproximateNumberOfMessagesNotVisible: in hand.
        package let inHand: Int
        /// ApproximateNumberOfMessagesDelayed.
        package let delayed: Int
        package var total: Int { visible + inHand + delayed }
    }

    package func counts(of queueURL: String) async throws(AWSError) -> Counts {
        struct Input: Encodable {
            let QueueUrl: String
            let AttributeNames = [
                "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ]
        }
        struct Output: Decodable {
            let Attributes: [String: String]?
        }
        let attributes =
            try await calls.call("GetQueueAttributes", Input(QueueUrl: queueURL), as: Output.self).Attributes
            ?? [:]
        func count(_ name: String) -> Int { attributes[name].flatMap { Int($0) } ?? 0 }
        return Counts(
            visible: count("ApproximateNumberOfMessages"),
            inHand: count("ApproximateNumberOfMessagesNotVisible"),
            delayed: count("ApproximateNumberOfMessagesDelayed"))
    }

    /// Where a queue's redrive policy puts messages that were received too often; `nil` if it has none.
    package func deadLetterQueue(of queueURL: String) async throws(AWSError) -> String? {
        struct AttributesInput: Encodable {
            let QueueUrl: String
            let AttributeNames = ["RedrivePolicy"]
        }
        struct Attributes: Decodable {
            let Attributes: [String: String]?
        }
        struct RedrivePolicy: Decodable {
            let deadLetterTargetArn: String
        }
        struct URLInput: Encodable {
            let QueueName: String
            let QueueOwnerAWSAccountId: String
        }
        struct URLOutput: Decodable {
            let QueueUrl: String
        }
        let attributes = try await calls.call(
            "GetQueueAttributes", AttributesInput(QueueUrl: queueURL), as: Attributes.self
        ).Attributes
        guard let text = attributes?["RedrivePolicy"],
            let policy = try? JSONDecoder().decode(RedrivePolicy.self, from: Array(text.utf8))
        else { return nil }
        // arn:aws:sqs:us-west-2:123456789012:name
        let parts = policy.deadLetterTargetArn.split(separator: ":").map(String.init)
        guard parts.count == 6 else { return nil }
        let input = URLInput(QueueName: parts[5], QueueOwnerAWSAccountId: parts[4])
        return try await calls.call("GetQueueUrl", input, as: URLOutput.self).QueueUrl
    }

    /// Every batch may be made again: a message that is sent twice is a duplicate, which SQS may make by itself too.
    private func batch(
        _ operation: String, _ entries: [some Encodable & Sendable], _ queueURL: String
    ) async throws(AWSError) -> [BatchFailure] {
        if entries.isEmpty { return [] }
        let input = BatchInput(QueueUrl: queueURL, Entries: entries)
        return try await calls.call(operation, input, as: BatchOutput.self).Failed?.map { entry in
            BatchFailure(
                index: Int(entry.Id) ?? 0, code: entry.Code, message: entry.Message ?? "",
                isSendersFault: entry.SenderFault ?? false)
        } ?? []
    }

    private struct BatchInput<Entry: Encodable>: Encodable {
        let QueueUrl: String
        let Entries: [Entry]
    }

    private struct BatchOutput: Decodable {
        struct Entry: Decodable {
            let Id: String
            let Code: String
            let Message: String?
            let SenderFault: Bool?
        }
        let Failed: [Entry]?
    }

    /// Whole seconds, rounded up, within bounds.
    private static func seconds(_ duration: Duration, atMost limit: Duration) -> Int {
        let (seconds, attoseconds) = min(max(duration, .zero), limit).components
        return Int(seconds) + (attoseconds > 0 ? 1 : 0)
    }
}
