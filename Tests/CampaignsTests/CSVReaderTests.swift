import Campaigns
import Foundation
import TestSupport
import Testing

@Suite("CSV reader")
struct CSVReaderTests {
    @Test(
        "reads records as RFC 4180 writes them",
        arguments: [
            ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
            ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
            ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
            ("a,b\n1,", [["a", "b"], ["1", ""]]),
            ("a,b\n,\n", [["a", "b"], ["", ""]]),
            ("a,b\n\"\",\"\"", [["a", "b"], ["", ""]]),
            ("a,b\n\"x,y\",\"line\r\nbreak\"\n", [["a", "b"], ["x,y", "line\r\nbreak"]]),
            ("a\n\"say \"\"hi\"\"\"\n\"\"\"\"\n", [["a"], ["say \"hi\""], ["\""]]),
            ("a,b\n 1 ,\t2\t\n", [["a", "b"], [" 1 ", "\t2\t"]]),
            ("a,b\nheight 5\", \"x\"\n", [["a", "b"], ["height 5\"", " \"x\""]]),
            ("\u{FEFF}\"a\",b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("name,b\nZoë,日本語 🎣\n", [["name", "b"], ["Zoë", "日本語 🎣"]]),
            ("", []),
            ("\u{FEFF}", []),
            ("\n\r\n\n", []),
        ] as [(String, [[String]])])
    func wellFormed(text: String, records: [[String]]) throws {
        let reading = try CSVReading(text)
        #expect(reading.problem == nil)
        #expect(reading.records == records)
    }

    @Test("skips lines without a byte, also in a list of one column, where quotes make an empty field")
    func blankLines() throws {
        let reading = try CSVReading("\n\nemail\n\na@x.de\r\n\r\n\"\"\n\n b\n")
        #expect(reading.records == [["email"], ["a@x.de"], [""], [" b"]])
        #expect(reading.lines == [3, 5, 7, 9])
    }

    @Test("counts lines through line breaks in quotes, whatever ends a line")
    func lineNumbers() throws {
        let reading = try CSVReading("a,b\n\"1\r\n2\n3\r4\",x\r\n5,6\r7,8\n")
        #expect(reading.lines == [1, 2, 6, 7])
    }

    @Test(
        "tells which character separates the columns from a header that leaves no doubt",
        arguments: [
            ("email;name\na@x.de;Ann, Bo\n", [["email", "name"], ["a@x.de", "Ann, Bo"]]),
            ("email\tname\na@x.de\tAnn; Bo\n", [["email", "name"], ["a@x.de", "Ann; Bo"]]),
            ("\"e,mail\";name\n1;2\n", [["e,mail", "name"], ["1", "2"]]),
            ("\"e;mail\",name\n1,2\n", [["e;mail", "name"], ["1", "2"]]),
            ("a;b,c\n1,2\n", [["a;b", "c"], ["1", "2"]]),
            ("sep=;\r\na;b,c\r\n1;2\r\n", [["a", "b,c"], ["1", "2"]]),
            ("\u{FEFF}sep=|\na|b\n", [["a", "b"]]),
            ("sep=,\na,b;c\n", [["a", "b;c"]]),
            ("sep=;", []),
            ("sep=x\n", [["sep=x"]]),
            ("\nemail;\"na\nme\"\n1;2\n", [["email", "na\nme"], ["1", "2"]]),
        ] as [(String, [[String]])])
    func separators(text: String, records: [[String]]) throws {
        let reading = try CSVReading(text)
        #expect(reading.problem == nil)
        #expect(reading.records == records)
    }

    @Test("counts the line of a separator hint")
    func hintLine() throws {
        #expect(try CSVReading("sep=;\r\na;b\r\n1;2\r\n").lines == [2, 3])
    }

    @Test(
        "stops at malformed input with line, column and remedy",
        arguments: [
            ("a,b\n1,\"2\n3,4\n", 2, 3, "the quote that opens here is never closed", "double each quote"),
            ("a,b\nx,\"1\n2\",\"", 3, 4, "the quote that opens here is never closed", "double each quote"),
            ("a,b\n\"1\"x,2\n", 2, 4, "text follows the quote that closes the field", "Double each quote"),
            ("a,b\n\"1\n\" ,2\n", 3, 2, "text follows the quote that closes the field", "Double each quote"),
            ("a,b\n1,2\n\n1\n", 4, nil, "the row has 1 field, but the header has 2", "double quotes"),
            ("a\n1,2,3\n", 2, nil, "the row has 3 fields, but the header has 1", "double quotes"),
            ("a\u{0}b\n", 1, 2, "the list holds a NUL byte", "CSV UTF-8"),
            ("é,b\n\"é\",é\u{0}\n", 2, 6, "the list holds a NUL byte", "CSV UTF-8"),
            ("a;b\tc\n", 1, nil, "the header holds semicolons and tabs but no comma", "sep=;"),
        ] as [(String, Int, Int?, String, String)])
    func malformed(text: String, line: Int, column: Int?, message: String, remedy: String) throws {
        let problem = try #require(try CSVReading(text).problem)
        #expect(problem.kind == .invalidInput)
        #expect(problem.file == "list.csv")
        #expect(problem.line == line)
        #expect(problem.column == column)
        #expect(problem.message.hasPrefix(message))
        #expect(problem.remedy?.contains(remedy) == true)
    }

    @Test(
        "refuses what is not UTF-8 and tells how to save it",
        arguments: [
            ("a,b\nx,Zo\u{EB}\n", 2, 5, "it is \"ë\""),
            ("a,b\nx,\u{93}y\u{94}\n", 2, 3, "it is \"“\""),
            ("a,b\nx,y\n\"q\n\u{E9}t\u{E9}\",z\n", 4, 1, "it is \"é\""),
            ("a,b\n\u{C0}\u{80},y\n", 2, 1, "0xC0"),
            ("a,b\n\u{ED}\u{A0}\u{80},y\n", 2, 1, "0xED"),
            ("a,b\n1,\u{F4}\u{90}\u{80}\u{80}\n", 2, 3, "0xF4"),
            ("a,b\n1,\u{81}\n", 2, 3, "0x81"),
            ("a,b\n1,\u{E2}\u{82}", 2, 3, "0xE2"),
            ("\u{FF}\u{FE}a\u{0},\u{0}", 1, 1, "UTF-16"),
            ("\u{FE}\u{FF}\u{0}a\u{0},", 1, 1, "UTF-16"),
        ] as [(String, Int, Int, String)])
    func notUTF8(latin1: String, line: Int, column: Int, message: String) throws {
        let bytes = latin1.unicodeScalars.map { UInt8($0.value) }
        let problem = try #require(try CSVReading(bytes).problem)
        #expect(problem.line == line)
        #expect(problem.column == column)
        #expect(problem.message.contains(message))
        #expect(problem.remedy == "Save the list as \"CSV UTF-8\", as spreadsheets call it")
    }

    @Test("counts columns in characters as people do")
    func columnsInCharacters() throws {
        let problem = try #require(try CSVReading("a,b\ne\u{301}🧑‍🚀é,\"1\"x\n").problem)
        #expect(problem.column == 8)
    }

    @Test("refuses a field, a record and columns beyond the limits, and takes what is just within")
    func limits() throws {
        let limits = CSVReader.Limits(fieldBytes: 8, columns: 3, recordBytes: 20)
        #expect(try CSVReading("a,b,c\n12345678,2,3\n", limits: limits).problem == nil)
        #expect(try CSVReading("a,b\n12345678,12345678\n", limits: limits).problem == nil)

        let field = try #require(try CSVReading("a,b,c\n1,123456789,3\n", limits: limits).problem)
        #expect(field.message == "the field that begins here is longer than 8 bytes")
        #expect((field.line, field.column) == (2, 3))
        let quoted = try #require(try CSVReading("a,b,c\n1,\"1\n\n4567\n", limits: limits).problem)
        #expect(quoted.message == "the quoted field that begins here is longer than 8 bytes")
        #expect((quoted.line, quoted.column) == (2, 3))
        #expect(quoted.remedy?.contains("Close the field") == true)
        let record = try #require(try CSVReading("a,b,c\n1234567,1234567,12345\n", limits: limits).problem)
        #expect(record.message == "the record that begins here is longer than 20 bytes")
        #expect((record.line, record.column) == (2, 1))
        let columns = try #require(try CSVReading("a,b,c,d\n", limits: limits).problem)
        #expect(columns.message == "the record has more than 3 fields")
        #expect((columns.line, columns.column) == (1, 7))
    }

    @Test("refuses a field of 10 MB after little more than its limit")
    func hugeField() throws {
        var reader = CSVReader(file: "list.csv")
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        var fed = 0
        #expect(throws: Problem.self) {
            try Array("a\n".utf8).withUnsafeBytes { try reader.feed($0) { _ in } }
            for _ in 0..<1_000 {
                fed += piece.count
                try piece.withUnsafeBytes { try reader.feed($0) { _ in } }
            }
        }
        #expect(fed <= 64 << 10 + piece.count)
    }

