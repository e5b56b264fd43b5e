package import AWS
import Foundation
import HTTP
package import TestSupport

/// An AWS account on a moto that all tests of a process share: what a test makes in it has a name of its own.
package struct MotoAccount: Sendable {
    package let server: TestServer
    package let aws: AWSConfiguration

    private static let shared = Task {
        // One request at a time: moto's conditional writes are not atomic otherwise.
        try await TestServer(
            Checkout.python,
            arguments: { [Checkout.support("moto/serve.py"), "--port", "\($0)", "--single-threaded"] })
    }
    private static let http = HTTPClient()

    package init(region: String = "us-west-2") async throws {
        server = try await MotoAccount.shared.value
        aws = AWSConfiguration(
            region: region, http: MotoAccount.http,
            credentials: StaticCredentials(
                Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")),
            environment: ["AWS_ENDPOINT_URL": server.url])
    }

    /// A name that nothing has yet, fit for a bucket, a table or a queue.
    package static func freshName() -> String { "jada-\(UUID().uuidString.lowercased())" }

    package func createBucket(_ name: String = freshName()) async throws -> String {
        let document = """
            <CreateBucketConfiguration><LocationConstraint>\(aws.region)</LocationConstraint>\
            </CreateBucketConfiguration>
            """
        _ = try await AWSClient(.s3, configuration: aws).send(
            AWSRequest(
                operation: "CreateBucket", method: "PUT", path: [name], body: .bytes(Array(document.utf8)),
                isIdempotent: true))
        return name
    }

    /// A table with the keys `pk` and `sk`.
    package func createTable(_ name: String = freshName()) async throws -> String {
        _ = try await call(
            .dynamoDB, "DynamoDB_20120810.CreateTable",
            """
            {"TableName": "\(name)", "BillingMode": "PAY_PER_REQUEST",
             "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                      {"AttributeName": "sk", "AttributeType": "S"}],
             "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}
            """)
        return name
    }

    /// A queue's URL.
    package func createQueue(_ name: String = freshName()) async throws -> String {
        struct Answer: Decodable {
            let url: String
            enum CodingKeys: String, CodingKey { case url = "QueueUrl" }
        }
        let answer = try await call(.sqs, "AmazonSQS.CreateQueue", #"{"QueueName": "\#(name)"}"#)
        return try Foundation.JSONDecoder().decode(Answer.self, from: Data(answer)).url
    }

    /// Lets mails come from an address or domain.
    package func verify(_ identity: String) async throws {
        do throws(AWSError) {
            _ = try await AWSClient(.ses, configuration: aws).send(
                AWSRequest(
                    operation: "CreateEmailIdentity", path: ["v2", "email", "identities"],
                    headers: ["Content-Type": "application/json"],
                    body: .bytes(Array(#"{"EmailIdentity": "\#(identity)"}"#.utf8)), isIdempotent: true))
        } catch {
            if error.code != "AlreadyExistsException" { throw error }
        }
    }

    /// Calls an operation of AWS JSON that no client of ours has.
    ///
    /// - Parameter target: as in X-Amz-Target: `AmazonSSM.PutParameter`.
    @discardableResult
    package func call(_ service: AWSService, _ target: String, _ body: String) async throws -> [UInt8] {
        try await AWSClient(service, configuration: aws).send(
            AWSRequest(
                operation: target,
                headers: ["Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target],
                body: .bytes(Array(body.utf8)), isIdempotent: true)
        ).body
    }
}
