/// A request that has passed every check and may go to libcurl as it is.
///
/// The checks stand against request smuggling and header injection (RFC 9110 sections 5.1, 5.5 and 9.1,
/// RFC 9112 section 11): values may come from campaign files and server answers.
struct PreparedRequest: Sendable {
    let method: String
    let url: String
    /// Scheme, host and port as written: what errors may name, and what connections are counted by.
    let origin: String
    let isSecure: Bool
    /// `Name: value` as libcurl takes them.
    let headerLines: [String]
    let body: HTTPRequest.Body
    let timeouts: HTTPRequest.Timeouts
    let isIdempotent: Bool

    init(_ request: HTTPRequest) throws(HTTPError) {
        guard !request.method.isEmpty, request.method.allBytesSatisfy(\.isTokenCharacter) else {
            throw .invalid("the method is not a token")
        }
        (origin, isSecure) = try PreparedRequest.origin(of: request.url)
        headerLines = try PreparedRequest.headerLines(of: request)
        method = request.method
        url = request.url
        body = request.body
        timeouts = request.timeouts
        isIdempotent = request.isIdempotent
        if method == "HEAD", !body.isEmpty { throw .invalid("a HEAD request has no body") }
    }

    private static func origin(of url: String) throws(HTTPError) -> (origin: String, isSecure: Bool) {
        let bytes = url.utf8
        guard url.allBytesSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalid("the URL has blanks, control characters or non-ASCII characters")
        }
        let isSecure = url.hasASCIIPrefix("https://")
        guard isSecure || url.hasASCIIPrefix("http://") else {
            throw .invalid("the URL's scheme is neither http nor https")
        }
        let start = bytes.index(bytes.startIndex, offsetBy: isSecure ? 8 : 7)
        let end =
            bytes[start...].firstIndex {
                $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#")
            } ?? bytes.endIndex
        guard start < end else { throw .invalid("the URL has no host") }
        guard !bytes[start..<end].contains(UInt8(ascii: "@")) else {
            throw .invalid("the URL holds user information")
        }
        return (String(url[..<end]), isSecure)
    }

    /// What may take the place of a URL's path: it starts with a slash, and nothing in it ends it.
    static func check(path: String) throws(HTTPError) {
        let isPath = path.withBytes { bytes in
            bytes.first == UInt8(ascii: "/")
                && bytes.allSatisfy {
                    (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
                }
        }
        guard isPath else { throw .invalid("the path is none") }
    }

    private static func headerLines(of request: HTTPRequest) throws(HTTPError) -> [String] {
        var lines: [String] = []
        lines.reserveCapacity(request.headers.fields.count + 3)
        var hasAccept = false
        var hasContentType = false
        for (name, value) in request.headers.fields {
            guard !name.isEmpty, name.allBytesSatisfy(\.isTokenCharacter) else {
                throw .invalid("a header name is not a token")
            }
            guard value.allBytesSatisfy(\.isFieldCharacter) else {
                throw .invalid("the value of the header \(name) has control characters")
            }
            if name.equalsIgnoringASCIICase("Content-Length") {
                guard let length = request.body.length, value == String(length) else {
                    throw .invalid("the Content-Length given is not the body's")
                }
                continue
            }
            guard !name.equalsIgnoringASCIICase("Transfer-Encoding"), !name.equalsIgnoringASCIICase("Expect")
            else { throw .invalid("the header \(name) belongs to the client") }
            hasAccept = hasAccept || name.equalsIgnoringASCIICase("Accept")
            hasContentType = hasContentType || name.equalsIgnoringASCIICase("Content-Type")
            // libcurl takes "Name:" with nothing behind it as an order to remove the header.
            let isBlank = value.allBytesSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            lines.append(isBlank ? "\(name);" : "\(name): \(value)")
        }
        // libcurl adds these by itself unless they are removed.
        lines.append("Expect:")
        if !hasAccept { lines.append("Accept:") }
        if !hasContentType { lines.append("Content-Type:") }
        return lines
    }
}

extension HTTPError {
    static func invalid(_ reason: String) -> HTTPError {
        HTTPError(
            kind: .invalidRequest, written: .nothing, curlCode: 0,
            message: "The request is invalid: \(reason).")
    }
}

extension HTTPRequest.Body {
    /// Bytes, where they are known before the body is sent.
    var length: Int64? {
        switch self {
        case .empty: 0
        case .bytes(let bytes): Int64(bytes.count)
        case .stream(let length, _): length
        }
    }

    var isEmpty: Bool {
        switch self {
        case .empty: true
        case .bytes(let bytes): bytes.isEmpty
        case .stream: false
        }
    }
}

extension UInt8 {
    /// RFC 9110 section 5.6.2: tchar.
    fileprivate var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// RFC 9110 section 5.5: visible characters, blanks, tabs and obs-text.
    fileprivate var isFieldCharacter: Bool { self >= 0x20 && self != 0x7F || self == UInt8(ascii: "\t") }
}
