import Campaigns
import HostAdapters
import Suppressions
import TestSupport
import Testing

@Suite("Files of suppressed addresses")
struct SuppressionFileTests {
    private static let noon = Timestamp(milliseconds: 1_780_326_000_000)

    /// Reads a text, handed over in pieces of a size.
    private func read(
        _ text: String, pieces: Int = .max
    ) throws -> (entries: [SuppressionEntry], problems: [Problem], unused: [String]) {
        var file = SuppressionFile(
            file: "list", defaults: .init(reason: .manual, source: "import", at: Self.noon),
            encoder: IDNAEncoder())
        var entries: [SuppressionEntry] = []
        var problems: [Problem] = []
        func take(_ row: SuppressionFile.Row) {
            switch row {
            case .success(let entry): entries.append(entry)
            case .failure(let problem): problems.append(problem)
            }
        }
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = pieces < bytes.count - start ? start + pieces : bytes.count
            try bytes[start..<end].withUnsafeBytes { try file.feed($0) { take($0) } }
            start = end
        }
        try file.finish { take($0) }
        return (entries, problems, file.unusedColumns)
    }

    private func entry(
        _ address: String, _ reason: SuppressionReason = .manual, _ source: String = "import",
        at milliseconds: Int64 = noon.milliseconds
    ) -> SuppressionEntry {
        SuppressionEntry(
            address: address, reason: reason, source: source, at: Timestamp(milliseconds: milliseconds))
    }

    @Test(
        "every format is read, however the bytes come",
        arguments: [
            // As export writes it.
            "email,reason,source,at\r\nANN@example.org,bounce,SES us-west-2,2026-06-01T15:00:00.250Z\r\n",
            // As list --csv prints it.
            "address,reason,at,source\nann@example.org,bounce,2026-06-01T15:00:00.250Z,SES us-west-2\n",
            // Columns of other systems, by semicolons, with a byte order mark.
            "\u{FEFF}Name;E-Mail;Reason;Source;Last Update Time\nAnn;ann@example.org; BOUNCE ;SES us-west-2;1780326000.25\n",
            #"{"email": "ann@example.org", "reason": "bounce", "source": "SES us-west-2", "at": "2026-06-01T08:00:00.250-07:00"}"#,
            // As SES's API tells it.
            #"{"EmailAddress": "Ann@example.org", "Reason": "BOUNCE", "LastUpdateTime": 1780326000.25, "Source": "SES us-west-2"}"#
                + "\r\n\n",
        ], [1, 3, Int.max])
    func formats(_ text: String, pieces: Int) throws {
        let read = try read(text, pieces: pieces)
        #expect(read.problems.isEmpty)
        #expect(
            read.entries == [entry("ann@example.org", .bounce, "SES us-west-2", at: 1_780_326_000_250)])
    }

    @Test("rows without a header are addresses, or addresses and reasons as SES's bulk import has them")
    func bare() throws {
        #expect(
            try read("ann@example.org\nBob@Bücher.example\n").entries == [
                entry("ann@example.org"), entry("bob@xn--bcher-kva.example"),
            ])
        #expect(
            try read("ann@example.org, COMPLAINT\nbob@example.org,\n").entries == [
                entry("ann@example.org", .complaint), entry("bob@example.org"),
            ])
    }

    @Test("what is missing in a row is given by default, and what says nothing to us is told")
    func defaults() throws {
        let csv = try read("email,reason,source,at,name\nann@example.org,,,,Ann\n")
        #expect(csv.entries == [entry("ann@example.org")])
        #expect(csv.unused == ["name"])
        #expect(
            try read(#"{"address": "ann@example.org", "reason": null, "x": 1}"#).entries == [
                entry("ann@example.org")
            ])
    }

    @Test(
        "a row that is wrong is told with line, key and what mends it, and the next is read",
        arguments: [
            ("email,reason\nnobody,bounce\nann@example.org,\n", 2, "email", "no @"),
            ("email,reason\nbob@example.org,angry\nann@example.org,\n", 2, "reason", "'angry' is no reason"),
            ("email,at\nbob@example.org,yesterday\nann@example.org,\n", 2, "at", "'yesterday' is no moment"),
            ("email,at\nbob@example.org,1e300\nann@example.org,\n", 2, "at", "is no moment"),
            ("email,source\nbob@example.org,\"a\nb\"\nann@example.org,\n", 2, "source", "more than a line"),
            ("{\"email\": 7}\n{\"email\": \"ann@example.org\"}\n", 1, "email", "is no text"),
            ("{\"reason\": \"bounce\"}\n{\"email\": \"ann@example.org\"}\n", 1, "email", "no address"),
            ("{\"email\"\n{\"email\": \"ann@example.org\"}\n", 1, nil, ""),
            ("{\"entries\": []}\n{\"email\": \"ann@example.org\"}\n", 1, nil, "whole list"),
            (
                "{\"email\": \"bob@example.org\", \"email\": \"x\"}\n{\"email\": \"ann@example.org\"}\n", 1,
                nil, ""
            ),
        ] as [(String, Int, String?, String)])
    func wrongRows(_ text: String, line: Int, key: String?, message: String) throws {
        let read = try read(text)
        #expect(read.entries == [entry("ann@example.org")])
        let problem = try #require(read.problems.first)
        #expect(read.problems.count == 1 && problem.file == "list" && problem.line == line)
        #expect(problem.key == key && problem.remedy != nil)
        #expect(problem.message.contains(message), "\(problem)")
    }

    @Test(
        "a file that is wrong as a whole is refused",
        arguments: [
            ("", "the file is empty"), (" \n\n", "the file is empty"), ("\u{FEFF}", "the file is empty"),
            ("name,seat\nAnn,4\n", "no column holds addresses; the columns are 'name', 'seat'"),
            ("email,address\na@example.org,b@example.org\n", "two columns of this meaning"),
            ("a@example.org,bounce,x\n", "rows of 3 fields need a header"),
            ("email,reason\nann@example.org\n", "the row has 1 field"),
            ("email\n\"ann@example.org\n", "never closed"),
            ("[{\"email\": \"ann@example.org\"}]", "one JSON array"),
            ("{\"email\": \"" + String(repeating: "x", count: 70_000) + "\"}", "longer than 65536 bytes"),
        ])
    func wrongFiles(_ text: String, message: String) throws {
        let problem = try #require(throws: Problem.self) { _ = try read(text) }
        #expect(problem.kind == .invalidInput && problem.file == "list" && problem.line != nil)
        #expect(problem.message.contains(message), "\(problem)")
    }

    @Test("bytes at random are read or refused, and nothing else")
    func noise() throws {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("{}[]\",:;@.\n\r\t a1\\u{e".utf8) + [0, 0xFF, 0xC3]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            var file = SuppressionFile(
                file: "list", defaults: .init(reason: .manual, source: "import", at: Self.noon),
                encoder: IDNAEncoder())
            do {
                try bytes.withUnsafeBytes { try file.feed($0) { _ in } }
                try file.finish { _ in }
            } catch let problem as Problem {
                #expect(problem.kind == .invalidInput)
            }
        }
    }
}
