package import HTTP

/// One call of an API operation, not yet signed.
package struct AWSRequest: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// `sha256` is the payload's hash in hexadecimal where it is known; else S3 signs UNSIGNED-PAYLOAD.
        ///
        /// Once `next` has been called the request is not made again, since the pieces are gone.
        case stream(length: Int64, sha256: String?, next: @Sendable () async throws -> [UInt8]?)
    }

    /// As in the service's API reference: `PutObject`.
    package var operation: String
    package var method: String
    /// The path's segments, not yet percent-encoded: `["v2", "email", "identities", name]`.
    ///
    /// S3's first segment is the bucket, which the client moves into the host where it can; an object's key is split at
    /// its slashes, empty segments included.
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
