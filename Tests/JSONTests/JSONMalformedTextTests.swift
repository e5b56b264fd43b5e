import JSON
import Testing

private func failure(_ text: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONError? {
    do throws(JSONError) {
        _ = try JSONDecoder(limits: limits).decode(JSONValue.self, from: text)
        return nil
    } catch {
        return error
    }
}

@Suite struct JSONMalformedTextTests {
    @Test(
        "a syntax error tells what, where and in which member",
        arguments: [
            ("", "line 1, column 1: the text ends too early"),
            ("{\"a\": 1", "line 1, column 8: $.a: the text ends too early"),
            ("[1,\n 2,\n tru]", "line 3, column 2: $[2]: invalid token"),
            ("{\"a\": {\"b\": x}}", "line 1, column 13: $.a.b: invalid token"),
            ("{\"a\": 1,}", "line 1, column 9: string or '}' expected"),
            ("[1 2]", "line 1, column 4: $[0]: ']' expected"),
            ("{\"a\" 1}", "line 1, column 6: $.a: ':' expected"),
            ("[1] x", "line 1, column 5: something follows the end of the value"),
            ("{} {}", "line 1, column 4: something follows the end of the value"),
            ("[\"é\u{1}\"]", "line 1, column 4: $[0]: control character 0x1"),
            ("[\"a\\q\"]", "line 1, column 5: $[0]: invalid escape"),
            ("[\"ab\ncd\"]", "line 1, column 5: $[0]: unexpected newline"),
            ("{'a': 1}", "line 1, column 2: string or '}' expected"),
            ("[NaN]", "line 1, column 2: $[0]: invalid token"),
            ("[01]", "line 1, column 2: $[0]: invalid token"),
            ("[\"\\ud800\"]", "line 1, column 2: $[0]: invalid Unicode '\\uD800'"),
            ("[\"\\udc00x\"]", "line 1, column 2: $[0]: invalid Unicode '\\uDC00'"),
            ("{\"a\\u0000b\": 1}", "line 1, column 2: $[\"a\\u0000b\"]: U+0000 in a key is not supported"),
        ])
    func syntax(text: String, message: String) {
        #expect(failure(Array(text.utf8))?.description == message)
    }

    @Test("invalid UTF-8 is refused at its byte")
    func invalidUTF8() {
        for bytes: [UInt8] in [
            [0xff], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80],
        ] {
            let error = failure(Array("{\"a\":\n [\"é".utf8) + bytes + Array("\"]}".utf8))
            #expect(error?.kind == .syntax)
            #expect(error?.path == "$.a[0]")
            #expect(error?.line == 2 && error?.column == 5)
            #expect(error?.message.hasPrefix("invalid UTF-8") == true)
        }
    }

    @Test("a key that appears twice is refused by name, also when it is escaped differently")
    func duplicates() {
        let error = failure(Array(#"{"x": [{"id": 1, "n": 2, "\u0069d": 3}]}"#.utf8))
        #expect(error?.kind == .duplicateKey)
        #expect(error?.description == "line 1, column 26: $.x[0].id: the key appears twice in its object")
    }

    @Test("an error does not repeat the text, which may hold a secret")
    func secrets() {
        let error = failure(Array(#"{"SecretAccessKey": hunter2}"#.utf8))
        #expect(error?.description == "line 1, column 21: $.SecretAccessKey: invalid token")
    }

    @Test("a text cut off at any byte is an error")
    func truncation() {
        let text = Array(#"{"a":[1,-2.5e+3,"x\"\u00e9é",true,false,null,{"b":{}}],"c":""}"#.utf8)
        #expect(failure(text) == nil)
        for count in 0..<text.count {
            #expect(failure(Array(text[..<count]))?.kind == .syntax)
        }
    }

    @Test("nesting as deep as the limit is read, one level more is not, and a bomb does no harm")
    func depth() {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        #expect(failure(nested(64, "[", "]")) == nil)
        #expect(failure(nested(65, "[", "]"))?.kind == .tooDeep)
        #expect(failure(nested(64, "{\"a\":", "}")) == nil)
        #expect(failure(nested(65, "{\"a\":", "}"))?.kind == .tooDeep)
        #expect(
            failure(nested(2_000_000, "[", "]"))?.description
                == "line 1, column 65: more than 64 arrays and objects within each other")
        #expect(failure(nested(2_000_000, "{\"a\":", ""))?.kind == .tooDeep)
        #expect(failure(nested(5_000, "[", "]"), limits: JSONLimits(depth: 10_000))?.kind == .tooDeep)
        #expect(failure(Array(("[\"" + String(repeating: "[", count: 1000) + "\\\"[\"]").utf8)) == nil)
        #expect(failure(Array(("[" + String(repeating: "[],", count: 1000) + "1]").utf8)) == nil)
    }

    @Test("a text as large as the limit is read, one byte more is not")
    func size() {
        #expect(failure(Array("[1234]".utf8), limits: JSONLimits(bytes: 6)) == nil)
        #expect(failure(Array("[12345]".utf8), limits: JSONLimits(bytes: 6))?.kind == .tooLarge)
    }
}
