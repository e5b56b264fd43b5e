import JSON
import Testing

private func decode<Value: Decodable>(_ type: Value.Type = Value.self, _ text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Array(text.utf8))
}

/// The error that decoding ends with, told in full.
private func failure<Value: Decodable>(_ type: Value.Type, _ text: String) -> JSONError? {
    do throws(JSONError) {
        _ = try JSONDecoder().decode(type, from: Array(text.utf8))
        return nil
    } catch {
        return error
    }
}

@Suite struct JSONDecoderTests {
    private struct Schedule: Codable, Equatable {
        var at: String
        var timeZone: String?
    }
    private enum Approval: String, Codable { case required, none }
    private struct Campaign: Codable, Equatable {
        var id: String
        var rate: Int?
        var exclude: [String]?
        var schedule: Schedule?
        var approval: Approval?
        var limits: [String: Double]?
    }

    @Test("a struct of every shape comes back as it was")
    func shapes() throws {
        let campaign = try decode(
            Campaign.self,
            """
            {"id": "paul-simon", "rate": 10, "exclude": ["a.csv", "b.csv"], "unknown": {"x": [1]},
             "schedule": {"at": "2026-06-01T10:00:00", "timeZone": null}, "approval": "required",
             "limits": {"bounces": 0.04, "complaints": 1}}
            """)
        #expect(
            campaign
                == Campaign(
                    id: "paul-simon", rate: 10, exclude: ["a.csv", "b.csv"],
                    schedule: Schedule(at: "2026-06-01T10:00:00"), approval: .required,
                    limits: ["bounces": 0.04, "complaints": 1]))
        let text = try JSONEncoder().encode(campaign)
        #expect(try JSONDecoder().decode(Campaign.self, from: text) == campaign)
    }

    @Test("a bare value is a JSON text too, and a byte order mark may stand before it")
    func bareValues() throws {
        #expect(try decode(Int.self, " 7\n") == 7)
        #expect(try decode(String.self, "\"x\"") == "x")
        #expect(try decode(Bool.self, "true"))
        #expect(try decode(Int?.self, "null") == nil)
        #expect(try decode([Int?].self, "[1,null]") == [1, nil])
        #expect(try decode([Int].self, "\u{feff}[1]") == [1])
    }

    @Test("integers are exact to the last bit, in every width")
    func integers() throws {
        #expect(try decode([Int64].self, "[-9223372036854775808,9223372036854775807]") == [.min, .max])
        #expect(try decode(Int64.self, "9007199254740993") == 9_007_199_254_740_993)
        #expect(try decode(UInt64.self, "9223372036854775807") == 9_223_372_036_854_775_807)
        #expect(try decode([UInt8].self, "[0,255]") == [0, 255])
        #expect(try decode([Int8].self, "[-128,127]") == [-128, 127])
        #expect(try decode([Int].self, "[5.0,5e3,-0.0]") == [5, 5000, 0])
    }

    @Test(
        "what is no integer of that width is refused, never rounded",
        arguments: ["256", "-1", "1.5", "1e300", "255.00000000000003"])
    func noInteger(text: String) {
        let error = failure([UInt8].self, "[\(text)]")
        #expect(error?.kind == .invalidValue)
        #expect(error?.path == "$[0]")
        #expect(error?.message == "expected an integer that fits in UInt8")
    }

    @Test(
        "an integer outside 64 bits signed is an error with its place",
        arguments: ["9223372036854775808", "-9223372036854775809", "1e999"])
    func overflow(text: String) {
        let error = failure(JSONValue.self, "{\"a\":\n [1, \(text)]}")
        #expect(error?.kind == .invalidValue)
        #expect(
            error?.description
                == "line 2, column 6: $.a[1]: the number is out of range (integers have 64 bits)")
    }

    @Test("a double between two integers that doubles count is not taken for an integer")
    func largeDoubles() {
        #expect(failure(Int64.self, "9007199254740994.0")?.kind == .invalidValue)
        #expect(failure(Int64.self, "1e18")?.kind == .invalidValue)
    }

    @Test("strings keep every character, escaped or not")
    func strings() throws {
        #expect(try decode(String.self, #""\"\\\/\b\f\n\r\t""#) == "\"\\/\u{8}\u{c}\n\r\t")
        #expect(try decode(String.self, #""\u0000\u00e9\ud83d\ude00é😀""#) == "\0é😀é😀")
        #expect(try decode(String.self, "\"\u{7f}\u{2028}\"") == "\u{7f}\u{2028}")
        #expect(try decode(String.self, #""""#) == "")
    }

    @Test("dictionaries may have integers and enums as keys, and are decoded at any size")
    func dictionaries() throws {
        enum Kind: String, CodingKeyRepresentable, Codable { case soft, hard }
        #expect(try decode([Int: String].self, #"{"1":"a","-2":"b"}"#) == [1: "a", -2: "b"])
        #expect(try decode([Kind: Int].self, #"{"soft":1,"hard":2}"#) == [.soft: 1, .hard: 2])
        let large = Dictionary(uniqueKeysWithValues: (0..<50_000).map { ("key \($0)", $0) })
        let text = try JSONEncoder().encode(large)
        #expect(try JSONDecoder().decode([String: Int].self, from: text) == large)
    }

    @Test(
        "errors name path, line and column",
        arguments: [
            (#"{"rate": 1}"#, "line 1, column 1: $.id: required, but missing"),
            (
                "{\"id\": \"x\",\n  \"rate\": \"10\"}",
                "line 2, column 3: $.rate: expected an integer, found a string"
            ),
            (#"{"id": null}"#, "line 1, column 2: $.id: expected a string, found null"),
            (
                "{\"id\":\"x\",\"exclude\":[\"a\",\n7]}",
                "line 2, column 1: $.exclude[1]: expected a string, found a number"
            ),
            (#"{"id":"x","exclude":{}}"#, "line 1, column 11: $.exclude: expected an array, found an object"),
            (
                #"{"id":"x","schedule":[]}"#,
                "line 1, column 11: $.schedule: expected an object, found an array"
            ),
            (
                "{\"id\":\"x\",\n\"schedule\":{\"timeZone\":\"UTC\"}}",
                "line 2, column 1: $.schedule.at: required, but missing"
            ),
            (
                #"{"id":"x","limits":{"Über alles":true}}"#,
                #"line 1, column 21: $.limits["Über alles"]: expected a number, found true or false"#
            ),
            ("[]", "line 1, column 1: expected an object, found an array"),
        ])
    func errors(text: String, message: String) {
        #expect(failure(Campaign.self, text)?.description == message)
    }

    @Test("an unknown case of an enum is an invalid value at its path")
    func unknownCase() {
        let error = failure(Campaign.self, #"{"id":"x","approval":"maybe"}"#)
        #expect(error?.kind == .invalidValue)
        #expect(error?.path == "$.approval")
        #expect(error?.message.contains("maybe") == true)
    }

    @Test("what a type's own init(from:) throws ends at that type's path")
    func ownErrors() {
        struct Refusal: Error, CustomStringConvertible { let description = "a rate must be positive" }
        struct Rate: Decodable {
            init(from decoder: any Decoder) throws { throw Refusal() }
        }
        struct Seat: Decodable {
            init(from decoder: any Decoder) throws {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "no seat"))
            }
        }
        #expect(
            failure([String: [Rate]].self, #"{"a":[1]}"#)?.description
                == "line 1, column 7: $.a[0]: a rate must be positive")
        #expect(failure([String: Seat].self, #"{"a":1}"#)?.description == "line 1, column 2: $.a: no seat")
    }

    @Test("containers may be nested by hand, and hold a superclass's part")
    func nestedContainers() throws {
        class Base: Codable {
            var name: String
            init(name: String) { self.name = name }
        }
        final class Derived: Base {
            enum Keys: String, CodingKey { case nested, list, x }
            var x = 0
            var list: [Int] = []
            init(name: String, x: Int, list: [Int]) {
                self.x = x
                self.list = list
                super.init(name: name)
            }
            required init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Keys.self)
                x = try container.nestedContainer(keyedBy: Keys.self, forKey: .nested).decode(
                    Int.self, forKey: .x)
                var list = try container.nestedUnkeyedContainer(forKey: .list)
                var inner = try list.nestedUnkeyedContainer()
                while !inner.isAtEnd { self.list.append(try inner.decode(Int.self)) }
                let last = try list.nestedContainer(keyedBy: Keys.self)
                #expect(last.allKeys == [.x])
                #expect(list.isAtEnd && list.count == 2)
                try super.init(from: container.superDecoder())
            }
            override func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Keys.self)
                var nested = container.nestedContainer(keyedBy: Keys.self, forKey: .nested)
                try nested.encode(x, forKey: .x)
                var list = container.nestedUnkeyedContainer(forKey: .list)
                var inner = list.nestedUnkeyedContainer()
                try inner.encode(contentsOf: self.list)
                var last = list.nestedContainer(keyedBy: Keys.self)
                try last.encodeNil(forKey: .x)
                try super.encode(to: container.superEncoder())
            }
        }
        let text = try JSONEncoder().encode(Derived(name: "n", x: 3, list: [1, 2]))
        #expect(
            String(decoding: text, as: UTF8.self)
                == #"{"nested":{"x":3},"list":[[1,2],{"x":null}],"super":{"name":"n"}}"#)
        let value = try JSONDecoder().decode(Derived.self, from: text)
        #expect(value.x == 3 && value.list == [1, 2] && value.name == "n")
    }

    @Test("an array read past its end, or a missing superclass's part, is an error with a path")
    func pastTheEnd() {
        struct Pair: Decodable {
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                _ = try container.decode(Int.self)
                _ = try container.decode(Int.self)
            }
        }
        let error = failure([Pair].self, "[[1,2],[1]]")
        #expect(error?.kind == .missingValue)
        #expect(error?.description == "line 1, column 8: $[1][1]: the array has only 1 elements")
    }

    @Test("a decoder that outlives the call still reads valid memory")
    func escapingDecoder() throws {
        struct Late: Decodable {
            let decoder: any Decoder
            init(from decoder: any Decoder) throws { self.decoder = decoder }
        }
        let late = try decode(Late.self, #"{"a":["some string that is not small enough"]}"#)
        let value = try [String: [String]](from: late.decoder)
        #expect(value == ["a": ["some string that is not small enough"]])
    }
}
