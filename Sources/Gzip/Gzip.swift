/// Decompresses a gzip stream (RFC 1952) piece by piece, in constant memory.
package final class GzipDecoder {
    package init() {}
    /// Feeds compressed bytes and returns what they decompress to.
    package func decompress(_ bytes: [UInt8]) throws -> [UInt8] { fatalError("stub") }
    /// Says the input has ended. Throws if the stream is cut off.
    package func finish() throws { fatalError("stub") }
}
