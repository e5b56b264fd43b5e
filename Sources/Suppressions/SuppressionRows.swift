internal import Campaigns
internal import JSON

/// Makes entries of a file's rows.
final class SuppressionRows {
    /// What a file tells of an address, and the names that it may go by.
    private enum Member: CaseIterable {
        case address, reason, source, at

        /// Without what does not count in a name: case, spaces, hyphens, underscores.
        var names: [String] {
            switch self {
            case .address: ["email", "address", "emailaddress"]
            case .reason: ["reason"]
            case .source: ["source"]
            case .at: ["at", "lastupdatetime"]
            }
        }

        static func named(_ name: String) -> Member? {
            let plain = String(name.lowercased().filter { !" -_".contains($0) })
            return allCases.first { $0.names.contains(plain) }
        }
    }

    private static let maximumSourceBytes = 256

    private let file: String
    private let defaults: SuppressionFile.Defaults
    private var parser: AddressParser
    private var columns: [Member: Int]?
    private(set) var unusedColumns: [String] = []

    init(file: String, defaults: SuppressionFile.Defaults, encoder: any DomainEncoder) {
        self.file = file
        self.defaults = defaults
        parser = AddressParser(encoder: encoder)
    }

    // MARK: - CSV

    /// - Returns: `nil` for the header.
    func read(_ record: borrowing CSVRecord) throws(Problem) -> SuppressionFile.Row? {
        guard let columns else {
            if try takeHeader(record) { return nil }
            return try read(record)
        }
        var fields: [Member: String] = [:]
        for (member, place) in columns where member != .address {
            fields[member] = String(decoding: record[place], as: UTF8.self)
        }
        let fault = parser.parse(record[columns[.address] ?? 0])
        return entry(fault, fields, line: record.line)
    }

    /// - Returns: `false` if the first row is an entry already.
    private func takeHeader(_ record: borrowing CSVRecord) throws(Problem) -> Bool {
        var names: [String] = []
        for index in 0..<record.count { names.append(String(decoding: record[index], as: UTF8.self)) }
        if names[0].contains("@") {
            columns = record.count > 1 ? [.address: 0, .reason: 1] : [.address: 0]
            if record.count > 2 {
                throw Problem(
                    .invalidInput, file: file, line: record.line,
                    "rows of \(record.count) fields need a header that says what they are",
                    remedy: "Begin the file with a line such as email,reason,source,at")
            }
            return false
        }
        var columns: [Member: Int] = [:]
        for (place, name) in names.enumerated() {
            guard let member = Member.named(name) else {
                unusedColumns.append(name)
                continue
            }
            if columns.updateValue(place, forKey: member) != nil {
                throw Problem(
                    .invalidInput, file: file, line: record.line, key: name,
                    "the header has two columns of this meaning", remedy: "Take one of them out")
            }
        }
        guard columns[.address] != nil else {
            throw Problem(
                .invalidInput, file: file, line: record.line, key: "email",
                "no column holds addresses; the columns are \(names.map { "'\($0)'" }.joined(separator: ", "))",
                remedy: "Name the column email in the header")
        }
        self.columns = columns
        return true
    }

    // MARK: - JSON

    /// - Returns: `nil` for a blank line.
    func read(json text: UnsafeRawBufferPointer, line: Int) -> SuppressionFile.Row? {
        guard text.contains(where: { !" \t\r".utf8.contains($0) }) else { return nil }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONDecoder(limits: .init(bytes: LineSplitter.maximumBytes, depth: 4))
                .decode(JSONValue.self, from: text)
        } catch {
            return .failure(
                Problem(
                    .invalidInput, file: file, line: line, column: error.column, error.message,
                    remedy: "Write one JSON object a line: jq -c does it"))
        }
        guard case .object(let members) = value else {
            return .failure(problem(line, nil, "the line is no JSON object", "Write one object a line"))
        }
        if case .array = members["SuppressedDestinationSummaries"] ?? members["entries"] {
            return .failure(
                problem(
                    line, nil, "the line holds a whole list",
                    "Write one object a line: jq -c '.[][]' does it"))
        }
        var fields: [Member: String] = [:]
        for (name, value) in members {
            guard let member = Member.named(name) else { continue }
            switch value {
            case .string(let text): fields[member] = text
            case .integer(let number) where member == .at: fields[member] = "\(number)"
            case .double(let number) where member == .at: fields[member] = "\(number)"
            case .null: break
            default: return .failure(problem(line, name, "is no text", "Write it as a string"))
            }
        }
        let address = Array((fields[.address] ?? "").utf8)
        return entry(address.withUnsafeBytes { parser.parse($0) }, fields, line: line)
    }

    // MARK: - Values

    /// - Parameter fault: what is wrong with the address that the parser has just looked at.
    private func entry(
        _ fault: AddressFault?, _ fields: [Member: String], line: Int
    ) -> SuppressionFile.Row {
        if let fault {
            return .failure(
                problem(line, "email", "\(fault)", "Correct it, or leave such rows out with --skip-invalid"))
        }
        var entry = SuppressionEntry(
            address: String(decoding: parser.compared, as: UTF8.self), reason: defaults.reason,
            source: defaults.source, at: defaults.at)
        if let text = fields[.reason].map(trimmed), !text.isEmpty {
            guard let reason = SuppressionReason(rawValue: text.lowercased()) else {
                let known = SuppressionReason.allCases.map(\.rawValue).joined(separator: ", ")
                return .failure(
                    problem(line, "reason", "'\(shown(text))' is no reason", "Write one of \(known)"))
            }
            entry.reason = reason
        }
        if let text = fields[.at].map(trimmed), !text.isEmpty {
            guard let at = Self.moment(text) else {
                return .failure(
                    problem(
                        line, "at", "'\(shown(text))' is no moment",
                        "Write it as 2026-06-01T17:00:00Z, or in seconds since 1970"))
            }
            entry.at = at
        }
        if let text = fields[.source].map(trimmed), !text.isEmpty {
            guard text.utf8.count <= Self.maximumSourceBytes,
                text.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
            else {
                return .failure(
                    problem(
                        line, "source", "is longer than \(Self.maximumSourceBytes) bytes or more than a line",
                        "Shorten it"))
            }
            entry.source = text
        }
        return .success(entry)
    }

    /// An instant of RFC 3339, or seconds since 1970 as AWS's tools print them.
    private static func moment(_ text: String) -> Timestamp? {
        if let moment = Timestamp(iso8601: text) { return moment }
        // Until the year 9999.
        guard let seconds = Double(text), (0..<253_402_300_800).contains(seconds) else { return nil }
        return Timestamp(milliseconds: Int64((seconds * 1000).rounded()))
    }

    private func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(text[first...last])
    }

    /// What a message repeats of a value.
    private func shown(_ text: String) -> String {
        String(text.unicodeScalars.filter { $0.value >= 0x20 }.prefix(40).map(Character.init))
    }

    private func problem(_ line: Int, _ key: String?, _ message: String, _ remedy: String) -> Problem {
        Problem(.invalidInput, file: file, line: line, key: key, message, remedy: remedy)
    }
}
