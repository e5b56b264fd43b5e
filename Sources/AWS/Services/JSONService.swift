internal import HTTP
internal import JSON

/// The calls of a service that speaks JSON: AWS JSON 1.0 and 1.1, or REST-JSON (Smithy, "AWS protocols").
struct JSONService: Sendable {
    let service: AWSService
    let client: AWSClient
    /// The part of X-Amz-Target before the operation's name, and the protocol's version; `nil` for REST-JSON.
    let target: (prefix: String, version: String)?

    init(
        _ service: AWSService, configuration: AWSConfiguration,
        target: (prefix: String, version: String)? = nil, clock: ServiceClock? = nil
    ) {
        self.service = service
        self.target = target
        client = AWSClient(service, configuration: configuration, clock: clock)
    }

    /// Calls an operation of AWS JSON and decodes its answer.
    func call<Output: Decodable>(
        _ operation: String, _ input: some Encodable, isIdempotent: Bool = true,
        as type: Output.Type = Output.self
    ) async throws(AWSError) -> Output {
        let request = AWSRequest(operation: operation, isIdempotent: isIdempotent)
        return try decode(type, from: try await send(request, input), of: operation)
    }

    /// Sends a request with `input` as its body; method, path and query are the request's own.
    func send(_ request: AWSRequest, _ input: some Encodable) async throws(AWSError) -> HTTPResponse {
        let body: [UInt8]
        do throws(JSONError) {
            body = try JSONEncoder().encode(input)
        } catch {
            throw failure(
                request.operation, .configuration("The request cannot be written as JSON: \(error)"))
        }
        return try await send(request, body: body)
    }

    /// Sends a request whose body is JSON text.
    func send(_ request: AWSRequest, body: [UInt8]) async throws(AWSError) -> HTTPResponse {
        var request = request
        request.body = .bytes(body)
        if let target {
            request.headers["Content-Type"] = "application/x-amz-json-\(target.version)"
            request.headers["X-Amz-Target"] = "\(target.prefix).\(request.operation)"
        } else {
            request.headers["Content-Type"] = "application/json"
        }
        return try await client.send(request)
    }

    func decode<Output: Decodable>(
        _ type: Output.Type, from response: HTTPResponse, of operation: String
    ) throws(AWSError) -> Output {
        do throws(JSONError) {
            return try JSONDecoder().decode(type, from: response.body)
        } catch {
            var failure = failure(operation, .malformedResponse("\(error)"))
            failure.requestID = response.headers["x-amzn-requestid"]
            throw failure
        }
    }

    func failure(_ operation: String, _ kind: AWSError.Kind) -> AWSError {
        AWSError(service: service.name, operation: operation, kind: kind)
    }
}

/// The answer of an operation that answers nothing of interest.
struct Ignored: Decodable {
    init(from decoder: any Decoder) throws {}
}
