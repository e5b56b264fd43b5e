package import HTTP

/// An AWS service: how it is signed, where it lives, and how its failures are retried.
package struct AWSService: Sendable, Hashable {
    /// As in messages: `S3`, `DynamoDB`, `SES`.
    package let name: String
    /// The service in the credential scope of a signature.
    package let signingName: String
    /// The host's first part: `email` in `email.us-west-2.amazonaws.com`.
    package let endpointPrefix: String
    /// The end of AWS_ENDPOINT_URL_<SERVICE>, by the service's id in botocore: `SESV2`, `DYNAMODB`.
    package let environmentSuffix: String

    package init(name: String, signingName: String, endpointPrefix: String, environmentSuffix: String) {
        self.name = name
        self.signingName = signingName
        self.endpointPrefix = endpointPrefix
        self.environmentSuffix = environmentSuffix
    }

    package static let s3 = AWSService(
        name: "S3", signingName: "s3", endpointPrefix: "s3", environmentSuffix: "S3")
    package static let dynamoDB = AWSService(
        name: "DynamoDB", signingName: "dynamodb", endpointPrefix: "dynamodb", environmentSuffix: "DYNAMODB")
    package static let sqs = AWSService(
        name: "SQS", signingName: "sqs", endpointPrefix: "sqs", environmentSuffix: "SQS")
    package static let ses = AWSService(
        name: "SES", signingName: "ses", endpointPrefix: "email", environmentSuffix: "SESV2")
    package static let scheduler = AWSService(
        name: "EventBridge Scheduler", signingName: "scheduler", endpointPrefix: "scheduler",
        environmentSuffix: "SCHEDULER")
    package static let ssm = AWSService(
        name: "SSM", signingName: "ssm", endpointPrefix: "ssm", environmentSuffix: "SSM")
}

/// One call of an API operation, not yet signed.
package struct AWSRequest: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// `sha256` is the payload's hash in hexadecimal where it is known; else S3 signs UNSIGNED-PAYLOAD.
        case stream(length: Int64, sha256: String?, next: @Sendable () async throws -> [UInt8]?)
    }

    /// As in the service's API reference: `PutObject`.
    package var operation: String
    package var method: String
    /// The path's segments, not yet percent-encoded: `["v2", "email", "identities", name]`.
    package var path: [String]
    /// Query parameters, not yet percent-encoded.
    package var query: [(name: String, value: String)]
    package var headers: HTTPHeaders
    package var body: Body
    /// Whether the call may be made again when nobody knows whether the service has acted on it.
    ///
    /// Where `false`, only answers that say it has not (throttling, refused connection) are retried, and libcurl's own
    /// re-send is off.
    package var isIdempotent: Bool
    /// Calls made at most, the first included; `nil` is the client's own number, 1 leaves retrying to the caller.
    package var maximumAttempts: Int?
    package var timeouts: HTTPRequest.Timeouts

    package init(
        operation: String, method: String = "POST", path: [String] = [],
        query: [(name: String, value: String)] = [],
        headers: HTTPHeaders = [:], body: Body = .bytes([]), isIdempotent: Bool, maximumAttempts: Int? = nil,
        timeouts: HTTPRequest.Timeouts = .init()
    ) {
        self.operation = operation
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.isIdempotent = isIdempotent
        self.maximumAttempts = maximumAttempts
        self.timeouts = timeouts
    }
}

/// What all clients of a process share: Region, credentials, endpoints, connections.
package struct AWSConfiguration: Sendable {
    package var region: String
    package var http: HTTPClient
    package var credentials: any CredentialsProvider
    /// AWS_ENDPOINT_URL and its kin.
    package var environment: [String: String]

    package init(
        region: String, http: HTTPClient, credentials: any CredentialsProvider, environment: [String: String]
    ) {
        self.region = region
        self.http = http
        self.credentials = credentials
        self.environment = environment
    }
}

/// Keys that sign requests. Its descriptions never show the secret parts.
package struct Credentials: Sendable, Hashable {
    package var accessKeyID: String
    package var secretAccessKey: String
    package var sessionToken: String?
    /// Seconds since 1970; `nil` for keys that do not expire.
    package var expiration: Int64?

    package init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Int64? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

/// Where credentials come from.
package protocol CredentialsProvider: Sendable {
    func credentials() async throws(AWSError) -> Credentials
}

/// Signs, sends and retries the calls of one service.
package final class AWSClient: Sendable {
    package init(_ service: AWSService, configuration: AWSConfiguration) {}

    /// Sends a request and reads the whole answer. Any status but 2xx is thrown.
    package func send(_ request: AWSRequest, maximumBodyBytes: Int = 16 << 20) async throws(AWSError)
        -> HTTPResponse
    { fatalError("stub") }

    /// Sends a request; the body of the answer follows at the reader's pace. Any status but 2xx is thrown.
    package func stream(_ request: AWSRequest) async throws(AWSError) -> HTTPStreamingResponse {
        fatalError("stub")
    }
}

/// Why an AWS call failed.
package struct AWSError: Error, Sendable {
    package enum Kind: Sendable {
        /// The service answered with an error: `code` as in its API reference (`ConditionalCheckFailedException`).
        case service(code: String, message: String, status: Int)
        /// No answer, or not a whole one.
        case transport(HTTPError)
        /// An answer that is not what the API reference says.
        case malformedResponse(String)
        /// No usable credentials; the text says where they were looked for.
        case credentials(String)
        /// The client cannot make the call as configured.
        case configuration(String)
    }
    package var service: String
    package var operation: String
    package var kind: Kind
    package var requestID: String?
    /// The error's raw body, for members beyond code and message (DynamoDB's CancellationReasons and Item).
    package var body: [UInt8]
    /// Seconds the service asked to wait (Retry-After).
    package var retryAfter: Duration?
    /// Calls made.
    package var attempts: Int

    package init(
        service: String, operation: String, kind: Kind, requestID: String? = nil, body: [UInt8] = [],
        retryAfter: Duration? = nil, attempts: Int = 1
    ) {
        self.service = service
        self.operation = operation
        self.kind = kind
        self.requestID = requestID
        self.body = body
        self.retryAfter = retryAfter
        self.attempts = attempts
    }

    /// The service's error code, where it answered with one.
    package var code: String? {
        if case .service(let code, _, _) = kind { code } else { nil }
    }
    /// Whether the service asked to slow down: known not to have acted.
    package var isThrottling: Bool { fatalError("stub") }
    /// Whether the same call may succeed later.
    package var isRetryable: Bool { fatalError("stub") }
    /// Whether nobody knows if the service has acted: the request was written and no clear answer came (or a 5xx did).
    package var mayHaveActed: Bool { fatalError("stub") }
}
