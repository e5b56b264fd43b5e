internal import Campaigns

/// One pass over a recipients list: checks each row, sets aside what is not sent to, and cuts the rest into shards.
///
/// Works on bytes throughout: a row that is sent to costs no allocation.
struct RecipientPass: ~Copyable {
    /// What the pass has made and nobody has taken yet.
    struct Output {
        var shards: [[UInt8]] = []
        var setAside: [[UInt8]] = []
    }

    private let file: String
    private let campaign: Campaign
    private let needs: [MessageRenderer.Need]
    private let shardSize: Int
    private let leftOut: LeftOut
    private var parser: AddressParser
    private var seen = AddressSet()

    private var addressColumn = -1
    private var valueColumns: [(name: String, index: Int)] = []

    private(set) var rows = 0
    private(set) var recipients = 0
    private(set) var counts = OutcomeCounts()
    /// What stops the plan, found row by row; reading goes on so that all is told at once.
    private(set) var problems: [Problem] = []
    private static let maximumProblems = 20

    private var shard = LineBuffer()
    private var shardCount = 0
    private var setAside = LineBuffer()
    private(set) var output = Output()
    private var lowercase: [UInt8] = []

    /// - Parameters:
    ///   - needs: what the templates look up, built-in variables left out.
    init(
        file: String, campaign: Campaign, needs: [MessageRenderer.Need], shardSize: Int,
        leftOut: consuming LeftOut,
        parser: consuming AddressParser
    ) {
        self.file = file
        self.campaign = campaign
        self.needs = needs
        self.shardSize = shardSize
        self.leftOut = leftOut
        self.parser = parser
    }

    /// Names of the values in each line of a shard.
    var variables: [String] { valueColumns.map(\.name) }

    /// Gives away what is complete, so that it can be written while the list is read on.
    mutating func takeOutput() -> Output {
        defer { output = Output() }
        return output
    }

    mutating func take(_ record: borrowing CSVRecord) throws {
        guard addressColumn >= 0 else { return try takeHeader(record) }
        rows += 1
        let written = record[addressColumn]
        if let fault = parser.parse(written) {
            counts.invalid += 1
            return setAside(record.line, written, "invalid", fault.description)
        }
        guard seen.insert(parser.compared) else {
            counts.duplicate += 1
            return setAside(record.line, written, "duplicate", "an earlier row has this address")
        }
        if leftOut.excluded.tag(of: parser.compared) != nil {
            counts.excluded += 1
            return setAside(record.line, written, "excluded", "listed in an exclude list")
        }
        if let tag = suppressionTag() {
            counts.suppressed += 1
            return setAside(record.line, written, "suppressed", leftOut.reason(tag: tag))
        }
        appendRecipient(record)
    }

    /// Ends the pass.
    ///
    /// - Throws: ``Problems`` that were found in the rows, or that there are none.
    consuming func finish() throws -> (output: Output, counts: OutcomeCounts) {
        if addressColumn < 0 || rows == 0 {
            throw Problem(
                .invalidInput, file: file, line: 1,
                addressColumn < 0 ? "the list is empty" : "the list has a header but no rows",
                remedy: "Put a header row and at least one recipient into it")
        }
        guard problems.isEmpty else { throw Problems(problems) }
        if shardCount > 0 { closeShard() }
        if setAside.count > 0 { output.setAside.append(setAside.take()) }
        let counts = counts
        let output = output
        return (output, counts)
    }

    // MARK: - Header

