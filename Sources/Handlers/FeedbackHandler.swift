package import Campaigns
package import Delivery
internal import JSON

/// The Lambda `jada-blast-feedback`: what SES tells of mails in, doubts and suppressions settled.
///
/// SES's events reach it by EventBridge, by SNS, or by either of them through an SQS queue, which keeps what could not be
/// taken in.
package struct FeedbackHandler: EventHandler {
    private let feedback: Feedback
    private let log: any Log

    package init(feedback: Feedback, log: any Log) {
        self.feedback = feedback
        self.log = log
    }

    /// - Returns: for SQS `{"batchItemFailures": [{"itemIdentifier": "<messageId>"}]}`; else `{"taken": 1}`, the number of
    ///   events that were understood. What is not understood is logged: trying again would not help, and in a queue it ends
    ///   in the dead-letter queue.
    /// - Throws: a ``Problem`` if the event's shape is unknown; what the ports throw where there is no queue to give an event
    ///   back to, so that Lambda tries again.
    package func handle(_ event: [UInt8], context: EventContext) async throws -> [UInt8] {
        let event = try JSONValue.event(event)
        guard case .array(let records)? = event["Records"] else {
            return try JSONEncoder().encode(Taken(taken: try await take([event])))
        }
        if records.first?["eventSource"]?.text == "aws:sqs" {
            return try await takeQueued(SenderHandler.records(event))
        }
        return try JSONEncoder().encode(Taken(taken: try await take(records)))
    }

    private func takeQueued(_ records: [SenderHandler.Record]) async throws -> [UInt8] {
        var events: [(record: Int, event: MailEvent)] = []
        var failures: [Int] = []
        func fail(_ record: Int, _ error: any Error) {
            // The others may pass; this one comes again, and ends in the dead-letter queue if it never does.
            log.error(
                "An event could not be taken in", ("message", records[record].id), ("problem", "\(error)"))
            failures.append(record)
        }
        for (number, record) in records.enumerated() {
            do throws(Problem) {
                if let event = try Self.mailEvent(text: record.body) { events.append((number, event)) }
            } catch {
                fail(number, error)
            }
        }
        for (result, event) in zip(await feedback.take(events.map(\.event)), events) {
            if case .failure(let error) = result { fail(event.record, error) }
        }
        return try JSONEncoder().encode(
            BatchResponse(
                batchItemFailures: failures.sorted().map { .init(itemIdentifier: records[$0].id) }))
    }

    /// How many of them were understood.
    private func take(_ envelopes: [JSONValue]) async throws -> Int {
        var events: [MailEvent] = []
        for envelope in envelopes {
            do throws(Problem) {
                if let event = try Self.mailEvent(envelope) { events.append(event) }
            } catch {
                if envelopes.count == 1 { throw error }
                log.error("An event could not be read", ("problem", "\(error)"))
            }
        }
        for result in await feedback.take(events) { _ = try result.get() }
        return events.count
    }

    /// Takes a record of SES out of what it came in: an EventBridge event, an SNS record of Lambda's, an SNS message, or
    /// nothing.
    ///
    /// - Returns: `nil` for SNS's word that the topic works.
    /// - Throws: a ``Problem`` for anything else.
    static func mailEvent(_ envelope: JSONValue) throws(Problem) -> MailEvent? {
        if envelope["source"]?.text == "aws.ses" {
            guard let detail = envelope["detail"] else {
                throw Problem(
                    .invalidInput, file: "event", key: "$.detail", "is missing",
                    remedy: "Let EventBridge hand on the whole event")
            }
            return try SESEvent.parse(detail)
        }
        if let message = envelope["Sns"]?["Message"]?.text { return try mailEvent(text: message) }
        if envelope["Type"]?.text == "Notification", let message = envelope["Message"]?.text {
            return try mailEvent(text: message)
        }
        return try SESEvent.parse(envelope)
    }

    /// Envelopes lie in one another: SNS's in SQS's.
    private static func mailEvent(text: String) throws(Problem) -> MailEvent? {
        if text.hasPrefix("Successfully validated SNS topic") { return nil }
        return try mailEvent(JSONValue.event(Array(text.utf8)))
    }

    private struct Taken: Encodable { var taken: Int }
}
