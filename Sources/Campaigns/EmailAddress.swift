/// Checks addresses (RFC 5321 section 4.1.2, RFC 5322 section 3.4.1) and writes them in one way.
///
/// A value keeps scratch memory between calls: use one for each list that is read.
package struct AddressParser: ~Copyable {
    /// - Parameters:
    ///   - encoder: turns an internationalised domain into ASCII.
    ///   - isLocalPartCaseSensitive: whether local parts that differ in case are two addresses.
    package init(encoder: any DomainEncoder, isLocalPartCaseSensitive: Bool = false) { fatalError("stub") }

    /// Checks an address as it stands in a list; white space around it is ignored.
    ///
    /// On success `sent` holds the address as it is sent (domain in lower-case ASCII, local part as written) and
    /// `compared` the form in which two addresses are the same.
    /// - Returns: what is wrong with it, or `nil`.
    package mutating func parse(_ text: UnsafeRawBufferPointer) -> AddressFault? { fatalError("stub") }

    package var sent: UnsafeRawBufferPointer { fatalError("stub") }
    package var compared: UnsafeRawBufferPointer { fatalError("stub") }
}

/// What is wrong with an address.
package enum AddressFault: String, Sendable, Hashable, CaseIterable {
    case empty
}

/// Writes a domain name in ASCII (IDNA2008, RFC 5891, with UTS #46 mapping).
package protocol DomainEncoder: Sendable {
    /// - Returns: `nil` if the name is no valid domain name.
    func ascii(_ domain: String) -> String?
}
