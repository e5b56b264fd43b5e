import DNS
import DomainAudit
import Foundation
import TestSupport
import Testing

@Suite("SPF records")
struct SPFRecordTests {
    private struct Case: Decodable {
        var record: String
        var expect: String
        var doc: String
        /// What is expected depends on more than the record.
        var needsDNS: Bool

        enum CodingKeys: String, CodingKey {
            case record, expect, doc
            case needsDNS = "needs_dns_mock"
        }
    }

    @Test(
        "of checkdmarc's records, those with an error of syntax are refused, and those without are read",
        .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
    func thirdParty() throws {
        let cases = try JSONDecoder().decode(
            [Case].self, from: Data(ThirdPartyData.bytes("dns/spf-records-checkdmarc.json")))
        var seen = 0
        // Of what is in quotation marks, each is a character-string.
        for one in cases where !one.needsDNS && !one.record.contains("\"") {
            let isRead = (try? SPFRecord(Array(one.record.utf8))) != nil
            #expect(isRead == (one.expect != "error:SPFSyntaxError"), "\(one.record): \(one.doc)")
            seen += 1
        }
        #expect(seen == 37)
    }

    @Test(
        "what is wrong is told by the term, and why",
        arguments: [
            ("v=spf1 ip4:1.2.3 -all", "'ip4:1.2.3' has no IPv4 address"),
            ("v=spf1 ip4:1.2.3.4/33", "'ip4:1.2.3.4/33' has a prefix length that is not 0 to 32"),
            ("v=spf1 includ:example.com", "'includ:example.com' is no mechanism of SPF"),
            ("v=spf1 include -all", "'include' lacks ':' and a domain"),
            ("v=spf1 a:localhost", "'a:localhost' has no domain that ends in a top-level one"),
            (
                "v=spf1 exists:%{c}.example.com",
                "'exists:%{c}.example.com' uses a macro that only explanations may have"
            ),
            ("v=spf1 a:%x.example.com", "'a:%x.example.com' has a '%' that begins no macro"),
            ("v=spf1 redirect=a.example redirect=b.example", "'redirect=b.example' stands there twice"),
            (
                "v=spf1 a:\u{7}.example.com",
                #"'a:\007.example.com' has a character that is not printable ASCII"#
            ),
        ])
    func reasons(_ record: String, _ reason: String) {
        let error = #expect(throws: SPFRecord.SyntaxError.self) { try SPFRecord(Array(record.utf8)) }
        #expect(error?.description == reason)
    }
}
