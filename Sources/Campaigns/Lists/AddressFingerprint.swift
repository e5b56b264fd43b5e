/// What an ``AddressSet`` keeps of an address: 111 bits that say nothing to whoever lacks the ``AddressKey``.
package struct AddressFingerprint: Sendable {
    /// Says also where in its table the search begins.
    let low: UInt64
    let high: UInt32
    /// Seven bits, below the one that says that the place is taken.
    let mark: UInt8
    /// Which of a set's tables it belongs to.
    let table: UInt8

    init(low: UInt64, high: UInt32, mark: UInt8, table: UInt8) {
        self.low = low
        self.high = high
        self.mark = mark | 0x80
        self.table = table
    }
}

/// A secret by which addresses become fingerprints: sets that share it can be asked with one and the same.
///
/// It is drawn at random, so nobody can write a list whose addresses share a fingerprint or crowd a table. Two of ten
/// million addresses are taken for one with a probability below 2⁻⁶⁴.
package struct AddressKey: Sendable {
    private let keyed: SipHash

    package init() {
        var random = SystemRandomNumberGenerator()
        self.init((random.next(), random.next()))
    }

    /// For tests: fingerprints that are always the same.
    init(_ key: SipHash.Key) { keyed = SipHash(key: key) }

    /// - Parameter address: in comparison form.
    package func fingerprint(of address: UnsafeRawBufferPointer) -> AddressFingerprint {
        let (low, high) = keyed.hash(address)
        return AddressFingerprint(
            low: low, high: UInt32(truncatingIfNeeded: high &>> 8),
            mark: UInt8(truncatingIfNeeded: high &>> 40), table: UInt8(truncatingIfNeeded: high))
    }
}
