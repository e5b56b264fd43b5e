import DNS
import Deliverability
import DomainAudit
import TestSupport
import Testing

/// Against a real name server, with zones that are right and zones that are wrong.
@Suite("Audit of a domain", .timeLimit(.minutes(10)))
struct AuditTests {
    static let tokens = ["tok1", "tok2", "tok3"]

    /// A zone as SES wants it, but for what a test takes out, changes or adds.
    private static func zone(
        without: [String] = [], replacing: [String: String] = [:], adding: [String] = []
    ) -> String {
        var lines = [
            "@ A 192.0.2.80", "@ MX 10 mx", "mx A 192.0.2.25",
            #"@ TXT "v=spf1 include:_spf.google.example include:amazonses.com -all""#,
            #"_dmarc TXT "v=DMARC1; p=reject; rua=mailto:reports@_DOMAIN_""#,
            "tok1._domainkey CNAME tok1.dkim.amazonses.com.",
            "tok2._domainkey CNAME tok2.dkim.amazonses.com.",
            "tok3._domainkey CNAME tok3.dkim.amazonses.com.",
            "bounce MX 10 feedback-smtp.us-west-2.amazonses.com.",
            #"bounce TXT "v=spf1 include:amazonses.com ~all""#, #"_mta-sts TXT "v=STSv1; id=1""#,
            #"_smtp._tls TXT "v=TLSRPTv1; rua=mailto:reports@_DOMAIN_""#,
        ]
        lines.removeAll { line in without.contains { line.hasPrefix($0) } }
        for (start, line) in replacing { lines = lines.map { $0.hasPrefix(start) ? line : $0 } }
        return (lines + adding).joined(separator: "\n")
    }

    private static let amazon = """
        @ TXT "v=spf1 ip4:199.255.192.0/22 -all"
        tok1.dkim TXT "p=\(TestKey.rsa1024)"
        tok2.dkim TXT \(chunks("k=rsa; p=" + TestKey.rsa2048))
        tok3.dkim TXT "v=DKIM1; p=\(TestKey.rsa1024)"
        revoked.dkim TXT "p="
        empty.dkim TXT ""
        testing.dkim TXT "t=y; p=\(TestKey.rsa1024)"
        half.dkim TXT "p=\(TestKey.rsa2048.prefix(200))"
        """

    private static func chunks(_ text: String) -> String {
        var rest = text[...]
        var parts: [String] = []
        while !rest.isEmpty {
            parts.append("\"\(rest.prefix(200))\"")
            rest = rest.dropFirst(200)
        }
        return parts.joined(separator: " ")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var domain: String
        var records: String
        var tokens = AuditTests.tokens
        /// Without the domain; `nil`: SES's own.
        var mailFrom: String? = "bounce"
        /// Everything but what is healthy, in any order.
        var expected: [String: Severity]
        /// Something that one of the findings says, and something of a fix.
        var says = ""
        var fix = ""
        var testDescription: String { domain }
    }

    private static let google = #"v=spf1 include:_spf.google.example include:amazonses.com -all"#

