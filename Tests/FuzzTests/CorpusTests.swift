import Foundation
import TestSupport
import Testing

/// What fuzzing has found interesting: every branch that an input was found for.
@Suite("Hostile input", .timeLimit(.minutes(10)))
struct CorpusTests {
    @Test(
        "no input of the corpus ends a parser, or makes it break a promise", arguments: FuzzedParser.allCases)
    func corpus(_ parser: FuzzedParser) throws {
        let file = Checkout.root.appendingPathComponent("Tests/FuzzTests/Corpus/\(parser.rawValue).txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        try #require(!lines.isEmpty)
        for (number, line) in lines.enumerated() {
            let input = try #require(Data(base64Encoded: String(line)), "line \(number + 1)")
            #expect(throws: Never.self, "line \(number + 1)") { try parser.feed(Array(input)) }
        }
    }

    @Test("no cut-off input ends a parser", arguments: FuzzedParser.allCases)
    func truncated(_ parser: FuzzedParser) throws {
        let bytes = Array(try parser.example.prefix(1024))
        for length in stride(from: 0, through: bytes.count, by: 3) {
            #expect(throws: Never.self, "\(length) bytes") { try parser.feed(Array(bytes.prefix(length))) }
        }
    }
}

extension FuzzedParser {
    fileprivate var example: Data {
        get throws {
            let file =
                switch self {
                case .events: "events/bounce.json"
                case .campaign: "examples/campaigns/paul-simon/campaign.json"
                case .csv: "examples/campaigns/paul-simon/recipients.csv"
                case .template: "examples/campaigns/paul-simon/message.html"
                case .requests: "events/unsubscribe.json"
                case .dns: "Tests/FuzzTests/Corpus/records.example"
                case .bounces: "examples/bounces/send-mail-as.eml"
                }
            return try Data(contentsOf: Checkout.root.appendingPathComponent(file))
        }
    }
}
