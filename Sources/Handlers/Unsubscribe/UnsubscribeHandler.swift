internal import Campaigns
internal import Delivery
internal import Digests
internal import JSON

/// The Lambda `jada-blast-unsubscribe`: the unsubscribe page behind a function URL.
package struct UnsubscribeHandler: EventHandler {
    private let endpoint: UnsubscribeEndpoint

    package init(endpoint: UnsubscribeEndpoint) { self.endpoint = endpoint }

    /// - Parameter event: a request of a function URL (AWS Lambda Developer Guide, "Invoking Lambda function URLs": payload
    ///   format 2.0).
    /// - Returns: `{"statusCode", "headers", "body", "isBase64Encoded"}`.
    /// - Throws: a ``Problem`` if the event is no such request.
    package func handle(_ event: [UInt8], context: EventContext) async throws -> [UInt8] {
        let response = await endpoint.respond(to: try Self.request(JSONValue.event(event)))
        let headers = Dictionary(response.headers.map { ($0.name, JSONValue.string($0.value)) }) { $1 }
        return try JSONEncoder(sortsKeys: true).encode(
            JSONValue.object([
                "statusCode": .integer(Int64(response.status)), "headers": .object(headers),
                "body": .string(response.body), "isBase64Encoded": .bool(false),
            ]))
    }

    static func request(_ event: JSONValue) throws(Problem) -> WebRequest {
        guard let http = event["requestContext"]?["http"], let method = http["method"]?.text else {
            throw Problem(
                .invalidInput, file: "event", key: "$.requestContext.http.method", "is missing or no text",
                remedy: "Let a Lambda function URL call the function (payload format 2.0)")
        }
        func header(_ name: String) -> String? {
            guard case .object(let headers)? = event["headers"] else { return nil }
            // Lambda writes them in lower case; a sample need not.
            return headers[name]?.text ?? headers.first { $0.key.lowercased() == name }?.value.text
        }
        var body = Array((event["body"]?.text ?? "").utf8)
        if event["isBase64Encoded"] == .bool(true) {
            // What Lambda has encoded, decodes; of anything else nothing is understood.
            body = Base64.decode(String(decoding: body, as: UTF8.self)) ?? []
        }
        return WebRequest(
            method: method, path: event["rawPath"]?.text ?? "/", query: event["rawQueryString"]?.text ?? "",
            contentType: header("content-type"), acceptLanguage: header("accept-language"), body: body)
    }
}
