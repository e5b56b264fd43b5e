internal import ArgumentParser
internal import Campaigns
internal import Delivery

struct TestSendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test-send",
        abstract: "Send one row's mail to an address of your own; no run is made.",
        discussion: """
            The subject begins with [Test]; the unsubscribe link in it is for the address given, not for the row's.

              jada-blast test-send paul-simon --to you@example.org
              jada-blast test-send paul-simon --to you@example.org --row 3 --mailer ses
            """)

    @Argument(help: "The campaign's id: the name of its folder.")
    var campaign: CampaignID

    @Option(help: ArgumentHelp("Who gets the mail.", valueName: "address"))
    var to: String

    @Option(help: "Row of the list whose values are used, counted from 1 without the header.")
    var row = 1

    @Option(help: "A step of the campaign's sequence, in place of its first mail.")
    var step: StepID?

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let services = try await Services(places, sends: true)
            var parser = AddressParser(encoder: services.addresses)
            var text = to
            if let fault = text.withUTF8({ parser.parse(UnsafeRawBufferPointer($0)) }) {
                throw Problem(
                    .usage, key: "--to", "'\(to)' is no address: \(fault.description)",
                    remedy: "Write it like ann@example.org")
            }
            var mail = try await services.mail(
                of: campaign, step: step, row: row, to: String(decoding: parser.sent, as: UTF8.self)
            ).mail
            mail.subject = "[Test] " + mail.subject
            switch await services.mailer.send(mail) {
            case .accepted(let messageID):
                if places.json {
                    try Console.printJSON(["to": mail.to.address, "messageID": messageID])
                } else {
                    Console.print("Accepted for \(mail.to.address): \(messageID)")
                    if let outbox = services.outbox { Console.print("The mail is in \(outbox)") }
                }
            case .rejected(let reason): throw Problem(.invalidInput, "the mail was rejected: \(reason)")
            case .stopped(let reason):
                throw Problem(.configuration, "the mail service refuses to send: \(reason)")
            case .ambiguous(let reason):
                throw Problem(
                    .unavailable, "nobody knows whether the mail was taken: \(reason)",
                    remedy: "Look into the mailbox")
            case .throttled(.rate):
                throw Problem(.unavailable, "the mail service throttles", remedy: "Try again in a moment")
            case .throttled(.dailyQuota):
                throw Problem(.unavailable, "the 24-hour quota is used up", remedy: "Try again later")
            case .throttled(.unreachable(let reason)):
                throw Problem(
                    .unavailable, "the mail service cannot be reached: \(reason)",
                    remedy: "Check network and endpoint")
            }
        }
    }
}
