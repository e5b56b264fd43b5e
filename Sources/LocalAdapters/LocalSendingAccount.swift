package import Campaigns

/// The account behind an ``OutboxMailer``: every identity is verified, the quota is the disk's.
///
/// In the place of SES's suppression list stands the library's file `suppression.csv` with the columns `address`, `reason`
/// (bounce, complaint, unsubscribe or manual) and `at` (as in `2026-06-01T17:00:00Z`); without it the list is empty.
package struct LocalSendingAccount: SendingAccount {
    package static let suppressionFile = "suppression.csv"

    private static let pageSize = 1000

    private let library: any CampaignLibrary
    private let encoder: any DomainEncoder
    private let rate: Double

    /// - Parameters:
    ///   - encoder: brings the list's addresses into the form in which they are compared.
    ///   - rate: mails a second.
    package init(library: any CampaignLibrary, encoder: any DomainEncoder, rate: Double = 10_000) {
        self.library = library
        self.encoder = encoder
        self.rate = rate
    }

    package func quota() async throws -> SendingQuota {
        SendingQuota(
            maximumRate: rate, maximumPer24Hours: nil, sentLast24Hours: 0,
            suppressedReasons: Set(SuppressionReason.allCases))
    }

    package func identity(_ name: String) async throws -> SendingIdentity? {
        SendingIdentity(name: name, isVerified: true, dkimStatus: "SUCCESS", isDKIMSigningEnabled: true)
    }

    package func suppressed(_ page: ([SuppressionEntry]) async throws -> Void) async throws {
        let stream: ByteStream
        do {
            stream = try await library.open(LocalSendingAccount.suppressionFile)
        } catch let problem as Problem where problem.kind == .notFound {
            return
        }
        var reader = CSVReader(file: LocalSendingAccount.suppressionFile)
        var rows = SuppressionRows(encoder: encoder)
        while let piece = try await stream.next() {
            try piece.withUnsafeBytes { bytes in try reader.feed(bytes) { record in try rows.take(record) } }
            if rows.entries.count >= LocalSendingAccount.pageSize { try await page(rows.removeAll()) }
        }
        try reader.finish { record in try rows.take(record) }
        if !rows.entries.isEmpty { try await page(rows.removeAll()) }
    }
}

/// Turns the records of a `suppression.csv` into entries.
private struct SuppressionRows: ~Copyable {
    private struct Columns {
        let address, reason, at: Int
    }

    private(set) var entries: [SuppressionEntry] = []
    private var columns: Columns?
    private var parser: AddressParser

    init(encoder: any DomainEncoder) { parser = AddressParser(encoder: encoder) }

    mutating func removeAll() -> [SuppressionEntry] {
        defer { entries = [] }
        return entries
    }

    mutating func take(_ record: borrowing CSVRecord) throws(Problem) {
        guard let columns else {
            let names = (0..<record.count).map { String(decoding: record[$0], as: UTF8.self).lowercased() }
            columns = Columns(
                address: try SuppressionRows.place(of: "address", in: names, line: record.line),
                reason: try SuppressionRows.place(of: "reason", in: names, line: record.line),
                at: try SuppressionRows.place(of: "at", in: names, line: record.line))
            return
        }
        guard parser.parse(record[columns.address]) == nil else {
            throw SuppressionRows.problem(
                line: record.line, key: "address", "this is no address",
                remedy: "Correct it, or remove the row")
        }
        let reasonText = String(decoding: record[columns.reason], as: UTF8.self).lowercased()
        guard let reason = SuppressionReason(rawValue: reasonText) else {
            throw SuppressionRows.problem(
                line: record.line, key: "reason", "\(reasonText) is no reason",
                remedy: "Write \(SuppressionReason.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let at = Timestamp(iso8601: String(decoding: record[columns.at], as: UTF8.self)) else {
            throw SuppressionRows.problem(
                line: record.line, key: "at", "this is no moment", remedy: "Write it as 2026-06-01T17:00:00Z")
        }
        entries.append(
            SuppressionEntry(
                address: String(decoding: parser.compared, as: UTF8.self), reason: reason,
                source: LocalSendingAccount.suppressionFile, at: at))
    }

    private static func place(of column: String, in names: [String], line: Int) throws(Problem) -> Int {
        guard let place = names.firstIndex(of: column) else {
            throw problem(
                line: line, key: column, "the column is missing",
                remedy: "Begin the file with the line address,reason,at")
        }
        return place
    }

    private static func problem(line: Int, key: String, _ message: String, remedy: String) -> Problem {
        Problem(
            .invalidInput, file: LocalSendingAccount.suppressionFile, line: line, key: key, message,
            remedy: remedy)
    }
}
