/// A set of addresses in comparison form, kept as keyed fingerprints: about 20 bytes an address, whatever its length.
///
/// Eight bits choose one of 256 tables. A table that fills up grows by half on its own, so the set never holds two copies
/// of all; the tables begin with sizes spread so that they grow one after the other, not all at once.
///
/// Sendable unchecked: a set cannot be copied, it alone points to its memory, and it never lends a pointer out; so two
/// tasks cannot reach the same memory but by reading one set that neither may change.
package struct AddressSet: ~Copyable, @unchecked Sendable {
    private static let tableCount = 256

    package private(set) var count = 0
    private let key: AddressKey
    /// A sum of what was read ahead, so that the compiler takes none of it for needless.
    private var wasRead: UInt64 = 0
    private let tables: UnsafeMutablePointer<AddressTable>

    /// - Parameter key: of the fingerprints that the set will be given.
    package init(key: AddressKey = AddressKey()) {
        self.key = key
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
    package mutating func insert(_ fingerprint: AddressFingerprint, tag: UInt8 = 0) -> Bool {
        let isNew = (tables + Int(fingerprint.table)).pointee.insert(fingerprint, tag: tag)
        count += isNew ? 1 : 0
        return isNew
    }

    /// Reads where the search for an address will begin, so that the search finds it in the processor's caches.
    ///
    /// One search after the other waits for memory; reads ahead, none of which rests on another, wait together.
    package mutating func readAhead(_ fingerprint: AddressFingerprint) {
        wasRead &+= tables[Int(fingerprint.table)].firstRead(of: fingerprint)
    }

    /// Adds an address in comparison form.
    @discardableResult
    package mutating func insert(_ address: UnsafeRawBufferPointer, tag: UInt8 = 0) -> Bool {
        insert(key.fingerprint(of: address), tag: tag)
    }

    /// The tag of an address that is in the set.
    package func tag(of fingerprint: AddressFingerprint) -> UInt8? {
        // Most campaigns exclude nobody.
        count > 0 ? tables[Int(fingerprint.table)].tag(of: fingerprint) : nil
    }

    /// The tag of an address, in comparison form, that is in the set.
    package func tag(of address: UnsafeRawBufferPointer) -> UInt8? {
        count > 0 ? tag(of: key.fingerprint(of: address)) : nil
    }

    /// Adds an address in comparison form.
    @discardableResult
    package mutating func insert(_ address: String) -> Bool {
        var address = address
        return address.withUTF8 { insert(UnsafeRawBufferPointer($0)) }
    }

    /// Whether an address, in comparison form, is in the set.
    package func contains(_ address: String) -> Bool {
        var address = address
        return address.withUTF8 { tag(of: UnsafeRawBufferPointer($0)) != nil }
    }

    /// Bytes that the tables take.
    var allocatedBytes: Int {
        (0..<Self.tableCount).reduce(0) { $0 + tables[$1].allocatedBytes }
    }
}
