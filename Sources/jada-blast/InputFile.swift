internal import Campaigns
internal import Glibc

/// Files that a command line names.
enum InputFile {
    private static let maximumBytes = 16 << 20
    private static let pieceSize = 64 << 10
    private static let remedy = "Name a file that holds an event, such as events/campaign.json"

    /// Reads a whole file; `-` is standard input.
    static func read(_ path: String) throws(Problem) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            let reason = String(cString: strerror(code))
            throw Problem(
                code == EACCES ? .accessDenied : .notFound, file: path,
                "the event cannot be read: \(reason)",
                remedy: remedy)
        }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        while bytes.count <= maximumBytes {
            var count = 0
            let piece = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, used in
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                used = max(0, count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw Problem(
                    .notFound, file: path, "the event cannot be read: \(String(cString: strerror(errno)))",
                    remedy: remedy)
            }
            if count == 0 { return bytes }
            bytes += piece
        }
        throw Problem(
            .invalidInput, file: path, "the event is larger than 16 MiB",
            remedy: "Name a file that holds one event")
    }
}
