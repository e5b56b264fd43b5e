internal import ArgumentParser
internal import Campaigns
internal import Suppressions

extension SuppressionCommand {
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the addresses of a file on our own list: all of them, or none and a clear error.",
            discussion: """
                The file is CSV with a header such as email,reason,source,at (only email must be there), a bare list of \
                addresses, addresses with reasons as SES's bulk import takes them, or JSON objects, one a line, as export \
                --json writes them. .gz is decompressed.

                  jada-blast suppression import unsubscribed.csv --reason unsubscribe --dry-run
                  jada-blast suppression import - < suppressed.jsonl
                  aws sesv2 list-suppressed-destinations --output json | jq -c '.SuppressedDestinationSummaries[]' |
                    jada-blast suppression import - --source "SES us-east-1"

                The whole file is checked before anything is written. Done again, also after an interruption, it changes \
                nothing more: a complaint takes the place of any other reason, an unsubscribe that of a bounce or a \
                person's word; else what is listed stays.
                """)

        @Argument(help: "The file; - is standard input.", completion: .file())
        var file: String

        @Option(help: "Why, for rows that do not say it.")
        var reason = SuppressionReason.manual

        @Option(help: "Who says so, for rows that do not tell it.")
        var source = "import"

        @Flag(help: "Leave out rows that are wrong, and tell them.")
        var skipInvalid = false

        @Flag(help: "Only say what would change.")
        var dryRun = false

        @OptionGroup var places: PlaceOptions

        func run() async throws {
            try await reportingProblems(asJSON: places.json) {
                let bar = ProgressBar()
                defer { bar.end() }
                let services = try await Services(places, sends: false, bar: bar)
                let input = try RewindableInput(file)
                var task = SuppressionImport(
                    file: input.name,
                    defaults: .init(reason: reason, source: source, at: services.clock.now()),
                    encoder: services.addresses)
                task.skipsInvalid = skipInvalid
                task.isRehearsal = dryRun
                let (inspection, counts) = try await cancellingOnSignals(onSignal: bar.tellStopping) {
                    [task] in
                    bar.begin("Checking", unit: "rows", total: nil)
                    let inspection = try await task.inspect(input.bytes(), progress: { bar.set($0) })
                    bar.begin(dryRun ? "Comparing" : "Importing", unit: "rows", total: inspection.rows)
                    let counts = try await task.run(
                        input.bytes(), into: services.suppression, progress: { bar.set($0) })
                    return (inspection, counts)
                }
                bar.end()
                tell(inspection)
                if places.json {
                    try Console.printJSON(Report(inspection, counts, file: input.name, isRehearsal: dryRun))
                } else {
                    if dryRun { Console.print("Nothing was written; without --dry-run it would be:") }
                    let lines = CountTable.lines(
                        [
                            ("added", counts.added), ("replaced, a stronger reason", counts.replaced),
                            ("listed already", counts.kept), ("duplicate", counts.duplicate),
                            ("invalid, left out", inspection.invalid),
                        ], always: ["added"], total: ("rows", inspection.rows))
                    for line in lines { Console.print(line) }
                }
            }
        }

        private func tell(_ inspection: SuppressionImport.Inspection) {
            if !inspection.unusedColumns.isEmpty {
                Console.tell("Columns not used: \(inspection.unusedColumns.joined(separator: ", "))")
            }
            for problem in inspection.problems { Console.tell("left out: \(problem)") }
            let more = inspection.invalid - inspection.problems.count
            if more > 0 { Console.tell("left out: \(more) more") }
        }

        private struct Report: Encodable {
            var file: String
            var dryRun: Bool
            var rows, added, replaced, kept, duplicate, invalid: Int
            /// Of the rows left out the first ones.
            var leftOut: [ProblemReport.Entry]

            init(
                _ inspection: SuppressionImport.Inspection, _ counts: SuppressionMerge.Counts, file: String,
                isRehearsal: Bool
            ) {
                self.file = file
                dryRun = isRehearsal
                rows = inspection.rows
                added = counts.added
                replaced = counts.replaced
                kept = counts.kept
                duplicate = counts.duplicate
                invalid = inspection.invalid
                leftOut = ProblemReport(inspection.problems).problems
            }
        }
    }
}
