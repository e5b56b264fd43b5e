/// Writes a domain name in ASCII (IDNA2008, RFC 5891, with UTS #46 mapping).
package protocol DomainEncoder: Sendable {
    /// - Returns: `nil` if the name is no valid domain name.
    func ascii(_ domain: String) -> String?
}

/// Remembers what an encoder answered: lists name few domains many times.
struct EncodedDomains {
    private let encoder: any DomainEncoder
    private var answers: [String: String?] = [:]

    private static let most = 1024

    init(encoder: any DomainEncoder) { self.encoder = encoder }

    mutating func ascii(_ domain: String) -> String? {
        if let answer = answers[domain] { return answer }
        if answers.count >= Self.most { answers.removeAll(keepingCapacity: true) }
        let answer = encoder.ascii(domain)
        answers[domain] = .some(answer)
        return answer
    }
}
