import AWS
import Foundation
import HTTP
import TestSupport

/// Events as the functions receive them.
enum Event {
    /// A file of events/.
    static func sample(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Checkout.root.appendingPathComponent("events/\(name).json")))
    }

    /// What Lambda's event source mapping makes of messages.
    static func queue(_ messages: [SQS.Message]) throws -> [UInt8] {
        let records = messages.map { message in
            [
                "messageId": message.id, "receiptHandle": message.receiptHandle, "body": message.body,
                "attributes": ["ApproximateReceiveCount": "\(message.receiveCount)"],
                "messageAttributes": [String: String](), "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-west-2:123456789012:jada-blast-shards",
                "awsRegion": Deployment.region,
            ] as [String: Any]
        }
        return [UInt8](try JSONSerialization.data(withJSONObject: ["Records": records]))
    }
}

/// The answer of the scheduler function.
struct SchedulerAnswer: Decodable {
    struct Campaign: Decodable, Equatable {
        var campaign: String
        var outcome: String
        var run: String?
        var rows: Int?
        var recipients: Int?
        var next: String?
        var problems: [String]?
    }
    var campaigns: [Campaign]
}

/// The answer of the sender function.
struct SenderAnswer: Decodable {
    struct Failure: Decodable {
        var itemIdentifier: String
    }
    var batchItemFailures: [Failure]
}

/// The answer of a function that has failed.
struct FunctionError: Decodable {
    var errorType: String
    var errorMessage: String
}

extension RIE {
    /// Invokes the function and reads its answer.
    func invoke<Answer: Decodable>(_ event: [UInt8], as answer: Answer.Type) async throws -> Answer {
        let body = Data(try await invoke(event).body)
        do {
            return try JSONDecoder().decode(answer, from: body)
        } catch {
            throw UnexpectedAnswer(description: "\(String(decoding: body, as: UTF8.self))\n\(output)")
        }
    }
}

struct UnexpectedAnswer: Error, CustomStringConvertible {
    let description: String
}
