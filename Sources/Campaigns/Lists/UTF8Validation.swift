/// The offset of the first of `end` bytes that is not part of well-formed UTF-8 (Unicode, table 3-7).
///
/// - Parameter isWhole: whether a character cut off by the end is malformed too.
func firstMalformedUTF8(in base: UnsafeRawPointer, count end: Int, isWhole: Bool) -> Int? {
    var index = 0
    while index < end {
        if end - index >= 8,
            base.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            index += 8
            continue
        }
        let lead = base.load(fromByteOffset: index, as: UInt8.self)
        if lead < 0x80 {
            index += 1
            continue
        }
        let length: Int
        // The second byte's range keeps out overlong forms, surrogates and what lies above U+10FFFF.
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return index
        }
        for offset in 1..<length {
            guard index + offset < end else { return isWhole ? index : nil }
            let byte = base.load(fromByteOffset: index + offset, as: UInt8.self)
            guard (offset == 1 ? second : 0x80...0xBF).contains(byte) else { return index }
        }
        index += length
    }
    return nil
}
