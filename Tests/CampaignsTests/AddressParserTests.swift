import Campaigns
import HostAdapters
import Testing

/// What a parser makes of a text.
private enum ParsedAddress: Equatable {
    case address(sent: String, compared: String)
    case fault(AddressFault)

    init(_ bytes: [UInt8], by parser: inout AddressParser) {
        self = bytes.withUnsafeBytes { text in
            if let fault = parser.parse(text) { return .fault(fault) }
            return .address(
                sent: String(decoding: parser.sent, as: UTF8.self),
                compared: String(decoding: parser.compared, as: UTF8.self))
        }
    }

    init(_ text: String, isLocalPartCaseSensitive: Bool = false) {
        var parser = AddressParser(
            encoder: IDNAEncoder(), isLocalPartCaseSensitive: isLocalPartCaseSensitive)
        self.init(Array(text.utf8), by: &parser)
    }
}

@Suite("Address parser")
struct AddressParserTests {
    private static let longLocalPart = String(repeating: "a", count: 64)
    private static let longLabel = String(repeating: "b", count: 63)
    /// 253 characters.
    private static let longDomain =
        [longLabel, longLabel, longLabel, String(longLabel.dropLast(2))].joined(separator: ".")

    @Test(
        "takes addresses as they are, the domain in lower case",
        arguments: [
            ("ann@example.org", "ann@example.org"),
            ("Ann.Bonny@Example.ORG", "Ann.Bonny@example.org"),
            ("a@b.cd", "a@b.cd"),
            ("user+tag@mail.example.co.uk", "user+tag@mail.example.co.uk"),
            ("!#$%&'*+-/=?^_`{|}~0@example.org", "!#$%&'*+-/=?^_`{|}~0@example.org"),
            ("-@example.org", "-@example.org"),
            ("1234567890@123.example", "1234567890@123.example"),
            ("x@a-b--c.example", "x@a-b--c.example"),
            ("x@ab--cd.example", "x@ab--cd.example"),
            ("x@3com.9", nil),
            ("x@example.1a", "x@example.1a"),
            (longLocalPart + "@example.org", longLocalPart + "@example.org"),
            ("a@" + longLabel + ".org", "a@" + longLabel + ".org"),
            ("a@" + longDomain, nil),
            ("a@" + longDomain.dropFirst(1), "a@" + longDomain.dropFirst(1)),
        ] as [(String, String?)])
    func plain(text: String, sent: String?) {
        switch ParsedAddress(text) {
        case .address(let found, let compared):
            #expect(found == sent)
            #expect(compared == sent?.lowercased())
        case .fault: #expect(sent == nil)
        }
    }

