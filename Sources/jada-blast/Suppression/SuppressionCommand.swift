internal import ArgumentParser
internal import Campaigns
internal import Handlers
internal import Suppressions

/// Our own suppression list, and beside it the account's.
struct SuppressionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suppression",
        abstract: "See and change who is not mailed: bounces, complaints, unsubscriptions.",
        discussion: """
            Our own list counts for every campaign and every Region, from the next batch on. SES keeps a list of its own \
            in each Region: with --mailer ses or --aws, find, list --account, check and sync look into those of the \
            Regions that JADA_BLAST_REGIONS names, else of AWS_REGION; without, the library's suppression.csv stands \
            for it.

              jada-blast suppression find ann@example.org
              jada-blast suppression add ann@example.org --reason unsubscribe
              jada-blast suppression check paul-simon --aws --regions us-east-1,us-west-2
              jada-blast suppression import unsubscribed.csv --reason unsubscribe --dry-run
              jada-blast suppression export > suppressed.csv
              jada-blast suppression sync --aws --regions us-east-1,us-west-2

            An address has one entry. A complaint takes the place of every other, an unsubscribe that of a bounce or of a \
            person's word; else what was listed first stays.
            """,
        subcommands: [
            List.self, Find.self, Check.self, Add.self, Remove.self, Import.self, Export.self, Sync.self,
        ])
}

extension SuppressionCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the whole list.",
            discussion:
                "--json prints {\"entries\": […]}. Nothing is kept in memory, however long the list is.")

        @Option(help: "Only those listed for this reason.")
        var reason: SuppressionReason?

        @Flag(help: "The account's lists, instead of our own.")
        var account = false

        @OptionGroup var chosen: RegionOptions

        @Flag(help: "Print CSV: address,reason,at,source.")
        var csv = false

        @OptionGroup var places: PlaceOptions

        func validate() throws {
            if csv, places.json { throw ValidationError("--csv and --json are two formats: give one.") }
            if chosen.regions != nil, !account {
                throw ValidationError("--regions names lists of the account: give --account, too.")
            }
        }

        func run() async throws {
            try await reportingProblems(asJSON: places.json) {
                let services = try await Services(places, sends: false)
                var printer = EntryPrinter(format: places.json ? .json : csv ? .csv : .text)
                let reason = reason
                func print(_ page: [SuppressionEntry]) throws {
                    for entry in page where reason == nil || entry.reason == reason {
                        try printer.print(entry)
                    }
                }
                if account {
                    for list in try services.accountLists(of: chosen.regions?.names) {
                        try await list.account.suppressed(print)
                    }
                } else {
                    try await services.suppression.entries(print)
                }
                printer.end()
            }
        }
    }

    struct Find: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell where addresses are listed, why, and since when.",
            discussion: "Exits with 66 if none of them is listed anywhere.")

        @Argument var addresses: [String]
        @OptionGroup var chosen: RegionOptions
        @OptionGroup var places: PlaceOptions

        func run() async throws {
            try await reportingProblems(asJSON: places.json) {
                let services = try await Services(places, sends: false)
                let wanted = try Addresses.compared(addresses, services.addresses)
                var found = Array(try await Addresses.lookUp(wanted, in: services.suppression).values)
                let names = Set(wanted)
                for list in try services.accountLists(of: chosen.regions?.names) {
                    try await list.account.suppressed { page in
                        found += page.filter { names.contains($0.address) }
                    }
                }
                found.sort { ($0.address, $0.source) < ($1.address, $1.source) }
                var printer = EntryPrinter(format: places.json ? .json : .text)
                for entry in found { try printer.print(entry) }
                printer.end()
                guard found.isEmpty else { return }
                if !places.json { Console.print("None of them is listed.") }
                throw Problem.Kind.notFound.exitCode
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put addresses on our own list.",
            discussion: """
                A complaint takes the place of whatever an address is listed for, an unsubscribe that of a bounce or of a \
                person's word. Else its entry stays; one that its recipient could undo by a link tells of this, too, and \
                is not undone any more. What is printed is what stands.
                """)

        @Argument var addresses: [String]

        @Option(help: "Why they are not to be mailed.")
        var reason = SuppressionReason.manual

        @OptionGroup var places: PlaceOptions

        func run() async throws {
            try await reportingProblems(asJSON: places.json) {
                let services = try await Services(places, sends: false)
                let wanted = try Addresses.compared(addresses, services.addresses)
                let now = services.clock.now()
                var merge = SuppressionMerge(into: services.suppression)
                try await merge.take(
                    wanted.map { SuppressionEntry(address: $0, reason: reason, source: "person", at: now) })
                let listed = try await Addresses.lookUp(wanted, in: services.suppression)
                var printer = EntryPrinter(format: places.json ? .json : .text)
                for address in wanted {
                    if let entry = listed[address] { try printer.print(entry) }
                }
                printer.end()
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take addresses off our own list: they are mailed again.",
            discussion: """
                SES's own lists stay as they are. Whoever has unsubscribed or complained must have asked for it: those are \
                taken off only with --yes.
                """)

        @Argument var addresses: [String]

        @Flag(help: "Also those who have unsubscribed or complained.")
        var yes = false

        @OptionGroup var places: PlaceOptions

        func run() async throws {
            try await reportingProblems(asJSON: places.json) {
                let services = try await Services(places, sends: false)
                let wanted = try Addresses.compared(addresses, services.addresses)
                let listed = try await Addresses.lookUp(wanted, in: services.suppression)
                let refusing = listed.values.filter { $0.reason == .unsubscribe || $0.reason == .complaint }
                if !yes, let entry = refusing.min(by: { $0.address < $1.address }) {
                    throw Problem(
                        .refused, key: entry.address, "is listed for \(entry.reason.rawValue)",
                        remedy: "Give --yes if the recipient has asked for mail again")
                }
                var printer = EntryPrinter(format: places.json ? .json : .text)
                for address in wanted {
                    guard let entry = listed[address] else { continue }
                    guard try await services.suppression.change(address, from: entry, to: nil) else {
                        throw Problem(
                            .unavailable, key: address, "has been listed anew meanwhile",
                            remedy: "See why with jada-blast suppression find, and try again")
                    }
                    try await services.suppression.forgetTransientBounces(of: address)
                    try printer.print(entry)
                }
                printer.end()
                if listed.isEmpty, !places.json { Console.print("None of them was listed.") }
            }
        }
    }
}

