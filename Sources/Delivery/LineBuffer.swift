internal import JSON

/// Lines of JSON under construction, in memory that serves for one object after the other.
///
/// It stays in the processor's caches, and what is complete is copied out at its exact size.
struct LineBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 64 << 10) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// The lines so far; the buffer is empty afterwards.
    mutating func take() -> [UInt8] {
        defer { count = 0 }
        return [UInt8](UnsafeRawBufferPointer(start: memory, count: count))
    }

    /// Appends text as it stands. Inlined, so that a few bytes are stored as words and not by a call.
    @inline(__always)
    mutating func append(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        (memory + count).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    /// Appends bytes as they stand.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        (memory + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Appends a string literal; returns where it stands, quotes included.
    @discardableResult
    mutating func append(literal utf8: UnsafeRawBufferPointer) -> Range<Int> {
        reserve(JSONEncoder.literalRoom(for: utf8.count))
        let start = count
        count = JSONEncoder.writeLiteral(utf8: utf8, to: memory + count) - memory
        return start..<count
    }

    mutating func append(literal text: String) {
        var text = text
        text.withUTF8 { _ = append(literal: UnsafeRawBufferPointer($0)) }
    }

    /// Appends the digits of a number that is not negative.
    mutating func append(decimal number: Int) {
        var digits = 1
        var bound = 10
        while number >= bound, digits < Self.maximumDigits {
            digits += 1
            bound &*= 10
        }
        reserve(digits)
        var rest = number
        for place in (count..<count + digits).reversed() {
            memory.storeBytes(of: UInt8(ascii: "0") + UInt8(rest % 10), toByteOffset: place, as: UInt8.self)
            rest /= 10
        }
        count += digits
    }

    /// Of `Int.max`.
    private static let maximumDigits = 19

    private mutating func reserve(_ additional: Int) {
        if count + additional > capacity { grow(additional) }
    }

    private mutating func grow(_ additional: Int) {
        capacity = max(count + additional, capacity * 2)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = larger
    }
}
