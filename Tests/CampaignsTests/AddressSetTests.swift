import Testing

@testable import Campaigns

@Suite("Address set")
struct AddressSetTests {
    private func with<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
        -> Result
    {
        try Array(text.utf8).withUnsafeBytes(body)
    }

    @Test("keeps each address once, with the tag that it came with first")
    func insertion() {
        var set = AddressSet()
        let isNew = with("ann@example.org") { set.insert($0, tag: 7) }
        let isNewAgain = with("ann@example.org") { set.insert($0, tag: 9) }
        #expect(isNew && !isNewAgain)
        #expect(set.count == 1)
        #expect(with("ann@example.org") { set.tag(of: $0) } == 7)
        #expect(with("bob@example.org") { set.tag(of: $0) } == nil)
        #expect(with("") { set.tag(of: $0) } == nil)
    }

    @Test("is as right as a Set of strings, whatever the key", arguments: [0, 1, 2, UInt64.max])
    func likeASet(key: UInt64) {
        var dice = Dice(seed: key)
        var set = AddressSet(key: AddressKey((key, ~key)))
        var model: [String: UInt8] = [:]
        var mistakes = 0
        for _ in 0..<20_000 {
            let address = "guest\(Int.random(in: 0..<12_000, using: &dice))@example.org"
            let tag = UInt8.random(in: 0...255, using: &dice)
            let isNew = model[address] == nil
            if isNew { model[address] = tag }
            let wasNew = with(address) { set.insert($0, tag: tag) }
            mistakes += wasNew == isNew ? 0 : 1
        }
        #expect(set.count == model.count)
        for number in 0..<12_000 {
            let address = "guest\(number)@example.org"
            mistakes += with(address) { set.tag(of: $0) } == model[address] ? 0 : 1
        }
        #expect(mistakes == 0)
    }

    @Test("takes about 20 bytes an address")
    func memory() {
        var set = AddressSet(key: AddressKey((1, 2)))
        var bytesPerAddress: [Double] = []
        for number in 1...60_000 {
            _ = with("guest\(number)@example.org") { set.insert($0) }
            if number >= 20_000, number % 1_000 == 0 {
                bytesPerAddress.append(Double(set.allocatedBytes) / Double(number))
            }
        }
        #expect(bytesPerAddress.allSatisfy { (16...24).contains($0) })
        #expect(bytesPerAddress.reduce(0, +) / Double(bytesPerAddress.count) < 21)
    }

    @Test("differs in layout from one set to the next, so that nobody can foresee it")
    func randomKeys() {
        let hashes = (0..<8).map { _ in
            with("ann@example.org") { AddressKey().fingerprint(of: $0).low }
        }
        #expect(Set(hashes).count == hashes.count)
    }

    @Test("lives in an asynchronous function across suspensions, and is filled from closures")
    func acrossAwaits() async throws {
        var set = AddressSet()
        var parser = AddressParser(encoder: NoDomains())
        var reader = CSVReader(file: "list.csv")
        let pieces = ["email\nann@exam", "ple.org\nbob@example.org\nANN@example.org\n"]
        let stream = PieceSource(pieces: pieces)
        var faults = 0
        while let piece = await stream.next() {
            try piece.withUnsafeBytes { bytes in
                try reader.feed(bytes) { record in
                    if parser.parse(record[0]) == nil { set.insert(parser.compared) } else { faults += 1 }
                }
            }
            await Task.yield()
        }
        try reader.finish { _ in faults += 1 }
        #expect(set.count == 2)
        #expect(faults == 1)
        try await fill { set.insert($0) }
        #expect(set.count == 3)
    }

    private func fill(_ add: (UnsafeRawBufferPointer) throws -> Void) async throws {
        await Task.yield()
        try with("cara@example.org", add)
    }

    private actor PieceSource {
        private var pieces: [String]
        init(pieces: [String]) { self.pieces = pieces.reversed() }
        func next() -> [UInt8]? { pieces.popLast().map { Array($0.utf8) } }
    }

    private struct NoDomains: DomainEncoder {
        func ascii(_ domain: String) -> String? { nil }
    }
}

@Suite("SipHash")
struct SipHashTests {
    /// Of the reference implementation (vectors.h, `vectors_sip128`): key 00 to 0f, messages 00, 00 01, …
    @Test(
        "gives the values of the reference implementation",
        arguments: [
            (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
            (2, "8177228da4a45dc7fca38bdef60affe4"), (7, "a1f1ebbed8dbc153c0b84aa61ff08239"),
            (8, "3b62a9ba6258f5610f83e264f31497b4"), (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
            (16, "6ee2a4ca67b054bbfd3315bf85230577"), (63, "5150d1772f50834a503e069a973fbd7c"),
        ])
    func vectors(length: Int, expected: String) {
        let key: SipHash.Key = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
        let message = (0..<UInt8(length)).map { $0 }
        let hash = message.withUnsafeBytes { SipHash(key: key).hash($0) }
        let bytes =
            withUnsafeBytes(of: hash.low.littleEndian, Array.init)
            + withUnsafeBytes(of: hash.high.littleEndian, Array.init)
        let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(text == expected)
    }
}
