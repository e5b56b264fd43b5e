/// Writes bytes as Base64 (RFC 4648 section 4), padded: the domain has no dependency that offers it.
enum Base64Encoding {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    static func append(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 3) {
            let count = min(3, bytes.endIndex - start)
            var bits = UInt32(bytes[start]) << 16
            if count > 1 { bits |= UInt32(bytes[start + 1]) << 8 }
            if count > 2 { bits |= UInt32(bytes[start + 2]) }
            for position in 0..<4 {
                output.append(
                    position <= count ? alphabet[Int(bits >> UInt32(18 - 6 * position) & 63)] : padding)
            }
        }
    }
}
