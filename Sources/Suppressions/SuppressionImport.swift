package import Campaigns
internal import Gzip

/// Takes a file of suppressed addresses into our own list: all of it, or nothing and a clear error.
package struct SuppressionImport: Sendable {
    /// What messages call the file; one whose name ends in `.gz` is decompressed.
    package var file: String
    package var defaults: SuppressionFile.Defaults
    package var encoder: any DomainEncoder
    /// Whether rows that are wrong are left out, and told.
    package var skipsInvalid = false
    /// Whether nothing is written.
    package var isRehearsal = false

    package init(file: String, defaults: SuppressionFile.Defaults, encoder: any DomainEncoder) {
        self.file = file
        self.defaults = defaults
        self.encoder = encoder
    }

    /// What a file holds.
    package struct Inspection: Sendable {
        package var rows = 0
        /// Rows that are wrong.
        package var invalid = 0
        /// What is wrong with the first of them.
        package var problems: [Problem] = []
        /// Columns that say nothing to us.
        package var unusedColumns: [String] = []
    }

    private static let maximumProblems = 20

    /// Reads the whole file, and writes nothing.
    ///
    /// - Parameter progress: told how many rows have been read so far.
    /// - Throws: ``Problems`` of its rows, unless those are to be left out; a ``Problem`` of the file as a whole.
    package func inspect(
        _ bytes: ByteStream, progress: (Int) -> Void = { _ in }
    ) async throws -> Inspection {
        var inspection = Inspection()
        inspection.unusedColumns = try await read(bytes) { rows in
            for case .failure(let problem) in rows {
                inspection.invalid += 1
                if inspection.problems.count < Self.maximumProblems { inspection.problems.append(problem) }
            }
            inspection.rows += rows.count
            progress(inspection.rows)
        }
        guard inspection.rows > inspection.invalid || inspection.invalid > 0 else {
            throw Problem(
                .invalidInput, file: file, line: 1, "the file has a header but no rows",
                remedy: "Put addresses below it")
        }
        guard skipsInvalid || inspection.invalid == 0 else { throw Problems(told(inspection)) }
        return inspection
    }

    /// Reads the file anew and merges its rows into a list.
    ///
    /// - Parameters:
    ///   - bytes: of the file that ``inspect(_:progress:)`` has found right.
    ///   - progress: told how many rows have been dealt with so far.
    package func run(
        _ bytes: ByteStream, into list: any SuppressionList, progress: (Int) -> Void = { _ in }
    ) async throws -> SuppressionMerge.Counts {
        var merge = SuppressionMerge(into: list, isRehearsal: isRehearsal)
        var done = 0
        _ = try await read(bytes) { rows in
            try await merge.take(
                try rows.compactMap { row in
                    if skipsInvalid { return try? row.get() }
                    return try row.get()
                })
            done += rows.count
            progress(done)
        }
        return merge.counts
    }

    private func told(_ inspection: Inspection) -> [Problem] {
        let rest = inspection.invalid - inspection.problems.count
        guard rest > 0 else { return inspection.problems }
        return inspection.problems + [
            Problem(
                .invalidInput, file: file, "\(rest) more rows are wrong",
                remedy: "Correct them, or leave them out with --skip-invalid")
        ]
    }

    /// Reads a file to its end; `take` is given its rows in order, some at a time.
    ///
    /// - Returns: the columns that say nothing to us.
    private func read(
        _ bytes: ByteStream, _ take: ([SuppressionFile.Row]) async throws -> Void
    ) async throws -> [String] {
        let gzip = file.hasSuffix(".gz") ? GzipDecoder() : nil
        var reader = SuppressionFile(file: file, defaults: defaults, encoder: encoder)
        var rows: [SuppressionFile.Row] = []
        do {
            while let piece = try await bytes.next() {
                try Task.checkCancellation()
                try piece.withUnsafeBytes { piece in
                    guard let gzip else { return try reader.feed(piece) { rows.append($0) } }
                    try gzip.decompress(piece) { try reader.feed($0) { rows.append($0) } }
                }
                try await take(rows)
                rows.removeAll(keepingCapacity: true)
            }
            try gzip?.finish()
        } catch let error as GzipError {
            throw Problem(
                .invalidInput, file: file, "is no whole gzip file: \(error)",
                remedy: "Compress the list again with gzip")
        }
        try reader.finish { rows.append($0) }
        try await take(rows)
        return reader.unusedColumns
    }
}
