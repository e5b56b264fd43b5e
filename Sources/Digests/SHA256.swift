internal import COpenSSL

/// SHA-256 (FIPS 180-4), piece by piece or whole.
///
/// Owns an `EVP_MD_CTX`.
package struct SHA256: ~Copyable {
    /// The length of a digest in bytes.
    package static let byteCount = 32

    /// Fetched once: the implicit fetch behind `EVP_sha256` or `SHA256` costs more than hashing a short message.
    ///
    /// Safe to share: a fetched `EVP_MD` is never changed, and OpenSSL guards its reference count.
    private nonisolated(unsafe) static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
            fatalError(
                "OpenSSL offers no SHA-256: its configuration (OPENSSL_CONF) loads no default provider")
        }
        return algorithm
    }()

    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new() else { fatalError("out of memory") }
        self.context = context
        restart()
    }

    deinit { EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        Self.check(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
    }

    /// The 32 bytes of the digest.
    package consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            finish(into: UnsafeMutableRawBufferPointer(buffer))
            count = Self.byteCount
        }
    }

    /// The digest of all `bytes`.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// The digest of all `bytes`.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    /// Writes the digest of all `bytes` into the first 32 bytes of `output`, without an array in between.
    package static func hash(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        var hash = SHA256()
        hash.update(bytes)
        hash.finish(into: output)
    }

    /// Begins a new message on the same context, which is cheaper than a new one.
    borrowing func restart() {
        Self.check(EVP_DigestInit_ex2(context, Self.algorithm, nil))
    }

    /// Writes the digest into the first 32 bytes of `output`; `restart` must follow before more input.
    borrowing func finish(into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= Self.byteCount, "no room for a SHA-256 digest")
        Self.check(EVP_DigestFinal_ex(context, output.baseAddress, nil))
    }

    /// With a valid context and algorithm these calls fail only when memory is out.
    private static func check(_ result: Int32) {
        precondition(result == 1, "OpenSSL failed to compute a SHA-256 digest")
    }
}