    @Test("compares addresses without regard to case, or local parts with regard to it")
    func comparison() {
        #expect(
            ParsedAddress("Ann@Example.org") == .address(sent: "Ann@example.org", compared: "ann@example.org")
        )
        #expect(
            ParsedAddress("Ann@Example.org", isLocalPartCaseSensitive: true)
                == .address(sent: "Ann@example.org", compared: "Ann@example.org"))
        #expect(
            ParsedAddress("\"Ann B\"@Example.org")
                == .address(sent: "\"Ann B\"@example.org", compared: "\"ann b\"@example.org"))
        #expect(
            ParsedAddress("\"Ann B\"@Example.org", isLocalPartCaseSensitive: true)
                == .address(sent: "\"Ann B\"@example.org", compared: "\"Ann B\"@example.org"))
    }

    @Test(
        "ignores white space around an address, also what cannot be seen",
        arguments: [
            " ann@example.org", "ann@example.org\t \r\n", "\u{A0}ann@example.org\u{A0}",
            "\u{FEFF}ann@example.org",
            "\u{200B} ann@example.org\u{200B}", "\u{3000}ann@example.org",
        ])
    func surroundingWhiteSpace(text: String) {
        #expect(ParsedAddress(text) == .address(sent: "ann@example.org", compared: "ann@example.org"))
    }

    @Test(
        "keeps a quoted local part, without the quotes and backslashes that it does not need",
        arguments: [
            (#""ann bonny"@example.org"#, #""ann bonny"@example.org"#),
            (#""ann"@example.org"#, "ann@example.org"),
            (#""ann.bonny"@example.org"#, "ann.bonny@example.org"),
            (#""a\nn"@example.org"#, "ann@example.org"),
            (#""ann..bonny"@example.org"#, #""ann..bonny"@example.org"#),
            (#"".ann"@example.org"#, #"".ann"@example.org"#),
            (#""ann\@home"@example.org"#, #""ann@home"@example.org"#),
            (#""a\"b\\c"@example.org"#, #""a\"b\\c"@example.org"#),
            (#"" "@example.org"#, #"" "@example.org"#),
            (#"""@example.org"#, #"""@example.org"#),
            (#""<ann>(,;:)"@Example.org"#, #""<ann>(,;:)"@example.org"#),
        ])
    func quoted(text: String, sent: String) {
        #expect(ParsedAddress(text) == .address(sent: sent, compared: sent))
    }

    @Test(
        "writes internationalised domains in ASCII (UTS #46, non-transitional)",
        arguments: [
            ("ann@bücher.example", "ann@xn--bcher-kva.example"),
            ("ann@BÜCHER.Example", "ann@xn--bcher-kva.example"),
            ("ann@straße.de", "ann@xn--strae-oqa.de"),
            ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"),
            ("ann@почта.рф", "ann@xn--80a1acny.xn--p1ai"),
            ("ann@ｅｘａｍｐｌｅ．ｃｏｍ", "ann@example.com"),
            ("ann@example。com", "ann@example.com"),
            ("ann@u\u{308}ber.example", "ann@xn--ber-goa.example"),
            ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
            ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
        ])
    func internationalised(text: String, sent: String) {
        #expect(ParsedAddress(text) == .address(sent: sent, compared: sent))
    }

    @Test(
        "says what is wrong with an address",
        arguments: [
            ("", .empty), (" \t", .empty), ("\u{200B}", .empty),
            ("ann", .missingAt), ("ann.example.org", .missingAt), (#""ann@example.org""#, .missingAt),
            ("ann＠example.org", .fullWidthAt),
            ("ann@bonny@example.org", .severalAts), ("ann@@example.org", .severalAts),
            (#""a"@b@example.org"#, .severalAts),
            ("a@example.org,b@example.org", .severalAddresses),
            ("a@example.org; b@example.org", .severalAddresses),
            ("a@example.org b@example.org", .severalAddresses),
            ("Ann <ann@example.org>", .displayName), ("<ann@example.org>", .displayName),
            (#""Bonny, Ann" <ann@example.org>"#, .displayName),
            ("ann(work)@example.org", .comment), ("ann@example.org (Ann)", .comment),
            ("ann bonny@example.org", .whiteSpace), ("ann@exam ple.org", .whiteSpace),
            ("ann @example.org", .whiteSpace), ("ann@\u{A0}example.org", .whiteSpace),
            ("an\u{0}n@example.org", .controlCharacter), ("ann@example\u{7F}.org", .controlCharacter),
            ("\"a\u{1}\"@example.org", .controlCharacter),
            ("@example.org", .emptyLocalPart),
            (longLocalPart + "a@example.org", .localPartTooLong),
            ("\"" + longLocalPart.dropLast() + "\\ \"@example.org", .localPartTooLong),
            (".ann@example.org", .misplacedDot), ("ann.@example.org", .misplacedDot),
            ("ann..bonny@example.org", .misplacedDot),
            ("mailto:ann@example.org", .invalidLocalPartCharacter),
            ("a,b@example.org", .invalidLocalPartCharacter), ("a\"b@example.org", .invalidLocalPartCharacter),
            ("a\\b@example.org", .invalidLocalPartCharacter), ("[a]@example.org", .invalidLocalPartCharacter),
            ("zoë@example.org", .internationalLocalPart), ("ａｎｎ@example.org", .internationalLocalPart),
            (#""zoë"@example.org"#, .internationalLocalPart),
            (#""ann@example.org"#, .unclosedQuote), (#""ann\"@example.org"#, .unclosedQuote),
            (#""ann"bonny@example.org"#, .textAfterQuote),
            ("ann@", .emptyDomain), (#""ann"@"#, .emptyDomain),
            ("a@c." + longDomain, .domainTooLong),
            ("a@" + String(repeating: "é", count: 600), .domainTooLong),
            ("aa@" + longDomain, .addressTooLong),
            ("ann@[192.0.2.1]", .addressLiteral), ("ann@[IPv6:2001:db8::1]", .addressLiteral),
            ("root@localhost", .singleLabelDomain),
            ("ann@example.org.", .trailingDot), ("ann@bücher.example.", .trailingDot),
            ("ann@.example.org", .emptyLabel), ("ann@example..org", .emptyLabel), ("ann@.", .emptyLabel),
            ("ann@b" + longLabel + ".org", .labelTooLong),
            ("ann@-example.org", .misplacedHyphen), ("ann@example-.org", .misplacedHyphen),
            ("ann@example.org-", .misplacedHyphen),
            ("ann@exam_ple.org", .invalidDomainCharacter), ("ann@example.org/x", .invalidDomainCharacter),
            ("ann@example,org", .invalidDomainCharacter), ("ann@exa\"mple.org", .invalidDomainCharacter),
            ("ann@192.0.2.1", .numericTopLevelDomain), ("ann@example.123", .numericTopLevelDomain),
            ("ann@☃️.example", .invalidInternationalDomain),
            ("ann@xn--a.example", .invalidInternationalDomain),
            ("ann@xn--.example", .invalidInternationalDomain),
            ("ann@\u{301}a.example", .invalidInternationalDomain),
            ("ann@ü_.example", .invalidDomainCharacter), ("ann@ü＿.example", .invalidDomainCharacter),
        ] as [(String, AddressFault)])
    func faults(text: String, fault: AddressFault) {
        #expect(ParsedAddress(text) == .fault(fault))
    }

    @Test("has a sentence for each fault", arguments: AddressFault.allCases)
    func sentences(fault: AddressFault) {
        #expect(fault.description.count > 10)
        #expect(!fault.description.hasSuffix("."))
    }

    @Test(
        "accepts its own output unchanged, and never fails on random bytes", arguments: [false, true], 0..<10)
    func random(isLocalPartCaseSensitive: Bool, seed: Int) {
        var dice = Dice(seed: UInt64(seed))
        var parser = AddressParser(
            encoder: IDNAEncoder(), isLocalPartCaseSensitive: isLocalPartCaseSensitive)
        let parts = [
            "a", "B", "0", "-", ".", "@", "\"", "\\", " ", "example", "org", ".org", "xn--", "ü", "日本", "。",
            "\u{A0}", "(",
            "<", ",", "\t", "@example.org", "@bücher.de", "\"@x.de", "_",
        ]
        var accepted = 0
        for round in 0..<300 {
            var bytes: [UInt8] = []
            if round % 4 == 0 {
                let length = Int.random(in: 0..<40, using: &dice)
                bytes = (0..<length).map { _ in .random(in: 0...255, using: &dice) }
            } else {
                for _ in 0..<Int.random(in: 0..<8, using: &dice) {
                    bytes += Array((parts.randomElement(using: &dice) ?? "").utf8)
                }
            }
            if round % 2 == 0 { bytes += Array("@example.org".utf8) }
            let parsed = ParsedAddress(bytes, by: &parser)
            guard case .address(let sent, let compared) = parsed else { continue }
            accepted += 1
            let isStable =
                sent.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && sent.utf8.count <= 254
                && ParsedAddress(Array(sent.utf8), by: &parser) == parsed
                && ParsedAddress(Array(compared.utf8), by: &parser)
                    == .address(sent: compared, compared: compared)
            #expect(isStable, "\(bytes)")
        }
        #expect(accepted > 0)
    }
}
