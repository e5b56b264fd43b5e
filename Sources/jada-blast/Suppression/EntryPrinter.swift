internal import Campaigns
internal import JSON

/// Prints entries one after the other, as they come.
struct EntryPrinter {
    enum Format { case text, csv, json }

    private let format: Format
    private var count = 0

    init(format: Format) {
        self.format = format
        switch format {
        case .csv: Console.print("address,reason,at,source")
        case .json: Console.print(#"{"entries": ["#)
        case .text: break
        }
    }

    mutating func print(_ entry: SuppressionEntry) throws {
        switch format {
        case .text:
            Console.print("\(entry.address)  \(entry.reason.rawValue)  since \(entry.at)  \(entry.source)")
        case .csv:
            Console.print(
                CSVLine.text([entry.address, entry.reason.rawValue, "\(entry.at)", entry.source]))
        case .json:
            let text = String(decoding: try JSONEncoder().encode(Report(entry)), as: UTF8.self)
            Console.print((count == 0 ? "  " : ", ") + text)
        }
        count += 1
    }

    func end() { if format == .json { Console.print("]}") } }

    private struct Report: Encodable {
        let address, reason, at, source: String

        init(_ entry: SuppressionEntry) {
            address = entry.address
            reason = entry.reason.rawValue
            at = "\(entry.at)"
            source = entry.source
        }
    }
}
