internal import Glibc
internal import Synchronization

/// A file under a hidden name that takes its real name only when it is whole, and is gone if it never does.
struct TemporaryFile: ~Copyable {
    private static let serial = Atomic<Int>(0)

    private let path: String

    init(in folder: String) {
        let serial = TemporaryFile.serial.wrappingAdd(1, ordering: .relaxed).newValue
        path = folder + "/.\(getpid())-\(serial).tmp"
    }

    // Finds nothing if the file has been renamed.
    deinit { unlink(path) }

    /// Writes all bytes; they reach the disk when the system sees fit, or when the file system is synchronised.
    func write(_ bytes: [UInt8]) throws(Errno) {
        let file = try FileDescriptor(
            opening: path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, permissions: 0o600)
        try file.write(bytes)
    }

    /// Takes a name, whichever file had it before. The corresponding C function is `rename`.
    consuming func replace(_ name: String) throws(Errno) {
        try Errno.check { rename(path, name) }
    }

    /// Takes a name, or throws ``Errno/fileExists`` and changes nothing. The corresponding C function is `link`.
    func link(to name: String) throws(Errno) {
        try Errno.check { Glibc.link(path, name) }
    }
}
