extension JSONEncoder {
    /// Appends `utf8` as a JSON string literal, quotes included: the fast path for text written line by line.
    ///
    /// Escapes only what RFC 8259 section 7 demands. `utf8` must be valid UTF-8, or the literal is not valid JSON.
    package static func appendLiteral(utf8: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        output.append(.quote)
        var start = 0
        var offset = cleanPrefix(of: utf8, from: 0)
        while offset < utf8.count {
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[start..<offset]))
            appendEscape(utf8[offset], to: &output)
            start = offset + 1
            offset = cleanPrefix(of: utf8, from: start)
        }
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[start...]))
        output.append(.quote)
    }

    /// Appends `text` as a JSON string literal, quotes included.
    package static func appendLiteral(_ text: String, to output: inout [UInt8]) {
        var text = text
        text.withUTF8 { appendLiteral(utf8: UnsafeRawBufferPointer($0), to: &output) }
    }

    /// The first offset from `start` on whose byte needs an escape, or the end. Looks at eight bytes at a time.
    private static func cleanPrefix(of utf8: UnsafeRawBufferPointer, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Bit tricks (Hacker's Delight, 6-1): the top bit of a byte is set where the byte is below a bound, or zero.
        // A borrow may set it in a byte above such a one, but never where there is none.
        func below(_ bound: UInt64, _ word: UInt64) -> UInt64 { (word &- ones &* bound) & ~word }
        var offset = start
        while offset + 8 <= utf8.count {
            let word = utf8.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let special =
                below(0x20, word) | below(1, word ^ (ones &* UInt64(UInt8.quote)))
                | below(1, word ^ (ones &* UInt64(UInt8.backslash)))
            if special & (ones &* 0x80) != 0 { break }
            offset += 8
        }
        while offset < utf8.count, !needsEscape(utf8[offset]) { offset += 1 }
        return offset
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == .quote || byte == .backslash
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(.backslash)
        switch byte {
        case .quote, .backslash: output.append(byte)
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0a: output.append(UInt8(ascii: "n"))
        case 0x0c: output.append(UInt8(ascii: "f"))
        case 0x0d: output.append(UInt8(ascii: "r"))
        default:
            let low = byte & 0x0f
            output.append(contentsOf: "u00".utf8)
            output.append(UInt8(ascii: "0") + byte >> 4)
            output.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }
}
