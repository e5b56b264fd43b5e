internal import Campaigns
internal import Glibc

/// Text on its way into a file or to standard output, which must not be cut short unseen.
final class OutputFile {
    private static let bufferSize = 64 << 10

    private let name: String
    private let descriptor: Int32
    private let isOwned: Bool
    private var buffer: [UInt8] = []

    /// Standard output.
    init() {
        name = "standard output"
        descriptor = STDOUT_FILENO
        isOwned = false
    }

    /// Makes a file, or takes the place of what it held.
    init(_ path: String) throws(Problem) {
        name = path
        isOwned = true
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw unwritable() }
    }

    deinit { if isOwned, descriptor >= 0 { close(descriptor) } }

    func print(_ line: String) throws(Problem) { try write(line + "\n") }

    func write(_ text: String) throws(Problem) {
        buffer += text.utf8
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Must be called at the end.
    func flush() throws(Problem) {
        guard Console.writeAll(buffer, to: descriptor) else { throw unwritable() }
        buffer.removeAll(keepingCapacity: true)
    }

    private func unwritable() -> Problem {
        Problem(
            errno == EACCES ? .accessDenied : .unavailable, file: name,
            "cannot be written: \(String(cString: strerror(errno)))",
            remedy: "Name a file that can be written, on a disk with room for it")
    }
}
