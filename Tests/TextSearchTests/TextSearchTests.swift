import Foundation
import TextSearch
import Testing

@Suite("Searching text for text")
struct TextSearchTests {
    static let texts = [
        "", "a", "aa", "aaa", "abab", "xabc", "naïve", "na\u{300}ive", "日本語", "👩‍👩‍👧 ahoy", "a\r\nb",
    ]
    static let searched = ["a", "aa", "ab", "b", "abc", "ï", "本", "ahoy", "\n", "nothing"]

    @Test("it finds what Foundation finds by comparing literally", arguments: texts, searched)
    func agrees(_ text: String, _ searched: String) {
        let range = text.range(of: searched, options: .literal)
        #expect(text.firstRange(ofText: searched) == range)
        #expect(text.contains(text: searched) == (range != nil))
        #expect(text.pieces(around: searched).joined(separator: searched) == text)
        #expect(
            text.replacing(text: searched, with: "[\(searched)]")
                == text.replacingOccurrences(of: searched, with: "[\(searched)]", options: .literal))
    }

    @Test("the empty text occurs everywhere")
    func empty() {
        #expect("".contains(text: ""))
        #expect("ahoy".firstRange(ofText: "") == "ahoy".startIndex..<"ahoy".startIndex)
    }

    @Test("what was put in is not searched again")
    func once() {
        #expect("{token}".replacing(text: "token", with: "{token}") == "{{token}}")
    }
}
