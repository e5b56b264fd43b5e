import Testing

@testable import DNS

@Suite("Messages")
struct MessageTests {
    private static let name = DomainName("example.com") ?? .root
    private static let header: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]
    private static let question: [UInt8] = [7] + "example".utf8 + [3] + "com".utf8 + [0, 0, 16, 0, 1]
    private static let pointer: [UInt8] = [0xC0, 12]

    private static func answer(
        _ data: [UInt8], type: UInt8 = 16, length: Int? = nil, owner: [UInt8] = pointer
    ) -> [UInt8] {
        header + question + owner + [0, type, 0, 1, 0, 0, 0, 60, 0, UInt8(length ?? data.count)] + data
    }

    private func read(_ bytes: [UInt8], _ type: RecordType = .txt) -> Answer? {
        bytes.withUnsafeBytes { bytes in (try? Message(bytes))?.answer(to: Self.name, type) }
    }

    @Test("character-strings keep their bytes, and are joined without anything in between")
    func text() {
        let answer = read(Self.answer([2] + "v=".utf8 + [0] + [3, 0, 0xFF] + "x".utf8))
        #expect(answer?.records == [.text([Array("v=".utf8), [], [0, 0xFF, UInt8(ascii: "x")]])])
        #expect(answer?.texts == [Array("v=".utf8) + [0, 0xFF, UInt8(ascii: "x")]])
    }

    @Test(
        "a message that is none is refused",
        arguments: [
            [], header, Array(header.prefix(5)),
            // A string longer than its record, and a record longer than the message.
            answer([5, 1, 2]), answer([1, 2], length: 9),
            // A pointer to itself, and one forward.
            answer([1, 2], owner: [0xC0, 29]), answer([1, 2], owner: [0xC0, 60]),
            // A label of a kind that there is not.
            answer([1, 2], owner: [0x80, 0]),
            // An address of three bytes; a name that ends before its record does.
            answer([1, 2, 3], type: 1), answer(pointer + [0], type: 5),
            // A question, not an answer.
            [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ])
    func malformed(_ bytes: [UInt8]) { #expect(read(bytes) == nil) }

    @Test("CNAMEs are followed inside the message, and a circle is told")
    func aliases() {
        let alias = Self.answer([1] + "b".utf8 + Self.pointer, type: 5)
        let target = DomainName("b.example.com") ?? .root
        #expect(read(alias) == Answer(.noData, aliases: [target]))
        #expect(read(alias, .cname) == Answer(.records([.name(target)])))
        #expect(read(Self.answer(Self.pointer, type: 5))?.failure == .aliasLoop)
    }

    @Test("no cut-off message ends the reader")
    func truncated() {
        let whole = Self.answer([1] + "b".utf8 + Self.pointer, type: 5)
        for count in 0..<whole.count { #expect(read(Array(whole.prefix(count))) == nil) }
    }
}
