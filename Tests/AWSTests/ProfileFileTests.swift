import Testing

@testable import AWS

struct ProfileFileTests {
    @Test(
        "Comments, white space, quotes, CRLF, a byte order mark and keys in any case are read as AWS's tools do"
    )
    func dialect() throws {
        let text = """
            \u{FEFF}# a comment\r
            ; another\r
            [default] # the usual\r
            Region =  us-west-2 ; here\r
            output=json#not a comment\r
            empty =\r
            \r
            [ profile "two words" ]
            aws_access_key_id:KEY
            aws_secret_access_key = a=b:c//
            s3 =
              addressing_style = path
              # a comment inside
              max_queue_size= 5
            region = eu-west-1
            [profile\tsingle]
            credential_process = "/opt/a b" --x
            [profile single]
            region = later
            """
        let sections = try ProfileFile.parse(Array(text.utf8), path: "config")
        #expect(
            sections["default"]?.values == [
                "region": "us-west-2", "output": "json#not a comment", "empty": "",
            ])
        let words = try #require(sections["profile two words"])
        #expect(words.values["aws_access_key_id"] == "KEY")
        #expect(words.values["aws_secret_access_key"] == "a=b:c//")
        #expect(words.values["region"] == "eu-west-1")
        #expect(words.nested["s3"] == ["addressing_style": "path", "max_queue_size": "5"])
        #expect(
            sections["profile single"]?.values
                == ["credential_process": "\"/opt/a b\" --x", "region": "later"])
    }

    @Test(
        "A malformed line is named by file and line, and its value is not repeated",
        arguments: [
            ("secret_stuff = hunter2", "config:1: a key before the first section"),
            ("[default]\nhunter2", "config:2: expected `key = value`"),
            ("[default\nregion = x", "config:1: expected a section"),
            ("[]", "config:1: expected a section"),
            ("[default]\n  hunter2 = x", "config:2: an indented line follows no key"),
            ("[default]\n= hunter2", "config:2: expected `key = value`"),
            ("[default]\ns3 =\n  hunter2", "config:3: expected `key = value` beneath s3"),
        ])
    func malformed(_ text: String, message: String) {
        #expect {
            try ProfileFile.parse(Array(text.utf8), path: "config")
        } throws: { error in
            let problem = (error as? SmallFile.Failure)?.message ?? ""
            return problem.hasPrefix(message) && !problem.contains("hunter2")
        }
    }

    @Test("Bytes that are not UTF-8 are refused with their line")
    func encoding() {
        #expect {
            try ProfileFile.parse(Array("[default]\nregion = ".utf8) + [0xC3, 0x28], path: "config")
        } throws: { error in
            (error as? SmallFile.Failure)?.message.hasPrefix("config:2:") == true
        }
    }
}

struct CommandLineWordsTests {
    @Test(
        "A command line is split as a shell does",
        arguments: [
            ("", []), ("  a   b\tc ", ["a", "b", "c"]), (#""a b" 'c "d"' e\ f"#, ["a b", #"c "d""#, "e f"]),
            (#"a"b"'c'd"#, ["abcd"]), (#""" ''"#, ["", ""]), (#""a\"b\\c\d""#, [#"a"b\c\d"#]),
            (#"'a\'"#, [#"a\"#]), ("é '🚢 x'", ["é", "🚢 x"]), ("$HOME `x` ~", ["$HOME", "`x`", "~"]),
        ] as [(String, [String])])
    func split(_ line: String, words: [String]) { #expect(CommandLineWords.split(line) == words) }

    @Test("An open quote or a last backslash is no command line", arguments: ["'a", "\"a", "a\\", "\"a\\"])
    func open(_ line: String) { #expect(CommandLineWords.split(line) == nil) }
}
