import Campaigns
import Foundation
import HostAdapters
import TestSupport
import Testing

@Suite struct ExampleListTests {
    private let folder = Checkout.root.appendingPathComponent("examples")

    /// The addresses of a list in comparison form, `nil` where a row has none that is valid.
    private func addresses(of path: String) throws -> [String?] {
        let bytes = try [UInt8](Data(contentsOf: folder.appendingPathComponent(path)))
        var reader = CSVReader(file: path)
        var parser = AddressParser(encoder: IDNAEncoder())
        var addresses: [String?] = []
        func take(_ record: borrowing CSVRecord) {
            let isValid = parser.parse(record[0]) == nil
            addresses.append(isValid ? String(decoding: parser.compared, as: UTF8.self) : nil)
        }
        try bytes.withUnsafeBytes { try reader.feed($0, record: take) }
        try reader.finish(record: take)
        return Array(addresses.dropFirst())
    }

    @Test("the rows of the example list end as examples/README.md says")
    func outcomes() throws {
        let booked = Set(try addresses(of: "campaigns/paul-simon/already-booked.csv").compactMap { $0 })
        let suppressed = Set(try addresses(of: "suppression.csv").compactMap { $0 })
        var seen: Set<String> = []
        var counts: [String: Int] = [:]
        for address in try addresses(of: "campaigns/paul-simon/recipients.csv") {
            let outcome =
                if let address {
                    !seen.insert(address).inserted
                        ? "duplicate"
                        : booked.contains(address)
                            ? "excluded" : suppressed.contains(address) ? "suppressed" : "accepted"
                } else { "invalid" }
            counts[outcome, default: 0] += 1
        }
        #expect(counts == ["accepted": 165, "duplicate": 9, "invalid": 14, "excluded": 6, "suppressed": 6])
        let readme = try String(contentsOf: folder.appendingPathComponent("README.md"), encoding: .utf8)
        for (outcome, count) in counts { #expect(readme.contains("| \(outcome) | \(count) |")) }
    }

    @Test(
        "the example templates compile, and need only what the lists supply",
        arguments: [
            ("paul-simon", ["name", "boarding", "deck", "party", "note"]),
            ("sunset-sails", ["name", "boat", "date"]),
        ])
    func templates(campaign: String, columns: [String]) throws {
        let known = Set(columns + ["email", "unsubscribe_url"])
        for (file, escaping) in [("message.html", MustacheTemplate.Escaping.html), ("message.txt", .none)] {
            let source = try String(
                contentsOf: folder.appendingPathComponent("campaigns/\(campaign)/\(file)"), encoding: .utf8)
            let template = try MustacheTemplate(source, file: file, escaping: escaping)
            #expect(Set(template.variables.map(\.name)) == known)
            let rendered = template.bound(to: columns).render(columns.map { _ in "" })
            #expect(!rendered.contains("{{"))
        }
    }
}
