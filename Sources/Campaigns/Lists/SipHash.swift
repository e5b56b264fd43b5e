/// SipHash-2-4 with 128-bit output (Aumasson and Bernstein): a keyed function whose values nobody who lacks the key can
/// foresee, so a hostile list cannot be made to collide or to crowd one place of a table.
struct SipHash: Sendable {
    /// The two halves of the key.
    typealias Key = (UInt64, UInt64)

    private let key: Key

    init(key: Key) { self.key = key }

    func hash(_ bytes: UnsafeRawBufferPointer) -> (low: UInt64, high: UInt64) {
        var state = State(
            v0: key.0 ^ 0x736f_6d65_7073_6575, v1: key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            v2: key.0 ^ 0x6c79_6765_6e65_7261, v3: key.1 ^ 0x7465_6462_7974_6573)
        let count = bytes.count
        let whole = count & ~7
        var last = UInt64(truncatingIfNeeded: count) << 56
        if let start = bytes.baseAddress {
            for offset in stride(from: 0, to: whole, by: 8) { state.absorb(Self.word(start + offset)) }
            if count >= 8, whole < count {
                last |= Self.word(start + (count - 8)) >> UInt64(8 * (8 - count % 8))
            } else {
                for offset in whole..<count {
                    last |=
                        UInt64(start.load(fromByteOffset: offset, as: UInt8.self)) << UInt64(8 * offset % 64)
                }
            }
        }
        state.absorb(last)
        state.v2 ^= 0xee
        let low = state.finish()
        state.v1 ^= 0xdd
        return (low, state.finish())
    }

    private static func word(_ start: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
    }

    private struct State {
        var v0, v1, v2, v3: UInt64

        @inline(__always)
        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        @inline(__always)
        mutating func finish() -> UInt64 {
            round()
            round()
            round()
            round()
            return v0 ^ v1 ^ v2 ^ v3
        }

        @inline(__always)
        mutating func round() {
            v0 &+= v1
            v1 = Self.rotate(v1, 13) ^ v0
            v0 = Self.rotate(v0, 32)
            v2 &+= v3
            v3 = Self.rotate(v3, 16) ^ v2
            v0 &+= v3
            v3 = Self.rotate(v3, 21) ^ v0
            v2 &+= v1
            v1 = Self.rotate(v1, 17) ^ v2
            v2 = Self.rotate(v2, 32)
        }

        @inline(__always)
        static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
            value &<< bits | value &>> (64 &- bits)
        }
    }
}
