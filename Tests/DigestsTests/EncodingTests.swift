import Digests
import Testing

@Suite struct EncodingTests {
    @Test("hexadecimal digits are lower-case and keep leading zeros")
    func hexadecimal() {
        #expect([0x00, 0x0f, 0xa0, 0xff].hexadecimal == "000fa0ff")
        #expect([UInt8]().hexadecimal == "")
        #expect("az".utf8.hexadecimal == "617a")
    }

    static let rfc4648 = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test("Base64 of RFC 4648's examples, both ways", arguments: rfc4648)
    func base64(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test("every byte survives Base64, at every length")
    func roundTrip() {
        for count in 0...256 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 167 + count) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test(
        "Base64 that no encoder writes is refused",
        arguments: [
            "Z", "Zg", "Zg=", "Zm8", "====", "=", "Zg==Zg==", "Z===", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n",
            "Zm9-",
            "Zm9_", "Zm9é", "=Zm9", "Zm=v",
        ])
    func malformedBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("secrets are compared whole")
    func constantTime() {
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(constantTimeEquals([], []))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2]))
        #expect(!constantTimeEquals([], [0]))
    }
}
