internal import CCares
internal import Glibc

/// Drives c-ares on one thread, which alone touches its channel and its sockets.
final class QueryLoop {
    private let channel: Channel
    private let mailbox: QueryMailbox

    private init(channel: consuming Channel, mailbox: QueryMailbox) {
        self.channel = channel
        self.mailbox = mailbox
    }

    /// Starts the thread. It ends when the mailbox is closed.
    ///
    /// - Returns: the mailbox, and how many name servers there are beside the first.
    static func launch(
        _ configuration: DNSResolver.Configuration
    ) throws(DNSResolver.StartFailure) -> (QueryMailbox, furtherServers: Int) {
        guard libraryIsReady else {
            throw DNSResolver.StartFailure(description: "c-ares cannot be initialised")
        }
        guard let wakeup = EventDescriptor() else { throw .ofSystem("an eventfd cannot be made") }
        let channel = try Channel.open(configuration)
        let further = channel.serverCount - 1
        let mailbox = QueryMailbox(wakeup: wakeup)
        let context = Unmanaged.passRetained(QueryLoop(channel: channel, mailbox: mailbox))
        // Signals go to the program's own threads.
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, runLoop, context.toOpaque())
        guard code == 0 else {
            context.release()
            errno = code
            throw .ofSystem("a thread cannot be started")
        }
        return (mailbox, max(further, 0))
    }

    fileprivate func run() {
        while let queries = mailbox.take() {
            for query in queries where !query.isFinished { channel.ask(query) }
            wait()
        }
        // With the loop goes the channel, which calls back for every question that is still open.
    }

    private func wait() {
        var descriptors = [pollfd(fd: mailbox.wakeup.descriptor, events: Int16(POLLIN), revents: 0)]
        for (socket, events) in channel.sockets {
            descriptors.append(pollfd(fd: socket, events: events, revents: 0))
        }
        guard poll(&descriptors, nfds_t(descriptors.count), channel.millisecondsToTimeout) >= 0 else {
            return
        }
        if descriptors[0].revents != 0 { mailbox.wakeup.clear() }
        for ready in descriptors.dropFirst() where ready.revents != 0 {
            let readable = Int32(ready.revents) & (POLLIN | POLLERR | POLLHUP) != 0
            let writable = Int32(ready.revents) & (POLLOUT | POLLERR | POLLHUP) != 0
            channel.process(readable: readable ? ready.fd : nil, writable: writable ? ready.fd : nil)
        }
        channel.process(readable: nil, writable: nil)
    }
}

private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<QueryLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

/// `ares_library_init`, once a process.
private let libraryIsReady = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS

/// An eventfd, by which another thread is woken from poll(2).
struct EventDescriptor: ~Copyable {
    let descriptor: Int32

    /// `nil` with the reason in `errno`.
    init?() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    func signal() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    func clear() {
        var value: UInt64 = 0
        _ = read(descriptor, &value, MemoryLayout<UInt64>.size)
    }
}

extension DNSResolver.StartFailure {
    static func ofSystem(_ what: String) -> DNSResolver.StartFailure {
        DNSResolver.StartFailure(description: "\(what): \(String(cString: strerror(errno)))")
    }
}
