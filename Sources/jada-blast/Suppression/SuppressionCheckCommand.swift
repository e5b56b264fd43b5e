internal import ArgumentParser
internal import Campaigns
internal import Delivery
internal import JSON
internal import Suppressions

extension SuppressionCommand {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Say who of a campaign's list would not be mailed: where and why they are listed, and since when.",
            discussion: """
                Looks into our own list and the account's in every Region, as the campaign's list is now. Whoever is listed \
                only in another Region, or for a reason that the account does not apply, is mailed all the same, and told \
                apart: sync brings them into our own list.

                  jada-blast suppression check paul-simon --aws --regions us-east-1,us-west-2
                  jada-blast suppression check paul-simon --aws --csv listed.csv
                """)

        @Argument(help: "The campaign's id: the name of its folder.")
        var campaign: CampaignID

        @OptionGroup var chosen: RegionOptions

        @Option(
            help: ArgumentHelp("Write all of them into this file, as CSV.", valueName: "file"),
            completion: .file())
        var csv: String?

        @OptionGroup var places: PlaceOptions

        /// As many as a person looks through.
        private static let shown = 20

        func run() async throws {
            try await reportingProblems(asJSON: places.json) {
                let bar = ProgressBar()
                defer { bar.end() }
                let services = try await Services(places, sends: false, bar: bar)
                let lists = try services.accountLists(of: chosen.regions?.names, includesSending: true)
                bar.begin("Reading", unit: "rows", total: nil)
                let audience = try await Audience(
                    of: campaign, in: services.library, clock: services.clock, encoder: services.addresses
                ) { bar.set($0) }
                bar.end()

                let file = try csv.map { path throws(Problem) in try OutputFile(path) }
                try file?.print("email,list,reason,since,source,skipped")
                if places.json { Console.print(#"{"listed": ["#) }
                var count = 0
                let audit = SuppressionAudit(
                    own: services.suppression, accounts: lists, encoder: services.addresses)
                let summary = try await audit.run(over: audience) { finding in
                    let entry = finding.entry
                    try file?.print(
                        CSVLine.text([
                            entry.address, finding.list, entry.reason.rawValue, "\(entry.at)", entry.source,
                            "\(finding.isSkipped)",
                        ]))
                    if places.json {
                        let text = String(decoding: try JSONEncoder().encode(Listed(finding)), as: UTF8.self)
                        Console.print((count == 0 ? "  " : ", ") + text)
                    } else if count < Self.shown {
                        Console.print(Self.text(of: finding))
                    }
                    count += 1
                }
                try file?.finish()
                if places.json {
                    let text = try JSONEncoder().encode(Report(campaign, summary))
                    Console.print("], \"summary\": \(String(decoding: text, as: UTF8.self))}")
                } else {
                    if count > Self.shown {
                        let rest = csv == nil ? "; --csv FILE names all" : ""
                        Console.print("… and \(count - Self.shown) more\(rest)")
                    }
                    for line in lines(of: summary) { Console.print(line) }
                }
            }
        }

        private static func text(of finding: SuppressionAudit.Finding) -> String {
            let entry = finding.entry
            let place = finding.list == SuppressionAudit.ownList ? "our list (\(entry.source))" : finding.list
            return "\(entry.address)  \(entry.reason.rawValue)  since \(entry.at)  \(place)"
                + (finding.isSkipped ? "" : "  mailed all the same")
        }

        private func lines(of summary: SuppressionAudit.Summary) -> [String] {
            var lines = ["\(campaign):"]
            lines += CountTable.lines(
                [
                    ("skipped", summary.skipped),
                    ("listed, and mailed all the same", summary.mailedAlthoughListed),
                ], always: ["skipped"], total: ("addresses", summary.addresses))
            if !summary.counts.isEmpty { lines.append("By list and reason:") }
            for (list, reason, count) in summary.counts {
                let name = list == SuppressionAudit.ownList ? "our list" : list
                lines.append("  \(name), \(reason.rawValue): \(count)")
            }
            if summary.mailedAlthoughListed > 0 {
                lines.append(
                    "jada-blast suppression sync brings those who are mailed all the same into our list.")
            }
            return lines
        }

        private struct Listed: Encodable {
            var email, list, reason, since, source: String
            /// Whether that keeps the mail from going out.
            var isSkipped: Bool

            init(_ finding: SuppressionAudit.Finding) {
                email = finding.entry.address
                list = finding.list
                reason = finding.entry.reason.rawValue
                since = "\(finding.entry.at)"
                source = finding.entry.source
                isSkipped = finding.isSkipped
            }
        }

        private struct Report: Encodable {
            var campaign: String
            var rows, addresses, skipped, mailedAlthoughListed: Int
            var counts: [Count]

            struct Count: Encodable {
                var list, reason: String
                var count: Int
            }

            init(_ campaign: CampaignID, _ summary: SuppressionAudit.Summary) {
                self.campaign = campaign.rawValue
                rows = summary.rows
                addresses = summary.addresses
                skipped = summary.skipped
                mailedAlthoughListed = summary.mailedAlthoughListed
                counts = summary.counts.map {
                    Count(list: $0.list, reason: $0.reason.rawValue, count: $0.count)
                }
            }
        }
    }
}
