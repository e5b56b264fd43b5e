package import AWS
import Foundation
import HTTP
package import TestSupport

/// An AWS account on a moto that all tests of a process share: what a test makes in it has a name of its own.
package struct MotoAccount: Sendable {
    package let server: TestServer
    package let aws: AWSConfiguration
    /// What ``aws`` signs with.
    package let key: Credentials

    private static let lenient = start()
    private static let strict = start("--check-signatures")
    private static let http = HTTPClient()

    private static func start(_ options: String...) -> Task<TestServer, any Error> {
        Task {
            // One request at a time: moto's conditional writes are not atomic otherwise.
            try await TestServer(
                Checkout.python,
                arguments: {
                    [Checkout.support("moto/serve.py"), "--port", "\($0)", "--single-threaded"] + options
                })
        }
    }

    /// - Parameter checksSignatures: as in `withMoto`; SES, SSM and EventBridge Scheduler refuse every call then.
    package init(region: String = "us-west-2", checksSignatures: Bool = false) async throws {
        self.init(
            on: try await (checksSignatures ? MotoAccount.strict : MotoAccount.lenient).value, region: region)
    }

    fileprivate init(on server: TestServer, region: String) {
        self.server = server
        key =
            server.issuedKey.map { Credentials(accessKeyID: $0, secretAccessKey: $1) }
            ?? Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")
        aws = AWSConfiguration(
            region: region, http: MotoAccount.http, credentials: StaticCredentials(key),
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
        do throws(AWSError) {
            try await call(
                .dynamoDB, "DynamoDB_20120810.CreateTable",
                """
                {"TableName": "\(name)", "BillingMode": "PAY_PER_REQUEST",
                 "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                          {"AttributeName": "sk", "AttributeType": "S"}],
                 "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}
                """)
        } catch {
            // The name is fresh: an earlier attempt has made it, whose answer came too late.
            if error.code != "ResourceInUseException" { throw error }
        }
        return name
    }

    /// A queue's URL.
    ///
    /// - Parameter maximumReceives: how often it hands out a message before that goes to a dead-letter queue.
    package func createQueue(
        _ name: String = freshName(), maximumReceives: Int? = nil
    ) async throws -> String {
        struct Answer: Decodable {
            let url: String
            enum CodingKeys: String, CodingKey { case url = "QueueUrl" }
        }
        var request: [String: Any] = ["QueueName": name]
        if let maximumReceives {
            _ = try await createQueue(name + "-dead")
            let policy = [
                "deadLetterTargetArn": "arn:aws:sqs:\(aws.region):123456789012:\(name)-dead",
                "maxReceiveCount": "\(maximumReceives)",
            ]
            request["Attributes"] = [
                "RedrivePolicy": String(
                    decoding: try JSONSerialization.data(withJSONObject: policy), as: UTF8.self)
            ]
        }
        let answer = try await call(
            .sqs, "AmazonSQS.CreateQueue",
            String(decoding: JSONSerialization.data(withJSONObject: request), as: UTF8.self))
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

    /// A key of a new user who may do one thing only, such as `s3:*`; it counts where signatures are checked.
    package func createKey(allowing action: String) async throws -> Credentials {
        let user = MotoAccount.freshName()
        func iam(_ operation: String, _ parameters: String) async throws -> String {
            let service = AWSService(
                name: "IAM", signingName: "iam", endpointPrefix: "iam", environmentSuffix: "IAM")
            let answer = try await AWSClient(service, configuration: aws).send(
                AWSRequest(
                    operation: operation, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                    body: .bytes(
                        Array("Action=\(operation)&Version=2010-05-08&UserName=\(user)\(parameters)".utf8)),
                    isIdempotent: true))
            return String(decoding: answer.body, as: UTF8.self)
        }
        let policy =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"\#(action)","Resource":"*"}]}"#
        // RFC 3986's unreserved characters as they are: moto checks the signature of the form that it writes anew.
        let unreserved = CharacterSet.alphanumerics.union(["-", ".", "_", "~"])
        let encoded = policy.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
        _ = try await iam("CreateUser", "")
        _ = try await iam("PutUserPolicy", "&PolicyName=only&PolicyDocument=\(encoded)")
        let answer = try await iam("CreateAccessKey", "")
        func element(_ name: String) -> String {
            let inner = answer.components(separatedBy: "<\(name)>").last ?? ""
            return inner.components(separatedBy: "</\(name)>").first ?? ""
        }
        return Credentials(
            accessKeyID: element("AccessKeyId"), secretAccessKey: element("SecretAccessKey"))
    }

    /// Calls an operation of AWS JSON that no client of ours has.
    ///
    /// - Parameter target: as in X-Amz-Target: `AmazonSSM.PutParameter`.
    @discardableResult
    package func call(_ service: AWSService, _ target: String, _ body: String) async throws(AWSError)
        -> [UInt8]
    {
        try await AWSClient(service, configuration: aws).send(
            AWSRequest(
                operation: target,
                headers: ["Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target],
                body: .bytes(Array(body.utf8)), isIdempotent: true)
        ).body
    }
}

/// An account on a moto of its own.
///
/// - Parameters:
///   - records: whether it writes down each request: `REQUEST` and a JSON object, one a line.
///   - bills: whether it writes down what DynamoDB would bill for each write: `BILLED` and a JSON object, one a line.
package func withMotoAccount<Result>(
    records: Bool = false, bills: Bool = false, _ body: (MotoAccount) async throws -> Result
) async throws -> Result {
    let region = "us-west-2"
    let server = try await TestServer(
        Checkout.python,
        arguments: {
            [Checkout.support("moto/serve.py"), "--port", "\($0)", "--single-threaded"]
                + (records ? ["--record"] : []) + (bills ? ["--bill", region] : [])
        })
    defer { server.stop() }
    return try await body(MotoAccount(on: server, region: region))
}
