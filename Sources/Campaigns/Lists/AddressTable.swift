/// One of the tables of an ``AddressSet``: open addressing with linear probing, eight places at a time.
///
/// A byte for each place says whether it is taken, and holds seven bits of its fingerprint. Nearly every search for an
/// address that is not there ends within these bytes, few enough for the processor's caches.
struct AddressTable {
    private let memory: TableMemory
    /// Packed, for each place: `low`, `high`, tag.
    private var entries: UnsafeMutableRawPointer { memory.start }
    /// For each place its mark, zero if it is free; the first eight again at the end, so that eight can be read from any
    /// place.
    private let marks: UnsafeMutableRawPointer
    private let capacity: Int
    private var count = 0

    private static let entrySize = 13
    private static let window = 8

    /// - Parameter capacity: how many places, at least eight.
    init(capacity: Int) {
        self.capacity = capacity
        memory = TableMemory(byteCount: capacity * (Self.entrySize + 1) + Self.window)
        marks = memory.start + capacity * Self.entrySize
    }

    func deallocate() { memory.deallocate() }

    var allocatedBytes: Int { memory.byteCount }

    /// - Returns: whether it was not there yet.
    mutating func insert(_ fingerprint: AddressFingerprint, tag: UInt8) -> Bool {
        // Seven eighths: fuller, and the searches grow long.
        if count == capacity - capacity / 8 { grow() }
        let (index, isTaken) = find(fingerprint)
        guard !isTaken else { return false }
        put(fingerprint, tag: tag, at: index)
        return true
    }

    func tag(of fingerprint: AddressFingerprint) -> UInt8? {
        let (index, isTaken) = find(fingerprint)
        return isTaken ? tag(at: index) : nil
    }

    /// Where the fingerprint lies, or else the free place where it would.
    private func find(_ fingerprint: AddressFingerprint) -> (index: Int, isTaken: Bool) {
        let wanted = UInt64(fingerprint.mark) &* Self.lowBits
        var start = home(of: fingerprint)
        while true {
            let window = marks(from: start)
            let difference = window ^ wanted
            // The high bit of each byte that is zero; of some that are one, too, which the entry then belies.
            var candidates = (difference &- Self.lowBits) & ~difference & Self.highBits
            while candidates != 0 {
                let index = place(start, candidates)
                if holds(fingerprint, at: index) { return (index, true) }
                candidates &= candidates &- 1
            }
            let free = ~window & Self.highBits
            if free != 0 { return (place(start, free), false) }
            start = place(start + Self.window)
        }
    }

    /// What a search reads first, for ``AddressSet/readAhead(_:)``.
    func firstRead(of fingerprint: AddressFingerprint) -> UInt64 {
        let place = home(of: fingerprint)
        return marks(from: place)
            &+ UInt64(entries.load(fromByteOffset: place &* Self.entrySize, as: UInt8.self))
    }

    private mutating func grow() {
        var larger = AddressTable(capacity: capacity + capacity / 2)
        for index in 0..<capacity where marks.load(fromByteOffset: index, as: UInt8.self) != 0 {
            let fingerprint = fingerprint(at: index)
            larger.put(fingerprint, tag: tag(at: index), at: larger.freePlace(for: fingerprint))
        }
        deallocate()
        self = larger
    }

    /// The free place for a fingerprint that is not in the table.
    private func freePlace(for fingerprint: AddressFingerprint) -> Int {
        var start = home(of: fingerprint)
        while true {
            let free = ~marks(from: start) & Self.highBits
            if free != 0 { return place(start, free) }
            start = place(start + Self.window)
        }
    }

    private func home(of fingerprint: AddressFingerprint) -> Int {
        Int(
            truncatingIfNeeded: fingerprint.low.multipliedFullWidth(by: UInt64(truncatingIfNeeded: capacity))
                .high)
    }

    private func marks(from place: Int) -> UInt64 {
        UInt64(littleEndian: marks.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// The place of the lowest bit set in `bits`, high bits of the bytes from `start` on.
    private func place(_ start: Int, _ bits: UInt64) -> Int {
        place(start &+ bits.trailingZeroBitCount &>> 3)
    }

    private func place(_ index: Int) -> Int { index < capacity ? index : index &- capacity }

    private func holds(_ fingerprint: AddressFingerprint, at index: Int) -> Bool {
        let entry = entries + index &* Self.entrySize
        return entry.loadUnaligned(as: UInt64.self) == fingerprint.low
            && entry.loadUnaligned(fromByteOffset: 8, as: UInt32.self) == fingerprint.high
            && marks.load(fromByteOffset: index, as: UInt8.self) == fingerprint.mark
    }

    /// The fingerprint that lies at a place; a table does not know which of the tables it is.
    private func fingerprint(at index: Int) -> AddressFingerprint {
        let entry = entries + index &* Self.entrySize
        return AddressFingerprint(
            low: entry.loadUnaligned(as: UInt64.self),
            high: entry.loadUnaligned(fromByteOffset: 8, as: UInt32.self),
            mark: marks.load(fromByteOffset: index, as: UInt8.self), table: 0)
    }

    private func tag(at index: Int) -> UInt8 {
        entries.load(fromByteOffset: index &* Self.entrySize &+ 12, as: UInt8.self)
    }

    private mutating func put(_ fingerprint: AddressFingerprint, tag: UInt8, at index: Int) {
        let entry = entries + index &* Self.entrySize
        entry.storeBytes(of: fingerprint.low, as: UInt64.self)
        entry.storeBytes(of: fingerprint.high, toByteOffset: 8, as: UInt32.self)
        entry.storeBytes(of: tag, toByteOffset: 12, as: UInt8.self)
        marks.storeBytes(of: fingerprint.mark, toByteOffset: index, as: UInt8.self)
        if index < Self.window {
            marks.storeBytes(of: fingerprint.mark, toByteOffset: capacity &+ index, as: UInt8.self)
        }
        count &+= 1
    }

    private static let lowBits: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080
}
