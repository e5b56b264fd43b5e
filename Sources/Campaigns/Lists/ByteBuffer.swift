/// Raw memory that grows, owned by one value.
struct ByteBuffer: ~Copyable {
    private(set) var memory: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 0) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    /// Makes room for `additional` bytes; pointers into the buffer are void afterwards.
    mutating func reserve(_ additional: Int) {
        guard count + additional > capacity else { return }
        capacity = max(count + additional, capacity * 2, 256)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = larger
    }

    mutating func append(_ start: UnsafeRawPointer, count added: Int) {
        reserve(added)
        memory.advanced(by: count).copyMemory(from: start, byteCount: added)
        count += added
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    mutating func removeAll() { count = 0 }
}
