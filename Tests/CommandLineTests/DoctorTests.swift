import Foundation
import TestSupport
import Testing

@Suite("jada-blast doctor", .timeLimit(.minutes(10)))
struct DoctorTests {
    /// The zones of a domain that is as it should be, but for what is added; and SES's.
    private func withZones(
        _ domain: String, adding records: String = "",
        _ body: (_ resolver: [String]) async throws -> Void
    ) async throws {
        let zone = """
            @ A 192.0.2.80
            @ MX 10 mx
            mx A 192.0.2.25
            @ TXT "v=spf1 include:amazonses.com -all"
            _dmarc TXT "v=DMARC1; p=reject; rua=mailto:reports@\(domain)"
            token._domainkey CNAME token.dkim.amazonses.com.
            bounce MX 10 feedback-smtp.us-west-2.amazonses.com.
            bounce TXT "v=spf1 include:amazonses.com ~all"
            \(records)
            """
        let amazon = """
            @ TXT "v=spf1 ip4:199.255.192.0/22 -all"
            token.dkim TXT "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
            """
        try await withNameServer(zones: [domain: zone, "amazonses.com": amazon, "com": "", "example": ""]) {
            try await body(["--resolver", "127.0.0.1:\($0.port)"])
        }
    }

    private static let given = ["--dns-only", "--dkim-token", "token", "--regions", "us-west-2"]

    private static let mailOnly = ["--skip", "relay-key", "--skip", "function"]

    private func findings(_ object: [String: Any]) throws -> [String: String] {
        let findings = try #require(object["findings"] as? [[String: Any]])
        let pairs = findings.compactMap { finding -> (String, String)? in
            guard let check = finding["check"] as? String, let severity = finding["severity"] as? String
            else { return nil }
            return (check, severity)
        }
        return Dictionary(pairs) { one, _ in one }
    }

    @Test("a healthy domain has status 0, and each finding its evidence")
    func healthy() async throws {
        try await withZones("sound.example") { resolver in
            try await Workplace.open { place in
                let told = try await place.run(
                    ["doctor", "--domain", "Sound.Example", "--mail-from", "bounce.sound.example", "--json"]
                        + Self.given
                        + resolver)
                #expect(told.status == 0 && told.errors == "")
                let object = try told.object()
                #expect(object["severity"] as? String == "healthy")
                #expect(object["domains"] as? [String] == ["sound.example"])
                let checks = try findings(object)
                for check in [
                    "dkim", "spf", "mail-from", "mail-from-spf", "dmarc", "dmarc-alignment", "mx", "mta-sts",
                    "tls-rpt",
                ] {
                    #expect(checks[check] == "healthy", "\(check)")
                }
            }
        }
    }

