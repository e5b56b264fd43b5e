package import Campaigns
package import Delivery
internal import JSON

/// The Lambda `jada-blast-sender`: an SQS batch of shards in, the messages to be delivered again out.
package struct SenderHandler: EventHandler {
    private let sender: ShardSender
    private let log: any Log

    package init(sender: ShardSender, log: any Log) {
        self.sender = sender
        self.log = log
    }

    /// - Returns: `{"batchItemFailures": [{"itemIdentifier": "<messageId>"}]}` (AWS Lambda Developer Guide, "Reporting batch
    ///   item failures").
    /// - Throws: a ``Problem`` if the event is no SQS event.
    package func handle(_ event: [UInt8], context: EventContext) async throws -> [UInt8] {
        let records = try Self.records(JSONValue.event(event))
        if let deadline = context.deadline,
            deadline - sender.environment.clock.now() < ShardSender.shortestInvocation
        {
            throw Problem(
                .configuration, key: "Timeout", "the function's timeout leaves no time to send a batch",
                remedy: "Set the timeout of jada-blast-sender to 60 seconds or more")
        }
        var failures: [BatchResponse.Failure] = []
        for record in records {
            do {
                let progress = try await sender.send(Self.message(record.body), until: context.deadline)
                tell(progress, message: record.id)
            } catch {
                // The others may pass; this one comes again, and ends in the dead-letter queue if it never does.
                log.error("A shard failed", ("message", record.id), ("problem", "\(error)"))
                failures.append(.init(itemIdentifier: record.id))
            }
        }
        return try JSONEncoder().encode(BatchResponse(batchItemFailures: failures))
    }

    private func tell(_ progress: ShardSender.Progress, message: String) {
        switch progress {
        case .finished: log.info("Shard finished", ("message", message))
        case .unfinished(let rest, let delay, let reason):
            log.info(
                "Shard handed back", ("message", message), ("firstBatch", "\(rest.firstBatch)"),
                ("delaySeconds", "\(delay.components.seconds)"), ("reason", reason))
        case .halted(let control):
            log.info("The run is held", ("message", message), ("control", "\(control)"))
        }
    }

    struct Record: Equatable {
        var id: String
        var body: String
    }

    static func records(_ event: JSONValue) throws(Problem) -> [Record] {
        guard case .array(let elements)? = event["Records"] else {
            throw Problem(
                .invalidInput, file: "event", key: "$.Records",
                "the event's shape is unknown: it has no list of records",
                remedy: "Connect the sender to the shard queue: it takes SQS events")
        }
        var records: [Record] = []
        for (index, element) in elements.enumerated() {
            guard element["eventSource"]?.text == "aws:sqs", let id = element["messageId"]?.text,
                let body = element["body"]?.text
            else {
                throw Problem(
                    .invalidInput, file: "event", key: "$.Records[\(index)]",
                    "is no SQS record: eventSource 'aws:sqs', messageId and body are needed",
                    remedy: "Connect the sender to the shard queue: it takes SQS events")
            }
            records.append(Record(id: id, body: body))
        }
        return records
    }

    static func message(_ body: String) throws(Problem) -> ShardMessage {
        do {
            return try JSONDecoder().decode(ShardMessage.self, from: Array(body.utf8))
        } catch {
            throw Problem(
                .invalidInput, file: "message", line: error.line, key: error.path, error.message,
                remedy:
                    "Look at the message in the dead-letter queue; only the scheduler should write to the queue"
            )
        }
    }

}

/// What Lambda is told of an SQS batch (AWS Lambda Developer Guide, "Reporting batch item failures").
struct BatchResponse: Encodable {
    var batchItemFailures: [Failure]
    struct Failure: Encodable { var itemIdentifier: String }
}
