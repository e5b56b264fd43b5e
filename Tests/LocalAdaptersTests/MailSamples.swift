import Campaigns

/// The same "random" numbers in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Mails that are hard to write down.
enum MailSamples {
    static let edgeCases: [OutgoingMail] = [
        mail(subject: "", text: ""),
        mail(subject: "plain", html: "<p>only HTML</p>"),
        mail(subject: "only text", text: "Hello\n"),
        mail(subject: "=?utf-8?q?not_encoded?=", text: "=?utf-8?q?x?="),
        mail(subject: "line\r\nBcc: evil@example.org", text: "x"),
        mail(subject: "Grüße an Bord 🎸⛵️", text: "Grüße, \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}!"),
        mail(subject: "مرحبا بكم على متن السفينة", text: "שלום \u{202B}abc\u{202C}\nعربي"),
        mail(
            subject: String(repeating: "длинное слово ", count: 40), text: String(repeating: "船", count: 5000)
        ),
        mail(subject: String(repeating: "x", count: 500), text: String(repeating: "y", count: 5000)),
        mail(subject: String(repeating: "é", count: 500), text: String(repeating: "é", count: 77)),
        mail(subject: "dots", text: ".\n..\n.hidden\n" + String(repeating: "a", count: 75) + ".b"),
        mail(
            subject: "From",
            text: "From me\n>From you\nFrom \n" + String(repeating: "a", count: 75) + "From us"),
        mail(subject: "ends", text: "one\r\ntwo\rthree\nfour\n\r\n\rfive"),
        mail(subject: "blanks", text: "trailing \nand tab\t\n \n\t\nlast "),
        mail(subject: "a = b", text: "=\n==\n=3D\n=20"),
        mail(subject: "boundary", html: "--=_\n--=_x--", text: "--\n--=_\n-- \nsignature"),
        mail(subject: "controls", text: "a\u{0}b\u{1}c\u{b}d\u{c}e\u{7f}f\u{85}g\u{2028}h"),
        mail(
            subject: String(repeating: "a b ", count: 60) + "end", text: String(repeating: "a ", count: 100)),
        mail(
            subject: "lines of 75 to 78",
            text: (73...80).map { String(repeating: "=", count: $0) }.joined(separator: "\n")),
    ]

    private static func mail(subject: String, html: String? = nil, text: String? = nil) -> OutgoingMail {
        OutgoingMail(
            from: Mailbox(name: "Crew, \"JADA\" <x@y>", address: "crew@queenofsandiego.com"),
            to: Mailbox(name: "Zoë Ørsted", address: "\"z o e\"@example.org"),
            replyTo: [Mailbox(address: "a@b.org"), Mailbox(name: "B. C.", address: "b@sub.example.org")],
            subject: subject, html: html, text: text,
            headers: [
                .init(
                    name: "List-Unsubscribe",
                    value: "<https://example.org/\(String(repeating: "u", count: 850))>"),
                .init(name: "List-Unsubscribe-Post", value: "List-Unsubscribe=One-Click"),
                .init(name: "X-Words", value: String(repeating: "some words ", count: 30) + "end"),
            ])
    }

    static func random(using generator: inout SeededGenerator) -> OutgoingMail {
        let hasText = Bool.random(using: &generator)
        let hasHTML = !hasText || Bool.random(using: &generator)
        var headers = [
            OutgoingMail.HeaderField(
                name: "List-Unsubscribe",
                value: "<https://example.org/u?t=\(token(1...400, &generator))>, <mailto:u@example.org>"),
            OutgoingMail.HeaderField(name: "List-Unsubscribe-Post", value: "List-Unsubscribe=One-Click"),
        ]
        for number in 0..<Int.random(in: 0...3, using: &generator) {
            let words = (0..<Int.random(in: 1...30, using: &generator)).map { _ in token(1...30, &generator) }
            headers.append(.init(name: "X-Random-\(number)", value: words.joined(separator: " ")))
        }
        return OutgoingMail(
            from: mailbox(&generator), to: mailbox(&generator),
            replyTo: (0..<Int.random(in: 0...3, using: &generator)).map { _ in mailbox(&generator) },
            subject: line(&generator), html: hasHTML ? body(&generator) : nil,
            text: hasText ? body(&generator) : nil, headers: headers,
            configurationSet: Bool.random(using: &generator) ? "jada" : nil,
            tags: ["run": token(1...64, &generator), "batch": token(1...64, &generator)])
    }

    private static func token(_ length: ClosedRange<Int>, _ generator: inout SeededGenerator) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
        return String(
            (0..<Int.random(in: length, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator)!
            })
    }

    private static func mailbox(_ generator: inout SeededGenerator) -> Mailbox {
        Mailbox(
            name: Bool.random(using: &generator) ? line(&generator) : nil,
            address:
                "\(token(1...40, &generator))@\(token(1...20, &generator).replacing("_", with: "x")).example.org"
        )
    }

    /// Words of one or several scripts, joined by single spaces.
    private static func line(_ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...12, using: &generator)).map { _ in word(&generator) }.joined(separator: " ")
    }

    private static func word(_ generator: inout SeededGenerator) -> String {
        let scripts: [ClosedRange<UInt32>] = [
            0x21...0x7e, 0x21...0x7e, 0xc0...0x17f, 0x391...0x3a1, 0x410...0x44f, 0x5d0...0x5ea,
            0x620...0x64a, 0x4e00...0x9fff,
            0x1f300...0x1f64f,
        ]
        let script = scripts.randomElement(using: &generator)!
        let isLong = Int.random(in: 0..<20, using: &generator) == 0
        let length = Int.random(in: isLong ? 100...300 : 1...12, using: &generator)
        var scalars = String.UnicodeScalarView()
        for _ in 0..<length {
            scalars.append(Unicode.Scalar(UInt32.random(in: script, using: &generator))!)
        }
        return String(scalars)
    }

    private static func body(_ generator: inout SeededGenerator) -> String {
        let ends = ["\n", "\r\n", "\r", "\n\n", " \n", "\t\r\n", "\n.", "\nFrom ", "\n--"]
        var text = ""
        for _ in 0..<Int.random(in: 0...30, using: &generator) {
            text += line(&generator) + ends.randomElement(using: &generator)!
        }
        return text
    }
}
