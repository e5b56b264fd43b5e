/// Base64 (RFC 4648 section 4): the standard alphabet, padded, without line breaks.
package enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let invalid: UInt8 = 0xff
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: [UInt8]) -> String {
        let count = (bytes.count + 2) / 3 * 4
        return bytes.withUnsafeBufferPointer { bytes in
            alphabet.withUnsafeBufferPointer { alphabet in
                String(unsafeUninitializedCapacity: count) { text in
                    text.initialize(repeating: padding)
                    var group = 0
                    for start in stride(from: 0, to: bytes.count, by: 3) {
                        let rest = bytes[start..<min(start + 3, bytes.count)]
                        let bits = rest.reduce(0) { $0 << 8 | UInt32($1) } << (8 * (3 - rest.count))
                        for index in 0...rest.count {
                            text[4 * group + index] = alphabet[Int(bits >> (18 - 6 * index) & 0x3f)]
                        }
                        group += 1
                    }
                    return count
                }
            }
        }
    }

    /// The bytes that `text` stands for; `nil` if it is not exactly what `encode` writes for some bytes.
    ///
    /// So a foreign character, white space, missing padding, or stray bits in the last character are refused:
    /// one value has one text.
    package static func decode(_ text: String) -> [UInt8]? {
        let text = Array(text.utf8)
        guard text.count.isMultiple(of: 4) else { return nil }
        let paddingCount = text.suffix(2).count { $0 == padding }
        let characters = text.dropLast(paddingCount)

        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var bitCount = 0
        for character in characters {
            let value = values[Int(character)]
            guard value != invalid else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        guard bits & (1 << bitCount - 1) == 0 else { return nil }
        return bytes
    }
}