    @Test("takes more columns than it first makes room for")
    func manyColumns() throws {
        let row = (1...1024).map(String.init)
        let reading = try CSVReading(row.joined(separator: ",") + "\n")
        #expect(reading.problem == nil)
        #expect(reading.records == [row])
    }

    @Test("passes on what the closure throws, and stops there")
    func closureThrows() throws {
        struct Enough: Error {}
        var reader = CSVReader(file: "list.csv")
        var seen = 0
        #expect(throws: Enough.self) {
            try Array("a\n1\n2\n".utf8).withUnsafeBytes {
                try reader.feed($0) { _ in
                    seen += 1
                    if seen == 2 { throw Enough() }
                }
            }
        }
        #expect(seen == 2)
    }

    @Test("makes the same of the same bytes, however they are cut into pieces", arguments: 0..<400)
    func pieces(seed: Int) throws {
        var dice = Dice(seed: UInt64(seed))
        let parts: [[UInt8]] = [
            Array(",".utf8), Array(",".utf8), Array("\n".utf8), Array("\r\n".utf8), Array("\r".utf8),
            Array("\"".utf8), Array("\"\"".utf8), Array("\",\"".utf8), Array("\"\n".utf8), Array("x".utf8),
            Array("some longer text that fills a block or more of what the scanner takes at once".utf8),
            Array("é".utf8), Array("🎣".utf8), Array(";".utf8), Array("\t".utf8), [0xE9], [0xF0, 0x9F], [0],
        ]
        // Rare things are rare, or no list would get beyond its first lines.
        let common = seed % 2 == 0 ? 14 : parts.count
        var bytes: [UInt8] = seed % 5 == 0 ? [0xEF, 0xBB, 0xBF] : []
        for _ in 0..<Int.random(in: 0..<60, using: &dice) {
            bytes += parts[Int.random(in: 0..<common, using: &dice)]
        }
        let limits = CSVReader.Limits(
            fieldBytes: [20, 90, 1000].randomElement(using: &dice) ?? 0,
            columns: [2, 5, 100].randomElement(using: &dice) ?? 0,
            recordBytes: [30, 200, 1000].randomElement(using: &dice) ?? 0)
        let whole = try CSVReading(bytes, limits: limits)
        #expect(
            try CSVReading(bytes, pieces: Array(repeating: 1, count: bytes.count), limits: limits) == whole)
        for _ in 0..<4 {
            let pieces = (0..<bytes.count).map { _ in Int.random(in: 0..<70, using: &dice) }
            #expect(try CSVReading(bytes, pieces: pieces, limits: limits) == whole)
        }
    }

    @Test("reads long lists cut into pieces of any length", arguments: [1, 7, 63, 64, 65, 1000, 65_536])
    func longList(piece: Int) throws {
        var text = "email,name,note\r\n"
        var rows = [["email", "name", "note"]]
        for row in 0..<500 {
            let fields = [
                "guest\(row)@example.org", "Zoë \(row)", String(repeating: "\"a\",\n", count: row % 7),
            ]
            rows.append(fields)
            text += "\(fields[0]),\(fields[1]),\"\(fields[2].replacing("\"", with: "\"\""))\"\r\n"
        }
        let bytes = Array(text.utf8)
        let pieces = Array(repeating: piece, count: bytes.count / piece)
        let reading = try CSVReading(bytes, pieces: pieces)
        #expect(reading.problem == nil)
        #expect(reading.records == rows)
    }
}

