internal import Campaigns

/// Decides of each row of a recipients list whether it is sent to, and cuts those that are into shards.
///
/// It must be given the rows in the list's order.
struct RecipientSieve: ~Copyable {
    private let file: String
    private let campaign: Campaign
    private let leftOut: LeftOut
    private var seen: AddressSet

    var recipients: Int { objects.recipients }
    private(set) var counts = OutcomeCounts()
    /// What stops the plan, found row by row; reading goes on so that all is told at once.
    private var problems: [Problem] = []
    private static let maximumProblems = 20

    private var objects: PlanObjects
    /// Rows whose searches are prepared at once: about as many reads as a processor has under way.
    private static let readAhead = 16

    /// - Parameter leftOut: its key is that of the rows' fingerprints.
    init(file: String, campaign: Campaign, shardSize: Int, leftOut: consuming LeftOut) {
        self.file = file
        self.campaign = campaign
        objects = PlanObjects(shardSize: shardSize)
        seen = AddressSet(key: leftOut.key)
        self.leftOut = leftOut
    }

    /// - Parameter variables: names of the rows' values.
    mutating func take(_ checked: CheckedRows, variables: [String]) -> PlanObjects.Output {
        var valid = 0
        var emptyValues = checked.emptyValues[...]
        checked.json.withUnsafeBytes { json in
            for index in checked.rows.indices {
                if index.isMultiple(of: Self.readAhead) {
                    for row in checked.rows[index...].prefix(Self.readAhead) {
                        if let fingerprint = row.fingerprint { seen.readAhead(fingerprint) }
                    }
                }
                let row = checked.rows[index]
                let line = UnsafeRawBufferPointer(rebasing: json[row.json])
                guard let fingerprint = row.fingerprint else {
                    counts.invalid += 1
                    objects.setAside(line)
                    continue
                }
                let lowercased = checked.lowercased.isEmpty ? fingerprint : checked.lowercased[valid]
                valid += 1
                let leftOut =
                    reasonToLeaveOut(fingerprint, lowercased: lowercased)
                    ?? reasonNotToDepart(row, checked.departures)
                if let leftOut {
                    objects.setAside(
                        line: row.line, address: UnsafeRawBufferPointer(rebasing: json[row.address]),
                        leftOut.outcome, leftOut.reason)
                } else {
                    objects.append(line, departure: row.departure)
                }
                while emptyValues.first?.row == index, let empty = emptyValues.popFirst() {
                    if leftOut == nil { emptyValue(variables[empty.value], line: row.line) }
                }
            }
        }
        return objects.take()
    }

    /// Ends the list.
    ///
    /// - Throws: ``Problems`` that were found in the rows.
    mutating func finish() throws -> PlanObjects.Output {
        guard problems.isEmpty else { throw Problems(problems) }
        return objects.finish()
    }

    /// Whether a valid address is not sent to, and why.
    private mutating func reasonToLeaveOut(
        _ fingerprint: AddressFingerprint, lowercased: AddressFingerprint
    ) -> (outcome: StaticString, reason: String)? {
        guard seen.insert(fingerprint) else {
            counts.duplicate += 1
            return ("duplicate", "an earlier row has this address")
        }
        if leftOut.excluded.tag(of: fingerprint) != nil {
            counts.excluded += 1
            return ("excluded", "listed in an exclude list")
        }
        if let tag = leftOut.suppressed.tag(of: lowercased) {
            counts.suppressed += 1
            return ("suppressed", leftOut.reason(tag: tag))
        }
        return nil
    }

    /// Why a recipient that is to be sent to at a moment of its own is not sent to then.
    private mutating func reasonNotToDepart(
        _ row: CheckedRows.Row, _ departures: [RecipientZones.Departure]
    ) -> (outcome: StaticString, reason: String)? {
        guard departures.indices.contains(row.departure), let reason = departures[row.departure].tooLate
        else { return nil }
        counts.excluded += 1
        return ("excluded", reason)
    }

    private mutating func emptyValue(_ variable: String, line: Int) {
        guard problems.count < Self.maximumProblems else { return }
        problems.append(
            Problem(
                .invalidInput, file: file, line: line, key: campaign.columns?.variables[variable] ?? variable,
                "the cell is empty, and the templates need a value",
                remedy: "Fill it, or set requireValues to false in campaign.json"))
    }
}

/// A sieve that works in a task of its own, beside the reading of the list.
actor ConcurrentSieve {
    private var sieve: RecipientSieve

    init(_ sieve: consuming sending RecipientSieve) { self.sieve = sieve }

    func take(_ checked: CheckedRows, variables: [String]) -> PlanObjects.Output {
        sieve.take(checked, variables: variables)
    }

    /// Ends the list, as ``RecipientSieve/finish()`` does.
    func finish() throws -> (output: PlanObjects.Output, recipients: Int, counts: OutcomeCounts) {
        (try sieve.finish(), sieve.recipients, sieve.counts)
    }
}
