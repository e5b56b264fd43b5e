internal import ArgumentParser
internal import Campaigns

/// Where campaigns and state lie, and where mail goes.
struct PlaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Folder that holds campaigns/<id>/ and suppression.csv.", valueName: "dir"),
        completion: .directory)
    var library = "examples"

    @Option(
        help: ArgumentHelp("Folder that holds state.sqlite, runs/ and outbox/.", valueName: "dir"),
        completion: .directory)
    var state = ".jada-blast"

    @Option(help: "Where mail goes: outbox (files) or ses. Default: outbox; with --aws, ses.")
    var mailer: MailerChoice?

    @Flag(help: "Keep campaigns in S3, state in DynamoDB and shards in SQS, as the Lambdas do.")
    var aws = false

    @Flag(help: "Print one JSON object instead of text, also when it fails.")
    var json = false

    @Flag(name: .shortAndLong, help: "Tell every step on standard error.")
    var verbose = false

    enum MailerChoice: String, ExpressibleByArgument, CaseIterable { case outbox, ses }

    /// What another command must be given to find the same runs; empty, or with a blank before it.
    var repeated: String {
        if aws { return " --aws" }
        var options: [String] = []
        if library != "examples" { options += ["--library", library] }
        if state != ".jada-blast" { options += ["--state", state] }
        if mailer == .ses { options += ["--mailer", "ses"] }
        return options.map { " " + $0 }.joined()
    }

    var logThreshold: LogLevel { verbose ? .debug : .warning }
    /// Whether mail leaves this machine.
    var sendsThroughSES: Bool { (mailer ?? (aws ? .ses : .outbox)) == .ses }
}

extension StepID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension CampaignID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
