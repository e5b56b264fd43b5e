internal import ArgumentParser
internal import Campaigns
internal import Suppressions

extension SuppressionCommand {
    struct Sync: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring what SES lists for the account in each Region into our own list.",
            discussion: """
                Who has bounced or complained in one Region is then mailed from none. --push also puts our complaints and \
                bounces into SES's lists; with --include-unsubscribes our unsubscribes as well, as bounces, since SES \
                knows no other reason: taken for complaints, they would come back as such, and could not be undone.

                  jada-blast suppression sync --aws --regions us-east-1,us-west-2 --dry-run
                  jada-blast suppression sync --aws --push

                What is there already is not written again: after an interruption, give the same command again. Without \
                --mailer ses or --aws, the library's suppression.csv stands for SES's list.
                """)

        @OptionGroup var chosen: RegionOptions

        @Flag(help: "Also put ours into SES's lists.")
        var push = false

        @Flag(help: "With --push: unsubscribes, too.")
        var includeUnsubscribes = false

        @Option(help: "Calls a second in a Region, 0.1 to 100; SES allows 1 unless the account has more.")
        var rate = 1.0

        @Flag(help: "Only say what would change.")
        var dryRun = false

        @OptionGroup var places: PlaceOptions

        func validate() throws {
            guard (0.1...100).contains(rate) else {
                throw ValidationError("--rate takes a number from 0.1 to 100.")
            }
            if includeUnsubscribes, !push {
                throw ValidationError("--include-unsubscribes says what is pushed: give --push, too.")
            }
        }

        func run() async throws {
            try await reportingProblems(asJSON: places.json) {
                let bar = ProgressBar()
                defer { bar.end() }
                let services = try await Services(places, sends: false, bar: bar)
                var sync = SuppressionSync(
                    own: services.suppression, encoder: services.addresses, clock: services.clock)
                sync.callsPerSecond = rate
                sync.pushesUnsubscribes = includeUnsubscribes
                sync.isRehearsal = dryRun
                let lists = try services.accountLists(of: chosen.regions?.names)
                let reports = try await cancellingOnSignals(onSignal: bar.tellStopping) { [sync] in
                    var reports: [Report.List] = []
                    // All is taken in before anything goes out: what one Region knows reaches every other.
                    for list in lists {
                        bar.begin("Reading \(list.name)", unit: "entries", total: nil)
                        reports.append(
                            Report.List(list.name, try await sync.pull(list, progress: { bar.set($0) })))
                    }
                    for (index, list) in lists.enumerated() where push {
                        bar.begin("Writing \(list.name)", unit: "entries", total: nil)
                        let pushed = try await sync.push(to: list, progress: { bar.set($0) })
                        (reports[index].ours, reports[index].pushed) = (pushed.entries, pushed.added)
                    }
                    return reports
                }
                bar.end()
                if places.json { return try Console.printJSON(Report(dryRun: dryRun, lists: reports)) }
                if dryRun { Console.print("Nothing was written; without --dry-run it would be:") }
                for report in reports { Console.print(report.text) }
            }
        }

        private struct Report: Encodable {
            var dryRun: Bool
            var lists: [List]

            struct List: Encodable {
                var list: String
                var entries, added, replaced, kept: Int
                /// Entries of ours that belong into it, and those of them that were put there; only with `--push`.
                var ours, pushed: Int?

                init(_ name: String, _ counts: SuppressionMerge.Counts) {
                    list = name
                    entries = counts.entries
                    added = counts.added
                    replaced = counts.replaced
                    kept = counts.kept + counts.duplicate
                }

                var text: String {
                    let lines = CountTable.lines(
                        [
                            ("added to ours", added), ("replaced in ours, a stronger reason", replaced),
                            ("listed already", kept),
                        ], always: ["added to ours"], total: ("listed there", entries))
                    let push = (pushed.map { ["  of our \(ours ?? 0), \($0) put there"] }) ?? []
                    return (["\(list):"] + lines + push).joined(separator: "\n")
                }
            }
        }
    }
}