    static let cases: [Case] = [
        Case(domain: "healthy.example", records: zone(), expected: [:]),
        Case(
            domain: "nodkim.example", records: zone(without: ["tok2"]), expected: ["dkim": .broken],
            says: "tok2._domainkey.nodkim.example is missing",
            fix: "tok2._domainkey.nodkim.example. 3600 IN CNAME tok2.dkim.amazonses.com."),
        Case(
            domain: "doubled.example",
            records: zone(
                without: ["tok2"], adding: ["tok2._domainkey.doubled.example CNAME tok2.dkim.amazonses.com."]),
            expected: ["dkim": .broken], says: "appends doubled.example"),
        Case(
            domain: "swapped.example",
            records: zone(replacing: ["tok2": "tok2._domainkey CNAME tok1.dkim.amazonses.com."]),
            expected: ["dkim": .broken], says: "leads to another token's key",
            fix: "tok2._domainkey.swapped.example. 3600 IN CNAME tok2.dkim.amazonses.com."),
        // SES has one of its keys in use, and keeps the others for later.
        Case(
            domain: "resting.example",
            records: zone(adding: [
                "revoked._domainkey CNAME revoked.dkim.amazonses.com.",
                "empty._domainkey CNAME empty.dkim.amazonses.com.",
            ]),
            tokens: ["tok1", "revoked", "empty"], expected: [:]),
        Case(
            domain: "flattened.example",
            records: zone(replacing: ["bounce TXT": #"bounce TXT "v=spf1 ip4:199.255.192.0/22 ~all""#]),
            expected: [:]),
        Case(
            domain: "revoked.example",
            records: zone(adding: ["revoked._domainkey CNAME revoked.dkim.amazonses.com."]),
            tokens: ["revoked"], expected: ["dkim": .broken, "dmarc-alignment": .healthy], says: "revoked",
            fix: "put-email-identity-dkim-signing-attributes"),
        Case(
            domain: "dangling.example",
            records: zone(adding: ["old._domainkey CNAME old.dkim.amazonses.com."]),
            tokens: ["old"], mailFrom: nil,
            expected: ["dkim": .broken, "mail-from": .warning, "dmarc-alignment": .broken],
            says: "leads to old.dkim.amazonses.com, where there is no key",
            fix: "bounce.dangling.example. 3600 IN MX 10"),
        Case(
            domain: "testing.example",
            records: zone(adding: ["testing._domainkey CNAME testing.dkim.amazonses.com."]),
            tokens: ["testing"], expected: ["dkim": .warning], says: "t=y"),
        Case(
            domain: "half.example", records: zone(adding: ["half._domainkey CNAME half.dkim.amazonses.com."]),
            tokens: ["half"], expected: ["dkim": .broken], says: "part of it may be missing"),
        Case(
            domain: "copied.example",
            records: zone(replacing: ["tok1": #"tok1._domainkey TXT "p=\#(TestKey.rsa1024)""#]),
            expected: ["dkim": .warning], says: "as soon as SES changes its keys"),
        Case(
            domain: "loop.example",
            records: zone(adding: ["a._domainkey CNAME b._domainkey", "b._domainkey CNAME a._domainkey"]),
            tokens: ["a"],
            expected: ["dkim": .broken], says: "circle"),
        Case(
            domain: "lame.example", records: zone(adding: ["a._domainkey CNAME a.servfail.example."]),
            tokens: ["a"],
            expected: ["dkim": .unknown], says: "SERVFAIL"),
        Case(
            domain: "twospf.example", records: zone(adding: [#"@ TXT "v=spf1 mx ~all""#]),
            expected: ["spf": .broken],
            says: "2 SPF records",
            fix: #""v=spf1 include:_spf.google.example include:amazonses.com mx ~all""#),
        Case(
            domain: "manyspf.example",
            records: zone(
                replacing: [#"@ TXT"#: #"@ TXT "v=spf1 include:amazonses.com a mx a mx a mx a mx a mx -all""#]
            ),
            expected: ["spf": .broken], says: "more than 10 terms"),
        Case(
            domain: "voidspf.example",
            records: zone(
                replacing: [
                    "@ TXT":
                        #"@ TXT "v=spf1 a:x.voidspf.example a:y.voidspf.example a:z.voidspf.example -all""#
                ]),
            expected: ["spf": .broken], says: "more than 2 terms name what does not exist"),
        Case(
            domain: "typospf.example",
            records: zone(replacing: ["@ TXT": #"@ TXT "v=spf1 ip4:192.0.2 -all""#]),
            expected: ["spf": .broken], says: "'ip4:192.0.2' has no IPv4 address"),
        Case(
            domain: "nosesspf.example", records: zone(replacing: ["@ TXT": #"@ TXT "v=spf1 mx ~all""#]),
            mailFrom: nil,
            expected: ["spf": .warning, "mail-from": .warning], says: "does not let SES send",
            fix: #"nosesspf.example. 3600 IN TXT "v=spf1 mx include:amazonses.com ~all""#),
        Case(
            domain: "ownspf.example", records: zone(replacing: ["@ TXT": #"@ TXT "v=spf1 mx ~all""#]),
            expected: [:]),
        Case(
            domain: "openspf.example", records: zone(replacing: ["@ TXT": #"@ TXT "v=spf1 +all""#]),
            expected: ["spf": .warning], says: "lets anybody send"),
        Case(
            domain: "nospf.example", records: zone(without: ["@ TXT"]), expected: ["spf": .warning],
            fix: #""v=spf1 include:amazonses.com ~all""#),
        Case(
            domain: "lamespf.example",
            records: zone(replacing: ["@ TXT": #"@ TXT "v=spf1 include:servfail.example -all""#]),
            expected: ["spf": .unknown], says: "SERVFAIL"),
        Case(
            domain: "nodmarc.example", records: zone(without: ["_dmarc"]), expected: ["dmarc": .warning],
            fix: #"_dmarc.nodmarc.example. 3600 IN TXT "v=DMARC1; p=none"#),
        Case(
            domain: "none.example", records: zone(replacing: ["_dmarc": #"_dmarc TXT "v=DMARC1; p=none""#]),
            expected: ["dmarc": .warning], says: "policy for none.example is none",
            fix: "p=none; rua=mailto:dmarc-reports@none.example"),
        Case(
            domain: "watched.example",
            records: zone(replacing: [
                "_dmarc": #"_dmarc TXT "v=DMARC1; p=none; rua=mailto:a@watched.example""#
            ]),
            expected: ["dmarc": .warning], fix: "p=quarantine; rua=mailto:a@watched.example"),
        Case(
            domain: "baddmarc.example",
            records: zone(replacing: ["_dmarc": #"_dmarc TXT "v=DMARC1; p=rejekt""#]),
            expected: ["dmarc": .broken], says: "p is 'rejekt'"),
        Case(
            domain: "twodmarc.example", records: zone(adding: [#"_dmarc TXT "v=DMARC1; p=none""#]),
            expected: ["dmarc": .broken], says: "2 DMARC records"),
        Case(
            domain: "spfdmarc.example", records: zone(replacing: ["_dmarc": #"_dmarc TXT "v=spf1 -all""#]),
            expected: ["dmarc": .broken], says: "no DMARC record"),
        Case(
            domain: "pct.example",
            records: zone(replacing: [
                "_dmarc": #"_dmarc TXT "v=DMARC1; p=reject; pct=10; rua=mailto:a@pct.example""#
            ]),
            expected: ["dmarc": .warning], says: "not yet in force"),
        Case(
            domain: "external.example",
            records: zone(
                replacing: [
                    "_dmarc":
                        #"_dmarc TXT "v=DMARC1; p=reject; rua=mailto:a@reports.example,mailto:b@healthy.example""#
                ]),
            expected: ["dmarc-reports": .warning],
            says: "healthy.example does not say that it takes DMARC reports",
            fix: #"external.example._report._dmarc.healthy.example. 3600 IN TXT "v=DMARC1""#),
        Case(
            domain: "strict.example",
            records: zone(
                without: ["tok"],
                replacing: [
                    "_dmarc": #"_dmarc TXT "v=DMARC1; p=reject; aspf=s; rua=mailto:a@strict.example""#
                ]),
            expected: ["dkim": .broken, "dmarc-alignment": .broken], says: "does not meet DMARC"),
        Case(
            domain: "nomx.example", records: zone(without: ["bounce MX"]), expected: ["mail-from": .broken],
            says: "no MX record",
            fix: "bounce.nomx.example. 3600 IN MX 10 feedback-smtp.us-west-2.amazonses.com."),
        Case(
            domain: "region.example",
            records: zone(replacing: ["bounce MX": "bounce MX 10 feedback-smtp.us-east-1.amazonses.com."]),
            expected: ["mail-from": .broken], says: "does not lead to SES in us-west-2"),
        Case(
            domain: "bouncespf.example",
            records: zone(replacing: ["bounce TXT": #"bounce TXT "v=spf1 mx ~all""#]),
            expected: ["mail-from-spf": .broken], says: "does not let SES send"),
        Case(
            domain: "barred.example",
            records: zone(replacing: ["bounce TXT": #"bounce TXT "v=spf1 -include:amazonses.com ~all""#]),
            expected: ["mail-from-spf": .broken], says: "does not let SES send"),
        Case(
            domain: "tags.example",
            records: zone(
                replacing: [
                    "_dmarc": #"_dmarc TXT "v=DMARC1; adkim=s; p=none; pct=10; rua=mailto:a@tags.example""#
                ]),
            expected: ["dmarc": .warning],
            fix: #""v=DMARC1; adkim=s; p=quarantine; rua=mailto:a@tags.example""#),
        Case(
            domain: "silent.example", records: zone(without: ["@ MX", "@ A"]), expected: ["mx": .warning],
            says: "takes no mail"),
        Case(
            domain: "nullmx.example", records: zone(replacing: ["@ MX": "@ MX 0 ."]),
            expected: ["mx": .warning],
            says: "null MX"),
        Case(
            domain: "tls.example",
            records: zone(replacing: [
                "_smtp": #"_smtp._tls TXT "v=TLSRPTv1""#, "_mta": #"_mta-sts TXT "v=STSv1""#,
            ]),
            expected: ["tls-rpt": .warning, "mta-sts": .warning]),
    ]

    private func findings(
        _ test: Case, _ server: TestServer,
        fetch: (@Sendable (String) async throws -> [UInt8])? = nil
    ) async throws -> [Finding] {
        let domain = try #require(DomainName(test.domain))
        let address = try #require(NameServer("127.0.0.1:\(server.port)"))
        let audit = DomainAudit(resolver: try DNSResolver(.init(servers: [address])), fetch: fetch)
        let identity = SESSetup(
            domain: domain, region: "us-west-2", paths: [.api], dkimTokens: test.tokens,
            mailFrom: test.mailFrom.flatMap { domain.prefixed(by: $0) })
        return await audit.findings(on: domain, setups: [identity])
    }

    private func withZones<Result>(_ body: (TestServer) async throws -> Result) async throws -> Result {
        var zones = Dictionary(
            uniqueKeysWithValues: Self.cases.map {
                (
                    $0.domain,
                    $0.records.split(separator: "_DOMAIN_", omittingEmptySubsequences: false).joined(
                        separator: $0.domain)
                )
            })
        // Recipients ask for policies of top-level domains, too.
        (zones["example"], zones["com"]) = ("", "")
        zones["amazonses.com"] = Self.amazon
        zones["_spf.google.example"] = #"@ TXT "v=spf1 ip4:198.51.100.0/24 ~all""#
        zones["reports.example"] = #"external.example._report._dmarc TXT "v=DMARC1;""#
        return try await withNameServer(zones: zones, broken: ["servfail.example"], body)
    }

    @Test("each zone has the findings that it should, with evidence, and what mends it")
    func zones() async throws {
        try await withZones { server in
            for test in Self.cases {
                let findings = try await findings(test, server)
                let bad = findings.filter { $0.severity != .healthy }
                var worst: [String: Severity] = [:]
                for finding in bad {
                    worst[finding.check] = max(worst[finding.check] ?? .healthy, finding.severity)
                }
                #expect(
                    worst == test.expected.filter { $0.value != .healthy },
                    "\(test.domain): \(bad.map(\.title))")
                let said = bad.flatMap { [$0.title] + $0.evidence }
                if !test.says.isEmpty {
                    #expect(said.contains { $0.contains(test.says) }, "\(test.domain): \(said)")
                }
                let fixes = bad.flatMap(\.fix)
                if !test.fix.isEmpty {
                    #expect(fixes.contains { $0.contains(test.fix) }, "\(test.domain): \(fixes)")
                }
                for finding in bad {
                    #expect(
                        finding.remedy != nil && !finding.evidence.isEmpty || finding.check == "mail-from",
                        "\(finding)")
                }
                for finding in findings {
                    #expect(!finding.title.hasSuffix(".") && finding.remedy?.hasSuffix(".") != true)
                }
            }
        }
    }

    @Test("a subdomain is held against its organisational domain's policy")
    func subdomain() async throws {
        try await withNameServer(zones: [
            "example.com": """
            _dmarc TXT "v=DMARC1; p=reject; sp=none; rua=mailto:a@example.com"
            news A 192.0.2.1
            tok1._domainkey CNAME tok1.dkim.amazonses.com.
            """,
            "amazonses.com": Self.amazon, "com": "",
        ]) { server in
            let domain = try #require(DomainName("news.example.com"))
            let address = try #require(NameServer("127.0.0.1:\(server.port)"))
            let audit = DomainAudit(resolver: try DNSResolver(.init(servers: [address])))
            let identity = SESSetup(
                domain: try #require(DomainName("example.com")), region: "us-east-1", dkimTokens: ["tok1"])
            let findings = await audit.findings(on: domain, setups: [identity])
            let policy = try #require(findings.first { $0.check == "dmarc" })
            #expect(policy.title.contains("news.example.com is none"))
            let alignment = try #require(findings.first { $0.check == "dmarc-alignment" })
            #expect(alignment.severity == .healthy && alignment.title.contains("by DKIM"))
        }
    }

    @Test("an MTA-STS policy is fetched, read and compared with the MX records")
    func transportSecurity() async throws {
        try await withZones { server in
            let test = Self.cases[0]
            struct NotFound: Error {}
            let files: [(String?, Severity, String)] = [
                (
                    "version: STSv1\nmode: enforce\nmx: mx.healthy.example\nmax_age: 86400", .healthy,
                    "is valid, its mode enforce"
                ),
                (
                    "version: STSv1\nmode: enforce\nmx: other.example\nmax_age: 86400", .warning,
                    "leaves out mx.healthy.example"
                ),
                ("<html>", .warning, "no line 'version: STSv1'"), (nil, .warning, "cannot be fetched"),
            ]
            for (file, severity, title) in files {
                let findings = try await findings(test, server) { address in
                    #expect(address == "https://mta-sts.healthy.example/.well-known/mta-sts.txt")
                    guard let file else { throw NotFound() }
                    return Array(file.utf8)
                }
                let finding = try #require(findings.first { $0.check == "mta-sts" })
                #expect(finding.severity == severity && finding.title.contains(title))
            }
        }
    }

    @Test("a domain that is not there, and one that nobody answers for")
    func absent() async throws {
        try await withNameServer(zones: ["example": "there A 192.0.2.1"], broken: ["servfail.test"]) {
            server in
            let address = try #require(NameServer("127.0.0.1:\(server.port)"))
            let audit = DomainAudit(resolver: try DNSResolver(.init(servers: [address])))
            let absent = await audit.findings(on: try #require(DomainName("gone.example")), setups: [])
            #expect(absent.map(\.check) == ["domain"] && absent.map(\.severity) == [.broken])
            let failing = await audit.findings(on: try #require(DomainName("servfail.test")), setups: [])
            #expect(failing.map(\.severity) == [.unknown])
        }
        let nobody = try #require(NameServer("127.0.0.1:\(try TestServer.freePort())"))
        let audit = DomainAudit(resolver: try DNSResolver(.init(servers: [nobody])))
        let findings = await audit.findings(on: try #require(DomainName("there.example")), setups: [])
        #expect(findings.map(\.severity) == [.unknown])
        #expect(findings.first?.title.contains("cannot be reached") == true)
    }

    @Test(
        "the CNAME leads where the Region's keys are",
        arguments: [
            ("us-west-2", nil, "a.dkim.amazonses.com"),
            ("af-south-1", nil, "a.dkim.af-south-1.amazonses.com"),
            ("us-west-2", "dkim.new.amazonses.com", "a.dkim.new.amazonses.com"),
        ] as [(String, String?, String)])
    func regionalKeys(_ region: String, _ zone: String?, _ target: String) async throws {
        var resolver = ZoneResolver()
        resolver.add("example.com", .a, .address(try #require(IPAddress("192.0.2.1"))))
        let domain = try #require(DomainName("example.com"))
        let setup = SESSetup(
            domain: domain, region: region, dkimTokens: ["a"], dkimZone: zone.flatMap { DomainName($0) })
        let findings = await DomainAudit(resolver: resolver).findings(on: domain, setups: [setup])
        let finding = try #require(findings.first { $0.check == "dkim" })
        #expect(finding.fix == ["a._domainkey.example.com. 3600 IN CNAME \(target)."])
    }

    @Test("another system's selector is looked at, too")
    func selectors() async throws {
        try await withNameServer(zones: [
            "example": """
            google._domainkey.shop TXT "v=DKIM1; k=rsa; p=\(TestKey.rsa1024)"
            old._domainkey.shop TXT "v=DKIM1; p="
            """
        ]) { server in
            let address = try #require(NameServer("127.0.0.1:\(server.port)"))
            let audit = DomainAudit(resolver: try DNSResolver(.init(servers: [address])))
            let findings = await audit.findings(
                on: try #require(DomainName("shop.example")), setups: [],
                selectors: ["google", "old", "absent", "a..b"])
            let keys = findings.filter { $0.check == "dkim-selector" }
            #expect(keys.map(\.severity) == [.healthy, .warning, .warning, .unknown])
        }
    }
}