    @Test(
        "what is broken has status 2, what is to be copied stands in a line of its own, and what DNS says is no command to the terminal"
    )
    func broken() async throws {
        let hostile = #"@ TXT "v=spf1 \027[2J\027]0;title\007 <script>alert(1)</script> -all""#
        try await withZones("sick.example", adding: hostile) { resolver in
            try await Workplace.open { place in
                let page = place.folder.appendingPathComponent("doctor.html").path
                let told = try await place.run(
                    [
                        "doctor", "--domain", "sick.example", "--mail-from", "mail.sick.example",
                        "--dkim-token", "other", "--html",
                        page, "--verbose",
                    ] + Self.given + resolver)
                #expect(told.status == 2)
                #expect(!told.output.contains("\u{1B}") && !told.output.contains("\u{7}"))
                let lines = told.output.split(separator: "\n").map { $0.drop { $0 == " " } }
                #expect(
                    lines.contains("other._domainkey.sick.example. 3600 IN CNAME other.dkim.amazonses.com."))
                #expect(
                    lines.contains("mail.sick.example. 3600 IN MX 10 feedback-smtp.us-west-2.amazonses.com."))
                let html = try String(contentsOfFile: page, encoding: .utf8)
                #expect(
                    html.contains("&lt;script&gt;") && !html.contains("<script") && !html.contains("\u{1B}"))
                let attributes = try FileManager.default.attributesOfItem(atPath: page)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
        }
    }

    @Test("warnings have status 1, what could not be looked at 3, a wrong command line 64")
    func statuses() async throws {
        try await withZones("mild.example") { resolver in
            try await Workplace.open { place in
                let warned = try await place.run(
                    ["doctor", "--domain", "mild.example"] + Self.given + resolver)
                #expect(warned.status == 1)
                #expect(warned.output.contains("has no MAIL FROM domain of its own"))
                let unknown = try await place.run(
                    ["doctor", "--domain", "mild.example", "--dns-only"] + resolver)
                #expect(unknown.status == 3)
                #expect(unknown.output.contains("--dkim-token"))
                let refused = try await place.run(
                    ["doctor", "--domain", "elsewhere.test", "--dns-only", "--json"] + resolver)
                #expect(refused.status == 3)
                for arguments in [
                    ["--domain", "localhost", "--dns-only"], ["--domain", "a..b", "--dns-only"],
                    ["--dkim-token", "a"],
                    ["--domain", "a.example", "--dns-only", "--mail-from", "bounce"],
                    ["--resolver", "ns.example"],
                    ["--domain", "a.example", "--campaign", "paul-simon", "--dns-only"],
                ] {
                    let told = try await place.run(["doctor"] + arguments)
                    #expect(told.status == 64, "\(arguments): \(told.errors)")
                }
            }
        }
    }

    @Test(
        "without credentials SES is unknown, and what can be looked at is: the Regions that are named will do"
    )
    func withoutCredentials() async throws {
        try await withZones("sound.example") { resolver in
            try await Workplace.open { place in
                let told = try await place.run(
                    ["doctor", "--domain", "sound.example", "--regions", "us-west-2", "--json"]
                        + Self.mailOnly
                        + resolver, environment: ["AWS_EC2_METADATA_DISABLED": "true"])
                #expect(told.status == 3, "\(told.output) \(told.errors)")
                let checks = try findings(told.object())
                #expect(checks["ses-account"] == "unknown" && checks["ses-identity"] == "unknown")
                #expect(checks["spf"] == "healthy" && checks["dmarc"] == "healthy")
            }
        }
    }

    @Test("a name server that is not there is told in one finding")
    func nobody() async throws {
        try await Workplace.open { place in
            let told = try await place.run(
                [
                    "doctor", "--domain", "a.example", "--resolver", "127.0.0.1:\(try TestServer.freePort())",
                    "--json",
                ] + Self.given)
            #expect(told.status == 3)
            #expect(try findings(told.object()) == ["domain": "unknown"])
        }
    }

    @Test(
        "without a domain the campaigns' own is looked at; SES tells its tokens and MAIL FROM in each Region, or that it may not be asked"
    )
    func withSES() async throws {
        try await withZones("queenofsandiego.com") { resolver in
            try await withSESSimulator { simulator in
                try await Workplace.open { place in
                    typealias Identity = SESSimulator.Settings.Identity
                    try await simulator.configure(
                        .init(identities: [
                            "queenofsandiego.com": Identity(
                                dkim: .init(tokens: ["token"]),
                                mailFrom: .init(domain: "bounce.queenofsandiego.com", status: "SUCCESS"))
                        ]))
                    let environment = [
                        "AWS_ENDPOINT_URL_SESV2": simulator.url, "AWS_REGION": "us-west-2",
                        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
                    ]
                    let told = try await place.run(
                        ["doctor", "--json"] + Self.mailOnly + resolver, environment: environment)
                    #expect(told.status == 0, "\(told.output) \(told.errors)")
                    let checks = try findings(told.object())
                    for check in [
                        "ses-account", "ses-quota", "ses-identity", "ses-dkim", "ses-mail-from", "dkim",
                        "mail-from",
                    ] {
                        #expect(checks[check] == "healthy", "\(check)")
                    }
                    // There the MX record is another Region's.
                    let both = try await place.run(
                        ["doctor", "--campaign", "paul-simon", "--relay-region", "us-east-1", "--json"]
                            + Self.mailOnly + resolver,
                        environment: environment)
                    #expect(both.status == 2)
                    let found = try #require(both.object()["findings"] as? [[String: Any]])
                    let broken = found.filter { $0["severity"] as? String == "broken" }
                    #expect(
                        broken.allSatisfy {
                            $0["region"] as? String == "us-east-1" && $0["paths"] as? [String] == ["relay"]
                        })

                    var fault = SESSimulator.Fault.error("AccessDeniedException", count: .max)
                    fault.operation = "GetEmailIdentity"
                    try await simulator.inject(fault)
                    let denied = try await place.run(
                        ["doctor"] + Self.mailOnly + resolver, environment: environment)
                    #expect(denied.status == 3)
                    #expect(denied.output.contains("ses:"))
                }
            }
        }
    }

    @Test(
        "the relay's login and key, the functions and a campaign's suppressions are looked at, with SES and the DNS"
    )
    func wholePaths() async throws {
        try await withZones("queenofsandiego.com") { resolver in
            try await withSESSimulator { simulator in
                try await withMoto { moto in
                    try await withSubmissionServer { relay in
                        try await Workplace.open { place in
                            try place.shortenList(to: 8)
                            typealias Identity = SESSimulator.Settings.Identity
                            try await simulator.configure(
                                .init(identities: [
                                    "queenofsandiego.com": Identity(
                                        dkim: .init(tokens: ["token"]),
                                        mailFrom: .init(
                                            domain: "bounce.queenofsandiego.com", status: "SUCCESS"))
                                ]))
                            let site =
                                #"{"keys": ["Active"], "relay": "\#(SubmissionStandIn.password)", "function": {"name": "jada-blast-sender", "runtime": "provided.al2023", "timeout": 300, "variables": {"JADA_BLAST_BUCKET": "b", "JADA_BLAST_TABLE": "t", "JADA_BLAST_QUEUE_URL": "https://sqs.us-west-2.amazonaws.com/1/q"}, "visibility": 1800, "errors": [], "isEnabled": true}}"#
                            _ = try await runPython("aws/account_site.py", [moto.url], input: Data(site.utf8))
                            var environment = [
                                "AWS_ENDPOINT_URL": moto.url, "AWS_ENDPOINT_URL_SESV2": simulator.url,
                                "AWS_REGION": "us-west-2", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                                "AWS_SECRET_ACCESS_KEY": "secret",
                                "AWS_CA_BUNDLE": relay.certificateAuthority,
                                "JADA_BLAST_RELAY_PARAMETER": "/jada-blast/relay",
                                "JADA_BLAST_RELAY_SERVER": "localhost:\(relay.server.port)",
                            ]
                            let arguments =
                                [
                                    "doctor", "--campaign", "paul-simon", "--relay-user", "relay",
                                    "--function",
                                    "jada-blast-sender", "--json",
                                ] + resolver
                            let told = try await place.run(arguments, environment: environment)
                            let checks = try findings(told.object())
                            for check in ["smtp-login", "function", "suppression", "ses-account", "dkim"] {
                                #expect(checks[check] == "healthy", "\(check)\n\(told.output)")
                            }
                            // moto's user of that name has not used its key.
                            environment["JADA_BLAST_RELAY_SERVER"] = nil
                            let keys = try await place.run(
                                arguments + ["--skip", "smtp-login"], environment: environment)
                            #expect(try findings(keys.object())["relay-key"] == "broken")
                            #expect(!(told.output + keys.output).contains(SubmissionStandIn.password))
                        }
                    }
                }
            }
        }
    }
}
