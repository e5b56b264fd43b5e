import Campaigns
import Delivery
import Foundation
import TestSupport
import Testing

@Suite("Unsubscribe tokens", .timeLimit(.minutes(10)))
struct UnsubscribeKeysTests {
    private static let new = "0123456789abcdef0123456789abcdef"
    private static let old = "fedcba9876543210fedcba9876543210"

    private func keys(_ secrets: String = new) throws -> UnsubscribeKeys {
        try UnsubscribeKeys(secrets: secrets)
    }

    private func subscriber(_ address: String, _ campaign: String = "cruise") throws -> Subscriber {
        Subscriber(campaign: try #require(CampaignID(campaign)), address: address)
    }

    /// From the shortest to the longest.
    private static let addresses = [
        "a@b.cd", "Ann.O'Neil@example.org", #""front desk"@hotel.example"#, "a+b%20c@example.org",
        "\u{1F6A2}@example.org", String(repeating: "x", count: 64) + "@" + String(repeating: "y", count: 189),
    ]

    @Test("a token gives back whom it was sealed for", arguments: addresses)
    func roundTrip(_ address: String) throws {
        for campaign in ["a", "paul-simon", String(repeating: "c", count: 64)] {
            let subscriber = try subscriber(address, campaign)
            let token = try keys().seal(subscriber)
            #expect(try keys().open(token) == subscriber)
            #expect(try keys().seal(subscriber) == token)
            #expect((40...480).contains(token.utf8.count) || address.utf8.count < 10)
            let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            #expect(token.allSatisfy { alphabet.contains($0) })
        }
    }

    @Test("Python seals the same tokens")
    func oracle() async throws {
        let subscribers = try Self.addresses.map { try subscriber($0) }
        let task: [String: Any] = [
            "secret": Self.new, "subscribers": subscribers.map { [$0.campaign.rawValue, $0.address] },
        ]
        let answer = try await runPython(
            "oracles/unsubscribe_token.py", input: try JSONSerialization.data(withJSONObject: task))
        let tokens = try JSONDecoder().decode([String].self, from: Data(answer.utf8))
        #expect(try tokens == subscribers.map { try keys().seal($0) })
    }

    @Test("a link tells neither address nor campaign, and differs between recipients in all of its seal")
    func secrecy() throws {
        let links = UnsubscribeLinksUnderTest(try keys())
        let urls = try (0..<50).map { try links.url("guest\($0)@example.org") }
        #expect(Set(urls).count == 50)
        for url in urls {
            #expect(!url.contains("guest") && !url.contains("example.org/u?t=cruise"))
            let token = try #require(url.split(separator: "=").last)
            let bytes = try #require(Self.bytes(ofToken: String(token)))
            for text in ["cruise", "guest", "example"] {
                #expect(bytes.range(of: Data(text.utf8)) == nil)
            }
        }
        // The first character tells the version; after that two tokens have nothing in common but by chance.
        let seals = Set(urls.map { String($0.split(separator: "=")[1].prefix(12)) })
        #expect(seals.count == 50)
    }

    @Test(
        "the newest secret seals, and the older ones still open; without one of them its links stop working")
    func rotation() throws {
        let ann = try subscriber("ann@example.org")
        let before = try keys(Self.old).seal(ann)
        let rotated = try keys("\(Self.new), \(Self.old)\n")
        #expect(rotated.open(before) == ann)
        #expect(rotated.seal(ann) == (try keys(Self.new).seal(ann)))
        #expect(try keys(Self.new).open(before) == nil)
        #expect(try keys(Self.old).open(rotated.seal(ann)) == nil)
    }

    @Test(
        "secrets that are missing, short or too many are refused, and not repeated",
        arguments: [
            "", " , ", "short", "\(new),short", Array(repeating: new, count: 9).joined(separator: ","),
        ])
    func badSecrets(_ secrets: String) throws {
        let problem = #expect(throws: Problem.self) { try UnsubscribeKeys(secrets: secrets) }
        #expect(problem?.key == "JADA_BLAST_UNSUBSCRIBE_KEY")
        #expect(problem?.description.contains(Self.new) == false)
    }

    @Test("a token in which any one bit is changed is refused")
    func flippedBits() throws {
        let keys = try keys("\(Self.old),\(Self.new)")
        let token = try keys.seal(subscriber("ann@example.org"))
        let bytes = try #require(Self.bytes(ofToken: token))
        for index in bytes.indices {
            for bit in 0..<8 {
                var forged = bytes
                forged[index] ^= 1 << bit
                #expect(keys.open(Self.token(of: forged)) == nil, "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test("a token cut, lengthened, doubled or of other characters is refused")
    func malformed() throws {
        let keys = try keys()
        let token = try keys.seal(subscriber("ann@example.org"))
        for length in 0..<token.count {
            #expect(keys.open(String(token.prefix(length))) == nil)
            #expect(keys.open(String(token.suffix(length))) == nil)
        }
        for extra in [
            "A", "=", "==", "%", " ", "\n", "\0", "AAAA", ".", token, String(repeating: "A", count: 1 << 20),
        ] {
            #expect(keys.open(token + extra) == nil)
            #expect(keys.open(extra + token) == nil)
        }
        for (index, character) in zip(token.indices, token) {
            for other in ["+", "/", "ä", "\u{301}", character == "A" ? "B" : "A"] {
                let forged = token[..<index] + other + token[token.index(after: index)...]
                #expect(keys.open(String(forged)) == nil)
            }
        }
        // One token has one text: no other last character stands for the same bytes.
        #expect(keys.open(token.uppercased()) == nil)
    }

    @Test("random texts and bytes are refused")
    func random() throws {
        let keys = try keys("\(Self.old),\(Self.new)")
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let count = Int.random(in: 0...400, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(keys.open(String(decoding: bytes, as: UTF8.self)) == nil)
            if !bytes.isEmpty { bytes[0] = 1 }
            #expect(keys.open(Self.token(of: Data(bytes))) == nil)
        }
    }

    @Test("what somebody else has sealed, or everybody could, opens nothing")
    func strangers() throws {
        let ann = try subscriber("ann@example.org")
        #expect(try keys().open(UnsubscribeKeys.placeholder.seal(ann)) == nil)
        #expect(try keys().open(keys(Self.old).seal(ann)) == nil)
    }

    private static func bytes(ofToken token: String) -> Data? {
        let text = token.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4))
    }

    private static func token(of bytes: Data) -> String {
        bytes.base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}

private struct UnsubscribeLinksUnderTest {
    let keys: UnsubscribeKeys
    init(_ keys: UnsubscribeKeys) { self.keys = keys }

    func url(_ address: String) throws -> String {
        let links = try UnsubscribeLinks(template: "https://example.org/u?t={token}", keys: keys)
        return links.url(of: Subscriber(campaign: try #require(CampaignID("cruise")), address: address))
    }
}
