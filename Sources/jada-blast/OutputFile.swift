internal import Campaigns
internal import Glibc

/// Text on its way into a file or to standard output, which must not be cut short unseen.
///
/// A file takes its name, and the place of what was there, once it is complete. It holds people's addresses: nobody but its
/// owner may read it.
final class OutputFile {
    private static let bufferSize = 64 << 10

    private let name: String
    private let descriptor: Int32
    /// Where the text is until it is complete; `nil` where it goes to its place at once.
    private var part: String?
    private var buffer: [UInt8] = []

    /// Standard output.
    init() {
        name = "standard output"
        descriptor = STDOUT_FILENO
    }

    /// - Parameter path: a file, which need not exist; or a device or pipe, which is written to at once.
    init(_ path: String) throws(Problem) {
        var there = stat()
        let exists = stat(path, &there) == 0
        // What a link leads to is meant, not the link.
        let resolved = exists ? realpath(path, nil) : nil
        defer { free(resolved) }
        name = resolved.map { String(cString: $0) } ?? path
        guard !exists || there.st_mode & S_IFMT == S_IFREG else {
            descriptor = open(path, O_WRONLY | O_CLOEXEC)
            if descriptor < 0 { throw unwritable() }
            return
        }
        // Nobody can have put anything there before.
        let part = "\(name).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).part"
        descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw unwritable() }
        self.part = part
    }

    deinit {
        if let part { unlink(part) }
        if descriptor > STDERR_FILENO { close(descriptor) }
    }

    func print(_ line: String) throws(Problem) { try write(line + "\n") }

    func write(_ text: String) throws(Problem) {
        buffer += text.utf8
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Must be called at the end.
    func finish() throws(Problem) {
        try flush()
        guard let part else { return }
        guard rename(part, name) == 0 else { throw unwritable() }
        self.part = nil
    }

    private func flush() throws(Problem) {
        guard Console.writeAll(buffer, to: descriptor) else { throw unwritable() }
        buffer.removeAll(keepingCapacity: true)
    }

    private func unwritable() -> Problem { Problem.unwritable(name, errno) }
}

extension Problem {
    /// - Parameter code: why, as `errno` has it.
    static func unwritable(_ file: String, _ code: Int32) -> Problem {
        let kind: Kind =
            switch code {
            case EACCES, EPERM, EROFS: .accessDenied
            case ENOENT, ENOTDIR, EISDIR: .usage
            default: .unavailable
            }
        return Problem(
            kind, file: file,
            "cannot be written: \(String(cString: strerror(code)))",
            remedy: "Name a file that can be written, on a disk with room for it")
    }
}
