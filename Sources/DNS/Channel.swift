internal import CCares
internal import Glibc

/// A channel of c-ares: name servers, sockets, and the questions that are open. For one thread.
struct Channel: ~Copyable {
    private let channel: ares_channel
    private let watched: WatchedSockets

    private init(_ channel: ares_channel, watched: WatchedSockets) {
        self.channel = channel
        self.watched = watched
    }

    /// Sets a channel up; the corresponding C function is `ares_init_options`.
    static func open(_ configuration: DNSResolver.Configuration) throws(DNSResolver.StartFailure) -> Channel {
        let watched = WatchedSockets()
        var options = ares_options()
        // Answers that tell of an error are ours to read: c-ares would make a refused connection of them.
        options.flags = ARES_FLAG_NOCHECKRESP
        options.timeout = configuration.timeout.milliseconds
        options.tries = Int32(clamping: max(configuration.tries, 1))
        options.sock_state_cb = socketHasChanged
        options.sock_state_cb_data = Unmanaged.passUnretained(watched).toOpaque()
        // Rotation has a question that is put again go to another server.
        let mask =
            ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_ROTATE
        var opened: ares_channel?
        let status = ares_init_options(&opened, &options, mask)
        guard status == ARES_SUCCESS, let opened else {
            throw DNSResolver.StartFailure(description: "c-ares cannot be set up: \(explanation(status))")
        }
        if !configuration.servers.isEmpty {
            let list = configuration.servers.map(\.description).joined(separator: ",")
            let status = ares_set_servers_ports_csv(opened, list)
            guard status == ARES_SUCCESS else {
                ares_destroy(opened)
                throw DNSResolver.StartFailure(
                    description: "c-ares does not take the name servers \(list): \(explanation(status))")
            }
        }
        return Channel(opened, watched: watched)
    }

    // c-ares calls back for every open question, and for every socket that it closes; `watched` is there until after that.
    deinit { withExtendedLifetime(watched) { ares_destroy(channel) } }

    var serverCount: Int {
        var first: UnsafeMutablePointer<ares_addr_port_node>?
        guard ares_get_servers_ports(channel, &first) == ARES_SUCCESS, let first else { return 0 }
        defer { ares_free_data(first) }
        var count = 1
        var node = first
        while let next = node.pointee.next {
            count += 1
            node = next
        }
        return count
    }

    /// Descriptors, and what poll(2) is to tell of each.
    var sockets: [Int32: Int16] { watched.events }

    /// For poll(2); -1 where nothing is awaited.
    var millisecondsToTimeout: Int32 {
        var time = timeval()
        guard let next = ares_timeout(channel, nil, &time) else { return -1 }
        // Rounded up, so that the thread does not wake just before the time.
        let milliseconds = next.pointee.tv_sec * 1000 + (Int(next.pointee.tv_usec) + 999) / 1000
        return Int32(clamping: milliseconds)
    }

    /// The corresponding C function is `ares_query`. The answer finishes the query, possibly before this returns.
    func ask(_ query: PendingQuery) {
        ccares_query_internet(
            channel, query.name.description, Int32(query.type.rawValue), queryHasEnded,
            Unmanaged.passRetained(query).toOpaque())
    }

    /// The corresponding C function is `ares_process_fd`. Ends what is overdue, too.
    func process(readable: Int32?, writable: Int32?) {
        ares_process_fd(channel, readable ?? ccares_no_socket, writable ?? ccares_no_socket)
    }
}

/// The sockets of a channel, as its callback tells of them. Confined to the channel's thread.
private final class WatchedSockets {
    var events: [Int32: Int16] = [:]
}

private func socketHasChanged(
    _ context: UnsafeMutableRawPointer?, _ socket: ares_socket_t, _ readable: Int32, _ writable: Int32
) {
    guard let context else { return }
    let watched = Unmanaged<WatchedSockets>.fromOpaque(context).takeUnretainedValue()
    let events = (readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0)
    watched.events[socket] = events == 0 ? nil : Int16(events)
}

private func queryHasEnded(
    _ context: UnsafeMutableRawPointer?, _ status: Int32, _: Int32, _ bytes: UnsafeMutablePointer<UInt8>?,
    _ count: Int32
) {
    guard let context else { return }
    let query = Unmanaged<PendingQuery>.fromOpaque(context).takeRetainedValue()
    if let bytes, count > 0 {
        let message = try? Message(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
        query.finish(message?.answer(to: query.name, query.type) ?? Answer(.failed(.malformed)))
    } else {
        query.finish(Answer(.failed(failure(status))))
    }
}

/// Why there is no answer to be read.
private func failure(_ status: Int32) -> LookupFailure {
    switch status {
    case ARES_ETIMEOUT: .timeout
    case ARES_ECONNREFUSED: .unreachable
    case ARES_EDESTRUCTION, ARES_ECANCELLED: .cancelled
    case ARES_ESERVFAIL: .serverFailure
    case ARES_EREFUSED: .refused
    default: .malformed
    }
}

private func explanation(_ status: Int32) -> String { String(cString: ares_strerror(status)) }

extension Duration {
    /// At least one, and capped.
    fileprivate var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        return Int32(clamping: max(1, min(seconds, 3600) * 1000 + attoseconds / 1_000_000_000_000_000))
    }
}
