internal import ArgumentParser
internal import Campaigns
internal import Handlers

/// The command line.
@main
struct JadaBlast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jada-blast",
        abstract: "Sends e-mail campaigns: no recipient lost, none mailed twice.",
        discussion: """
            A campaign is a folder campaigns/<id>/ with campaign.json, a recipients list and templates. An event says \
            which campaign goes out:

              jada-blast check paul-simon              say all that is wrong with it
              jada-blast preview paul-simon            write a rendered mail to look at
              jada-blast invoke events/campaign.json   plan it and send it

            Without options everything is local: campaigns lie in ./examples, state and the mails that are "sent" in \
            ./.jada-blast. --mailer ses sends through Amazon SES; --aws keeps campaigns and state on AWS too. \
            Credentials, Region and endpoints come from AWS's standard places (AWS_PROFILE, AWS_REGION, \
            AWS_ENDPOINT_URL, …).

            ENVIRONMENT
            \(Self.environment)

            EXIT STATUS
              0   as meant
              1   doctor: warnings; 2: broken; 3: not all could be looked at
              64  wrong usage
              65  wrong input: a campaign's file, a list, an event
              66  not found
              69  a service is unavailable: try again later
              70  a defect of jada-blast
              74  ended, but what became of some mails is uncertain
              75  not finished: stopped, interrupted, not due, too late or not approved
              77  no permission
              78  wrong configuration
            """,
        version: "0.1.0",
        subcommands: [
            InvokeCommand.self, CheckCommand.self, PreviewCommand.self, TestSendCommand.self,
            StatusCommand.self, ReportCommand.self, ScheduleCommand.self, PauseCommand.self,
            ResumeCommand.self,
            CancelCommand.self,
            ResolveCommand.self, ApproveCommand.self, SuppressionCommand.self, DaemonCommand.self,
            DoctorCommand.self, SMTPCheckCommand.self, SMTPPasswordCommand.self, ExplainCommand.self,
        ])

    private static let environment = Configuration.settings
        .map { "  \($0.name)\n      \($0.meaning)\n      (default: \($0.fallback))" }.joined(separator: "\n")

    /// As ArgumentParser's own, but that a command line that asks for JSON is answered in JSON even where it is wrong.
    static func main() async {
        var command: any ParsableCommand
        do {
            command = try parseAsRoot()
        } catch {
            if exitCode(for: error) == .validationFailure, CommandLine.arguments.contains("--json") {
                try? Console.printJSON(ProblemReport([Problem(.usage, message(for: error))]))
            }
            exit(withError: error)
        }
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
    }
}
