extension JSONEncoder {
    /// Appends `utf8` as a JSON string literal, quotes included: the fast path for text written line by line.
    ///
    /// Escapes only what RFC 8259 section 7 demands. `utf8` must be valid UTF-8, or the literal is not valid JSON.
    package static func appendLiteral(utf8: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        output.append(.quote)
        var start = 0
        while start < utf8.count {
            let part = UnsafeRawBufferPointer(rebasing: utf8[start..<min(start + partBytes, utf8.count)])
            withUnsafeTemporaryAllocation(byteCount: literalRoom(for: part.count), alignment: 8) { escaped in
                guard let first = escaped.baseAddress else { return }
                let end = writeEscaped(part, to: first)
                output.append(contentsOf: UnsafeRawBufferPointer(start: first, count: end - first))
            }
            start += part.count
        }
        output.append(.quote)
    }

    /// Appends `text` as a JSON string literal, quotes included.
    package static func appendLiteral(_ text: String, to output: inout [UInt8]) {
        var text = text
        text.withUTF8 { appendLiteral(utf8: UnsafeRawBufferPointer($0), to: &output) }
    }

    /// Room for the literal of a text of `count` bytes: it is written in words, and the last may reach beyond it.
    package static func literalRoom(for count: Int) -> Int { 6 * count + wordBytes }

    /// Writes `utf8` as ``appendLiteral(utf8:to:)`` does, into memory with ``literalRoom(for:)`` bytes of room.
    ///
    /// - Returns: where the literal ends.
    package static func writeLiteral(
        utf8: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        output.storeBytes(of: .quote, as: UInt8.self)
        let end = writeEscaped(utf8, to: output + 1)
        end.storeBytes(of: .quote, as: UInt8.self)
        return end + 1
    }

    /// Small enough for its escaped form to lie on the stack.
    private static let partBytes = 1024
    private static let wordBytes = 8

    /// Copies eight bytes at a time, and goes on after the first of them that needs an escape.
    private static func writeEscaped(
        _ utf8: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        guard let start = utf8.baseAddress else { return output }
        var output = output
        var offset = 0
        while offset + wordBytes <= utf8.count {
            let word = start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            output.storeBytes(of: word, as: UInt64.self)
            let clean = cleanBytes(of: UInt64(littleEndian: word))
            output += clean
            offset += clean
            if clean < wordBytes {
                output = writeEscape(start.load(fromByteOffset: offset, as: UInt8.self), to: output)
                offset += 1
            }
        }
        let rest = utf8.count - offset
        if rest > 0, offset + rest >= wordBytes {
            // The last word once more, moved down to the bytes that are left; the zeros above count as special.
            let last = start.loadUnaligned(fromByteOffset: utf8.count - wordBytes, as: UInt64.self)
            let word = UInt64(littleEndian: last) >> UInt64(8 * (wordBytes - rest))
            if cleanBytes(of: word) == rest {
                output.storeBytes(of: word.littleEndian, as: UInt64.self)
                return output + rest
            }
        }
        while offset < utf8.count {
            let byte = start.load(fromByteOffset: offset, as: UInt8.self)
            if byte < 0x20 || byte == .quote || byte == .backslash {
                output = writeEscape(byte, to: output)
            } else {
                output.storeBytes(of: byte, as: UInt8.self)
                output += 1
            }
            offset += 1
        }
        return output
    }

    /// How many of eight bytes, the lowest first, come before the first that needs an escape.
    private static func cleanBytes(of word: UInt64) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Bit tricks (Hacker's Delight, 6-1): the top bit of a byte is set where the byte is below a bound, or zero.
        // A borrow may set it in a byte above such a one, but never below.
        func below(_ bound: UInt64, _ word: UInt64) -> UInt64 { (word &- ones &* bound) & ~word }
        let special =
            below(0x20, word) | below(1, word ^ (ones &* UInt64(UInt8.quote)))
            | below(1, word ^ (ones &* UInt64(UInt8.backslash)))
        return (special & (ones &* 0x80)).trailingZeroBitCount / 8
    }

    private static func writeEscape(
        _ byte: UInt8, to output: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        output.storeBytes(of: .backslash, as: UInt8.self)
        let short: UInt8
        switch byte {
        case .quote, .backslash: short = byte
        case 0x08: short = UInt8(ascii: "b")
        case 0x09: short = UInt8(ascii: "t")
        case 0x0a: short = UInt8(ascii: "n")
        case 0x0c: short = UInt8(ascii: "f")
        case 0x0d: short = UInt8(ascii: "r")
        default:
            let low = byte & 0x0f
            output.copyMemory(from: ("\\u00" as StaticString).utf8Start, byteCount: 4)
            (output + 4).storeBytes(of: UInt8(ascii: "0") + byte >> 4, as: UInt8.self)
            (output + 5).storeBytes(
                of: low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10, as: UInt8.self)
            return output + 6
        }
        (output + 1).storeBytes(of: short, as: UInt8.self)
        return output + 2
    }
}
