internal import CZlib

/// Decompresses a gzip stream (RFC 1952) piece by piece, in constant memory.
///
/// Takes one member or several in a row, with zero bytes between or after them as `gzip` and tape blocks leave
/// them. After an error the decoder stays failed, and throws that error again.
package final class GzipDecoder {
    private enum State {
        /// Nothing has come yet.
        case start
        case inMember
        /// A member is complete; another may follow.
        case betweenMembers
        case failed(GzipError)
    }

    private static let firstMagicByte: UInt8 = 0x1f

    // zlib keeps the address of its stream, so that it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let piece: UnsafeMutableBufferPointer<UInt8>
    private var state = State.start
    /// Where the current member begins.
    private var memberOffset = 0
    /// Compressed bytes before those that the current call brings.
    private var offset = 0

    /// - Parameter pieceByteCount: the most that is handed out at once.
    package init(pieceByteCount: Int = 64 << 10) {
        precondition(pieceByteCount > 0)
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        piece = .allocate(capacity: min(pieceByteCount, Int(uInt.max)))
        guard czlib_inflate_init_gzip(stream) == Z_OK else { fatalError("out of memory") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        piece.deallocate()
    }

    /// Feeds compressed bytes, and hands out what they decompress to in pieces, as it is found.
    ///
    /// However much the input expands, no more than one piece is held at a time. A piece is valid within the call
    /// of `consume` only. Once `consume` has thrown, the decoder has lost its place and must not be used again.
    package func decompress(
        _ bytes: UnsafeRawBufferPointer, consume: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .failed(let error):
                throw error
            case .betweenMembers:
                rest = rest.drop { $0 == 0 }
                guard let first = rest.first else { break }
                memberOffset = offset + rest.startIndex
                guard first == Self.firstMagicByte else { throw fail(.trailingGarbage(offset: memberOffset)) }
                inflateReset(stream)
                state = .inMember
            case .start, .inMember:
                state = .inMember
                let consumed = try inflate(
                    UnsafeRawBufferPointer(rebasing: rest.prefix(Int(uInt.max))),
                    at: offset + rest.startIndex, consume: consume)
                rest = rest.dropFirst(consumed)
            }
        }
        offset += bytes.count
    }

    /// Feeds compressed bytes and returns all they decompress to, up to 1,032 times as much: feed small pieces
    /// of what comes from outside, or use the form that hands out.
    package func decompress(_ bytes: [UInt8]) throws(GzipError) -> [UInt8] {
        var output: [UInt8] = []
        do {
            try bytes.withUnsafeBytes { try decompress($0) { output.append(contentsOf: $0) } }
        } catch let error as GzipError {
            throw error
        } catch {
            preconditionFailure("appending does not throw")
        }
        return output
    }

    /// Says the input has ended. Throws if the stream is cut off.
    package func finish() throws(GzipError) {
        switch state {
        case .betweenMembers: break
        case .start, .inMember: throw .truncated(offset: offset)
        case .failed(let error): throw error
        }
    }

    /// Inflates `input` up to its end or the end of the member, and returns how many bytes of it that took.
    private func inflate(
        _ input: UnsafeRawBufferPointer, at start: Int, consume: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int {
        // zlib reads through this pointer and never writes.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = uInt(input.count)
        repeat {
            stream.pointee.next_out = piece.baseAddress
            stream.pointee.avail_out = uInt(piece.count)
            let result = CZlib.inflate(stream, Z_NO_FLUSH)
            let consumed = input.count - Int(stream.pointee.avail_in)
            switch result {
            case Z_OK, Z_BUF_ERROR:
                break
            case Z_STREAM_END:
                state = .betweenMembers
            case Z_MEM_ERROR:
                fatalError("out of memory")
            default:
                throw fail(error(at: start + consumed))
            }
            let count = piece.count - Int(stream.pointee.avail_out)
            if count > 0 {
                try consume(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<count]))
            }
            if result == Z_STREAM_END { return consumed }
            // A full piece may mean that zlib holds more output, even with all input taken.
        } while stream.pointee.avail_out == 0 || stream.pointee.avail_in > 0
        return input.count
    }

    /// What zlib's last answer, `Z_DATA_ERROR` or `Z_NEED_DICT`, means.
    private func error(at offset: Int) -> GzipError {
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "unexpected data"
        guard reason == "incorrect header check" else { return .damaged(offset: offset, reason: reason) }
        return memberOffset == 0 ? .notGzip : .trailingGarbage(offset: memberOffset)
    }

    private func fail(_ error: GzipError) -> GzipError {
        state = .failed(error)
        return error
    }
}
