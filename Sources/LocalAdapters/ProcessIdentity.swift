internal import Glibc

/// Names a process so that another one, later, can tell whether it has died.
///
/// A claim's lease tells only after minutes that its holder is gone. All processes that share an SQLite file in WAL mode
/// run on one kernel, and that knows at once.
struct ProcessIdentity: Sendable, Hashable {
    /// `boot/namespace/pid/start`: a pid may be given again, but not with the same start time within one boot.
    let rawValue: String

    static let current = ProcessIdentity(
        rawValue: [
            boot, pidNamespace, "\(getpid())", startTime(of: getpid()) ?? "",
        ].joined(separator: "/"))

    /// Whether the process has certainly ended. A process of another container counts as alive: its number means
    /// nothing here.
    var hasEnded: Bool {
        let parts = rawValue.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, let pid = Int32(parts[2]), !parts[0].isEmpty, !parts[3].isEmpty else {
            return false
        }
        guard parts[0] == ProcessIdentity.boot else { return !ProcessIdentity.boot.isEmpty }
        guard parts[1] == ProcessIdentity.pidNamespace else { return false }
        return ProcessIdentity.startTime(of: pid) != String(parts[3])
    }

    private static let boot = contents(of: "/proc/sys/kernel/random/boot_id") ?? ""

    private static let pidNamespace: String = {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = readlink("/proc/self/ns/pid", &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
    }()

    /// Clock ticks after boot at which a process began (proc_pid_stat(5), field 22), `nil` if there is none.
    private static func startTime(of pid: Int32) -> String? {
        // The second field is the program's name in parentheses, which may hold blanks and parentheses.
        guard let line = contents(of: "/proc/\(pid)/stat"), let end = line.lastIndex(of: ")") else {
            return nil
        }
        let fields = line[line.index(after: end)...].split(separator: " ")
        // A zombie has ended: it only waits for its parent.
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }

    private static func contents(of path: String) -> String? {
        guard let file = try? FileDescriptor(opening: path, O_RDONLY) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = buffer.withUnsafeMutableBytes { (try? file.read(into: $0, at: 0)) ?? 0 }
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").first.map(String.init)
    }
}
