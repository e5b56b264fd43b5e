import HostAdapters
import Testing

@Suite("IDNA encoder")
struct IDNAEncoderTests {
    @Test(
        "writes names in ASCII, mapped by UTS #46, non-transitional",
        arguments: [
            ("example.org", "example.org"),
            ("Faß.de", "xn--fa-hia.de"),
            ("ΣΊΣΥΦΟΣ.gr", "xn--kxa6akbbkh.gr"),
            ("بي\u{200C}بي.example", "xn--ngba5hb2804a.example"),
            ("日本語。ＪＰ", "xn--wgv71a119e.jp"),
            ("xn--fa-hia.de", "xn--fa-hia.de"),
        ])
    func names(name: String, ascii: String) {
        #expect(IDNAEncoder().ascii(name) == ascii)
    }

    @Test(
        "refuses what IDNA 2008 does not allow",
        arguments: [
            "☃.example", "😀.example", "\u{301}a.example", "a\u{200C}b.example", "אa.example", "xn--a.example",
            "xn--\u{FC}.example", "a\u{0}b.example", "-ü.example", "ü-.example", "\u{FFFD}.example",
            String(repeating: "ü", count: 64) + ".example",
        ])
    func refusals(name: String) {
        #expect(IDNAEncoder().ascii(name) == nil)
    }
}
