internal import Campaigns
internal import Glibc
internal import Locks

/// One version of a file, read piece by piece.
///
/// The open descriptor holds on to the file that was there when it was opened, even if another is renamed into its place;
/// that nobody has written into this very file meanwhile is checked before its end is told.
final class LibraryFile: Sendable {
    /// As it was when the file was opened.
    let size: Int

    private let descriptor: FileDescriptor
    private let stamp: Stamp
    private let name: String
    private let pieceSize: Int
    private let offset = Mutex(0)

    init(_ descriptor: consuming FileDescriptor, status: stat, name: String, pieceSize: Int) {
        self.descriptor = descriptor
        self.name = name
        self.pieceSize = pieceSize
        size = Int(status.st_size)
        stamp = Stamp(status)
    }

    /// The next piece, `nil` at the end. Throws a ``Problem`` if the file has been written into since it was opened.
    func next() throws -> [UInt8]? {
        do {
            return try offset.withLock { offset in
                // Room for one byte more than the file has left shows that it has grown, and its end without a further read.
                let room = min(pieceSize, max(0, size - offset) + 1)
                let piece = try [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                    count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
                }
                offset += piece.count
                if piece.count < room || offset > size {
                    guard offset == size, Stamp(try descriptor.status()) == stamp else { throw hasChanged }
                }
                return piece.isEmpty ? nil : piece
            }
        } catch let error as Errno {
            throw Problem(errno: error, file: name, "the file cannot be read")
        }
    }

    private var hasChanged: Problem {
        Problem(
            .unavailable, file: name, "the file was changed while it was being read",
            remedy: "Run it again when nobody writes to it")
    }

    /// What a write to a file changes, and its replacement by another file does not.
    private struct Stamp: Equatable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        init(_ status: stat) {
            size = Int(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }
}
