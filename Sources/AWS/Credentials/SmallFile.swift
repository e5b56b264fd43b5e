internal import Glibc

/// Reads files that are small by nature: profiles, tokens.
enum SmallFile {
    struct Failure: Error {
        var message: String
    }

    /// - Returns: the whole file, `nil` where there is none.
    static func read(_ path: String, maximumBytes: Int) throws(Failure) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Failure(message: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw Failure(message: "\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= maximumBytes else {
                throw Failure(message: "\(path) is larger than \(maximumBytes) bytes")
            }
        }
    }
}
