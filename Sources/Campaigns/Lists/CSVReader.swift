/// Reads CSV (RFC 4180) piece by piece, in memory bounded by the longest record.
///
/// UTF-8 with or without byte order mark; lines end in CRLF, LF or CR; quoted fields may hold line breaks, separators
/// and doubled quotes. Beyond the RFC:
/// - Columns may be separated by semicolons or tabs, where the header leaves no doubt (see ``CSVOpening``).
/// - A line without a single byte is skipped, also in a list of one column; `""` is a record with an empty field.
/// - A quote within a field that does not begin with one stands for itself.
///
/// Once a method has thrown, the reader is of no further use.
package struct CSVReader: ~Copyable {
    /// How large a list's parts may be.
    package struct Limits: Sendable {
        /// Length of a field as it stands in the file, its quotes included.
        package var fieldBytes: Int
        package var columns: Int
        /// Length of a record as it stands in the file.
        package var recordBytes: Int

        package init(fieldBytes: Int = 64 << 10, columns: Int = 1024, recordBytes: Int = 1 << 20) {
            self.fieldBytes = fieldBytes
            self.columns = columns
            self.recordBytes = recordBytes
        }
    }

    /// The bytes up to the header's end, until they are all there and tell how the list is written.
    private var header = ByteBuffer()
    private var headerState = HeaderState.blank
    private let file: String
    private let limits: Limits
    private var scanner: CSVScanner

    private enum HeaderState { case blank, unquoted, quoted, complete }

    /// - Parameter file: what messages call the list.
    package init(file: String, limits: Limits = Limits()) {
        self.file = file
        self.limits = limits
        scanner = CSVScanner(file: file, limits: limits)
    }

    /// Feeds bytes; `record` is called for each record that is complete, the header too.
    ///
    /// - Throws: what `record` throws, or a ``Problem`` with file, line and column: invalid UTF-8, a quote that is never
    ///   closed or closes in mid-field, a ragged row (its first record says how many fields there are), a limit.
    package mutating func feed(
        _ bytes: UnsafeRawBufferPointer, record: (borrowing CSVRecord) throws -> Void
    ) throws {
        var rest = bytes
        if headerState != .complete {
            let taken = takeHeader(from: bytes)
            guard headerState == .complete else { return }
            try scanHeader(record: record)
            rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(taken))
        }
        try scanner.feed(rest, record: record)
    }

    /// Says that the input has ended.
    package mutating func finish(record: (borrowing CSVRecord) throws -> Void) throws {
        if headerState != .complete { try scanHeader(record: record) }
        try scanner.finish(record: record)
    }

    /// Takes bytes up to the header's end; returns how many.
    private mutating func takeHeader(from bytes: UnsafeRawBufferPointer) -> Int {
        for (index, byte) in bytes.enumerated() {
            header.append(byte)
            let isLineEnd = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            switch headerState {
            case .blank where isLineEnd: break
            case .unquoted where isLineEnd: headerState = .complete
            case .quoted where byte == UInt8(ascii: "\""): headerState = .unquoted
            case .quoted: break
            default: headerState = byte == UInt8(ascii: "\"") ? .quoted : .unquoted
            }
            if header.count > limits.recordBytes { headerState = .complete }
            if headerState == .complete { return index + 1 }
        }
        return bytes.count
    }

    private mutating func scanHeader(record: (borrowing CSVRecord) throws -> Void) throws {
        let opening = try CSVOpening(header.bytes, file: file)
        scanner.separator = opening.separator
        try scanner.feed(
            UnsafeRawBufferPointer(rebasing: header.bytes.dropFirst(opening.skipped)), record: record)
        header = ByteBuffer()
    }
}
