internal import Glibc

/// Tells systemd how this service is, by datagrams to the socket that it names (sd_notify(3)).
struct ServiceManager: Sendable {
    private let address: sockaddr_un
    private let length: socklen_t
    /// How often systemd wants to hear that the service is alive, at least; `nil` if it does not watch.
    private let watchdog: Duration?

    /// How often the status is told.
    private static let interval = Duration.seconds(5)

    /// - Parameter environment: holds NOTIFY_SOCKET, and WATCHDOG_USEC where systemd watches.
    /// - Returns: `nil` if no service manager listens, or at no socket of this machine's.
    init?(environment: [String: String]) {
        // A leading @ stands for the NUL of Linux's abstract sockets.
        guard let name = environment["NOTIFY_SOCKET"], let first = name.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return nil }
        var address = sockaddr_un()
        var path = Array(name.utf8)
        if first == UInt8(ascii: "@") { path[0] = 0 }
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        self.address = address
        length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)

        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        watchdog =
            isMeant
            ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? .microseconds($0) : nil }
            : nil
    }

    /// Sends one message of `NAME=value` lines. That nobody takes it is no harm.
    func tell(_ message: String) {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        var (address, message) = (address, message)
        message.withUTF8 { bytes in
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = sendto(
                        socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT),
                        $0, length)
                }
            }
        }
    }

    /// Tells the status whenever it has changed, and that the service is alive, until its task is cancelled.
    func keepTelling(_ status: () -> String) async throws {
        // Twice as often as it must be, as sd_watchdog_enabled(3) advises.
        let interval = watchdog.map { min($0 / 2, Self.interval) } ?? Self.interval
        var last = ""
        while true {
            let current = status()
            if watchdog != nil { tell("WATCHDOG=1") }
            if current != last { tell(current) }
            last = current
            try await Task.sleep(for: interval)
        }
    }
}
