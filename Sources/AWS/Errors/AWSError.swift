package import HTTP

/// Why an AWS call failed.
package struct AWSError: Error, Sendable {
    package enum Kind: Sendable {
        /// The service answered with an error: `code` as in its API reference (`ConditionalCheckFailedException`).
        case service(code: String, message: String, status: Int)
        /// No answer, or not a whole one: the service's, or that of a place which has credentials to give.
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
    /// How long the service asked to wait (Retry-After).
    package var retryAfter: Duration?
    /// Calls made.
    package var attempts: Int
    /// What to do about it, where that is known.
    package var remedy: String?

    package init(
        service: String, operation: String, kind: Kind, requestID: String? = nil, body: [UInt8] = [],
        retryAfter: Duration? = nil, attempts: Int = 1, remedy: String? = nil
    ) {
        self.service = service
        self.operation = operation
        self.kind = kind
        self.requestID = requestID
        self.body = body
        self.retryAfter = retryAfter
        self.attempts = attempts
        self.remedy = remedy
    }

    /// The service's error code, where it answered with one.
    package var code: String? {
        if case .service(let code, _, _) = kind { code } else { nil }
    }

    /// The status of the service's answer, where it answered with an error.
    package var status: Int? {
        if case .service(_, _, let status) = kind { status } else { nil }
    }

    /// Whether the service asked to slow down: known not to have acted.
    package var isThrottling: Bool {
        guard case .service(let code, _, let status) = kind else { return false }
        return status == 429 || ErrorCode.isThrottling(code, service: service)
    }

    /// Whether the same call may succeed later.
    package var isRetryable: Bool {
        switch kind {
        case .service(let code, _, let status):
            isThrottling || status >= 500 || ErrorCode.isTransient(code)
        case .transport(let error):
            switch error.kind {
            case .invalidRequest, .bodyTooLarge, .cancelled: false
            default: true
            }
        case .malformedResponse: true
        case .credentials, .configuration: false
        }
    }

    /// Whether nobody knows if the service has acted: the request was written and no clear answer came (or a 5xx did).
    package var mayHaveActed: Bool {
        switch kind {
        case .service(let code, _, let status):
            status >= 500 && !ErrorCode.isThrottling(code, service: service)
        case .transport(let error): error.written == .maybe
        case .malformedResponse: true
        case .credentials, .configuration: false
        }
    }
}

extension AWSError: CustomStringConvertible {
    /// Service, operation, code, message, request id and remedy, on one line and free of secrets.
    package var description: String {
        var text = "\(service) \(operation): "
        switch kind {
        case .service(let code, let message, let status):
            text += "\(code) (HTTP \(status))"
            if !message.isEmpty { text += ": \(message)" }
        case .transport(let error): text += error.message
        case .malformedResponse(let problem): text += "The answer cannot be read: \(problem)"
        case .credentials(let problem), .configuration(let problem): text += problem
        }
        if attempts > 1 { text += " [after \(attempts) attempts]" }
        if let requestID { text += " [request id \(requestID)]" }
        if let remedy { text += " \(remedy)" }
        return text
    }
}
