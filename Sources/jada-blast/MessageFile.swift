internal import Campaigns
internal import Glibc

/// Files that hold messages.
enum MessageFile {
    /// A report says what it has to say early; what a larger file holds behind is not read.
    static let mostBytes = 16 << 20
    private static let pieceSize = 64 << 10
    private static let remedy = "Name a file that holds a bounce, a maildir, or - for standard input"

    /// The files that an argument stands for: itself, or the messages of a maildir, or a folder's files.
    static func paths(in argument: String) throws(Problem) -> [String] {
        var status = stat()
        guard argument != "-", stat(argument, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return [argument]
        }
        var found: [String] = []
        var isMaildir = false
        for folder in ["\(argument)/new", "\(argument)/cur"]
        where stat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR {
            isMaildir = true
            found += try files(in: folder)
        }
        if !isMaildir { found = try files(in: argument) }
        guard !found.isEmpty else {
            throw Problem(.notFound, file: argument, "is a folder without messages", remedy: remedy)
        }
        return found
    }

    /// The regular files of a folder, by name; those that begin with a dot are not messages.
    private static func files(in folder: String) throws(Problem) -> [String] {
        guard let directory = opendir(folder) else { throw unreadable(folder) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            if !name.hasPrefix("."), stat("\(folder)/\(name)", &status) == 0,
                status.st_mode & S_IFMT == S_IFREG
            {
                names.append(name)
            }
        }
        return names.sorted().map { "\(folder)/\($0)" }
    }

    /// The beginning of a file, as far as it is of use, and whether there is more; `-` is standard input.
    static func read(_ path: String) throws(Problem) -> (bytes: [UInt8], isCut: Bool) {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        while bytes.count <= mostBytes {
            var count = 0
            let piece = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, used in
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                used = max(0, count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { break }
            bytes += piece
        }
        return (Array(bytes.prefix(mostBytes)), bytes.count > mostBytes)
    }

    /// By `errno`.
    private static func unreadable(_ path: String) -> Problem {
        let code = errno
        return Problem(
            code == EACCES ? .accessDenied : .notFound, file: path,
            "cannot be read: \(String(cString: strerror(code)))", remedy: remedy)
    }
}
