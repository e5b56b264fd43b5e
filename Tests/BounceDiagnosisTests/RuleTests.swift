import Testing

@testable import BounceDiagnosis

@Suite("The table of wordings")
struct RuleTests {
    @Test("every phrase is written as text is read, and stands in one row")
    func phrases() {
        var seen: [String: Rule] = [:]
        for rule in Rule.table {
            #expect(!rule.source.isEmpty && !rule.phrases.isEmpty)
            for phrase in rule.phrases {
                let pieces = phrase.split(separator: "*").map { $0.trimmed }
                #expect(!pieces.isEmpty && pieces.allSatisfy { !$0.isEmpty }, "\(phrase)")
                for piece in pieces { #expect(Transcript([piece]).text == piece, "\(phrase)") }
                #expect(seen[phrase] == nil, "\(phrase) is in two rows")
                seen[phrase] = rule
            }
        }
    }

    @Test("no rule names a host of the examples, or a person")
    func names() {
        for phrase in Rule.table.flatMap(\.phrases) {
            #expect(
                !phrase.contains("example.") && !phrase.contains("kijitora") && !phrase.contains(".eml"),
                "\(phrase)")
        }
    }

    @Test("phrases are found wherever they begin a word, over gaps, and all in one pass")
    func search() {
        let search = PhraseSearch(["user unknown", "rbl", "blocked * using", "a b", "unknown user unknown"])
        func found(_ text: String) -> [Int] { search.matches(in: Array(text.utf8)).map(\.phrase).sorted() }
        #expect(found("550 user unknown") == [0])
        #expect(found("superuser unknown") == [])
        #expect(found("an rbl.") == [1])
        #expect(found("rblx xrbl") == [])
        #expect(found("blocked by us using it") == [2])
        #expect(found("using blocked") == [])
        #expect(found("blocked" + String(repeating: " ", count: 400) + "using") == [])
        #expect(found("unknown user unknown user unknown") == [0, 4])
        #expect(search.matches(in: Array("x user unknown".utf8)).first?.range == 2..<14)
    }

    @Test("codes are found where they are codes")
    func codes() {
        typealias Codes = CodeScanner.Codes
        #expect(CodeScanner.codes(in: "550 5.1.1 x") == Codes(reply: 550, status: "5.1.1"))
        #expect(CodeScanner.codes(in: "550-5.7.26 x") == Codes(reply: 550, status: "5.7.26"))
        #expect(CodeScanner.codes(in: "x (#5.4.6)") == Codes(reply: nil, status: "5.4.6"))
        #expect(CodeScanner.codes(in: "from 192.0.2.5 in 450ms") == Codes())
        #expect(CodeScanner.codes(in: "5.1.1.9 5.1000.1 6.1.1 3.0.0") == Codes())
        #expect(
            CodeScanner.codes(in: "ERROR_CODE :550, ERROR_CODE :5.1.1") == Codes(reply: 550, status: "5.1.1"))
    }

    @Test("text is read without what only writes it differently")
    func transcript() {
        #expect(Transcript(["You’re  “OK”\u{A0}–", "\u{1B}[31m X"]).text == "you're \"ok\" - [31m x")
        #expect(
            Transcript(["550-5.1.1 No such", "550-5.1.1 user", "550 5.1.1 here"]).text
                == "550-5.1.1 no such user 550 5.1.1 here")
        let lines = ["one two", "three"]
        let transcript = Transcript(lines)
        #expect(transcript.lines(of: 4..<13) == lines)
        #expect(transcript.lines(of: 8..<9) == ["three"])
    }
}
