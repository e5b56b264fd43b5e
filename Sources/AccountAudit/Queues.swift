// Members of requests and answers bear the names that the API gives them.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

internal import AWS
internal import HTTP
internal import JSON

/// What is asked of Amazon SQS about a queue that only its ARN is known of (API version 2012-11-05, AWS JSON protocol).
struct Queues: Sendable {
    private let client: AWSClient

    init(configuration: AWSConfiguration) { client = AWSClient(.sqs, configuration: configuration) }

    /// For how many seconds a message that is in hand is hidden from others.
    func visibilityTimeout(of queue: String, account: String) async throws(AWSError) -> Int? {
        struct NameInput: Encodable {
            let QueueName: String
            let QueueOwnerAWSAccountId: String
        }
        struct NameOutput: Decodable {
            let QueueUrl: String
        }
        struct Input: Encodable {
            let QueueUrl: String
            let AttributeNames = ["VisibilityTimeout"]
        }
        struct Output: Decodable {
            let Attributes: [String: String]?
        }
        let place: NameOutput = try await call(
            "GetQueueUrl", NameInput(QueueName: queue, QueueOwnerAWSAccountId: account))
        let output: Output = try await call("GetQueueAttributes", Input(QueueUrl: place.QueueUrl))
        return output.Attributes?["VisibilityTimeout"].flatMap { Int($0) }
    }

    private func call<Output: Decodable>(
        _ operation: String, _ input: some Encodable
    ) async throws(AWSError) -> Output {
        try await client.call(operation, target: "AmazonSQS.\(operation)", version: "1.0", input)
    }
}

extension AWSClient {
    /// Calls an operation of the AWS JSON protocol.
    func call<Output: Decodable>(
        _ operation: String, target: String, version: String, _ input: some Encodable
    ) async throws(AWSError) -> Output {
        let body: [UInt8]
        do throws(JSONError) {
            body = try JSONEncoder().encode(input)
        } catch {
            throw AWSError(service: service.name, operation: operation, kind: .configuration("\(error)"))
        }
        let response = try await send(
            AWSRequest(
                operation: operation,
                headers: ["Content-Type": "application/x-amz-json-\(version)", "X-Amz-Target": target],
                body: .bytes(body), isIdempotent: true))
        return try decode(response, of: operation)
    }

    func decode<Output: Decodable>(
        _ response: HTTPResponse, of operation: String
    ) throws(AWSError) -> Output {
        do throws(JSONError) {
            return try JSONDecoder().decode(Output.self, from: response.body)
        } catch {
            throw AWSError(service: service.name, operation: operation, kind: .malformedResponse("\(error)"))
        }
    }
}
