internal import ArgumentParser
internal import Campaigns
internal import Deliverability
internal import Handlers
internal import SMTP

struct SMTPPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "smtp-password",
        abstract: "Make the password of SES's SMTP relay out of an IAM access key, or look at one.",
        discussion: """
            SES's SMTP user name is an access key's ID; the password is made of its secret, for each Region another one. Where \
            a key is rotated, the password must be made anew and entered wherever it is used: in Gmail under Settings > \
            Accounts and Import > Send mail as > edit info.

              jada-blast smtp-password --region us-east-1                    asks for the secret access key
              jada-blast smtp-password --region us-east-1 --profile relay    takes it from ~/.aws/credentials
              jada-blast smtp-password --lint                                looks at a password that is pasted

            Secrets are read from standard input, unseen on a terminal, and never taken as arguments. What is printed is the \
            secret: jada-blast smtp-check tries whether it gets in. --lint ends with 0 for a password that can be one, \
            and 65 for anything else, and asks nobody.
            """)

    @Option(help: "The Region of the relay; by default AWS_REGION.")
    var region: String?

    @Option(
        help: ArgumentHelp("Take the access key of this profile of the shared AWS files.", valueName: "name"))
    var profile: String?

    @Flag(help: "Say what a pasted password can be seen to be.")
    var lint = false

    @Flag(help: "Print one JSON object instead of text, also when it fails.")
    var json = false

    func validate() throws {
        if lint, profile != nil { throw ValidationError("--lint reads a password; it takes no --profile.") }
    }

    func run() async throws {
        try await reportingProblems(asJSON: json) {
            if lint { return try await lintInput() }
            let region = try RelayRegion.chosen(region)
            let key =
                if let profile {
                    try await RelayKey(profile: profile, region: region)
                } else {
                    try RelayKey(fromInput: "Secret access key")
                }
            let report = Report(
                server: SubmissionServer.ses(region: region)[0].host, region: region, user: key.accessKeyID,
                password: key.password(in: region))
            if json { return try Console.printJSON(report) }
            Console.print("SMTP server  \(report.server)  (port 587 with TLS by STARTTLS, or 465 with SSL)")
            Console.print("user name    \(report.user ?? "the ID of that access key (AKIA…)")")
            Console.print("password     \(report.password)")
        }
    }

    private func lintInput() async throws {
        // What is around it is part of what is wrong with it.
        let found = SMTPPassword.lint(try SecretInput.read("SMTP password", isTrimmed: false))
        guard found.isPlausible else {
            throw Problem(.invalidInput, file: "standard input", found.meaning, remedy: found.remedy)
        }
        if json { return try Console.printJSON(["meaning": found.meaning]) }
        Console.print("\(found.meaning.prefix(1).uppercased())\(found.meaning.dropFirst()).")
    }

    private struct Report: Encodable {
        var server, region: String
        var user: String?
        var password: String
    }
}

/// The Region of a relay.
enum RelayRegion {
    /// The one named, else the environment's.
    static func chosen(_ name: String?) throws(Problem) -> String {
        let environment = ProcessEnvironment.all
        let region = name ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"]
        guard let region, !region.isEmpty else {
            throw Problem(
                .usage, key: "--region", "is not given, and AWS_REGION is not set",
                remedy: "Give the Region of the relay, as in email-smtp.us-east-1.amazonaws.com")
        }
        guard Configuration.regions(region) == [region] else {
            throw Problem(
                .usage, key: "--region", "'\(region)' is no Region", remedy: "Write it like us-east-1")
        }
        return region
    }
}
