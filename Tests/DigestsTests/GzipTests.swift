import Digests
import Foundation
import Gzip
import TestSupport
import Testing

@Suite struct GzipTests {
    /// What Python's gzip module writes for `pieces`, one member each.
    private static func compressed(_ pieces: [UInt8]...) async throws -> [UInt8] {
        let input = pieces.map(\.hexadecimal).joined(separator: "\n")
        let output = try await runPython("oracles/gzip_members.py", input: Data((input + "\n").utf8))
        let digits = Array(output.utf8.dropLast())
        return stride(from: 0, to: digits.count, by: 2).map { offset in
            UInt8(String(decoding: digits[offset..<offset + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }

    /// Decompresses in pieces of `size` bytes, as a download brings them.
    private static func decompressed(
        _ bytes: [UInt8], size: Int = .max, pieceByteCount: Int = 64 << 10
    ) throws -> [UInt8] {
        let decoder = GzipDecoder(pieceByteCount: pieceByteCount)
        var output: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            try rest.prefix(size).withUnsafeBytes { bytes in
                try decoder.decompress(bytes) { piece in
                    if piece.isEmpty || piece.count > pieceByteCount { Issue.record("\(piece.count) bytes") }
                    output.append(contentsOf: piece)
                }
            }
            rest = rest.dropFirst(size)
        }
        try decoder.finish()
        return output
    }

    private static let text = (0..<3000).flatMap {
        Array("guest\($0)@example.org,\($0 * 7919 % 1000)\r\n".utf8)
    }

    @Test(
        "what Python compresses comes back, fed and handed out in any pieces", arguments: [1, 7, 4096, .max])
    func pieces(size: Int) async throws {
        let bytes = try await Self.compressed(Self.text)
        #expect(try Self.decompressed(bytes, size: size) == Self.text)
        #expect(try Self.decompressed(bytes, size: size, pieceByteCount: 13) == Self.text)
        #expect(try GzipDecoder().decompress(bytes) == Self.text)
    }

    @Test("members in a row are one stream, also empty ones", arguments: [1, .max])
    func members(size: Int) async throws {
        let bytes = try await Self.compressed(Array("one,".utf8), [], Array("two".utf8), [])
        #expect(try Self.decompressed(bytes, size: size) == Array("one,two".utf8))
    }

    @Test("a header with a name, a comment and extra fields is passed over")
    func header() async throws {
        let bytes = try await Self.compressed(Array("hello".utf8))
        let header: [UInt8] = [0x1f, 0x8b, 8, 0b1_1100, 0, 0, 0, 0, 0, 3, 4, 0, 1, 2, 3, 4]
        let named = header + Array("name\0comment\0".utf8) + bytes[10...]
        #expect(try Self.decompressed(named, size: 1) == Array("hello".utf8))
    }

    @Test("a stream cut off at any byte is an error", arguments: [1, .max])
    func truncation(size: Int) async throws {
        let bytes = try await Self.compressed(Array("hello, hello, hello".utf8))
        for count in 0..<bytes.count {
            #expect(throws: GzipError.truncated(offset: count)) {
                try Self.decompressed(Array(bytes[..<count]), size: size)
            }
        }
    }

    @Test("a flipped bit anywhere never passes for other data")
    func damage() async throws {
        let text = Array("hello, hello, hello".utf8)
        let bytes = try await Self.compressed(text)
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                // The header's flags, time, hints and system (bytes 3 to 9) need not matter.
                if let output = try? Self.decompressed(damaged) {
                    #expect(output == text && (3...9).contains(index))
                }
            }
        }
    }

    @Test("errors say what is wrong and where")
    func errors() async throws {
        let bytes = try await Self.compressed(Array("hello".utf8))
        #expect(throws: GzipError.notGzip) { try Self.decompressed(Array("email,name\n".utf8)) }
        #expect(throws: GzipError.notGzip) { try Self.decompressed([0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]) }

        var wrongChecksum = bytes
        wrongChecksum[bytes.count - 8] ^= 1
        #expect(throws: GzipError.damaged(offset: bytes.count - 4, reason: "incorrect data check")) {
            try Self.decompressed(wrongChecksum)
        }
        var wrongLength = bytes
        wrongLength[bytes.count - 4] ^= 1
        #expect(throws: GzipError.damaged(offset: bytes.count, reason: "incorrect length check")) {
            try Self.decompressed(wrongLength)
        }
    }

    @Test("zero bytes may follow, anything else not", arguments: [1, .max])
    func trailing(size: Int) async throws {
        let bytes = try await Self.compressed(Array("hello".utf8))
        let padded = bytes + [0, 0, 0]
        #expect(try Self.decompressed(padded, size: size) == Array("hello".utf8))
        #expect(try Self.decompressed(padded + bytes, size: size) == Array("hellohello".utf8))
        for garbage in ["x", "garbage", "\u{1f}x"] {
            #expect(throws: GzipError.trailingGarbage(offset: padded.count)) {
                try Self.decompressed(padded + Array(garbage.utf8), size: size)
            }
        }
    }

    @Test("an error stays")
    func failed() throws {
        let decoder = GzipDecoder()
        #expect(throws: GzipError.notGzip) { try decoder.decompress(Array("email".utf8)) }
        #expect(throws: GzipError.notGzip) { try decoder.decompress([0x1f]) }
        #expect(throws: GzipError.notGzip) { try decoder.finish() }
    }

    @Test("a decompression bomb is handed out piece by piece, and stops when the reader has enough")
    func bomb() async throws {
        struct Enough: Error {}
        let bytes = try await Self.compressed([UInt8](repeating: 0, count: 16 << 20))
        #expect(bytes.count < 20_000)
        var count = 0
        #expect(throws: Enough.self) {
            try bytes.withUnsafeBytes {
                try GzipDecoder(pieceByteCount: 1024).decompress($0) { piece in
                    count += piece.count
                    if count >= 1 << 20 { throw Enough() }
                }
            }
        }
        #expect(count == 1 << 20)
    }
}
