internal import Campaigns
internal import Digests
internal import Gzip

/// Reads a CSV list from the library, compressed or not, piece by piece.
struct ListReader: ~Copyable {
    private let key: String
    private let stream: ByteStream
    private let gzip: GzipDecoder?
    private var csv: CSVReader
    private let isHashed: Bool
    private var sha256 = SHA256()

    /// - Parameters:
    ///   - key: a key that ends in `.gz` is decompressed.
    ///   - isHashed: whether ``finishDigest()`` is wanted.
    init(_ key: String, in library: any CampaignLibrary, isHashed: Bool = false) async throws {
        self.key = key
        self.isHashed = isHashed
        stream = try await library.open(key)
        gzip = key.hasSuffix(".gz") ? GzipDecoder() : nil
        csv = CSVReader(file: key)
    }

    /// Reads on, and lends each record that is complete to `record`, the header too.
    ///
    /// - Returns: `false` at the end of the list.
    mutating func readOn(record: (borrowing CSVRecord) throws -> Void) async throws -> Bool {
        guard let piece = try await stream.next() else {
            do throws(GzipError) { try gzip?.finish() } catch { throw damaged(error) }
            try csv.finish(record: record)
            return false
        }
        if isHashed { sha256.update(piece) }
        guard let gzip else {
            try piece.withUnsafeBytes { try csv.feed($0, record: record) }
            return true
        }
        do {
            try piece.withUnsafeBytes { bytes in
                try gzip.decompress(bytes) { try csv.feed($0, record: record) }
            }
        } catch let error as GzipError {
            throw damaged(error)
        }
        return true
    }

    /// The SHA-256, in hexadecimal, of the bytes as they lie in the library. Asked for once, at the list's end.
    mutating func finishDigest() -> String {
        var complete = SHA256()
        swap(&complete, &sha256)
        return complete.finish().hexadecimal
    }

    private func damaged(_ error: GzipError) -> Problem {
        Problem(
            .invalidInput, file: key, "is no whole gzip file: \(error)",
            remedy: "Compress the list again with gzip and upload it anew")
    }
}

extension UnsafeRawBufferPointer {
    /// UTF-8 text without white space around it.
    var trimmedText: String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: self[first...last], as: UTF8.self)
    }
}
