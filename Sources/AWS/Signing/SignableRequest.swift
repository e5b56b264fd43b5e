internal import Digests
package import HTTP

/// What Signature Version 4 signs of a request, in the form it has on the wire.
package struct SignableRequest: Sendable {
    package var method: String
    /// The host, with the port where it is not the scheme's own: the `Host` header.
    package var host: String
    /// The path as sent, percent-encoded.
    package var path: String
    /// The query as sent: see ``canonicalQuery(_:)``, whose result is both sent and signed.
    package var query: String
    package var headers: HTTPHeaders
    package var payload: Payload

    /// How the body is bound to the signature.
    package enum Payload: Sendable, Equatable {
        /// The SHA-256 of the body in lower-case hexadecimal.
        case sha256(String)
        /// The body is left out, which S3 alone allows.
        case unsigned

        /// The SHA-256 of a body that lies in memory.
        package static func hash(of body: [UInt8]) -> String {
            body.isEmpty ? emptyHash : SHA256.hash(body).hexadecimal
        }

        private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

        /// The last line of the canonical request.
        var canonical: String {
            switch self {
            case .sha256(let hash): hash
            case .unsigned: "UNSIGNED-PAYLOAD"
            }
        }
    }

    package init(
        method: String, host: String, path: String, query: String = "", headers: HTTPHeaders = [:],
        payload: Payload
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
        self.payload = payload
    }

    /// Encodes segments of a path, none of them encoded yet, each after a slash.
    package static func path(_ segments: [String]) -> String {
        if segments.isEmpty { return "/" }
        var output: [UInt8] = []
        for segment in segments {
            output.append(UInt8(ascii: "/"))
            PercentEncoding.append(segment.utf8, to: &output)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Encodes and sorts query parameters: by encoded name, then by encoded value.
    package static func canonicalQuery(_ parameters: [(name: String, value: String)]) -> String {
        if parameters.isEmpty { return "" }
        return
            parameters
            .map { (name: PercentEncoding.encode($0.name), value: PercentEncoding.encode($0.value)) }
            .sorted { $0.name == $1.name ? $0.value < $1.value : $0.name < $1.name }
            .map { "\($0.name)=\($0.value)" }
            .joined(separator: "&")
    }
}
