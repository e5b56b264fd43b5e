internal import CLinux
internal import Campaigns
internal import Glibc

/// An open file, closed at the end of its life.
struct FileDescriptor: ~Copyable {
    private let rawValue: Int32

    /// The corresponding C function is `open`; the descriptor is not inherited by child processes.
    init(opening path: String, _ flags: Int32, permissions: mode_t = 0) throws(Errno) {
        rawValue = try Errno.check { open(path, flags | O_CLOEXEC, permissions) }
    }

    deinit { close(rawValue) }

    /// The corresponding C function is `fstat`.
    func status() throws(Errno) -> stat {
        var status = stat()
        try Errno.check { fstat(rawValue, &status) }
        return status
    }

    /// Fills the buffer as far as the file reaches. The corresponding C function is `pread`.
    ///
    /// - Returns: how many bytes were read; fewer than asked for only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try Errno.check {
                pread(rawValue, rest.baseAddress, rest.count, off_t(offset + filled))
            }
            guard count > 0 else { break }
            filled += count
        }
        return filled
    }

    /// Writes all bytes. The corresponding C function is `write`.
    func write(_ bytes: [UInt8]) throws(Errno) {
        var written = 0
        while written < bytes.count {
            written += try Errno.check {
                bytes.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress! + written, $0.count - written) }
            }
        }
    }

    /// Waits until no other process holds the file's lock; it is given back when the descriptor closes, however its
    /// process ends. The corresponding C function is `flock`.
    func lock() throws(Errno) {
        try Errno.check { flock(rawValue, LOCK_EX) }
    }

    /// Waits until all of the file's file system is on the disk. The corresponding C function is `syncfs`.
    func synchronizeFileSystem() throws(Errno) {
        try Errno.check { clinux_syncfs(rawValue) }
    }
}

/// What a failed system call left in `errno`.
struct Errno: Error, Hashable, CustomStringConvertible {
    let rawValue: Int32

    static let noSuchFile = Errno(rawValue: ENOENT)
    static let notADirectory = Errno(rawValue: ENOTDIR)
    static let fileExists = Errno(rawValue: EEXIST)
    static let permissionDenied = Errno(rawValue: EACCES)
    static let readOnlyFileSystem = Errno(rawValue: EROFS)
    static let tooManySymbolicLinks = Errno(rawValue: ELOOP)
    static let fileNameTooLong = Errno(rawValue: ENAMETOOLONG)

    var description: String { String(cString: strerror(rawValue)) }

    /// Makes a system call again while signals interrupt it, and throws if it returns -1.
    @discardableResult
    static func check<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
        while true {
            let result = call()
            guard result == -1 else { return result }
            guard errno == EINTR else { throw Errno(rawValue: errno) }
        }
    }
}

extension Problem {
    /// A system call failed.
    ///
    /// - Parameter what: what cannot be done, as the beginning of a sentence.
    init(errno error: Errno, file: String, _ what: String) {
        switch error {
        case .permissionDenied, .readOnlyFileSystem, Errno(rawValue: EPERM):
            self.init(
                .accessDenied, file: file, "\(what): \(error)",
                remedy: "Give yourself permission to it, or choose another folder")
        case Errno(rawValue: ENOSPC), Errno(rawValue: EDQUOT):
            self.init(
                .unavailable, file: file, "\(what): \(error)", remedy: "Free some space, and run it again")
        default:
            self.init(.unavailable, file: file, "\(what): \(error)")
        }
    }
}
