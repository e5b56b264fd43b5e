/// A set of addresses in comparison form, kept as 128-bit keyed fingerprints: about 22 bytes an address, whatever its
/// length.
///
/// The key is drawn at random, so nobody can write a list whose addresses share a fingerprint or crowd the table. Two
/// addresses of a list of ten million are taken for one with a probability below 2⁻⁸⁰.
///
/// Eight bits of a fingerprint choose one of 256 tables; the other 120 lie in that table beside the tag, 16 bytes in all
/// (open addressing, linear probing). A table that fills up grows by a quarter on its own, so the set never holds two
/// copies of all.
package struct AddressSet: ~Copyable {
    package private(set) var count = 0
    let fingerprint: SipHash
    private let tables: UnsafeMutablePointer<Table>

    package init() {
        var random = SystemRandomNumberGenerator()
        self.init(key: (random.next(), random.next()))
    }

    /// For tests: a set whose layout is always the same.
    init(key: (UInt64, UInt64)) {
        fingerprint = SipHash(key: key)
        tables = .allocate(capacity: Table.number)
        for index in 0..<Table.number { (tables + index).initialize(to: Table(capacity: 8)) }
    }

    deinit {
        for index in 0..<Table.number { tables[index].entries.deallocate() }
        tables.deallocate()
    }

    /// Adds an address.
    ///
    /// - Parameter tag: kept with it, and given back by ``tag(of:)``.
    /// - Returns: whether it was not there yet; if it was, it keeps its tag.
    @discardableResult
    package mutating func insert(_ address: UnsafeRawBufferPointer, tag: UInt8 = 0) -> Bool {
        let (index, entry) = locate(address)
        let isNew = tables[index].insert(entry, tag: tag)
        count += isNew ? 1 : 0
        return isNew
    }

    /// The tag of an address that is in the set.
    package func tag(of address: UnsafeRawBufferPointer) -> UInt8? {
        let (index, entry) = locate(address)
        return tables[index].tag(of: entry)
    }

    package func contains(_ address: UnsafeRawBufferPointer) -> Bool { tag(of: address) != nil }

    /// Bytes that the tables take.
    var allocatedBytes: Int {
        (0..<Table.number).reduce(0) { $0 + tables[$1].capacity * MemoryLayout<Table.Entry>.stride }
    }

    private func locate(_ address: UnsafeRawBufferPointer) -> (table: Int, entry: Table.Entry) {
        let (low, high) = fingerprint.hash(address)
        // Zero marks a free place.
        return (Int(high & 0xFF), Table.Entry(place: max(low, 1), rest: high & ~0xFF))
    }
}

/// One of the tables of a set.
private struct Table {
    static let number = 256

    struct Entry {
        /// Half a fingerprint, never zero; also says where in the table the search begins.
        var place: UInt64
        /// 56 more bits of it, then eight bits of tag.
        var rest: UInt64
    }

    private(set) var entries: UnsafeMutablePointer<Entry>
    private(set) var capacity: Int
    private var count = 0
    /// Entries at which the table grows: four fifths of its places.
    private var limit: Int

    init(capacity: Int) {
        self.capacity = capacity
        limit = capacity * 4 / 5
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(place: 0, rest: 0), count: capacity)
    }

    mutating func insert(_ entry: Entry, tag: UInt8) -> Bool {
        if count == limit { grow() }
        let index = find(entry)
        guard entries[index].place == 0 else { return false }
        entries[index] = Entry(place: entry.place, rest: entry.rest | UInt64(tag))
        count += 1
        return true
    }

    func tag(of entry: Entry) -> UInt8? {
        let found = entries[find(entry)]
        return found.place == 0 ? nil : UInt8(truncatingIfNeeded: found.rest)
    }

    /// Where the entry lies, or the free place where it would.
    private func find(_ entry: Entry) -> Int {
        var index = Int(truncatingIfNeeded: entry.place.multipliedFullWidth(by: UInt64(capacity)).high)
        while entries[index].place != 0 {
            if entries[index].place == entry.place, entries[index].rest & ~0xFF == entry.rest { break }
            index += 1
            if index == capacity { index = 0 }
        }
        return index
    }

    private mutating func grow() {
        var larger = Table(capacity: capacity + capacity / 4)
        for index in 0..<capacity where entries[index].place != 0 {
            let entry = entries[index]
            larger.entries[larger.find(Entry(place: entry.place, rest: entry.rest & ~0xFF))] = entry
        }
        larger.count = count
        entries.deallocate()
        self = larger
    }
}
