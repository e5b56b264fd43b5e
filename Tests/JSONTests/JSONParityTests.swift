// Data alone: all of Foundation would bring its own JSONDecoder and JSONEncoder.
import struct Foundation.Data
import JSON
import TestSupport
import Testing

/// Python's json module as the oracle: what it accepts, and what it makes of it.
@Suite struct JSONParityTests {
    private static func ours(_ text: [UInt8]) -> String? {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: text),
            let output = try? JSONEncoder(sortsKeys: true).encode(value)
        else { return nil }
        return String(decoding: output, as: UTF8.self)
    }

    /// For each text, Python's canonical form of its value, or `nil` where Python, held to our rules, refuses it.
    private static func canonical(_ texts: [[UInt8]]) async throws -> [String?] {
        let input = texts.map(hexadecimal).joined(separator: "\n")
        return try await runPython("oracles/json_oracle.py", ["canonical"], input: Data(input.utf8))
            .split(separator: "\n").map { $0 == "-" ? nil : String($0) }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(hexadecimal text: Substring) -> [UInt8] {
        let values = text.utf8.map {
            $0 < UInt8(ascii: "a") ? $0 - UInt8(ascii: "0") : $0 - UInt8(ascii: "a") + 10
        }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    @Test("random documents mean the same to Python, and are written the same")
    func randomDocuments() async throws {
        let documents = try await runPython("oracles/json_oracle.py", ["random"])
        let texts = documents.split(separator: "\n").map { Self.bytes(hexadecimal: $0) }
        #expect(texts.count == 1500)
        for (text, expected) in zip(texts, try await Self.canonical(texts)) {
            #expect(Self.ours(text) == expected)
        }
    }

    @Test("a document with any bit flipped is accepted exactly where Python accepts it")
    func flippedBits() async throws {
        let text = Array(
            #"{"a": [1,-2.5e+3,0.5,"x\"\u00e9é😀\ud83d\ude00",true], "b": {"c": null, "d": {}, "e": 12345678}}"#
                .utf8)
        let texts = text.indices.flatMap { index in
            (0..<8).map { bit in
                var changed = text
                changed[index] ^= 1 << bit
                return changed
            }
        }
        for (text, expected) in zip(texts, try await Self.canonical(texts)) {
            #expect(Self.ours(text) == expected, "\(String(decoding: text, as: UTF8.self))")
        }
    }

    @Test("a document of many megabytes is read and written")
    func largeDocument() throws {
        let rows = (0..<20_000).map { (index: Int) -> JSONValue in
            .object([
                "to": .string("guest\(index)@example.org"), "seat": .integer(Int64(index)),
                "values": .array([
                    .string("Zoë \(index)"), .double(Double(index) / 7), .null, .bool(index % 2 == 0),
                ]),
            ])
        }
        let text = try JSONEncoder().encode(rows)
        #expect(text.count > 1_500_000)
        #expect(try JSONDecoder().decode([JSONValue].self, from: text) == rows)
    }
}
