/// Why a stream cannot be decompressed. Offsets count compressed bytes from the stream's start.
package enum GzipError: Error, Equatable, CustomStringConvertible {
    /// The first bytes are no gzip header.
    case notGzip
    /// The stream ends before its last member does.
    case truncated(offset: Int)
    /// The data breaks the format, or its checksum or length differs from what the trailer says.
    case damaged(offset: Int, reason: String)
    /// Something other than a further member or zero bytes follows a member.
    case trailingGarbage(offset: Int)

    package var description: String {
        switch self {
        case .notGzip: "not a gzip file"
        case .truncated(let offset): "the gzip data is cut off after \(offset) bytes"
        case .damaged(let offset, let reason): "the gzip data is damaged near byte \(offset): \(reason)"
        case .trailingGarbage(let offset): "something other than gzip data follows it at byte \(offset)"
        }
    }
}
