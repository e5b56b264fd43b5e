import Testing

@testable import Reports

@Suite("The rows of a report as CSV")
struct RecipientTableTests {
    @Test(
        "a field is quoted where it must be, and is no formula",
        arguments: [
            ("ann@example.org", "ann@example.org"), (#"say "ahoy""#, #""say ""ahoy""""#), ("a,b", #""a,b""#),
            ("a\r\nb", "\"a\r\nb\""), ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"), ("+1", "'+1"),
            ("-1", "'-1"), ("@x", "'@x"), ("=a,b", #""'=a,b""#), ("", ""), ("é", "é"),
            ("x\"\u{301}", "\"x\"\"\u{301}\""),
        ])
    func quoting(_ field: String, _ written: String) {
        #expect(RecipientTable.line([field, "x"]) == "\(written),x,,,,,,,,,\r\n")
    }

    @Test("every line has as many fields as the header")
    func width() {
        let header = RecipientTable.header.split(separator: ",").count
        #expect(
            RecipientTable.line(["1"]).split(separator: ",", omittingEmptySubsequences: false).count == header
        )
    }
}
