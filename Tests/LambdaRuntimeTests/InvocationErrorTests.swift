import Foundation
import Testing

@testable import LambdaRuntime

@Suite("An error on its way to Lambda")
struct InvocationErrorTests {
    private struct Plain: Error {}
    private struct Named: LambdaReportable {
        var errorType: String
        var errorMessage: String
    }

    @Test("is named by itself, or by its type")
    func names() {
        #expect(InvocationError(Plain()) == InvocationError(type: "Plain", message: "Plain()"))
        #expect(
            InvocationError(Named(errorType: "Campaign.Invalid", errorMessage: "line 3"))
                == InvocationError(type: "Campaign.Invalid", message: "line 3"))
    }

    @Test(
        "has a type that a header can hold",
        arguments: [
            ("a b", "a_b"), ("a\r\nX: y", "a__X__y"), ("", "Function.Error"), ("é", "__"),
            (String(repeating: "a", count: 500), String(repeating: "a", count: 128)),
        ])
    func safeType(_ type: String, expected: String) {
        #expect(InvocationError(type: type, message: "").type == expected)
    }

    @Test(
        "has a JSON body that survives control characters, quotes and length",
        arguments: [
            "plain", "\"quoted\" \\ back",
            String(String.UnicodeScalarView((0...0x1F).compactMap(Unicode.Scalar.init))),
            "\u{7F}\u{2028}é😀",
        ])
    func body(_ message: String) throws {
        let error = InvocationError(type: "T", message: message)
        let value = try JSONSerialization.jsonObject(with: Data(error.body))
        let object = try #require(value as? [String: Any])
        #expect(object["errorType"] as? String == "T")
        #expect(object["errorMessage"] as? String == message)
        #expect((object["stackTrace"] as? [Any])?.isEmpty == true)
        #expect(
            InvocationError(type: "T", message: String(repeating: "x", count: 1 << 20)).body.count < 40 << 10)
    }
}
