internal import HTTP
internal import JSON
internal import TextSearch

/// An answer that is not a 2xx, read in whichever of AWS's protocols it is written.
///
/// REST-JSON and AWS JSON 1.0/1.1 name the code in `x-amzn-ErrorType`, `__type` or `code`; S3 and the Query protocol write
/// XML. Source: Smithy, "AWS protocols", each one's "Operation error serialization".
struct ErrorResponse {
    var code: String
    var message = ""
    var requestID: String?
    /// The Region that the service says the request belongs to.
    var region: String?
    var retryAfter: Duration?

    private static let maximumMessage = 2000

    init(_ response: HTTPResponse, now: Int64 = systemSeconds()) {
        let headers = response.headers
        var code = headers["x-amzn-errortype"].flatMap(Self.shapeName)
        requestID =
            headers["x-amzn-requestid"] ?? headers["x-amz-request-id"] ?? headers["x-amzn-request-id"]
            ?? headers["x-amz-id-2"]
        region = headers["x-amz-bucket-region"]

        switch response.body.first(where: { !Self.isSpace($0) }) {
        case UInt8(ascii: "{"):
            if let json = try? JSONDecoder().decode(JSONValue.self, from: response.body) {
                code = code ?? Self.text(json, "__type", "code", "Code").flatMap(Self.shapeName)
                message = Self.text(json, "message", "Message", "errorMessage") ?? ""
            }
        case UInt8(ascii: "<"):
            if let document = try? XMLElement.parse(response.body), let error = document.errorElement {
                code = code ?? error["Code"]?.text
                message = error["Message"]?.text ?? ""
                requestID =
                    requestID ?? error["RequestId"]?.text ?? document["RequestId"]?.text
                    ?? document["RequestID"]?.text
                region = region ?? error["Region"]?.text
            }
        default: break
        }
        self.code = Self.printable(code ?? "", limit: 128)
        if self.code.isEmpty { self.code = Self.code(ofStatus: response.status) }
        message = Self.printable(message, limit: Self.maximumMessage)
        if ErrorCode.repeatsSignedText(self.code) { message = Self.withoutSignedText(message) }
        requestID = requestID.map { Self.printable($0, limit: 128) }
        region = region.map { Self.printable($0, limit: 64) }
        retryAfter = Self.retryAfter(headers, now: now)
    }

    /// The name in `aws.protocoltests#FooError:http://…`.
    private static func shapeName(_ text: String) -> String? {
        let name = text.prefix { $0 != ":" }
        return name.split(separator: "#").last.map(String.init)
    }

    private static func text(_ json: JSONValue, _ keys: String...) -> String? {
        for key in keys {
            if case .string(let text)? = json[key] { return text }
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\r")).contains(byte)
    }

    /// One line of bounded length, whatever the service sent.
    private static func printable(_ text: String, limit: Int) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) {
            let isControl = scalar.properties.generalCategory == .control
            result.append(isControl ? " " : scalar)
        }
        return String(result)
    }

    /// A refused signature is answered with the text that should have been signed, which holds the session token.
    private static func withoutSignedText(_ message: String) -> String {
        guard let end = message.firstRange(ofText: "The Canonical String") else { return message }
        var kept = message[..<end.lowerBound]
        while kept.last == " " { kept.removeLast() }
        return String(kept)
    }

    /// For answers without a body, such as S3's to HEAD.
    private static func code(ofStatus status: Int) -> String {
        switch status {
        case 301: "PermanentRedirect"
        case 304: "NotModified"
        case 307: "TemporaryRedirect"
        case 400: "BadRequest"
        case 403: "AccessDenied"
        case 404: "NotFound"
        case 405: "MethodNotAllowed"
        case 409: "Conflict"
        case 412: "PreconditionFailed"
        case 416: "InvalidRange"
        case 429: "TooManyRequestsException"
        case 500: "InternalError"
        case 503: "ServiceUnavailable"
        default: "HTTP\(status)"
        }
    }

    /// `x-amz-retry-after` counts milliseconds; `Retry-After` (RFC 9110 section 10.2.3) seconds, or names a date.
    private static func retryAfter(_ headers: HTTPHeaders, now: Int64) -> Duration? {
        if let text = headers["x-amz-retry-after"], let milliseconds = Int64(text), milliseconds >= 0 {
            return .milliseconds(milliseconds)
        }
        guard let text = headers["retry-after"] else { return nil }
        if let seconds = Int64(text) { return seconds >= 0 ? .seconds(seconds) : nil }
        return CivilTime.secondsSince1970(httpDate: text).map { .seconds(max($0 - now, 0)) }
    }
}

extension XMLElement {
    /// The element that holds Code and Message, in S3's form, the Query protocol's, or EC2's.
    fileprivate var errorElement: XMLElement? {
        if name == "Error" { return self }
        return self["Error"] ?? self["Errors"]?["Error"]
    }
}
