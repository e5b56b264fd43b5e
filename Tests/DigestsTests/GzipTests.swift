import Foundation
import Gzip
import TestSupport
import Testing

@Suite struct GzipTests {
    /// What Python's gzip module writes for `pieces`, one member each.
    private static func compressed(_ pieces: [UInt8]...) throws -> [UInt8] {
        try pythonGzip(
            "out(b''.join(gzip.compress(bytes.fromhex(piece)) for piece in sys.stdin.read().split(',')))",
            input: pieces.map { $0.map { String(format: "%02x", $0) }.joined() }.joined(separator: ","))
    }

    private static func pythonGzip(_ code: String, input: String) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Checkout.python)
        process.arguments = ["-c", "import gzip, sys; out = sys.stdout.buffer.write; \(code)"]
        let standardInput = Pipe()
        let standardOutput = Pipe()
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        try process.run()
        // Python reads all its input before it writes, so that neither pipe fills up.
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return [UInt8](output)
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
    func pieces(size: Int) throws {
        let bytes = try Self.compressed(Self.text)
        #expect(try Self.decompressed(bytes, size: size) == Self.text)
        #expect(try Self.decompressed(bytes, size: size, pieceByteCount: 13) == Self.text)
        #expect(try GzipDecoder().decompress(bytes) == Self.text)
    }

    @Test("members in a row are one stream, also empty ones", arguments: [1, .max])
    func members(size: Int) throws {
        let bytes = try Self.compressed(Array("one,".utf8), [], Array("two".utf8), [])
        #expect(try Self.decompressed(bytes, size: size) == Array("one,two".utf8))
    }

    @Test("a header with a name, a comment and extra fields is passed over")
    func header() throws {
        let bytes = try Self.compressed(Array("hello".utf8))
        let header: [UInt8] = [0x1f, 0x8b, 8, 0b1_1100, 0, 0, 0, 0, 0, 3, 4, 0, 1, 2, 3, 4]
        let named = header + Array("name\0comment\0".utf8) + bytes[10...]
        #expect(try Self.decompressed(named, size: 1) == Array("hello".utf8))
    }

    @Test("a stream cut off at any byte is an error", arguments: [1, .max])
    func truncation(size: Int) throws {
        let bytes = try Self.compressed(Array("hello, hello, hello".utf8))
        for count in 0..<bytes.count {
            #expect(throws: GzipError.truncated(offset: count)) {
                try Self.decompressed(Array(bytes[..<count]), size: size)
            }
        }
    }

    @Test("a flipped bit anywhere never passes for other data")
    func damage() throws {
        let text = Array("hello, hello, hello".utf8)
        let bytes = try Self.compressed(text)
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
    func errors() throws {
        let bytes = try Self.compressed(Array("hello".utf8))
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
    func trailing(size: Int) throws {
        let bytes = try Self.compressed(Array("hello".utf8))
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
    func bomb() throws {
        struct Enough: Error {}
        let bytes = try Self.pythonGzip(
            "sys.stdin.read(); out(gzip.compress(bytes(100 << 20), 9))", input: "")
        #expect(bytes.count < 110_000)
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
