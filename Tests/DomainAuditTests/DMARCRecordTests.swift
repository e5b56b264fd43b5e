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
        let cases = try JSONDecoder().decode([Case].self, from: Data(ThirdPartyData.bytes("dns/dmarc-records.json")))
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
            ("v=DMARC1; p=rejct", nil), ("v=DMARC1; p=rejct; rua=mailto:a@b.example", DMARCRecord.Policy.none),
            ("v=DMARC1; p=reject; sp=x", nil), ("v=DMARC1", DMARCRecord.Policy.none),
        ] as [(String, DMARCRecord.Policy?)])
    func policies(_ text: String, _ policy: DMARCRecord.Policy?) {
        #expect(DMARCRecord(Array(text.utf8))?.policy == policy)
    }

    @Test("what is not v=DMARC1 first is no record", arguments: ["", "v=dmarc1; p=none", "p=none; v=DMARC1", "v=DMARC10; p=none", "v=spf1 -all"])
    func strangers(_ text: String) { #expect(!DMARCRecord.isOne(Array(text.utf8))) }

    /// The examples of RFC 9989 sections 4.10 and 4.10.2, and what becomes of psd.
    @Test(
        "the tree walk finds the organisational domain",
        arguments: [
            ("a.mail.example.com", ["mail.example.com": "p=none", "example.com": "p=reject"], "example.com"),
            ("a.mail.example.com", ["com": "psd=y"], "example.com"),
            ("a.mail.example.com", [:], "a.mail.example.com"),
            ("a.mail.example.com", ["mail.example.com": "psd=n", "example.com": "p=none"], "mail.example.com"),
            ("example.com", ["example.com": "psd=y", "com": "p=none"], "com"),
            ("a.b.c.d.e.f.g.h.i.example.com", ["c.d.e.f.g.h.i.example.com": "p=none"], "a.b.c.d.e.f.g.h.i.example.com"),
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

@Suite("DKIM keys and MTA-STS policies")
struct KeyAndPolicyTests {
    /// Made with `openssl genrsa` for these tests.
    private static let rsa1024 = 
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDBPiSy8tPHh+RvqiNzzATo0cVkot4Ow88Lu0ynEJfjn+22CXUK"
        + "uj2Zbw2xVxbQDsDchcoTuj65Zsc81O+R8keIeQiB6P1q2QkOsYTQlSIfwXa+2t0ReE/IxGzwAC4Pqi9SyiVd7vTU"
        + "QuP5TZnQqupj83ZUwvf3mNDlY3dMT7yIAwIDAQAB"
    private static let rsa2048 = 
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwnYY91B9LIZ4xPBhjSqsv4yaFviimJ8Miga7Y4Qw1XXH"
        + "5I2f2EMWSMX1fp5er9RdSJbQbsmt9eJObEOudt34x8uCNZI2IVjB5/J8L4VdeY52ldXJHblDlOGuS/7djmN7KBfC"
        + "bDDATqNVQm/8QPcnmWEAKTJ5J/yrOoX1S+V4hoq9NlCikukUINCNVX9nweYBccsGm6kGGSR1lf56sudVue8Gbh2o"
        + "z5FhGgXnwNydmgolfJc6DD0G/t+lP1uYVlsc2Ib6QwDfRxHP4EMCmlh133Mc1G8CHJpB/ljT9gPi9fq0r/jKrkl3"
        + "7hdzOO9kd1NCGPwCHa47cJsn3vNR1wcMwwIDAQAB"

    @Test("a key's length is read")
    func lengths() throws {
        #expect(try DKIMKey(Array("v=DKIM1; k=rsa; p=\(Self.rsa1024)".utf8)).kind == .rsa(bits: 1024))
        let split = Self.rsa2048.prefix(100) + " \t" + Self.rsa2048.dropFirst(100)
        #expect(try DKIMKey(Array("p=\(split)".utf8)).kind == .rsa(bits: 2048))
        let ed25519 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        #expect(try DKIMKey(Array("k=ed25519; p=\(ed25519); t=y:s".utf8)).kind == .ed25519)
    }

    @Test("flags are told, and a revoked key has no kind")
    func flags() throws {
        let key = try DKIMKey(Array("v=DKIM1; p=; t=y:s".utf8))
        #expect(key.kind == nil && key.isTesting && key.isStrict)
    }

    @Test(
        "what is no key is told",
        arguments: [
            "v=DKIM2; p=", "k=rsa; v=DKIM1; p=", "v=DKIM1; k=rsa", "v=DKIM1; p=!!!", "v=DKIM1; p=\(rsa2048.prefix(200))",
            "v=DKIM1; h=sha1; p=\(rsa2048)", "v=DKIM1; s=web; p=\(rsa2048)", "v=DKIM1; k=dsa; p=AAAA", "v=DKIM1; k=ed25519; p=AAAA",
            "v=DKIM1; p=; p=",
        ])
    func noKey(_ text: String) { #expect(throws: DKIMKey.ReadError.self) { try DKIMKey(Array(text.utf8)) } }

    @Test("a policy's hosts are matched, a star being one label")
    func policy() throws {
        let text = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n"
        let policy = try MTASTSPolicy(Array(text.utf8))
        #expect(policy.mode == .enforce && policy.maximumAge == 604_800)
        for (host, isAllowed) in [
            ("MAIL.example.com", true), ("a.example.net", true), ("a.b.example.net", false), ("example.net", false),
        ] { #expect(policy.allows(try #require(DomainName(host))) == isAllowed) }
    }

    @Test(
        "what is no policy is told",
        arguments: [
            "", "version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1", "version: STSv1\nmode: on\nmx: a.example\nmax_age: 1",
            "version: STSv1\nmode: enforce\nmax_age: 1", "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1",
            "<html>not found</html>",
        ])
    func noPolicy(_ text: String) {
        #expect(throws: MTASTSPolicy.ReadError.self) { try MTASTSPolicy(Array(text.utf8)) }
    }
}
