internal import Campaigns
internal import Glibc

/// A file that a command reads more than once. What cannot be rewound, such as standard input, is first copied into a
/// temporary file.
final class RewindableInput: Sendable {
    private static let pieceSize = 64 << 10

    /// What messages call it.
    let name: String
    private let descriptor: Int32

    /// - Parameter path: `-` is standard input.
    init(_ path: String) throws(Problem) {
        name = path == "-" ? "standard input" : path
        let opened = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else {
            let code = errno
            throw Problem(
                code == EACCES ? .accessDenied : .notFound, file: path,
                "the file cannot be read: \(String(cString: strerror(code)))",
                remedy: "Name a file that is there")
        }
        var status = stat()
        if path != "-", fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            descriptor = opened
            return
        }
        defer { close(opened) }
        descriptor = try Self.copy(of: opened, named: name)
    }

    deinit { close(descriptor) }

    /// The file from its beginning on. Only one at a time can be read.
    func bytes() -> ByteStream {
        lseek(descriptor, 0, SEEK_SET)
        return ByteStream { [self] in
            let piece = try Self.piece(of: descriptor, named: name)
            return piece.isEmpty ? nil : piece
        }
    }

    /// A temporary file without a name that holds what is left to read.
    private static func copy(of source: Int32, named name: String) throws(Problem) -> Int32 {
        var path = Array(((ProcessEnvironment.all["TMPDIR"] ?? "/tmp") + "/jada-blast-XXXXXX").utf8CString)
        let copy = mkstemp(&path)
        guard copy >= 0 else { throw unwritable(name) }
        _ = fcntl(copy, F_SETFD, FD_CLOEXEC)
        unlink(path)
        do throws(Problem) {
            while true {
                let piece = try piece(of: source, named: name)
                if piece.isEmpty { return copy }
                guard Console.writeAll(piece, to: copy) else { throw unwritable(name) }
            }
        } catch {
            close(copy)
            throw error
        }
    }

    private static func unwritable(_ name: String) -> Problem {
        Problem(
            .unavailable, file: name,
            "a temporary copy cannot be written: \(String(cString: strerror(errno)))",
            remedy: "Name a folder with room for it in TMPDIR")
    }

    /// - Returns: nothing at the end.
    private static func piece(of descriptor: Int32, named name: String) throws(Problem) -> [UInt8] {
        while true {
            var count = 0
            let piece = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, used in
                count = read(descriptor, buffer.baseAddress, buffer.count)
                used = max(0, count)
            }
            if count >= 0 { return piece }
            guard errno == EINTR else {
                throw Problem(
                    .unavailable, file: name,
                    "the file cannot be read: \(String(cString: strerror(errno)))", remedy: "Try again")
            }
        }
    }
}
