/// SHA-256 (FIPS 180-4), piece by piece or whole.
package struct SHA256: ~Copyable {
    package init() {}
    package mutating func update(_ bytes: [UInt8]) { fatalError("stub") }
    package mutating func update(_ bytes: UnsafeRawBufferPointer) { fatalError("stub") }
    /// The 32 bytes of the digest.
    package consuming func finish() -> [UInt8] { fatalError("stub") }

    package static func hash(_ bytes: [UInt8]) -> [UInt8] { fatalError("stub") }
}

/// HMAC-SHA-256 (RFC 2104).
package enum HMACSHA256 {
    package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] { fatalError("stub") }
}

extension Sequence<UInt8> {
    /// Lower-case hexadecimal digits.
    package var hexadecimal: String { fatalError("stub") }
}

/// Base64 (RFC 4648 section 4).
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String { fatalError("stub") }
    package static func decode(_ text: String) -> [UInt8]? { fatalError("stub") }
}
