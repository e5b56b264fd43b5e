internal import AWS
internal import ArgumentParser
internal import Campaigns
internal import CloudAdapters
internal import Deliverability
internal import HTTP
internal import HostAdapters
internal import SMTP

struct SMTPCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "smtp-check",
        abstract: "Log in to the SMTP relay, to see whether its credentials hold.",
        discussion: """
            It does what Gmail does for "Send mail as": connects to SES's SMTP interface, by port 587 with STARTTLS and by \
            port 465 with TLS, logs in, and leaves before any mail is sent. What the server answers is explained.

              jada-blast smtp-check --region us-east-1 --user AKIAIOSFODNN7EXAMPLE     asks for the password
              jada-blast smtp-check --region us-east-1 --profile relay                 makes it of the access key
              jada-blast smtp-check --region us-east-1 --parameter /jada-blast/relay   takes user:password from SSM
              jada-blast smtp-check --host smtp.example.org --user crew@example.org    another provider's server

            With --send-to a mail goes out, from the address --from: what refuses the mail and not the login shows then. \
            Exit status: 0 where it works, 77 where the credentials are refused, 69 where the server cannot be reached or \
            refuses for now, 78 where SES refuses the mail.
            """)

    @Option(help: "The Region of SES's relay; by default AWS_REGION.")
    var region: String?

    @Option(help: ArgumentHelp("Another server than SES's.", valueName: "name"))
    var host: String?

    @Option(help: "This port alone: 587, 25 and 2587 begin with STARTTLS, 465 and 2465 with TLS.")
    var port: Int?

    @Flag(help: "Begin with TLS, whatever the port.")
    var tls = false

    @Option(help: ArgumentHelp("User name: for SES, the access key's ID.", valueName: "name"))
    var user: String?

    @Option(
        help: ArgumentHelp("Take the access key of this profile of the shared AWS files.", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("Take user:password from this SSM parameter.", valueName: "name"))
    var parameter: String?

    @Option(help: ArgumentHelp("Send a mail to this address.", valueName: "address"))
    var sendTo: String?

    @Option(help: ArgumentHelp("Whom that mail is from.", valueName: "address"))
    var from: String?

    @Option(help: ArgumentHelp("PEM file of the authorities that are trusted.", valueName: "file"))
    var caBundle: String?

    @Flag(help: "Print one JSON object instead of text, also when it fails.")
    var json = false

    func validate() throws {
        guard [user, profile, parameter].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("Say whose credentials: --user, --profile or --parameter.")
        }
        if profile != nil, host != nil {
            throw ValidationError("--profile makes a password of SES's, which no other --host takes.")
        }
        guard (sendTo == nil) == (from == nil) else {
            throw ValidationError("--send-to and --from belong together.")
        }
        if let port, !(1...65535).contains(port) { throw ValidationError("--port must be from 1 to 65535.") }
    }

    func run() async throws {
        try await reportingProblems(asJSON: json) {
            let region = try host == nil ? RelayRegion.chosen(region) : nil
            let credentials = try await credentials(region)
            let mail = try sendTo.flatMap { to in try from.map { try trialMail(from: $0, to: to) } }
            if region != nil { try requirePlausible(credentials.password) }
            let client = SMTPClient(
                certificateAuthorities: caBundle ?? ProcessEnvironment.all["AWS_CA_BUNDLE"])
            var findings: [Finding] = []
            for server in servers(region) {
                // A mail is sent once: the second server is for the login.
                let isFirst = findings.isEmpty
                let trial = await client.logIn(
                    to: server, with: credentials, sending: isFirst ? mail : nil)
                try Task.checkCancellation()
                findings.append(trial.finding(of: server, region: region))
            }
            if json {
                try Console.printJSON(["findings": findings.map(FindingRecord.init)])
            } else {
                let text = DoctorText(style: .standardOutput, isVerbose: true)
                for line in findings.flatMap(text.lines) { Console.print(line) }
            }
            if let worst = findings.max(by: { $0.severity < $1.severity }), worst.severity > .healthy {
                throw Self.status(of: worst)
            }
        }
    }

    private static func status(of finding: Finding) -> ExitCode {
        switch (finding.severity, finding.layer) {
        case (.broken, .relayCredentials): Problem.Kind.accessDenied.exitCode
        case (.broken, .network), (.unknown, _), (.warning, _): Problem.Kind.unavailable.exitCode
        default: Problem.Kind.configuration.exitCode
        }
    }

    private func servers(_ region: String?) -> [SubmissionServer] {
        let usual = host.map(SubmissionServer.named) ?? region.map(SubmissionServer.ses) ?? []
        let ports = port.map { [$0] } ?? usual.map(\.port)
        guard let name = usual.first?.host else { return [] }
        return ports.map { port in
            SubmissionServer(host: name, port: port, security: tls ? .implicitTLS : .usual(on: port))
        }
    }

    private func credentials(_ region: String?) async throws -> SubmissionCredentials {
        if let profile, let region {
            let key = try await RelayKey(profile: profile, region: region)
            return SubmissionCredentials(
                user: key.accessKeyID ?? "", password: key.password(in: region))
        }
        if let parameter {
            let environment = ProcessEnvironment.all
            let http = HTTPClient(
                configuration: .init(certificateAuthorities: environment["AWS_CA_BUNDLE"]))
            let text = try await AWSConfiguration.standard(environment: environment, http: http)
                .secret(parameter)
            guard let credentials = SubmissionCredentials(text) else {
                throw Problem(
                    .configuration, key: parameter, "does not hold user and password",
                    remedy: "Store user:password in one line, such as AKIA…:B…")
            }
            return credentials
        }
        return SubmissionCredentials(
            user: user ?? "", password: try SecretInput.read("Password", isTrimmed: false))
    }

    /// What cannot be a password of SES's is not sent to it.
    private func requirePlausible(_ password: String) throws(Problem) {
        let found = SMTPPassword.lint(password)
        guard found.isPlausible else {
            throw Problem(.accessDenied, "\(found.meaning); it was not sent", remedy: found.remedy)
        }
    }

    private func trialMail(from: String, to: String) throws -> TrialMail {
        var addresses: [String] = []
        for (option, text) in [("--from", from), ("--send-to", to)] {
            var parser = AddressParser(encoder: IDNAEncoder())
            var text = text
            if let fault = text.withUTF8({ parser.parse(UnsafeRawBufferPointer($0)) }) {
                throw Problem(
                    .usage, key: option, "'\(text)' is no address: \(fault.description)",
                    remedy: "Write it like crew@example.org")
            }
            addresses.append(String(decoding: parser.sent, as: UTF8.self))
        }
        let lines = [
            "From: \(addresses[0])", "To: \(addresses[1])", "Subject: [Test] The relay works",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii", "",
            "jada-blast smtp-check has sent this mail through the relay.", "",
        ]
        return TrialMail(
            from: addresses[0], to: addresses[1], message: Array(lines.joined(separator: "\r\n").utf8))
    }
}
