import AWS
import JSON
import Testing

@Suite("DynamoDB attribute values")
struct AttributeValueTests {
    @Test(
        "each type is written as DynamoDB names it, and read back",
        arguments: [
            (.string("a \"b\" \u{1F6A2}"), #"{"S":"a \"b\" 🚢"}"#),
            (
                .number("12345678901234567890123456789012345678"),
                #"{"N":"12345678901234567890123456789012345678"}"#
            ),
            (.binary([0, 255, 16]), #"{"B":"AP8Q"}"#),
            (.bool(false), #"{"BOOL":false}"#),
            (.null, #"{"NULL":true}"#),
            (.list([.string(""), .list([])]), #"{"L":[{"S":""},{"L":[]}]}"#),
            (.map(["k": .integer(-7)]), #"{"M":{"k":{"N":"-7"}}}"#),
            (.stringSet(["a", "b"]), #"{"SS":["a","b"]}"#),
            (.numberSet(["1"]), #"{"NS":["1"]}"#),
            (.binarySet([[1], []]), #"{"BS":["AQ==",""]}"#),
        ] as [(AttributeValue, String)])
    func roundTrip(value: AttributeValue, text: String) throws {
        #expect(String(decoding: try JSONEncoder().encode(value), as: UTF8.self) == text)
        #expect(try JSONDecoder().decode(AttributeValue.self, from: Array(text.utf8)) == value)
    }

    @Test(
        "what is no attribute value is refused",
        arguments: [
            "{}", #"{"S":1}"#, #"{"N":1}"#, #"{"B":"?"}"#, #"{"X":"a"}"#, #"{"S":"a","N":"1"}"#, #"{"L":{}}"#,
            "1",
        ])
    func malformed(text: String) {
        #expect(throws: JSONError.self) {
            try JSONDecoder().decode(AttributeValue.self, from: Array(text.utf8))
        }
    }

    @Test("a number is read as a whole one only if it is one")
    func numbers() {
        #expect(AttributeValue.number("42").integer == 42)
        #expect(AttributeValue.number("4.2").integer == nil)
        #expect(AttributeValue.number("99999999999999999999").integer == nil)
        #expect(AttributeValue.string("42").integer == nil)
        #expect(AttributeValue.double(0.7).double == 0.7)
    }
}
