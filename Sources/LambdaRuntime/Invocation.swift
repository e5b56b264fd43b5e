import HTTP

/// One event that Lambda asks the function to handle, with its context.
///
/// Source: AWS Lambda Developer Guide, "Using the Lambda runtime API", Next invocation.
package struct Invocation: Sendable {
    /// Names this invocation in logs, traces and at the Runtime API.
    package let requestID: String
    /// When Lambda ends the invocation, in milliseconds since 1970-01-01T00:00:00Z.
    package let deadlineMilliseconds: Int64
    /// The ARN the caller named: function, version or alias.
    package let invokedFunctionARN: String?
    /// The X-Ray tracing header (`Root=…;Parent=…;Sampled=…`).
    package let traceID: String?
    /// JSON about the client application and device, when the AWS Mobile SDK invokes.
    package let clientContext: String?
    /// JSON about the Amazon Cognito identity, when the AWS Mobile SDK invokes.
    package let cognitoIdentity: String?
    /// The tenant, for functions with tenant isolation.
    package let tenantID: String?
    /// The event, as it came.
    package let body: [UInt8]
    /// A log whose lines carry this invocation's request id, wherever they are written from.
    package let log: LambdaLog

    /// The time left until the deadline; negative once it has passed.
    package var remaining: Duration {
        .milliseconds(deadlineMilliseconds - WallClock.milliseconds())
    }
}

extension Invocation {
    /// Why an answer of `next` is no invocation.
    enum Malformed: Error, Equatable {
        /// Without a usable request id nothing can be answered.
        case requestID
        /// The invocation can be answered, with an error.
        case deadline(requestID: String, value: String?)
    }

    /// Reads the answer of `next`.
    init(_ response: HTTPResponse, log: LambdaLog) throws(Malformed) {
        func value(_ name: String) -> String? { response.headers[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let requestID = value("Lambda-Runtime-Aws-Request-Id"), Self.isPathSegment(requestID) else {
            throw .requestID
        }
        let instant = value("Lambda-Runtime-Deadline-Ms")
        guard let deadline = instant.flatMap(Int64.init), deadline > 0 else {
            throw .deadline(requestID: requestID, value: instant)
        }
        self.requestID = requestID
        deadlineMilliseconds = deadline
        invokedFunctionARN = value("Lambda-Runtime-Invoked-Function-Arn")
        traceID = value("Lambda-Runtime-Trace-Id")
        clientContext = value("Lambda-Runtime-Client-Context")
        cognitoIdentity = value("Lambda-Runtime-Cognito-Identity")
        tenantID = value("Lambda-Runtime-Aws-Tenant-Id")
        body = response.body
        self.log = log.pinned(to: requestID)
    }

    /// The id becomes part of a URL: nothing may lead out of its place there.
    private static func isPathSegment(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
