import JSON
import Testing

private func encoded(_ value: some Encodable, _ encoder: JSONEncoder = JSONEncoder()) throws -> String {
    String(decoding: try encoder.encode(value), as: UTF8.self)
}

private func failure(_ value: some Encodable, _ encoder: JSONEncoder = JSONEncoder()) -> JSONError? {
    do throws(JSONError) {
        _ = try encoder.encode(value)
        return nil
    } catch {
        return error
    }
}

@Suite struct JSONEncoderTests {
    @Test("members keep their order, unless they are to be sorted")
    func order() throws {
        struct Members: Encodable {
            var zebra = 1
            var apple: Int?
            var é = true
            var mango = [String: Int]()
        }
        #expect(try encoded(Members()) == #"{"zebra":1,"é":true,"mango":{}}"#)
        #expect(try encoded(Members(), JSONEncoder(sortsKeys: true)) == #"{"mango":{},"zebra":1,"é":true}"#)
    }

    @Test("pretty text has one member a line")
    func pretty() throws {
        let value = JSONValue.object(["a": .array([.integer(1), .null]), "b": .object([:]), "c": .array([])])
        #expect(
            try encoded(value, JSONEncoder(sortsKeys: true, isPretty: true)) == """
                {
                  "a": [
                    1,
                    null
                  ],
                  "b": {},
                  "c": []
                }
                """)
    }

    @Test("doubles have the fewest digits that read back as the same double")
    func doubles() throws {
        let values = [
            0.1, 1, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi, 1e16, 123456789.123, 0.00001,
            1.0 / 3,
            .leastNormalMagnitude, 9_007_199_254_740_992,
        ]
        #expect(
            try encoded(values)
                == "[0.1,1.0,-0.0,5e-324,1.7976931348623157e+308,3.141592653589793,1e+16,123456789.123,1e-05,0.3333333333333333,2.2250738585072014e-308,9007199254740992.0]"
        )
        let back = try JSONDecoder().decode([Double].self, from: try JSONEncoder().encode(values))
        #expect(zip(back, values).allSatisfy { $0.bitPattern == $1.bitPattern })
        #expect(try JSONDecoder().decode(Float.self, from: try JSONEncoder().encode(Float(0.1))) == 0.1)
    }

    @Test("what JSON cannot say exactly is an error with its path")
    func inexact() {
        #expect(failure([1, Double.nan])?.path == "$[1]")
        #expect(failure(["a": -Double.infinity])?.description == "$.a: JSON has no number for -inf")
        #expect(
            failure([UInt64.max])?.description == "$[0]: the integer does not fit in 64 bits signed")
        #expect(failure(UInt64(Int64.max)) == nil)
    }

    @Test("strings escape what must be escaped, and nothing else")
    func strings() throws {
        #expect(
            try encoded("\"\\/\u{8}\u{c}\n\r\t\0\u{1f}\u{7f}\u{2028}é😀")
                == #""\"\\/\b\f\n\r\t\u0000\u001f"# + "\u{7f}\u{2028}é😀\"")
        #expect(try encoded("") == #""""#)
        #expect(try encoded(["a\nb": 1]) == #"{"a\nb":1}"#)
    }

    @Test("the escaper finds a special byte at every place of a string")
    func escapeAnywhere() throws {
        for length in 0..<24 {
            for place in 0..<length {
                for byte: UInt8 in [0, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f] {
                    var text = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    text[place] = byte
                    var literal: [UInt8] = []
                    text.withUnsafeBytes { JSONEncoder.appendLiteral(utf8: $0, to: &literal) }
                    #expect(
                        try JSONDecoder().decode(String.self, from: literal)
                            == String(decoding: text, as: UTF8.self))
                }
            }
        }
    }

    @Test("a long text is escaped from end to end")
    func escapeLong() throws {
        let text = String(repeating: "<a href=\"x\">\u{1}\n", count: 999)
        var literal: [UInt8] = []
        JSONEncoder.appendLiteral(text, to: &literal)
        #expect(try JSONDecoder().decode(String.self, from: literal) == text)
        var utf8 = text
        let written = utf8.withUTF8 { utf8 in
            let room = JSONEncoder.literalRoom(for: utf8.count)
            return withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { memory in
                memory.baseAddress.map { start in
                    let end = JSONEncoder.writeLiteral(utf8: UnsafeRawBufferPointer(utf8), to: start)
                    return [UInt8](memory[..<(end - start)])
                }
            }
        }
        #expect(written == literal)
    }

    @Test("a type may encode into a superclass's container, or nothing at all")
    func containers() throws {
        struct Nothing: Encodable {
            func encode(to encoder: any Encoder) {}
        }
        struct Merged: Encodable {
            enum Keys: String, CodingKey { case a, b }
            func encode(to encoder: any Encoder) throws {
                var first = encoder.container(keyedBy: Keys.self)
                try first.encode(1, forKey: .a)
                var second = encoder.container(keyedBy: Keys.self)
                try second.encode(2, forKey: .b)
            }
        }
        struct Supers: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                let later = container.superEncoder()
                try container.encode("last")
                try "first".encode(to: later)
            }
        }
        #expect(try encoded(Nothing()) == "{}")
        #expect(try encoded([Nothing()]) == "[{}]")
        #expect(try encoded(Merged()) == #"{"a":1,"b":2}"#)
        #expect(try encoded(Supers()) == #"["first","last"]"#)
        #expect(try encoded(Int?.none) == "null")
        #expect(try encoded([1: "a"]) == #"{"1":"a"}"#)
        #expect(try encoded([UInt8.max, 0]) == "[255,0]")
    }

    @Test("a value nested too deep, or text too long, is an error and not a crash")
    func limits() {
        final class Link: Encodable {
            let next: Link?
            init(next: Link?) { self.next = next }
        }
        var chain: Link?
        for _ in 0..<64 { chain = Link(next: chain) }
        #expect(failure(chain) == nil)
        for _ in 0..<500 { chain = Link(next: chain) }
        #expect(failure(chain)?.kind == .tooDeep)

        struct Endless: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                try container.encode(Endless())
            }
        }
        #expect(failure(Endless())?.kind == .tooDeep)

        let encoder = JSONEncoder(limits: JSONLimits(bytes: 100))
        #expect(failure(String(repeating: "x", count: 98), encoder) == nil)
        #expect(failure(String(repeating: "x", count: 99), encoder)?.kind == .tooLarge)
    }
}
