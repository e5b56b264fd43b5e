/// A set of addresses in comparison form, kept as 128-bit keyed fingerprints: 20 bytes an address or less, whatever its length.
package struct AddressSet: ~Copyable {
    package init() { fatalError("stub") }
    package var count: Int { fatalError("stub") }
    /// Adds an address.
    ///
    /// - Parameter tag: kept with it, and given back by ``tag(of:)``.
    /// - Returns: whether it was not there yet.
    @discardableResult
    package mutating func insert(_ address: UnsafeRawBufferPointer, tag: UInt8 = 0) -> Bool {
        fatalError("stub")
    }
    /// The tag of an address that is in the set.
    package func tag(of address: UnsafeRawBufferPointer) -> UInt8? { fatalError("stub") }
}
