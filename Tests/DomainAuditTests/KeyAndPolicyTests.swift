import DNS
import DomainAudit
import Testing

@Suite("DKIM keys and MTA-STS policies")
struct KeyAndPolicyTests {
    @Test("a key's length is read")
    func lengths() throws {
        #expect(try DKIMKey(Array("v=DKIM1; k=rsa; p=\(TestKey.rsa1024)".utf8)).kind == .rsa(bits: 1024))
        let split = TestKey.rsa2048.prefix(100) + " \t" + TestKey.rsa2048.dropFirst(100)
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
            "v=DKIM2; p=", "k=rsa; v=DKIM1; p=", "v=DKIM1; k=rsa", "v=DKIM1; p=!!!",
            "v=DKIM1; p=\(TestKey.rsa2048.prefix(200))",
            "v=DKIM1; h=sha1; p=\(TestKey.rsa2048)", "v=DKIM1; s=web; p=\(TestKey.rsa2048)",
            "v=DKIM1; k=dsa; p=AAAA", "v=DKIM1; k=ed25519; p=AAAA",
            "v=DKIM1; p=; p=",
        ])
    func noKey(_ text: String) { #expect(throws: DKIMKey.ReadError.self) { try DKIMKey(Array(text.utf8)) } }

    @Test("a policy's hosts are matched, a star being one label")
    func policy() throws {
        let text =
            "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n"
        let policy = try MTASTSPolicy(Array(text.utf8))
        #expect(policy.mode == .enforce && policy.maximumAge == 604_800)
        for (host, isAllowed) in [
            ("MAIL.example.com", true), ("a.example.net", true), ("a.b.example.net", false),
            ("example.net", false),
        ] { #expect(policy.allows(try #require(DomainName(host))) == isAllowed) }
    }

    @Test(
        "what is no policy is told",
        arguments: [
            "", "version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1",
            "version: STSv1\nmode: on\nmx: a.example\nmax_age: 1",
            "version: STSv1\nmode: enforce\nmax_age: 1",
            "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1",
            "<html>not found</html>",
        ])
    func noPolicy(_ text: String) {
        #expect(throws: MTASTSPolicy.ReadError.self) { try MTASTSPolicy(Array(text.utf8)) }
    }
}

enum TestKey {
    /// Made with `openssl genrsa` for these tests.
    static let rsa1024 =
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDBPiSy8tPHh+RvqiNzzATo0cVkot4Ow88Lu0ynEJfjn+22CXUK"
        + "uj2Zbw2xVxbQDsDchcoTuj65Zsc81O+R8keIeQiB6P1q2QkOsYTQlSIfwXa+2t0ReE/IxGzwAC4Pqi9SyiVd7vTU"
        + "QuP5TZnQqupj83ZUwvf3mNDlY3dMT7yIAwIDAQAB"
    static let rsa2048 =
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwnYY91B9LIZ4xPBhjSqsv4yaFviimJ8Miga7Y4Qw1XXH"
        + "5I2f2EMWSMX1fp5er9RdSJbQbsmt9eJObEOudt34x8uCNZI2IVjB5/J8L4VdeY52ldXJHblDlOGuS/7djmN7KBfC"
        + "bDDATqNVQm/8QPcnmWEAKTJ5J/yrOoX1S+V4hoq9NlCikukUINCNVX9nweYBccsGm6kGGSR1lf56sudVue8Gbh2o"
        + "z5FhGgXnwNydmgolfJc6DD0G/t+lP1uYVlsc2Ib6QwDfRxHP4EMCmlh133Mc1G8CHJpB/ljT9gPi9fq0r/jKrkl3"
        + "7hdzOO9kd1NCGPwCHa47cJsn3vNR1wcMwwIDAQAB"
}
