/// One HTTP/1.1 request (RFC 9110, RFC 9112).
package struct HTTPRequest: Sendable {
    /// What the request carries.
    package enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// A body pulled chunk by chunk; `nil` from `next` ends it. A `nil` length means chunked transfer coding.
        case stream(length: Int64?, next: @Sendable () async throws -> [UInt8]?)
    }

    package var method: String
    package var url: String
    package var headers: HTTPHeaders
    package var body: Body
    package var timeouts: Timeouts
    /// Whether libcurl may by itself repeat the request on a fresh connection when a reused one turns out dead.
    ///
    /// Leave it `false` for anything that must not happen twice, such as sending a mail.
    package var isIdempotent: Bool

    package init(
        method: String, url: String, headers: HTTPHeaders = [:], body: Body = .empty,
        timeouts: Timeouts = Timeouts(), isIdempotent: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.isIdempotent = isIdempotent
    }

    /// How long each phase may take; `nil` means without limit.
    package struct Timeouts: Sendable {
        /// Name resolution, TCP and TLS handshake.
        package var connect: Duration?
        /// From the start of the request until the first byte of the response.
        package var firstByte: Duration?
        /// From the start until the last byte.
        package var total: Duration?
        /// Between two bytes of the response; time in which its reader holds the transfer up does not count.
        package var idle: Duration?

        package init(
            connect: Duration? = .seconds(5), firstByte: Duration? = .seconds(30),
            total: Duration? = .seconds(60), idle: Duration? = nil
        ) {
            self.connect = connect
            self.firstByte = firstByte
            self.total = total
            self.idle = idle
        }
    }
}

/// Header fields in the order given; names compare without regard to case (RFC 9110 section 5.1).
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var fields: [(name: String, value: String)]

    package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    /// The first value of that name; setting replaces every field of that name.
    package subscript(name: String) -> String? {
        get { fields.first { $0.name.equalsIgnoringASCIICase(name) }?.value }
        set {
            fields.removeAll { $0.name.equalsIgnoringASCIICase(name) }
            if let newValue { fields.append((name, newValue)) }
        }
    }

    mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }

    package mutating func add(_ name: String, _ value: String) { fields.append((name, value)) }
}

/// A response whose body has been read whole.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: [UInt8]

    package init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A response whose body is read as it arrives, at the reader's pace.
package struct HTTPStreamingResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: HTTPBody
}
