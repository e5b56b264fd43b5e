internal import ArgumentParser
internal import Campaigns
internal import Delivery
internal import Foundation
internal import LocalAdapters

struct PreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Write the mail that one row of the list would get, as .eml, .html and .txt.",
        discussion: """
            The files lie in the folder preview of --state; a later preview of the same row replaces them.

              jada-blast preview paul-simon
              jada-blast preview paul-simon --row 3 --open
              jada-blast preview sunset-sails --step reminder
            """)

    @Argument(help: "The campaign's id: the name of its folder.")
    var campaign: CampaignID

    @Option(help: "Row of the list, counted from 1 without the header.")
    var row = 1

    @Option(help: "A step of the campaign's sequence, in place of its first mail.")
    var step: StepID?

    @Flag(help: "Open the HTML part in the browser.")
    var open = false

    @OptionGroup var places: PlaceOptions

    func run() async throws {
        try await reportingProblems(asJSON: places.json) {
            let services = try await Services(places, sends: false)
            let (mail, departure) = try await services.mail(of: campaign, step: step, row: row)
            let files = try write(mail, clock: services.clock)
            if places.json {
                try Console.printJSON(
                    Report(
                        to: mail.to.address, subject: mail.subject, at: departure?.at.description,
                        timeZone: departure?.zones.first, files: files))
            } else {
                Console.print("To: \(mail.to.address)\nSubject: \(mail.subject)")
                if let departure, let zone = try departure.zones.first.map(services.clock.zone) {
                    Console.print("Goes out: \(departure.at.inWords(zone))")
                }
                for file in files { Console.print("File: \(file)") }
            }
            if open { show(files.first { $0.hasSuffix(".html") } ?? files[0]) }
        }
    }

    private func write(_ mail: OutgoingMail, clock: any WallClock) throws -> [String] {
        let folder = "\(places.state)/preview"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let stem = "\(folder)/\(campaign)\(step.map { "-\($0)" } ?? "")-\(row)"
        var parts: [(name: String, bytes: [UInt8])] = [
            (
                stem + ".eml",
                try MIMEMessage(mail, messageID: "preview@jada-blast.invalid", date: clock.now()).bytes
            )
        ]
        if let html = mail.html { parts.append((stem + ".html", Array(html.utf8))) }
        if let text = mail.text { parts.append((stem + ".txt", Array(text.utf8))) }
        for part in parts {
            try Data(part.bytes).write(to: URL(fileURLWithPath: part.name), options: .atomic)
        }
        return parts.map(\.name)
    }

    /// Opens a file in the browser. Where there is none, as on a server, its address is told instead.
    private func show(_ file: String) {
        let address = URL(fileURLWithPath: file).absoluteString
        let opener = Process()
        opener.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        opener.arguments = ["xdg-open", address]
        // What it has to say must not get into the results.
        opener.standardInput = FileHandle.nullDevice
        opener.standardOutput = FileHandle.nullDevice
        opener.standardError = FileHandle.nullDevice
        do {
            try opener.run()
            opener.waitUntilExit()
            if opener.terminationStatus == 0 { return }
        } catch {
            // Told below, as a failure of xdg-open itself.
        }
        Console.tell("warning: no browser could be opened. Open \(address) by hand.")
    }

    private struct Report: Encodable {
        var to: String
        var subject: String
        /// When it goes out, and in which zone, if the recipient has one.
        var at: String?
        var timeZone: String?
        var files: [String]
    }
}
