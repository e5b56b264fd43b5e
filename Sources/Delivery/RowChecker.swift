internal import Campaigns

/// Reads the header of a recipients list, then checks each row by itself and writes its line of JSON.
///
/// Works on bytes throughout: a row costs no allocation.
struct RowChecker: ~Copyable {
    private let file: String
    private let campaign: Campaign
    private let needs: [MessageRenderer.Need]
    private let key: AddressKey
    private var parser: AddressParser

    /// `nil` where all recipients are sent to at once.
    private(set) var zones: RecipientZones?
    private var addressColumn: Int?
    private var zoneColumn: Int?
    private var valueColumns: [(name: String, index: Int)] = []

    /// Rows read so far, the header left out.
    private(set) var count = 0
    private var checked = CheckedRows()
    private var json = LineBuffer()

    /// - Parameters:
    ///   - needs: what the templates look up, built-in variables left out.
    ///   - key: of the fingerprints that the rows are given.
    ///   - zones: when recipients are sent to, if not at once.
    init(
        file: String, campaign: Campaign, needs: [MessageRenderer.Need], key: AddressKey,
        parser: consuming AddressParser, zones: RecipientZones? = nil
    ) {
        self.file = file
        self.campaign = campaign
        self.needs = needs
        self.key = key
        self.parser = parser
        self.zones = zones
    }

    /// Names of the values of each row.
    var variables: [String] { valueColumns.map(\.name) }

    /// Names of time zones that there are not, each at the first of its rows.
    var unknownZones: [(problem: Problem, rows: Int)] {
        (zones?.unknown ?? []).map { unknown in
            var problem = unknown.problem
            problem.file = file
            return (problem, unknown.rows)
        }
    }

    /// Takes the header at first, then row after row.
    ///
    /// - Throws: ``Problems`` of the header: columns that are missing or there twice. A ``Problem`` of a column of zones
    ///   that holds none.
    mutating func take(_ record: borrowing CSVRecord) throws {
        guard let addressColumn else { return try takeHeader(record) }
        count += 1
        let written = record[addressColumn]
        if let fault = parser.parse(written) {
            takeInvalid(written, fault.description, line: record.line)
            return
        }
        switch try departure(of: record) {
        case .departure(let position): takeValid(record, departure: position)
        case .unknown(let position):
            takeInvalid(written, zones?.unknown[position].reason ?? "", line: record.line)
        }
    }

    private mutating func departure(of record: borrowing CSVRecord) throws -> RecipientZones.Place {
        guard let zoneColumn, let column = zones?.column else { return .departure(0) }
        do {
            return try zones?.place(of: record[zoneColumn], line: record.line) ?? .departure(0)
        } catch var problem as Problem {
            (problem.file, problem.line, problem.key) = (file, record.line, column)
            throw problem
        }
    }

    /// Gives away the rows that have been checked since the last call.
    mutating func takeRows() -> CheckedRows {
        var complete = CheckedRows()
        complete.rows.reserveCapacity(checked.rows.count + checked.rows.count / 8)
        swap(&complete, &checked)
        complete.json = json.take()
        complete.departures = zones?.departures ?? []
        return complete
    }

    /// Ends the list.
    ///
    /// - Throws: a ``Problem`` if it had no header or no rows.
    func finish() throws {
        guard addressColumn == nil || count == 0 else { return }
        throw Problem(
            .invalidInput, file: file, line: 1,
            addressColumn == nil ? "the list is empty" : "the list has a header but no rows",
            remedy: "Put a header row and at least one recipient into it")
    }

    private mutating func takeValid(_ record: borrowing CSVRecord, departure: Int) {
        let start = json.count
        json.append("{\"line\":")
        json.append(decimal: record.line)
        json.append(",\"to\":")
        let address = json.append(literal: parser.sent)
        if let zoneColumn, !record[zoneColumn].isEmpty {
            json.append(",\"zone\":")
            json.append(literal: record[zoneColumn])
        }
        json.append(",\"values\":[")
        for position in valueColumns.indices {
            if position > 0 { json.append(",") }
            let value = record[valueColumns[position].index]
            if campaign.requiresValues, value.isEmpty {
                checked.emptyValues.append((checked.rows.count, position))
            }
            json.append(literal: value)
        }
        json.append("]}\n")
        checked.rows.append(
            CheckedRows.Row(
                line: record.line, fingerprint: key.fingerprint(of: parser.compared), departure: departure,
                json: start..<json.count, address: address))
        if campaign.hasCaseSensitiveLocalParts {
            checked.lowercased.append(key.fingerprint(lowercasing: parser.compared))
        }
    }

    private mutating func takeInvalid(_ written: UnsafeRawBufferPointer, _ reason: String, line: Int) {
        let start = json.count
        json.append("{\"line\":")
        json.append(decimal: line)
        json.append(",\"address\":")
        let address = json.append(literal: written.prefixOfWholeCharacters(Self.shownAddressBytes))
        json.append(",\"outcome\":\"invalid\",\"reason\":")
        json.append(literal: reason)
        json.append("}\n")
        checked.rows.append(
            CheckedRows.Row(
                line: line, fingerprint: nil, departure: 0, json: start..<json.count, address: address))
    }

    /// How much is kept of what is no address.
    private static let shownAddressBytes = 320

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
        if let zones {
            zoneColumn = column(zones.column)
            if zoneColumn == nil {
                found.append(
                    Problem(
                        .invalidInput, file: file, line: record.line, key: "$.schedule.timeZoneColumn",
                        "the list has no column '\(zones.column)' for the time zone; its columns are \(listing)",
                        remedy: "Correct the name in campaign.json or in the list"))
            }
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
