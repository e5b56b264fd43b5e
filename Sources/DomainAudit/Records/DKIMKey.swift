internal import DNS
internal import Digests

/// A public key as DKIM publishes it (RFC 6376 section 3.6.1, RFC 8301, RFC 8463).
package struct DKIMKey: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case rsa(bits: Int)
        case ed25519
    }

    /// `nil`: the key has been revoked (an empty `p`).
    package private(set) var kind: Kind?
    /// `t=y`: receivers are told that signatures are being tried out, and some make nothing of them.
    package private(set) var isTesting = false
    /// `t=s`: the signature may not name a subdomain.
    package private(set) var isStrict = false

    /// Why a record is no key, as the rest of a sentence that begins with "it".
    package struct ReadError: Error, Sendable, Hashable {
        package var reason: String
    }

    package init(_ text: [UInt8]) throws(ReadError) {
        let list = TagList(text)
        if let error = list.errors.first { throw ReadError(reason: "cannot be read: \(error)") }
        // It may be left out; where it stands it is the first.
        if let version = list["v"], version != "DKIM1" || list.tags.first?.name != "v" {
            throw ReadError(
                reason: "is no key of DKIM: v is '\(version)', and has to be DKIM1 and the first tag")
        }
        guard let data = list["p"] else { throw ReadError(reason: "has no key: there is no p tag") }
        if let hashes = list["h"], !hashes.lowercased().split(separator: ":").contains("sha256") {
            throw ReadError(reason: "does not allow SHA-256, which every signature has (h=\(hashes))")
        }
        if let services = list["s"],
            !services.split(separator: ":").contains(where: { $0 == "*" || $0 == "email" })
        {
            throw ReadError(reason: "is not for mail (s=\(services))")
        }
        let flags = list["t"]?.lowercased().split(separator: ":") ?? []
        isTesting = flags.contains("y")
        isStrict = flags.contains("s")
        let encoded = String(data.filter { $0 != " " })
        guard !encoded.isEmpty else { return }
        guard let bytes = Base64.decode(encoded) else {
            throw ReadError(reason: "has a key that is no Base64: part of it may be missing")
        }
        switch list["k"]?.lowercased() ?? "rsa" {
        case "rsa":
            guard let bits = DER.rsaModulusBits(bytes) else {
                throw ReadError(reason: "has no complete RSA key: part of it may be missing")
            }
            kind = .rsa(bits: bits)
        case "ed25519":
            guard bytes.count == 32 else {
                throw ReadError(reason: "has an Ed25519 key of \(bytes.count) bytes, not 32")
            }
            kind = .ed25519
        case let other: throw ReadError(reason: "has a key of a kind that receivers do not know: \(other)")
        }
    }
}

/// As much of ASN.1's DER (X.690) as a public key has.
private struct DER {
    private var rest: ArraySlice<UInt8>

    private enum Tag {
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let sequence: UInt8 = 0x30
    }

    /// How long the modulus of an RSA key is: of a SubjectPublicKeyInfo (RFC 5280), or of the bare RSAPublicKey (RFC 8017).
    static func rsaModulusBits(_ bytes: [UInt8]) -> Int? {
        var whole = DER(rest: bytes[...])
        guard let content = whole.take(Tag.sequence), whole.rest.isEmpty else { return nil }
        var key = DER(rest: content)
        if content.first == Tag.sequence {
            guard key.take(Tag.sequence) != nil, let bits = key.take(Tag.bitString), bits.first == 0 else {
                return nil
            }
            var inner = DER(rest: bits.dropFirst())
            guard let numbers = inner.take(Tag.sequence) else { return nil }
            key = DER(rest: numbers)
        }
        guard let modulus = key.take(Tag.integer), key.take(Tag.integer) != nil else { return nil }
        let digits = modulus.drop { $0 == 0 }
        guard let first = digits.first else { return nil }
        return digits.count * 8 - first.leadingZeroBitCount
    }

    /// The content of the next value, which must be of that kind and complete.
    private mutating func take(_ tag: UInt8) -> ArraySlice<UInt8>? {
        guard rest.popFirst() == tag, let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let digits = Int(first & 0x7F)
            // No key has more than 65,535 bytes.
            guard (1...2).contains(digits), rest.count >= digits else { return nil }
            length = rest.prefix(digits).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(digits)
        }
        guard rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }
}
