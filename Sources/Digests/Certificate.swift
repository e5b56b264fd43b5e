internal import COpenSSL

/// An X.509 certificate (RFC 5280), for the public key in it.
package struct Certificate: ~Copyable {
    private let handle: OpaquePointer

    /// - Parameter pem: one certificate in PEM (RFC 7468); what comes after it is not looked at.
    package init?(pem: [UInt8]) {
        guard let length = Int32(exactly: pem.count) else { return nil }
        let certificate = pem.withUnsafeBytes { bytes -> OpaquePointer? in
            // It reads where the bytes are, so it must not outlive them.
            guard let reader = BIO_new_mem_buf(bytes.baseAddress, length) else { return nil }
            defer { BIO_free(reader) }
            return PEM_read_bio_X509(reader, nil, nil, nil)
        }
        // What OpenSSL notes of a failure would else stay with the thread.
        ERR_clear_error()
        guard let certificate else { return nil }
        handle = certificate
    }

    deinit { X509_free(handle) }

    /// Whether a moment, in seconds since 1970, lies within the certificate's validity.
    package func isValid(at seconds: Int) -> Bool {
        var moment = time_t(seconds)
        // 0 is an error, a time that cannot be read.
        return X509_cmp_time(X509_get0_notBefore(handle), &moment) < 0
            && X509_cmp_time(X509_get0_notAfter(handle), &moment) > 0
    }

    /// What is signed: the digest of a message.
    package enum Digest: Sendable {
        case sha1, sha256
    }

    /// Whether a signature is of that message by the owner of the certificate's key; with RSA by PKCS #1 v1.5 (RFC 8017
    /// section 8.2).
    package func verifies(_ signature: [UInt8], of message: [UInt8], digest: Digest) -> Bool {
        guard let key = X509_get0_pubkey(handle), let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        let algorithm =
            switch digest {
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            }
        guard EVP_DigestVerifyInit(context, nil, algorithm, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