    private mutating func takeHeader(_ record: borrowing CSVRecord) throws {
        var names: [String] = []
        for index in 0..<record.count { names.append(record[index].trimmedText) }
        var found: [Problem] = []
        func column(_ name: String) -> Int? {
            let places = names.indices.filter { names[$0] == name }
            if places.count > 1 {
                found.append(
                    Problem(
                        .invalidInput, file: file, line: record.line, key: name,
                        "the header names this column \(places.count) times", remedy: "Rename all but one"))
            }
            return places.first
        }
        let listing = names.map { "'\($0)'" }.joined(separator: ", ")

        let address = campaign.columns?.email ?? "email"
        if let place = column(address) {
            addressColumn = place
        } else {
            found.append(
                Problem(
                    .invalidInput, file: file, line: record.line, key: address,
                    "the list has no column '\(address)' for the address; its columns are \(listing)",
                    remedy: #"Rename the column, or name it in campaign.json: "columns": {"email": "…"}"#))
        }
        for (variable, name) in (campaign.columns?.variables ?? [:]).sorted(by: { $0.key < $1.key })
        where column(name) == nil {
            found.append(
                Problem(
                    .invalidInput, file: file, line: record.line, key: "$.columns.variables.\(variable)",
                    "the list has no column '\(name)'; its columns are \(listing)",
                    remedy: "Correct the name in campaign.json or in the list"))
        }
        for need in needs where !valueColumns.contains(where: { $0.name == need.variable.name }) {
            let name: String? =
                campaign.columns.map { $0.variables[need.variable.name] } ?? need.variable.name
            if let name, let place = column(name) {
                valueColumns.append((need.variable.name, place))
            } else if name == nil || campaign.columns == nil {
                found.append(
                    Problem(
                        .invalidInput, file: need.file, line: need.variable.line,
                        column: need.variable.column,
                        key: need.variable.name,
                        "the template needs a variable that \(file) has no column for; its columns are \(listing)",
                        remedy: campaign.columns == nil
                            ? "Add the column, or correct the name in the template"
                            : "Map it in campaign.json under columns.variables, or correct the name in the template"
                    ))
            }
        }
        guard found.isEmpty else { throw Problems(found) }
    }

    // MARK: - Rows

    private mutating func suppressionTag() -> UInt8? {
        guard campaign.hasCaseSensitiveLocalParts else { return leftOut.suppressed.tag(of: parser.compared) }
        lowercase.removeAll(keepingCapacity: true)
        for byte in parser.compared {
            lowercase.append((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte)
        }
        return lowercase.withUnsafeBytes { leftOut.suppressed.tag(of: $0) }
    }

    private mutating func appendRecipient(_ record: borrowing CSVRecord) {
        recipients += 1
        shard.append("{\"line\":")
        shard.append(decimal: record.line)
        shard.append(",\"to\":")
        shard.append(literal: parser.sent)
        shard.append(",\"values\":[")
        for position in valueColumns.indices {
            if position > 0 { shard.append(",") }
            let value = record[valueColumns[position].index]
            if campaign.requiresValues, value.isEmpty {
                emptyValue(valueColumns[position].name, line: record.line)
            }
            shard.append(literal: value)
        }
        shard.append("]}\n")
        shardCount += 1
        if shardCount == shardSize { closeShard() }
    }

    private mutating func closeShard() {
        let lines = shard.take()
        output.shards.append(lines)
        shardCount = 0
    }

    private mutating func emptyValue(_ name: String, line: Int) {
        guard problems.count < Self.maximumProblems else { return }
        let column = campaign.columns?.variables[name] ?? name
        problems.append(
            Problem(
                .invalidInput, file: file, line: line, key: column,
                "the cell is empty, and the templates need a value",
                remedy: "Fill it, or set requireValues to false in campaign.json"))
    }

    private mutating func setAside(
        _ line: Int, _ address: UnsafeRawBufferPointer, _ outcome: StaticString, _ reason: String
    ) {
        setAside.append("{\"line\":")
        setAside.append(decimal: line)
        setAside.append(",\"address\":")
        setAside.append(literal: address.prefixOfWholeCharacters(320))
        setAside.append(",\"outcome\":\"")
        setAside.append(outcome)
        setAside.append("\",\"reason\":")
        var reason = reason
        reason.withUTF8 { setAside.append(literal: UnsafeRawBufferPointer($0)) }
        setAside.append("}\n")
        if setAside.count >= 256 << 10 { output.setAside.append(setAside.take()) }
    }
}

extension UnsafeRawBufferPointer {
    /// At most `count` bytes of UTF-8 text, no character cut in two.
    fileprivate func prefixOfWholeCharacters(_ count: Int) -> UnsafeRawBufferPointer {
        guard self.count > count else { return self }
        var end = count
        while end > 0, self[end] & 0xC0 == 0x80 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[..<end])
    }
}
