import Digests
import Testing

@Suite struct SHA256Tests {
    @Test(
        "digests of FIPS 180-4's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func examples(message: String, digest: String) {
        #expect(SHA256.hash(Array(message.utf8)).hexadecimal == digest)
    }

    @Test(
        "a million letters, fed in pieces of any size, give FIPS 180-4's digest",
        arguments: [1, 63, 64, 65, 9973])
    func pieces(size: Int) {
        let message = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        var hash = SHA256()
        for start in stride(from: 0, to: message.count, by: size) {
            hash.update(Array(message[start..<min(start + size, message.count)]))
        }
        #expect(
            hash.finish().hexadecimal == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("the form that writes in place agrees")
    func inPlace() {
        let message = Array("abc".utf8)
        var digest = [UInt8](repeating: 0, count: 40)
        message.withUnsafeBytes { message in digest.withUnsafeMutableBytes { SHA256.hash(message, into: $0) }
        }
        #expect(digest[..<32].elementsEqual(SHA256.hash(message)))
        #expect(digest[32...].allSatisfy { $0 == 0 })
    }
}

@Suite struct HMACSHA256Tests {
    struct Vector: Sendable {
        var key: [UInt8]
        var message: [UInt8]
        var code: String
    }

    static let rfc4231 = [
        Vector(
            key: [UInt8](repeating: 0x0b, count: 20), message: Array("Hi There".utf8),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Vector(
            key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Vector(
            key: [UInt8](repeating: 0xaa, count: 20), message: [UInt8](repeating: 0xdd, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Vector(
            key: [UInt8](1...25), message: [UInt8](repeating: 0xcd, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Vector(
            key: [UInt8](repeating: 0xaa, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    ]

    @Test("codes of RFC 4231's test cases", arguments: rfc4231)
    func vectors(vector: Vector) {
        #expect(HMACSHA256.authenticate(vector.message, key: vector.key).hexadecimal == vector.code)
    }

    @Test("an empty key and an empty message have a code")
    func empty() {
        #expect(
            HMACSHA256.authenticate([], key: []).hexadecimal
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test("the output may overwrite the key, as SigV4's chain of keys does")
    func chain() {
        let secret = Array("AWS4secret".utf8)
        let expected = HMACSHA256.authenticate(
            Array("us-west-2".utf8), key: HMACSHA256.authenticate(Array("20260601".utf8), key: secret))
        var key = secret + [UInt8](repeating: 0, count: 32)
        key.withUnsafeMutableBytes { memory in
            Array("20260601".utf8).withUnsafeBytes {
                HMACSHA256.authenticate(
                    $0, key: UnsafeRawBufferPointer(rebasing: memory[..<secret.count]), into: memory)
            }
            Array("us-west-2".utf8).withUnsafeBytes {
                HMACSHA256.authenticate(
                    $0, key: UnsafeRawBufferPointer(rebasing: memory[..<32]), into: memory)
            }
        }
        #expect(key[..<32].elementsEqual(expected))
    }
}
