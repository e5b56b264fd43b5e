/// A set of addresses in comparison form, kept as keyed fingerprints: about 20 bytes an address, whatever its length.
///
/// The key is drawn at random, so nobody can write a list whose addresses share a fingerprint or crowd the table. What is
/// kept of a fingerprint is 111 bits: two of ten million addresses are taken for one with a probability below 2⁻⁶⁴.
///
/// Some bits choose one of 256 tables. A table that fills up grows by half on its own, so the set never holds two copies
/// of all; the tables begin with sizes spread so that they grow one after the other, not all at once.
package struct AddressSet: ~Copyable {
    private static let tableCount = 256

    package private(set) var count = 0
    let keyed: SipHash
    private let tables: UnsafeMutablePointer<AddressTable>

    package init() {
        var random = SystemRandomNumberGenerator()
        self.init(key: (random.next(), random.next()))
    }

    /// For tests: a set whose layout is always the same.
    init(key: (UInt64, UInt64)) {
        keyed = SipHash(key: key)
        tables = .allocate(capacity: Self.tableCount)
        for index in 0..<Self.tableCount {
            (tables + index).initialize(to: AddressTable(capacity: 16 + index * 8 / Self.tableCount))
        }
    }

    deinit {
        for index in 0..<Self.tableCount { tables[index].deallocate() }
        tables.deallocate()
    }

    /// Adds an address.
    ///
    /// - Parameter tag: kept with it, and given back by ``tag(of:)``.
    /// - Returns: whether it was not there yet; if it was, it keeps its tag.
    @discardableResult
    package mutating func insert(_ address: UnsafeRawBufferPointer, tag: UInt8 = 0) -> Bool {
        let (index, fingerprint) = locate(address)
        let isNew = tables[index].insert(fingerprint, tag: tag)
        count += isNew ? 1 : 0
        return isNew
    }

    /// The tag of an address that is in the set.
    package func tag(of address: UnsafeRawBufferPointer) -> UInt8? {
        // Most campaigns exclude nobody, and a fingerprint takes its time.
        guard count > 0 else { return nil }
        let (index, fingerprint) = locate(address)
        return tables[index].tag(of: fingerprint)
    }

    package func contains(_ address: UnsafeRawBufferPointer) -> Bool { tag(of: address) != nil }

    /// Bytes that the tables take.
    var allocatedBytes: Int {
        (0..<Self.tableCount).reduce(0) { $0 + tables[$1].allocatedBytes }
    }

    private func locate(_ address: UnsafeRawBufferPointer) -> (table: Int, AddressTable.Fingerprint) {
        let (low, high) = keyed.hash(address)
        let fingerprint = AddressTable.Fingerprint(
            low: low, high: UInt32(truncatingIfNeeded: high &>> 8),
            mark: UInt8(truncatingIfNeeded: high &>> 40))
        return (Int(truncatingIfNeeded: high & 0xFF), fingerprint)
    }
}