extension SuppressionReason: ExpressibleByArgument {}

/// The Regions whose lists a command looks into.
struct RegionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Regions whose SES lists are meant, with commas between them. Default: JADA_BLAST_REGIONS, else AWS_REGION.",
            valueName: "regions"))
    var regions: RegionNames?
}

/// Regions as a command line names them: `us-east-1,us-west-2`.
struct RegionNames: ExpressibleByArgument {
    let names: [String]

    init?(argument: String) {
        guard let names = Configuration.regions(argument) else { return nil }
        self.names = names
    }
}

/// Addresses that a command line names.
private enum Addresses {
    private static let lookedUpAtOnce = 100

    /// Each once, in the form in which addresses are compared.
    static func compared(_ addresses: [String], _ encoder: any DomainEncoder) throws(Problem) -> [String] {
        var parser = AddressParser(encoder: encoder)
        var compared: [String] = []
        for address in addresses {
            guard let form = parser.comparisonForm(of: address) else {
                throw Problem(.usage, key: address, "is no address", remedy: "Write it like ann@example.org")
            }
            if !compared.contains(form) { compared.append(form) }
        }
        return compared
    }

    static func lookUp(
        _ addresses: [String], in list: any SuppressionList
    ) async throws -> [String: SuppressionEntry] {
        var found: [String: SuppressionEntry] = [:]
        var rest = addresses[...]
        while !rest.isEmpty {
            found.merge(try await list.lookUp(Array(rest.prefix(lookedUpAtOnce)))) { $1 }
            rest = rest.dropFirst(lookedUpAtOnce)
        }
        return found
    }
}
