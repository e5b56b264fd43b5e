import DNS
import Testing

@Suite("Names and addresses")
struct NameTests {
    @Test("a name has labels, whatever the case, with or without a dot at the end")
    func names() throws {
        let name = try #require(DomainName("Mail.Example.COM."))
        #expect(name == DomainName("mail.example.com"))
        #expect("\(name)" == "mail.example.com")
        #expect(name.parent == DomainName("example.com"))
        #expect(name.suffix(1) == DomainName("com"))
        #expect(name.isWithin(try #require(DomainName("example.com"))))
        #expect(!name.isWithin(try #require(DomainName("ample.com"))))
        #expect(DomainName("example.com")?.prefixed(by: "_dmarc") == DomainName("_dmarc.example.com"))
    }

    @Test(
        "what no name can be is none",
        arguments: [
            "", "a..b", ".a", String(repeating: "a", count: 64) + ".com",
            Array(repeating: "abcdefg", count: 32).joined(separator: "."),
        ])
    func refused(_ text: String) { #expect(DomainName(text) == nil) }

    @Test("a byte that is no letter of a name is written as zone files do")
    func escaped() throws {
        let name = try #require(DomainName(labels: [Array("a.b c".utf8), [0, 27, 0xFF], Array("com".utf8)]))
        #expect("\(name)" == #"a\.b\032c.\000\027\255.com"#)
        #expect("\(Record.text([Array("say \"hi\"\n".utf8)]))" == #""say \"hi\"\010""#)
    }

    @Test("addresses are read, written, and turned into names of PTR records")
    func addresses() throws {
        let four = try #require(IPAddress("192.0.2.77"))
        let six = try #require(IPAddress("2001:DB8::cafe"))
        #expect("\(four) \(six)" == "192.0.2.77 2001:db8::cafe")
        #expect("\(four.reverseName)" == "77.2.0.192.in-addr.arpa")
        #expect("\(six.reverseName)".hasPrefix("e.f.a.c.0.0.0.0."))
        #expect(IPAddress("::ffff:192.0.2.77")?.unmapped == four)
        #expect(IPAddress("192.0.2") == nil)
        #expect(IPAddress("192.0.2.1\0") == nil)
        let network = try #require(IPAddress("192.0.2.64"))
        #expect(four.matches(network, prefix: 27))
        #expect(!four.matches(network, prefix: 29))
        #expect(four.matches(network, prefix: 0))
        #expect(!four.matches(six, prefix: 0))
    }

    @Test(
        "a name server is an address with or without a port",
        arguments: [
            ("192.0.2.1", "192.0.2.1:53"), ("192.0.2.1:5353", "192.0.2.1:5353"),
            ("2001:db8::1", "[2001:db8::1]:53"), ("[2001:db8::1]:5353", "[2001:db8::1]:5353"),
            ("[2001:db8::1]", "[2001:db8::1]:53"),
        ])
    func nameServers(_ text: String, _ canonical: String) {
        #expect(NameServer(text)?.description == canonical)
    }

    @Test(
        "what is no name server is refused",
        arguments: ["", "ns.example.com", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:99999", "[::1", "[::1]x"])
    func noNameServer(_ text: String) { #expect(NameServer(text) == nil) }
}
