import DNS
import DomainAudit
import Foundation
import TestSupport
import Testing

@Suite("DMARC records")
struct DMARCRecordTests {
    private struct Case: Decodable {
        var record: String
        var expect: String
        var doc: String
    }

    @Test(
        "checkdmarc's records are right or wrong as it has them",
        .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
    func thirdParty() throws {
        let cases = try JSONDecoder().decode(
            [Case].self, from: Data(ThirdPartyData.bytes("dns/dmarc-records.json")))
        #expect(cases.count == 45)
        for one in cases {
            let record = DMARCRecord(Array(one.record.utf8))
            let isRight = record.map { $0.errors.isEmpty } ?? false
            #expect(isRight == (one.expect == "ok"), "\(one.record): \(one.doc)")
        }
    }

    @Test("tags mean what RFC 9989 says")
    func tags() throws {
        let record = try #require(
            DMARCRecord(
                Array(
                    "v=DMARC1; p=Reject; sp=quarantine; np=none; adkim=s; aspf=S; psd=n; t=y; pct=20; rua=mailto:a@b.example, mailto:c@d.example!10m"
                        .utf8)))
        #expect(record.policy == .reject && record.subdomainPolicy == .quarantine)
        #expect(record.absentSubdomainPolicy == DMARCRecord.Policy.none)
        #expect(record.dkimAlignment == .strict && record.spfAlignment == .strict)
        #expect(record.publicSuffix == .no && record.isTesting && record.percentage == 20)
        #expect(record.aggregateReports.map(\.mailbox) == ["a@b.example", "c@d.example"])
        #expect(record.errors == [])
    }

    @Test(
        "an invalid policy counts as none where reports are wanted, else the record counts for nothing",
        arguments: [
            ("v=DMARC1; p=rejct", nil),
            ("v=DMARC1; p=rejct; rua=mailto:a@b.example", DMARCRecord.Policy.none),
            ("v=DMARC1; p=reject; sp=x", nil), ("v=DMARC1", DMARCRecord.Policy.none),
        ] as [(String, DMARCRecord.Policy?)])
    func policies(_ text: String, _ policy: DMARCRecord.Policy?) {
        #expect(DMARCRecord(Array(text.utf8))?.policy == policy)
    }

    @Test(
        "what is not v=DMARC1 first is no record",
        arguments: ["", "v=dmarc1; p=none", "p=none; v=DMARC1", "v=DMARC10; p=none", "v=spf1 -all"])
    func strangers(_ text: String) { #expect(!DMARCRecord.isOne(Array(text.utf8))) }

    /// The examples of RFC 9989 sections 4.10 and 4.10.2, and what becomes of psd.
    @Test(
        "the tree walk finds the organisational domain",
        arguments: [
            ("a.mail.example.com", ["mail.example.com": "p=none", "example.com": "p=reject"], "example.com"),
            ("a.mail.example.com", ["com": "psd=y"], "example.com"),
            ("a.mail.example.com", [:], "a.mail.example.com"),
            (
                "a.mail.example.com", ["mail.example.com": "psd=n", "example.com": "p=none"],
                "mail.example.com"
            ),
            ("example.com", ["example.com": "psd=y", "com": "p=none"], "com"),
            (
                "a.b.c.d.e.f.g.h.i.example.com", ["c.d.e.f.g.h.i.example.com": "p=none"],
                "a.b.c.d.e.f.g.h.i.example.com"
            ),
            ("a.b.c.d.e.f.g.h.i.example.com", ["e.f.g.h.i.example.com": "p=none"], "e.f.g.h.i.example.com"),
        ] as [(String, [String: String], String)])
    func walk(_ start: String, _ records: [String: String], _ expected: String) async throws {
        var resolver = ZoneResolver()
        for (domain, tags) in records {
            resolver.add("_dmarc.\(domain)", .txt, .text([Array("v=DMARC1; \(tags)".utf8)]))
        }
        let walk = try await DMARCDiscovery(resolver: resolver).walk(from: try #require(DomainName(start)))
        #expect(walk.organizationalDomain == DomainName(expected))
    }

    @Test("two records are none")
    func two() async throws {
        var resolver = ZoneResolver()
        for policy in ["none", "reject"] {
            resolver.add("_dmarc.example.com", .txt, .text([Array("v=DMARC1; p=\(policy)".utf8)]))
        }
        let domain = try #require(DomainName("example.com"))
        let walk = try await DMARCDiscovery(resolver: resolver).walk(from: domain)
        #expect(walk.applicable == nil && walk.ambiguous[domain]?.count == 2)
    }
}
