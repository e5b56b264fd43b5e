internal import Digests
internal import HTTP
internal import Locks

/// Signs requests to one service in one Region with Signature Version 4, header form.
///
/// Source: IAM User Guide, "Create a signed AWS API request". The steps are apart so that each can be compared with a
/// known answer.
package final class RequestSigner: Sendable {
    /// How a path on the wire becomes a canonical one.
    package struct PathRule: Sendable {
        /// The path, encoded for the wire, is encoded once more.
        package var encodesTwice: Bool
        /// Empty, `.` and `..` segments are resolved.
        package var normalizes: Bool

        package init(encodesTwice: Bool, normalizes: Bool) {
            self.encodesTwice = encodesTwice
            self.normalizes = normalizes
        }

        package static let general = PathRule(encodesTwice: true, normalizes: true)
        /// An object's key may hold any of `//`, `.` and `..`, and each counts.
        package static let s3 = PathRule(encodesTwice: false, normalizes: false)
    }

    package struct CanonicalRequest: Sendable {
        package var bytes: [UInt8]
        /// Names of the signed headers, in order, joined by semicolons.
        package var signedHeaders: String
    }

    private let region: String
    private let service: String
    private let pathRule: PathRule
    private let addsContentHash: Bool
    private let keyInUse = Mutex<SigningKey?>(nil)

    /// - Parameters:
    ///   - service: the name in the credential scope, such as `dynamodb`.
    ///   - addsContentHash: whether `x-amz-content-sha256` is sent and signed, as S3 demands.
    package init(region: String, service: String, pathRule: PathRule, addsContentHash: Bool) {
        self.region = region
        self.service = service
        self.pathRule = pathRule
        self.addsContentHash = addsContentHash
    }

    /// Adds the date, token, hash and `Authorization` headers that make the request a signed one.
    package func sign(_ request: inout SignableRequest, with credentials: Credentials, at time: SigningTime) {
        addHeaders(to: &request, with: credentials, at: time)
        let canonical = canonicalRequest(of: request)
        let signature = signature(
            of: stringToSign(canonicalRequest: canonical.bytes, at: time), with: credentials, at: time)
        request.headers.add(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(at: time)), "
                + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)")
    }

    /// Adds the headers that take part in the signature.
    package func addHeaders(
        to request: inout SignableRequest, with credentials: Credentials, at time: SigningTime
    ) {
        request.headers.add("x-amz-date", time.timestamp)
        if addsContentHash { request.headers.add("x-amz-content-sha256", request.payload.canonical) }
        if let token = credentials.sessionToken { request.headers.add("x-amz-security-token", token) }
    }

    /// Step 1: the request in the one form that both sides derive.
    package func canonicalRequest(of request: SignableRequest) -> CanonicalRequest {
        var headers: [(name: String, value: String)] = [("host", request.host)]
        headers.reserveCapacity(request.headers.fields.count + 1)
        for field in request.headers.fields {
            let name = field.name.lowercased()
            if Self.isSigned(name) { headers.append((name, field.value)) }
        }
        // The sort is stable: values of one name keep their order.
        headers.sort { $0.name < $1.name }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        bytes.append(contentsOf: request.method.utf8)
        bytes.append(UInt8(ascii: "\n"))
        appendPath(request.path, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: request.query.utf8)
        bytes.append(UInt8(ascii: "\n"))

        var signedHeaders = ""
        for (index, header) in headers.enumerated() {
            if index > 0, headers[index - 1].name == header.name {
                bytes.append(UInt8(ascii: ","))
            } else {
                if index > 0 {
                    bytes.append(UInt8(ascii: "\n"))
                    signedHeaders += ";"
                }
                signedHeaders += header.name
                bytes.append(contentsOf: header.name.utf8)
                bytes.append(UInt8(ascii: ":"))
            }
            Self.appendTrimmed(header.value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: signedHeaders.utf8)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: request.payload.canonical.utf8)
        return CanonicalRequest(bytes: bytes, signedHeaders: signedHeaders)
    }

    /// Step 2: what the signing key authenticates.
    package func stringToSign(canonicalRequest: [UInt8], at time: SigningTime) -> String {
        "AWS4-HMAC-SHA256\n\(time.timestamp)\n\(scope(at: time))\n\(SHA256.hash(canonicalRequest).hexadecimal)"
    }

    /// Step 3: the signature in lower-case hexadecimal.
    package func signature(of stringToSign: String, with credentials: Credentials, at time: SigningTime)
        -> String
    {
        HMACSHA256.authenticate(
            Array(stringToSign.utf8), key: signingKey(secret: credentials.secretAccessKey, day: time.day)
        ).hexadecimal
    }

    private func scope(at time: SigningTime) -> String { "\(time.day)/\(region)/\(service)/aws4_request" }

    /// A key serves for a day: the last one is kept, which saves four of five authentications.
    private func signingKey(secret: String, day: String) -> [UInt8] {
        if let key = keyInUse.withLock({ $0 }), key.day == day, key.secret == secret { return key.bytes }
        var bytes = Array("AWS4\(secret)".utf8)
        for part in [day, region, service, "aws4_request"] {
            bytes = HMACSHA256.authenticate(Array(part.utf8), key: bytes)
        }
        let key = SigningKey(secret: secret, day: day, bytes: bytes)
        keyInUse.withLock { $0 = key }
        return bytes
    }

    private struct SigningKey {
        var secret: String
        var day: String
        var bytes: [UInt8]
    }

    /// Headers that intermediaries may change, or that name the signature itself, are left out, as in botocore.
    private static func isSigned(_ name: String) -> Bool {
        switch name {
        case "authorization", "baggage", "connection", "expect", "host", "keep-alive", "proxy-authenticate",
            "proxy-authorization", "te", "traceparent", "tracestate", "trailer", "transfer-encoding",
            "upgrade",
            "user-agent", "x-amzn-trace-id":
            false
        default: true
        }
    }

    private func appendPath(_ path: String, to bytes: inout [UInt8]) {
        let path = pathRule.normalizes ? Self.normalized(path) : path.isEmpty ? "/" : path
        if pathRule.encodesTwice {
            PercentEncoding.append(path.utf8, keepingSlashes: true, to: &bytes)
        } else {
            bytes.append(contentsOf: path.utf8)
        }
    }

    /// Resolves empty, `.` and `..` segments (RFC 3986 section 5.2.4, and no empty segments).
    private static func normalized(_ path: String) -> String {
        if isNormal(path) { return path }
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let end = path.utf8.last == UInt8(ascii: "/") && !segments.isEmpty ? "/" : ""
        return "/" + segments.joined(separator: "/") + end
    }

    /// Whether no segment is empty or begins with a dot, as in the path of nearly every operation.
    private static func isNormal(_ path: String) -> Bool {
        var isAfterSlash = false
        for byte in path.utf8 {
            if isAfterSlash && (byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")) { return false }
            isAfterSlash = byte == UInt8(ascii: "/")
        }
        return path.utf8.first == UInt8(ascii: "/")
    }

    /// Appends a header's value without outer white space, each run of it inside as one space.
    private static func appendTrimmed(_ value: String, to bytes: inout [UInt8]) {
        let isPlain = value.utf8.withContiguousStorageIfAvailable { text in
            guard text.allSatisfy({ $0 > UInt8(ascii: " ") }) else { return false }
            bytes.append(contentsOf: text)
            return true
        }
        if isPlain == true { return }
        var isPending = false
        let start = bytes.count
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t")...UInt8(ascii: "\r"):
                isPending = bytes.count > start
            default:
                if isPending { bytes.append(UInt8(ascii: " ")) }
                isPending = false
                bytes.append(byte)
            }
        }
    }
}
