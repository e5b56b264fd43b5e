import Digests
import TestSupport
import Testing

@Suite("AES-256-CTR", .timeLimit(.minutes(10)))
struct AES256CTRTests {
    // NIST SP 800-38A, F.5.5 and F.5.6.
    private let key = bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    private let counter = bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    private let plain = bytes(
        """
        6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
        30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710
        """)
    private let encrypted = bytes(
        """
        601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5\
        2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6
        """)

    @Test("NIST's example comes out, of every length, and goes back")
    func example() {
        for length in 0...plain.count {
            let text = Array(plain[..<length])
            let result = AES256CTR.apply(to: text, key: key, counter: counter)
            #expect(result == Array(encrypted[..<length]))
            #expect(AES256CTR.apply(to: result, key: key, counter: counter) == text)
        }
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)!
        }
    }
}
