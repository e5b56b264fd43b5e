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

    /// - Parameter checksSignatures: as in `withMoto`; SES and EventBridge Scheduler refuse every call then.
    package init(region: String = "us-west-2", checksSignatures: Bool = false) async throws {
        self.init(
            on: try await (checksSignatures ? MotoAccount.strict : MotoAccount.lenient).value, region: region)
    }

    /// - Parameter key: what to sign with; by default what the server has issued, which may do everything.
    fileprivate init(on server: TestServer, region: String, key: Credentials? = nil) {
        self.server = server
        self.key =
            key ?? server.issuedKey.map { Credentials(accessKeyID: $0, secretAccessKey: $1) }
            ?? Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")
        aws = AWSConfiguration(
            region: region, http: MotoAccount.http, credentials: StaticCredentials(self.key),
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

    /// Credentials of a new role that may do some things only, such as `s3:*`; they count where signatures are checked.
    package func assumeRole(allowing actions: String...) async throws -> Credentials {
        let list = actions.map { #""\#($0)""# }.joined(separator: ",")
        return try await assumeRole(
            policy:
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(list)],"Resource":"*"}]}"#
        )
    }

    /// Credentials of a new role with a policy, as Lambda gives them to a function; they count where signatures are checked.
    package func assumeRole(policy: String) async throws -> Credentials {
        let name = MotoAccount.freshName()
        let anybody =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#
        let iam = AWSService(
            name: "IAM", signingName: "iam", endpointPrefix: "iam", environmentSuffix: "IAM")
        let sts = AWSService(
            name: "STS", signingName: "sts", endpointPrefix: "sts", environmentSuffix: "STS")
        _ = try await query(
            iam, "CreateRole", version: "2010-05-08",
            ["RoleName": name, "AssumeRolePolicyDocument": anybody])
        _ = try await query(
            iam, "PutRolePolicy", version: "2010-05-08",
            ["RoleName": name, "PolicyName": "own", "PolicyDocument": policy])
        let answer = try await query(
            sts, "AssumeRole", version: "2011-06-15",
            ["RoleArn": "arn:aws:iam::123456789012:role/\(name)", "RoleSessionName": "function"])
        func element(_ name: String) -> String {
            let inner = answer.components(separatedBy: "<\(name)>").last ?? ""
            return inner.components(separatedBy: "</\(name)>").first ?? ""
        }
        return Credentials(
            accessKeyID: element("AccessKeyId"), secretAccessKey: element("SecretAccessKey"),
            sessionToken: element("SessionToken"))
    }

    /// This account as somebody sees it who signs with another key.
    package func signing(with key: Credentials) -> MotoAccount {
        MotoAccount(on: server, region: aws.region, key: key)
    }

    /// Calls an operation of a service that speaks the Query protocol.
    private func query(
        _ service: AWSService, _ operation: String, version: String, _ parameters: [String: String]
    ) async throws -> String {
        // RFC 3986's unreserved characters as they are, spaces as +: moto checks the signature of the form that it writes anew.
        let unreserved = CharacterSet.alphanumerics.union(["-", ".", "_", "~", " "])
        let form = ([("Action", operation), ("Version", version)] + parameters.sorted { $0.key < $1.key })
            .map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "")" }
            .joined(separator: "&").replacingOccurrences(of: " ", with: "+")
        let answer = try await AWSClient(service, configuration: aws).send(
            AWSRequest(
                operation: operation, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: .bytes(Array(form.utf8)), isIdempotent: true))
        return String(decoding: answer.body, as: UTF8.self)
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
///   - checksSignatures: whether it refuses what is signed wrongly, and what the signer's policy does not allow.
///   - records: whether it writes down what IAM is asked for each request: `NEEDS` and a JSON object, one a line.
///   - bills: whether it writes down what DynamoDB would bill for each write: `BILLED` and a JSON object, one a line.
package func withMotoAccount<Result>(
    checksSignatures: Bool = false, records: Bool = false, bills: Bool = false,
    _ body: (MotoAccount) async throws -> Result
) async throws -> Result {
    let region = "us-west-2"
    let server = try await TestServer(
        Checkout.python,
        arguments: {
            [Checkout.support("moto/serve.py"), "--port", "\($0)", "--single-threaded"]
                + (checksSignatures ? ["--check-signatures"] : []) + (records ? ["--record"] : [])
                + (bills ? ["--bill", region] : [])
        })
    defer { server.stop() }
    return try await body(MotoAccount(on: server, region: region))
}
