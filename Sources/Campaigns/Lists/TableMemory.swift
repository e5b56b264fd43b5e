internal import Glibc

/// Memory of one table, all zero at first.
///
/// A larger piece is the system's own, to which it goes back at once: hundreds of tables that grow one after the other
/// would leave a heap full of holes.
struct TableMemory {
    let start: UnsafeMutableRawPointer
    let byteCount: Int

    private static let mappedBytes = 8 << 10

    init(byteCount: Int) {
        self.byteCount = byteCount
        guard byteCount >= Self.mappedBytes else {
            start = .allocate(byteCount: byteCount, alignment: 8)
            start.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
            return
        }
        let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { fatalError("out of memory") }
        start = mapped
    }

    func deallocate() {
        if byteCount >= Self.mappedBytes {
            munmap(start, byteCount)
        } else {
            start.deallocate()
        }
    }
}
