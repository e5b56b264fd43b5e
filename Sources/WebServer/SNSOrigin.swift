/// Where SNS of one topic's Region is to be asked for certificates and confirmations, and nowhere else.
package struct SNSOrigin: Sendable, Hashable {
    /// Scheme, host and port, without a slash at the end.
    private let origin: String

    /// - Parameters:
    ///   - topic: an ARN, such as `arn:aws:sns:us-west-2:123456789012:jada-events`.
    ///   - endpoint: what stands in for SNS, such as `http://127.0.0.1:5000`; `nil` for SNS itself.
    /// - Returns: `nil` if the topic is no ARN of SNS.
    package init?(topic: String, endpoint: String? = nil) {
        let parts = topic.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "sns", parts.allSatisfy({ !$0.isEmpty }),
            topic.utf8.allSatisfy(Self.isPartOfName)
        else { return nil }
        if let endpoint {
            origin = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
            return
        }
        let suffix =
            switch parts[1] {
            case "aws", "aws-us-gov": "amazonaws.com"
            case "aws-cn": "amazonaws.com.cn"
            default: nil as String?
            }
        guard let suffix else { return nil }
        origin = "https://sns.\(parts[3]).\(suffix)"
    }

    /// Whether a URL is one of SNS's certificates: a plain name of theirs, right behind the origin.
    func isCertificate(_ url: String) -> Bool {
        guard url.hasPrefix(origin + "/SimpleNotificationService-"), url.hasSuffix(".pem") else {
            return false
        }
        return url.utf8.dropFirst(origin.utf8.count + 1).allSatisfy(Self.isPartOfName)
    }

    /// Whether a URL confirms a subscription: a call of SNS's without a path.
    func isConfirmation(_ url: String) -> Bool {
        guard url.hasPrefix(origin + "/?") else { return false }
        // Printable ASCII without a fragment is all that a query may have (RFC 3986 section 3.4).
        return url.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }
            && url.utf8.dropFirst(origin.utf8.count + 2).split(separator: UInt8(ascii: "&"))
                .contains { $0.elementsEqual("Action=ConfirmSubscription".utf8) }
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ":-_.".utf8.contains(byte)
        }
    }
}
