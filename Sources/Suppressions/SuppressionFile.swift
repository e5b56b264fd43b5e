package import Campaigns

/// Reads a file of suppressed addresses piece by piece, in memory bounded by its longest row.
///
/// It is one of:
/// - CSV (RFC 4180, see `CSVReader`) with a header that names a column `email` or `address`, and perhaps `reason`, `source` and
///   `at`; others are passed over. Case, spaces, hyphens and underscores in names do not count.
/// - Rows without a header: an address each, or address and reason, as SES's bulk import takes them.
/// - JSON objects, one a line, with members of those names. SES's own names (`EmailAddress`, `Reason`, `LastUpdateTime`) do.
package struct SuppressionFile: ~Copyable {
    /// What a row without a value of its own is given.
    package struct Defaults: Sendable {
        package var reason: SuppressionReason
        package var source: String
        package var at: Timestamp

        package init(reason: SuppressionReason, source: String, at: Timestamp) {
            self.reason = reason
            self.source = source
            self.at = at
        }
    }

    /// A row: an entry, or what is wrong with it.
    package typealias Row = Result<SuppressionEntry, Problem>

    private enum Format { case csv, jsonLines }

    private let file: String
    private var format: Format?
    /// The file's first bytes, until one of them tells the format.
    private var opening: [UInt8] = []
    private var csv: CSVReader
    private var lines: LineSplitter
    private let rows: SuppressionRows

    /// - Parameters:
    ///   - file: what messages call it.
    ///   - encoder: brings addresses into the form in which they are compared.
    package init(file: String, defaults: Defaults, encoder: any DomainEncoder) {
        self.file = file
        csv = CSVReader(file: file)
        lines = LineSplitter(file: file)
        rows = SuppressionRows(file: file, defaults: defaults, encoder: encoder)
    }

    /// Columns of the header that say nothing to us.
    package var unusedColumns: [String] { rows.unusedColumns }

    /// Feeds bytes; `row` is called for each row that is complete.
    ///
    /// - Throws: what `row` throws, or a ``Problem`` of the file as a whole, after which the reader is of no further use: no
    ///   UTF-8, a ragged row, a quote that is never closed, a header without addresses.
    package mutating func feed(_ bytes: UnsafeRawBufferPointer, row: (Row) throws -> Void) throws {
        guard format == nil else { return try hand(bytes, row: row) }
        opening += bytes
        format = try decided()
        guard format != nil else { return }
        let opening = opening
        self.opening = []
        try opening.withUnsafeBytes { try hand($0, row: row) }
    }

    /// Says that the file has ended.
    package mutating func finish(row: (Row) throws -> Void) throws {
        let rows = rows
        switch format {
        case nil:
            throw Problem(
                .invalidInput, file: file, line: 1, "the file is empty",
                remedy: "Put addresses into it, below a header such as email,reason,source,at")
        case .csv: try csv.finish { if let read = try rows.read($0) { try row(read) } }
        case .jsonLines: try lines.finish { if let read = rows.read(json: $0, line: $1) { try row(read) } }
        }
    }

    private mutating func hand(_ bytes: UnsafeRawBufferPointer, row: (Row) throws -> Void) throws {
        let rows = rows
        if format == .jsonLines {
            try lines.feed(bytes) { if let read = rows.read(json: $0, line: $1) { try row(read) } }
        } else {
            try csv.feed(bytes) { if let read = try rows.read($0) { try row(read) } }
        }
    }

    /// The format that the first byte which is no white space tells; `nil` as long as there is none.
    private func decided() throws(Problem) -> Format? {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let isMarked = opening.starts(with: byteOrderMark)
        guard !isMarked || opening.count > byteOrderMark.count else { return nil }
        let text = opening.dropFirst(isMarked ? byteOrderMark.count : 0)
        guard let first = text.first(where: { !" \t\r\n".utf8.contains($0) }) else { return nil }
        switch first {
        case UInt8(ascii: "{"): return .jsonLines
        case UInt8(ascii: "["):
            throw Problem(
                .invalidInput, file: file, line: 1, "the file is one JSON array",
                remedy: "Write one object a line: jq -c '.[]' does it")
        default: return .csv
        }
    }
}

/// Cuts text into lines, each of which it lends with its number.
struct LineSplitter: ~Copyable {
    static let maximumBytes = 64 << 10

    private let file: String
    private var line: [UInt8] = []
    private var number = 1

    init(file: String) { self.file = file }

    mutating func feed(
        _ bytes: UnsafeRawBufferPointer, line take: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            try append(rest[..<end])
            try hand(take)
            rest = rest[(end + 1)...]
        }
        try append(rest)
    }

    mutating func finish(line take: (UnsafeRawBufferPointer, Int) throws -> Void) throws { try hand(take) }

    private mutating func append(_ piece: Slice<UnsafeRawBufferPointer>) throws(Problem) {
        line += piece
        guard line.count > Self.maximumBytes else { return }
        throw Problem(
            .invalidInput, file: file, line: number, "the line is longer than \(Self.maximumBytes) bytes",
            remedy: "Write one JSON object a line: jq -c does it")
    }

    private mutating func hand(_ take: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
        try line.withUnsafeBytes { try take($0, number) }
        line.removeAll(keepingCapacity: true)
        number += 1
    }
}
