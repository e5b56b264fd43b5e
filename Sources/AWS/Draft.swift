internal import HTTP
internal import Synchronization

/// A request ready but for its signature: encoded and hashed once, however often it is signed.
struct Draft: ~Copyable {
    private let signable: SignableRequest
    private let url: String
    private let body: HTTPRequest.Body
    private let timeouts: HTTPRequest.Timeouts
    private let isIdempotent: Bool
    private let bodyUse = BodyUse()

    /// Whether a streamed body has been asked for its first piece.
    var hasBegunBody: Bool { bodyUse.hasBegun }

    /// - Throws: kind `configuration` for a body that the service cannot be sent.
    init(_ request: AWSRequest, service: AWSService, endpoint: Endpoint) throws(AWSError) {
        let (authority, path) = endpoint.target(of: request.path, for: service)
        let query = SignableRequest.canonicalQuery(request.query)
        url = "\(endpoint.address.scheme)://\(authority)\(path)\(query.isEmpty ? "" : "?")\(query)"
        timeouts = request.timeouts
        isIdempotent = request.isIdempotent

        let payload: SignableRequest.Payload
        switch request.body {
        case .bytes(let bytes):
            payload = .sha256(SignableRequest.Payload.hash(of: bytes))
            body =
                bytes.isEmpty && request.method != "POST" && request.method != "PUT" ? .empty : .bytes(bytes)
        case .stream(let length, let sha256, let next):
            guard sha256 != nil || service == .s3 else {
                throw AWSError(
                    service: service.name, operation: request.operation,
                    kind: .configuration("Only S3 takes a streamed body whose SHA-256 is not known"),
                    attempts: 0)
            }
            payload = sha256.map { .sha256($0) } ?? .unsigned
            let bodyUse = bodyUse
            body = .stream(length: length) {
                bodyUse.begin()
                return try await next()
            }
        }
        var headers = request.headers
        headers.add("User-Agent", "jada-blast")
        signable = SignableRequest(
            method: request.method, host: authority, path: path, query: query, headers: headers,
            payload: payload)
    }

    func signed(by signer: RequestSigner, with credentials: Credentials, at time: SigningTime) -> HTTPRequest
    {
        var signed = signable
        signer.sign(&signed, with: credentials, at: time)
        return HTTPRequest(
            method: signed.method, url: url, headers: signed.headers, body: body, timeouts: timeouts,
            isIdempotent: isIdempotent)
    }

    private final class BodyUse: Sendable {
        private let flag = Atomic(false)
        var hasBegun: Bool { flag.load(ordering: .acquiring) }
        func begin() { flag.store(true, ordering: .releasing) }
    }
}
