internal import ArgumentParser
internal import Campaigns
internal import JSON

extension SuppressionCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write our own list to standard output, as import reads it.",
            discussion: """
                CSV with the header email,reason,source,at, or with --json one JSON object a line. Nothing is kept in \
                memory, however long the list is.

                  jada-blast suppression export > suppressed.csv
                  jada-blast suppression export --json --reason complaint | gzip > complaints.jsonl.gz
                """)

        @Flag(help: "Write CSV; so it does without --json.")
        var csv = false

        @Option(help: "Only those listed for this reason.")
        var reason: SuppressionReason?

        @OptionGroup var places: PlaceOptions

        func validate() throws {
            if csv, places.json { throw ValidationError("--csv and --json are two formats: give one.") }
        }

        func run() async throws {
            // Standard output holds entries, and nothing but entries.
            try await reportingProblems(asJSON: false) {
                let services = try await Services(places, sends: false)
                let output = OutputFile()
                if !places.json { try output.print("email,reason,source,at") }
                try await services.suppression.entries { page in
                    for entry in page where reason == nil || entry.reason == reason {
                        try output.print(try line(of: entry))
                    }
                }
                try output.finish()
            }
        }

        private func line(of entry: SuppressionEntry) throws -> String {
            guard places.json else {
                return CSVLine.text([entry.address, entry.reason.rawValue, entry.source, "\(entry.at)"])
            }
            struct Line: Encodable {
                var email, reason, source, at: String
            }
            let line = Line(
                email: entry.address, reason: entry.reason.rawValue, source: entry.source, at: "\(entry.at)")
            return String(decoding: try JSONEncoder().encode(line), as: UTF8.self)
        }
    }
}
