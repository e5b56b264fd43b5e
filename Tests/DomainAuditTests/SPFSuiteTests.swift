import DNS
import DomainAudit
import Foundation
import TestSupport
import Testing

/// The test suite of RFC 7208 (openspf.org, as pyspf keeps it).
@Suite("SPF by RFC 7208's suite")
struct SPFSuiteTests {
    @Test(
        "every case has a result that the suite allows",
        .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
    func suite() async throws {
        let scenarios = try JSONDecoder().decode(
            [Scenario].self, from: Data(ThirdPartyData.bytes("dns/rfc7208-tests.json")))
        var passed = 0
        var failures: [String] = []
        for scenario in scenarios {
            let resolver = scenario.resolver
            for (name, test) in scenario.tests.sorted(by: { $0.key < $1.key }) {
                let client = try #require(IPAddress(test.host))
                let verdict = await SPFCheck(
                    resolver: resolver, client: client, sender: test.mailfrom.latin1, helo: test.helo.latin1
                ).check()
                let explanation = verdict.explanation.map { String(decoding: $0, as: UTF8.self) } ?? "DEFAULT"
                let isExplained = test.explanation.map { $0.isEmpty || $0 == explanation } ?? true
                if test.results.contains(verdict.result.rawValue), isExplained {
                    passed += 1
                } else {
                    failures.append(
                        "\(scenario.description)/\(name): \(verdict.result) \(verdict.reason ?? "") '\(explanation)', expected "
                            + "\(test.results) '\(test.explanation ?? "")'")
                }
            }
        }
        print("RFC 7208 suite: \(passed) of \(passed + failures.count) cases")
        #expect(failures == [])
        #expect(passed == 203)
    }
}

private struct Scenario: Decodable {
    struct Case: Decodable {
        var helo: String
        var host: String
        var mailfrom: String
        var results: [String]
        var explanation: String?

        enum CodingKeys: String, CodingKey { case helo, host, mailfrom, result, explanation }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            helo = try values.decode(String.self, forKey: .helo)
            host = try values.decode(String.self, forKey: .host)
            mailfrom = try values.decode(String.self, forKey: .mailfrom)
            explanation = try values.decodeIfPresent(String.self, forKey: .explanation)
            if let one = try? values.decode(String.self, forKey: .result) {
                results = [one]
            } else {
                results = try values.decode([String].self, forKey: .result)
            }
        }
    }

    enum Datum: Decodable {
        case timeout
        case record(type: String, [String])

        init(from decoder: any Decoder) throws {
            if let word = try? decoder.singleValueContainer().decode(String.self) {
                try #require(word == "TIMEOUT")
                self = .timeout
                return
            }
            let record = try decoder.singleValueContainer().decode([String: Value].self)
            let (type, value) = try #require(record.first)
            self = .record(type: type, value.texts)
        }
    }

    struct Value: Decodable {
        var texts: [String]

        init(from decoder: any Decoder) throws {
            if let one = try? decoder.singleValueContainer().decode(String.self) {
                texts = [one]
                return
            }
            var list = try decoder.unkeyedContainer()
            texts = []
            while !list.isAtEnd {
                if let number = try? list.decode(Int.self) {
                    texts.append("\(number)")
                } else {
                    texts.append(try list.decode(String.self))
                }
            }
        }
    }

    var description: String
    var tests: [String: Case]
    var zonedata: [String: [Datum]]

    var resolver: ZoneResolver {
        var resolver = ZoneResolver()
        for (text, data) in zonedata {
            guard let name = DomainName(bytes: text.latin1) else { continue }
            var node = ZoneResolver.Node()
            // The suite's SPF records are TXT records, too, where it names none of those.
            let hasTexts = data.contains { if case .record("TXT", _) = $0 { true } else { false } }
            for datum in data {
                switch datum {
                case .timeout: node.isSilent = true
                case .record("TXT", ["NONE"]): break
                case .record("SPF", _) where hasTexts: break
                case .record(let type, let texts): node.add(type, texts)
                }
            }
            resolver.nodes[name] = node
        }
        return resolver
    }
}

extension ZoneResolver.Node {
    fileprivate mutating func add(_ type: String, _ texts: [String]) {
        switch type {
        case "SPF", "TXT": records.append((.txt, .text(texts.map(\.latin1))))
        case "A", "AAAA":
            if let address = IPAddress(texts[0]) {
                records.append((type == "A" ? .a : .aaaa, .address(address)))
            }
        case "PTR": records.append((.ptr, .name(DomainName(texts[0]) ?? .root)))
        case "CNAME": records.append((.cname, .name(DomainName(texts[0]) ?? .root)))
        case "MX":
            records.append((.mx, .exchange(preference: Int(texts[0]) ?? 0, DomainName(texts[1]) ?? .root)))
        default: Issue.record("a record of type \(type)")
        }
    }
}

extension String {
    /// A byte for each character up to U+00FF: so the suite writes bytes.
    fileprivate var latin1: [UInt8] { unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}
