internal import ArgumentParser
internal import CloudAdapters
internal import Campaigns
internal import DNS
internal import Deliverability
internal import HostAdapters
internal import Reports

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at both mail paths, layer by layer: what fails, on what evidence, and what mends it.",
        discussion: """
            Looks at SES in every Region and at what the DNS says of the domains that mail comes from: DKIM, SPF, DMARC and \
            its alignment, MAIL FROM, MX; at the relay's login and the access key behind it; at the functions; and with \
            --campaign at the suppression lists that its recipients are on. Each finding has what was seen, and the record or command that mends it. \
            docs/DOCTOR.md tells of each.

              jada-blast doctor --domain example.com --regions us-east-1,us-west-2 --relay-region us-east-1
              jada-blast doctor --campaign paul-simon --html doctor.html
              jada-blast doctor --domain example.com --dns-only --dkim-token abc --dkim-token def --mail-from bounce.example.com

            EXIT STATUS, as monitoring plugins have it
              0   healthy
              1   warnings: mail goes out, and something should be mended
              2   broken: mail of a path does not arrive
              3   unknown: nothing is known to be wrong, but not all could be looked at
              64 and above: the command itself could not be carried out; see jada-blast --help
            """)

    @Option(
        name: .customLong("domain"),
        help: ArgumentHelp(
            "A domain that mail comes from; may be repeated. Default: those of the campaigns' 'from'.",
            valueName: "domain"))
    var domains: [String] = []

    @Option(help: "Look at the domain that this campaign comes from.")
    var campaign: CampaignID?

    @Option(
        help: ArgumentHelp(
            "Regions in which SES sends, with commas between them. Default: JADA_BLAST_REGIONS, else AWS_REGION.",
            valueName: "regions"))
    var regions: RegionNames?

    @Option(
        help: ArgumentHelp(
            "The Region whose SMTP relay Gmail uses. Default: every Region is looked at for both paths.",
            valueName: "region"))
    var relayRegion: RegionNames?

    @Option(help: ArgumentHelp("The IAM user whose access key the relay has.", valueName: "name"))
    var relayUser: String?

    @Option(
        name: .customLong("function"),
        help: ArgumentHelp(
            "A function to look at, in AWS_REGION; may be repeated. Default: jada-blast-scheduler and -sender.",
            valueName: "name"))
    var functions: [String] = []

    @Option(
        help: ArgumentHelp(
            "Leave this out: smtp-login, relay-key, function, suppression or ses-account; may be repeated.",
            valueName: "check"))
    var skip: [String] = []

    @Option(
        help: ArgumentHelp(
            "The name server to ask; may be repeated. Default: the system's.", valueName: "address:port"))
    var resolver: [NameServer] = []

    @Flag(help: "Look at the DNS alone, and ask neither AWS nor web servers.")
    var dnsOnly = false

    @Option(
        help: ArgumentHelp(
            "With --dns-only: a token of Easy DKIM, as SES shows it; may be repeated.", valueName: "token"))
    var dkimToken: [String] = []

    @Option(help: ArgumentHelp("With --dns-only: the custom MAIL FROM domain.", valueName: "domain"))
    var mailFrom: String?

    @Option(
        help: ArgumentHelp(
            "Of another system that signs for the domain, such as google; may be repeated.",
            valueName: "selector"))
    var dkimSelector: [String] = []

    @Option(help: "Write the findings as a page.", completion: .file(extensions: ["html"]))
    var html: String?

    @OptionGroup var places: PlaceOptions

    func validate() throws {
        if !dnsOnly, !dkimToken.isEmpty || mailFrom != nil {
            throw ValidationError(
                "--dkim-token and --mail-from are for --dns-only: without it, SES tells them")
        }
        if domains.count > 1, !dkimToken.isEmpty || mailFrom != nil {
            throw ValidationError("--dkim-token and --mail-from are for one domain")
        }
        let skippable = ["smtp-login", "relay-key", "function", "suppression", "ses-account"]
        for check in skip where !skippable.contains(check) {
            throw ValidationError("--skip takes one of \(skippable.joined(separator: ", "))")
        }
        if let relayRegion, relayRegion.names.count != 1 {
            throw ValidationError("--relay-region takes one Region")
        }
    }

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let domains = try await chosenDomains()
            let examinations = try examinations(of: domains).filter { !skip.contains($0.check) }
            let findings = try await cancellingOnSignals(onSignal: {}) { await Examination.run(examinations) }
            let diagnosis = Diagnosis(findings)
            if let html {
                let page = try DiagnosisPage().html(
                    diagnosis, subject: domains.map(\.description).joined(separator: ", "),
                    madeAt: SystemClock().now().inWords(.utc))
                let file = try OutputFile(html)
                try file.write(page)
                try file.finish()
            }
            if places.json {
                try Console.printJSON(DoctorReport(diagnosis, domains: domains))
            } else {
                let style = TerminalStyle.standardOutput
                let text = DoctorText(style: style, isVerbose: places.verbose)
                for line in text.lines(of: diagnosis, domains: domains) { Console.print(line) }
                if let html { Console.print("The page is \(html)") }
            }
            if let status = diagnosis.severity.exitCode { throw status }
        }
    }
}

extension Severity {
    /// As monitoring plugins tell it (https://www.monitoring-plugins.org/doc/guidelines.html); `nil`: success.
    var exitCode: ExitCode? {
        switch self {
        case .healthy: nil
        case .warning: ExitCode(1)
        case .broken: ExitCode(2)
        case .unknown: ExitCode(3)
        }
    }
}

extension NameServer: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
