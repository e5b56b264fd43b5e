import Testing

@testable import Handlers

@Suite("The language of the unsubscribe page")
struct LanguageTests {
    @Test(
        "is the one that Accept-Language likes best",
        arguments: [
            ("de", Language.german), ("de-AT", .german), ("DE-at, en;q=0.9", .german), ("es-419", .spanish),
            ("fr;q=0.5, es;q=0.8, en;q=0.1", .spanish), ("fr;q=0.8,es;q=0.8", .french),
            ("zh-Hant-TW, ja;q=0.9, fr;q=0.1", .french), ("pt, *;q=0.5", .english),
            ("en;q=0, *", .spanish), ("*;q=0.9, en;q=0.1", .spanish), ("en;q=0, de;q=0.001", .german),
            (" de ; q=0.3 ,\ten ;\tq=0.2", .german), ("fr;q=0.5;level=1, de;q=0.4", .french),
            ("de;q=1.000, en;q=0.999", .german), ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", .french),
        ])
    func negotiation(header: String, expected: Language) {
        #expect(Language(accepting: header) == expected)
    }

    @Test(
        "is English where the header is missing, wrong or asks for none of them",
        arguments: [
            nil, "", ",", ";", "q=1", "de;q=2", "de;q=1.001", "de;q=0.1234", "de;q=-1", "de;q=", "de;q=.5",
            "de;q=1e0", "de;q=٠", "de_AT", "deu", "-de", "zh", "de;q=0", "*;q=0", "\0", "<script>",
            String(repeating: "xx,", count: 100_000) + "de",
        ])
    func english(header: String?) {
        #expect(Language(accepting: header) == .english)
    }

    @Test("all texts of a language are its own, and none is empty", arguments: Language.allCases)
    func texts(_ language: Language) {
        func all(_ texts: UnsubscribeTexts) -> [String] {
            let pages = [
                texts.confirm, texts.done, texts.undone, texts.kept, texts.invalid, texts.unavailable,
            ]
            return pages.flatMap { [$0.title] + $0.paragraphs }
                + [texts.mistake, texts.unsubscribe, texts.undo, texts.languages]
        }
        let own = all(UnsubscribeTexts(language))
        #expect(!own.contains { $0.isEmpty })
        for other in Language.allCases where other != language {
            #expect(Set(own).isDisjoint(with: all(UnsubscribeTexts(other))))
        }
    }
}