@Suite("CSV reader beside others")
struct CSVReaderComparisonTests {
    @Test(
        "reads csv-spectrum as it says", .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence),
        arguments: [
            "comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "newlines_crlf",
            "quotes_and_newlines", "simple", "simple_crlf", "utf8",
        ])
    func spectrum(name: String) throws {
        let expected = try JSONDecoder().decode(
            [[String: String]].self, from: Data(ThirdPartyData.bytes("csv/json/\(name).json")))
        let reading = try CSVReading(ThirdPartyData.bytes("csv/csvs/\(name).csv"))
        #expect(reading.problem == nil)
        let header = try #require(reading.records.first)
        let rows = reading.records.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
        #expect(rows == expected)
    }

    private struct PapaParseCase: Decodable {
        struct Expectation: Decodable {
            var data: [[String]]
            var errors: [Empty]
        }
        struct Empty: Decodable {}
        struct Config: Decodable {
            var fastMode: Bool?
            var delimiter: String?
            var newline: String?
        }
        var description: String
        var input: String
        var config: Config?
        var expected: Expectation
    }

    @Test(
        "reads the well-formed cases of PapaParse alike",
        .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
    func papaParse() throws {
        let cases = try JSONDecoder().decode(
            [PapaParseCase].self, from: Data(ThirdPartyData.bytes("csv/papaparse/core-parser-tests.json")))
        // Its comments, previews and renamed headers are none of CSV; it takes ragged rows.
        let others = ["omment", "preview", "eader name", "Input is just empty fields"]
        var compared = 0
        for test in cases
        where test.expected.errors.isEmpty && !others.contains(where: test.description.contains) {
            // PapaParse makes a record of a blank line.
            let expected = test.expected.data.filter { $0 != [""] }
            let reading = try CSVReading(test.input)
            #expect(reading.problem == nil, "\(test.description)")
            #expect(reading.records == expected, "\(test.description)")
            compared += 1
        }
        #expect(compared >= 37)
    }

    @Test("reads random lists as Python's csv module does", .timeLimit(.minutes(10)))
    func python() async throws {
        var dice = Dice(seed: 4180)
        let texts = [
            "", "x", "Ann", "a,b", "two\nlines", "two\r\nlines", "old\rmac", "\"", "say \"hi\"", " ", ";",
            "\t", "é", "日本",
            "🎣", "a long field that is more than one block of the scanner: sixty-four bytes, and more",
        ]
        var lists: [String] = []
        for _ in 0..<300 {
            let lineEnd = ["\n", "\r\n", "\r"].randomElement(using: &dice) ?? ""
            let width = Int.random(in: 2...6, using: &dice)
            var lines = [(1...width).map { "column\($0)" }.joined(separator: ",")]
            for _ in 0..<Int.random(in: 0..<12, using: &dice) {
                let fields = (0..<width).map { _ in
                    let text = texts.randomElement(using: &dice) ?? ""
                    let mustQuote = text.utf8.contains { ",\"\r\n".utf8.contains($0) }
                    guard mustQuote || Bool.random(using: &dice) else { return text }
                    return "\"" + text.replacing("\"", with: "\"\"") + "\""
                }
                lines.append(fields.joined(separator: ","))
                if Int.random(in: 0..<10, using: &dice) == 0 { lines.append("") }
            }
            let hasLastEnd = Bool.random(using: &dice)
            lists.append(lines.joined(separator: lineEnd) + (hasLastEnd ? lineEnd : ""))
        }
        let answers = try await withTemporaryFolder { folder in
            let input = folder.appendingPathComponent("lists.json")
            try JSONEncoder().encode(lists).write(to: input)
            let script = """
                import csv, io, json, sys
                lists = json.load(open(sys.argv[1], encoding='utf-8'))
                read = lambda text: [row for row in csv.reader(io.StringIO(text, newline='')) if row]
                json.dump([read(text) for text in lists], sys.stdout)
                """
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Checkout.python)
            process.arguments = ["-c", script, input.path]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return try JSONDecoder().decode([[[String]]].self, from: output)
        }
        #expect(answers.count == lists.count)
        for (list, answer) in zip(lists, answers) {
            let reading = try CSVReading(list)
            #expect(reading.problem == nil)
            #expect(reading.records == answer)
        }
    }
}
