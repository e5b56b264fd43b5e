import Foundation
import TestSupport
import Testing

@Suite("jada-blast smtp-password and smtp-check", .timeLimit(.minutes(10)))
struct RelayTests {
    private static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    private static let password = SubmissionStandIn.password

    private func run(
        _ place: Workplace, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Workplace.Ended {
        try await place.run(arguments, input: input, environment: environment, hasPlaces: false)
    }

    @Test("the password of a secret access key is printed, for the Region asked for, and the key nowhere")
    func derived() async throws {
        try await Workplace.open { place in
            for (region, password) in [
                ("us-east-1", Self.password), ("us-west-2", "BF2PynzbSCAjX08zhZZnP/kW+T9P5zs/1Er0pi5vTEmd"),
            ] {
                let text = try await run(
                    place, ["smtp-password", "--region", region], input: " \(Self.secret) \n")
                #expect(text.status == 0)
                #expect(text.output.contains("password     \(password)\n"))
                #expect(text.output.contains("email-smtp.\(region).amazonaws.com"))
                let json = try await run(
                    place, ["smtp-password", "--json"], input: Self.secret,
                    environment: ["AWS_REGION": region])
                #expect(try json.object()["password"] as? String == password)
                #expect(!(text.output + text.errors + json.output).contains(Self.secret))
            }
        }
    }

    @Test("a profile's key is taken, but no temporary one, and the environment's does not come before it")
    func profile() async throws {
        try await Workplace.open { place in
            let file = place.folder.appendingPathComponent("credentials")
            try Data(
                """
                [relay]
                aws_access_key_id = \(SubmissionStandIn.user)
                aws_secret_access_key = \(Self.secret)
                [session]
                aws_access_key_id = ASIAIOSFODNN7EXAMPLE
                aws_secret_access_key = \(Self.secret)
                aws_session_token = token
                """.utf8
            ).write(to: file)
            let environment = [
                "AWS_SHARED_CREDENTIALS_FILE": file.path, "AWS_CONFIG_FILE": "/dev/null",
                "AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "other",
                "AWS_EC2_METADATA_DISABLED": "true",
            ]
            func made(_ profile: String) async throws -> Workplace.Ended {
                try await run(
                    place, ["smtp-password", "--region", "us-east-1", "--profile", profile, "--json"],
                    environment: environment)
            }
            let relay = try await made("relay").object()
            #expect(relay["user"] as? String == SubmissionStandIn.user)
            #expect(relay["password"] as? String == Self.password)
            let session = try await made("session")
            #expect(session.status == 77)
            #expect(session.errors.contains("temporary"))
            let none = try await made("nobody")
            #expect(none.status == 77 || none.status == 78)
            #expect(!(session.errors + session.output + none.errors).contains(Self.secret))
        }
    }

    @Test(
        "what is no secret access key is refused and not shown",
        arguments: [
            ("", "40 letters"), ("BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9", "SMTP password already"),
            ("AKIAIOSFODNN7EXAMPLE", "the ID of an access key"), ("pa55word", "40 letters"),
            (String(repeating: "x", count: 5000), "longer than"),
        ])
    func noKey(text: String, told: String) async throws {
        try await Workplace.open { place in
            let ended = try await run(place, ["smtp-password", "--region", "us-east-1"], input: text)
            #expect(ended.status == 64)
            #expect(ended.errors.contains(told))
            #expect(ended.output == "")
            #expect(text.isEmpty || !ended.errors.contains(text))
        }
    }

    @Test("a pasted password is looked at without asking anybody")
    func lint() async throws {
        try await Workplace.open { place in
            let good = try await run(place, ["smtp-password", "--lint"], input: Self.password + "\n")
            #expect(good.status == 0)
            #expect(good.output == "The password has the right form.\n")
            for bad in [
                Self.secret, Self.password + " \n", "\u{201C}\(Self.password)",
                String(Self.password.dropLast()),
            ] {
                let ended = try await run(place, ["smtp-password", "--lint", "--json"], input: bad)
                #expect(ended.status == 65)
                #expect(try ended.problems().count == 1)
                #expect(!(ended.output + ended.errors).contains(Self.password.dropLast()))
            }
        }
    }

    @Test("on a terminal the secret is asked for and not shown, and the terminal is as it was")
    func terminal() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(
                Checkout.python,
                [
                    Checkout.support("oracles/type_secret.py"), Self.secret, place.executable,
                    "smtp-password",
                    "--region", "us-east-1",
                ])
            #expect(ended.status == 0)
            #expect(ended.output.contains("Secret access key: "))
            #expect(ended.output.contains("echo is on again"))
            #expect(!ended.output.contains(Self.secret))
            #expect(ended.errors.contains(Self.password))
            let interrupted = try await place.run(
                Checkout.python,
                [
                    Checkout.support("oracles/type_secret.py"), "\u{3}", place.executable, "smtp-password",
                    "--region", "us-east-1",
                ])
            #expect(interrupted.status == 75)
            #expect(interrupted.output.contains("echo is on again"))
        }
    }

    @Test("a relay that takes the credentials is healthy; one that does not, is told with what mends it")
    func check() async throws {
        try await Workplace.open { place in
            for (security, flags) in [("starttls", []), ("tls", ["--tls"])] {
                try await withSubmissionServer(security: security) { there in
                    func checked(_ password: String, _ more: [String] = []) async throws -> Workplace.Ended {
                        try await run(
                            place,
                            [
                                "smtp-check", "--host", "localhost", "--port", "\(there.server.port)",
                                "--user",
                                SubmissionStandIn.user, "--ca-bundle", there.certificateAuthority,
                            ] + flags + more, input: password)
                    }
                    let good = try await checked(Self.password, ["--json"])
                    #expect(good.status == 0, "\(good)")
                    #expect(Self.findings(good).map { $0["severity"] as? String } == ["healthy"])
                    let bad = try await checked("Bwrong-and-secret")
                    #expect(bad.status == 77)
                    #expect(bad.output.contains("broken") && bad.output.contains("535"))
                    #expect(!(bad.output + bad.errors).contains("wrong-and-secret"))
                    #expect(!there.server.outputSoFar.contains("MAIL"))
                }
            }
        }
    }

    @Test("a mail goes out on demand; what refuses it is told apart from the login")
    func send() async throws {
        try await Workplace.open { place in
            func sent(_ options: [String]) async throws -> (Workplace.Ended, String) {
                try await withSubmissionServer(options: options) { there in
                    let ended = try await run(
                        place,
                        [
                            "smtp-check", "--host", "localhost", "--port", "\(there.server.port)", "--user",
                            SubmissionStandIn.user, "--ca-bundle", there.certificateAuthority, "--json",
                            "--from", "crew@example.org", "--send-to", "ann@example.org",
                        ], input: Self.password)
                    return (ended, there.server.outputSoFar)
                }
            }
            let (good, said) = try await sent([])
            #expect(good.status == 0)
            #expect(said.contains("DATA ['ann@example.org']"))
            let (refused, _) = try await sent([
                "--mail-reply", "554 Message rejected: Email address is not verified.",
            ])
            #expect(refused.status == 78)
            #expect(Self.findings(refused).first?["severity"] as? String == "broken")
        }
    }

    @Test(
        "what cannot be SES's password is not sent to it, and command lines that say too little are refused")
    func refused() async throws {
        try await Workplace.open { place in
            let secret = try await run(
                place, ["smtp-check", "--region", "us-east-1", "--user", "AKIA"], input: Self.secret)
            #expect(secret.status == 77)
            #expect(secret.errors.contains("it was not sent"))
            #expect(!secret.errors.contains(Self.secret))
            for arguments in [
                ["smtp-check"], ["smtp-check", "--user", "a", "--profile", "b"],
                ["smtp-check", "--user", "a", "--send-to", "ann@example.org"],
                ["smtp-check", "--profile", "a", "--host", "smtp.example.org"],
                ["smtp-check", "--user", "a", "--port", "0", "--host", "h"],
                ["smtp-check", "--user", "a", "--region", "us-east-1/evil"],
                ["smtp-check", "--user", "a", "--host", "h", "--from", "x", "--send-to", "y\r\nRCPT TO:<z>"],
            ] {
                #expect(try await run(place, arguments, input: Self.password).status == 64, "\(arguments)")
            }
        }
    }

    private static func findings(_ ended: Workplace.Ended) -> [[String: Any]] {
        (try? ended.object()["findings"] as? [[String: Any]]) ?? []
    }
}
