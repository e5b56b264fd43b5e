internal import COpenSSL

/// AES-256 in counter mode (NIST SP 800-38A): keeps bytes secret, and does not notice that they were changed.
package enum AES256CTR {
    /// Lengths in bytes.
    package static let keyByteCount = 32
    package static let counterByteCount = 16

    /// Fetched once, and safe to share, as ``SHA256``'s algorithm is.
    private nonisolated(unsafe) static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_CIPHER_fetch(nil, "AES-256-CTR", nil) else {
            fatalError(
                "OpenSSL offers no AES-256-CTR: its configuration (OPENSSL_CONF) loads no default provider")
        }
        return algorithm
    }()

    /// Encrypts; of what is encrypted it gives back what was there before.
    ///
    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - counter: the first counter block, 16 bytes; never the same for two texts under one key.
    package static func apply(to bytes: [UInt8], key: [UInt8], counter: [UInt8]) -> [UInt8] {
        precondition(key.count == keyByteCount && counter.count == counterByteCount)
        // An empty one has no address.
        guard !bytes.isEmpty else { return [] }
        guard let context = EVP_CIPHER_CTX_new() else { fatalError("out of memory") }
        defer { EVP_CIPHER_CTX_free(context) }
        return [UInt8](unsafeUninitializedCapacity: bytes.count) { output, count in
            var written: Int32 = 0
            // With a valid context and algorithm these calls fail only when memory is out.
            let isDone =
                EVP_EncryptInit_ex2(context, algorithm, key, counter, nil) == 1
                && EVP_EncryptUpdate(context, output.baseAddress, &written, bytes, Int32(bytes.count)) == 1
            precondition(isDone && written == bytes.count, "OpenSSL failed to encrypt")
            count = bytes.count
        }
    }
}
