/// HMAC-SHA-256 (RFC 2104).
package enum HMACSHA256 {
    /// The length of a code in bytes.
    package static let byteCount = SHA256.byteCount
    private static let blockByteCount = 64

    /// The 32 bytes of the code.
    package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        message.withUnsafeBytes { message in
            key.withUnsafeBytes { key in
                [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
                    authenticate(message, key: key, into: UnsafeMutableRawBufferPointer(buffer))
                    count = byteCount
                }
            }
        }
    }

    /// Writes the code into the first 32 bytes of `output`, which may be the key's or the message's own memory.
    ///
    /// Built from SHA-256 itself: OpenSSL's `HMAC` fetches its algorithm for each call and takes four times as long.
    package static func authenticate(
        _ message: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) {
        withUnsafeTemporaryAllocation(byteCount: blockByteCount, alignment: 8) { block in
            block.initializeMemory(as: UInt8.self, repeating: 0)
            if key.count > blockByteCount {
                SHA256.hash(key, into: block)
            } else {
                block.copyMemory(from: key)
            }
            var hash = SHA256()
            mask(block, with: 0x36)
            hash.update(UnsafeRawBufferPointer(block))
            hash.update(message)
            hash.finish(into: output)

            mask(block, with: 0x36 ^ 0x5c)
            hash.restart()
            hash.update(UnsafeRawBufferPointer(block))
            hash.update(UnsafeRawBufferPointer(rebasing: output[..<byteCount]))
            hash.finish(into: output)
        }
    }

    private static func mask(_ block: UnsafeMutableRawBufferPointer, with value: UInt8) {
        for index in block.indices { block[index] ^= value }
    }
}
