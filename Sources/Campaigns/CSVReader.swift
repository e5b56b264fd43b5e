/// Reads CSV (RFC 4180) piece by piece, in memory bounded by the longest record.
///
/// UTF-8 with or without a byte order mark; lines end in CRLF, LF or CR; quoted fields may hold line breaks.
package struct CSVReader: ~Copyable {
    package struct Limits: Sendable {
        package var fieldBytes: Int
        package var columns: Int
        package init(fieldBytes: Int = 64 << 10, columns: Int = 1024) {
            self.fieldBytes = fieldBytes
            self.columns = columns
        }
    }

    /// - Parameter file: what messages call the list.
    package init(file: String, limits: Limits = Limits()) { fatalError("stub") }

    /// Feeds bytes; `record` is called for each record that is complete, the header too.
    ///
    /// - Throws: what `record` throws, or a ``Problem`` with file, line and column: invalid UTF-8, a quote that is never
    ///   closed or closes in mid-field, a ragged row (its first record says how many fields there are), a limit.
    package mutating func feed(_ bytes: UnsafeRawBufferPointer, record: (borrowing CSVRecord) throws -> Void)
        throws
    {
        fatalError("stub")
    }
    /// Says that the input has ended.
    package mutating func finish(record: (borrowing CSVRecord) throws -> Void) throws { fatalError("stub") }
}

/// One record, valid only while the closure that it is lent to runs.
package struct CSVRecord: ~Copyable {
    /// Line on which it begins, counted from 1.
    package var line: Int { fatalError("stub") }
    package var count: Int { fatalError("stub") }
    /// The field's text, quotes removed: valid UTF-8, only valid until the closure returns.
    package subscript(index: Int) -> UnsafeRawBufferPointer { fatalError("stub") }
}
