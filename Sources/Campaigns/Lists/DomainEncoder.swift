/// Writes a domain name in ASCII (IDNA2008, RFC 5891, with UTS #46 mapping).
package protocol DomainEncoder: Sendable {
    /// - Returns: `nil` if the name is no valid domain name.
    func ascii(_ domain: String) -> String?
}
