import CCurl
import Glibc

/// Drives every transfer of a client on one thread: epoll tells libcurl's multi handle which sockets are ready.
///
/// Confined to its thread: nothing but the ``Mailbox`` reaches it. That makes "answered exactly once" easy to see:
/// an exchange leaves `waiting` or `transfers` just before it is answered, and nobody else answers.
final class EventLoop {
    private let mailbox: Mailbox
    private let configuration: HTTPClient.Configuration
    private let multi: UnsafeMutableRawPointer
    private let poll: Int32
    private let wakeup: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>

    private var transfers: [ObjectIdentifier: Transfer] = [:]
    private var waiting: [ObjectIdentifier: Waiting] = [:]
    private var origins: [String: Origin] = [:]
    private var spareHandles: [EasyHandle] = []
    private var bundle: Result<String, CertificateAuthorities.Failure>?
    /// When libcurl wants to be called; set by its callback.
    fileprivate var libcurlDeadline: UInt64?
    /// Not later than the next limit of any exchange.
    private var nextLimit = UInt64.max

    private struct Waiting {
        let exchange: Exchange
        let totalLimit: UInt64?
    }

    private static let eventsAtOnce = 256
    private static let maximumSpareHandles = 256
    private static let rememberedOrigins = 64

    /// Starts the thread. Returns the descriptor that wakes it, or `nil` with `errno` set.
    static func launch(configuration: HTTPClient.Configuration, mailbox: Mailbox) -> Int32? {
        guard let loop = EventLoop(configuration: configuration, mailbox: mailbox) else { return nil }
        let wakeup = loop.wakeup
        let context = Unmanaged.passRetained(loop)
        // Signals go to the program's own threads; and a write to a closed connection by OpenSSL must not end it.
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
            return nil
        }
        return wakeup
    }

    private init?(configuration: HTTPClient.Configuration, mailbox: Mailbox) {
        guard libcurlIsReady, let multi = curl_multi_init() else {
            errno = ENOMEM
            return nil
        }
        self.configuration = configuration
        self.mailbox = mailbox
        self.multi = multi
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        events = .allocate(capacity: EventLoop.eventsAtOnce)
        events.initialize(repeating: epoll_event())
        guard poll >= 0, wakeup >= 0, watch(wakeup, for: EPOLLIN.rawValue, EPOLL_CTL_ADD) else { return nil }

        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_socket_function(multi, socketHasChanged)
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        ccurl_multi_set_timer_function(multi, timerHasChanged)
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        // Idle connections over all hosts; by default libcurl would close most when few requests are under way.
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 2 * configuration.maximumConnectionsPerHost)
    }

    deinit {
        spareHandles = []
        curl_multi_cleanup(multi)
        if poll >= 0 { close(poll) }
        if wakeup >= 0 { close(wakeup) }
        events.deallocate()
    }

    // MARK: The loop

    fileprivate func run() {
        var commands: [Mailbox.Command] = []
        while mailbox.take(into: &commands) {
            for command in commands { handle(command) }
            commands.removeAll(keepingCapacity: true)
            callLibcurlIfDue()
            answerFinished()
            endOverdue()
            sleep()
        }
        end(commands + mailbox.loopEnded())
    }

    /// Answers everyone who still waits; those without a connection first, as an ending transfer makes room for them.
    private func end(_ commands: [Mailbox.Command]) {
        for command in commands {
            switch command {
            case .start(let exchange): exchange.fail(.shutDown)
            case .run(let job): globalConcurrentExecutor.enqueue(ExecutorJob(job))
            case .cancel, .unpause: break
            }
        }
        for waiting in waiting.values { waiting.exchange.fail(.shutDown) }
        waiting = [:]
        while let transfer = transfers.values.first {
            remove(transfer, .cancelled, reason: "the client was shut down")
        }
    }

    private func handle(_ command: Mailbox.Command) {
        switch command {
        case .start(let exchange): start(exchange)
        case .cancel(let token):
            if let transfer = transfers[ObjectIdentifier(token)] {
                remove(transfer, .cancelled, reason: "the request was cancelled")
            } else if let waiting = waiting.removeValue(forKey: ObjectIdentifier(token)) {
                waiting.exchange.fail(.cancelledBeforeStart(waiting.exchange))
            }
        case .unpause(let token):
            guard let transfer = transfers[ObjectIdentifier(token)] else { return }
            transfer.unpause()
        case .run(let job):
            job.runSynchronously(on: mailbox.asUnownedTaskExecutor())
        }
    }

    private func sleep() {
        var timeout: Int32 = 0
        if mailbox.prepareToSleep() {
            let deadline = min(libcurlDeadline ?? .max, nextLimit)
            timeout = deadline == .max ? -1 : millisecondsUntil(deadline)
        }
        let count = epoll_wait(poll, events.baseAddress, Int32(events.count), timeout)
        guard count > 0 else { return }
        for event in events[..<Int(count)] {
            if event.data.fd == wakeup {
                var value: UInt64 = 0
                _ = read(wakeup, &value, MemoryLayout<UInt64>.size)
            } else {
                var running: Int32 = 0
                curl_multi_socket_action(multi, event.data.fd, libcurlMask(event.events), &running)
            }
        }
    }

    private func callLibcurlIfDue() {
        guard let deadline = libcurlDeadline, deadline == 0 || deadline <= monotonicNow() else { return }
        libcurlDeadline = nil
        var running: Int32 = 0
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
    }

    private func answerFinished() {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
                continue
            }
            let code = ccurl_message_result(message)
            var context: UnsafeMutableRawPointer?
            ccurl_get_pointer(easy, CURLINFO_PRIVATE, &context)
            guard let context else { continue }
            finish(Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue(), code)
        }
    }

    /// Ends what has passed one of its limits. Looks at every exchange, but only when the earliest limit is due.
    private func endOverdue() {
        guard nextLimit != .max else { return }
        let now = monotonicNow()
        guard nextLimit <= now else { return }
        nextLimit = .max
        for transfer in transfers.values {
            if let limit = transfer.limits.total, limit <= now {
                remove(transfer, .timeout(.total), reason: "it took too long")
            } else if !transfer.hasFirstByte, let limit = transfer.limits.firstByte, limit <= now {
                remove(transfer, .timeout(.firstByte), reason: "the server has not begun to answer in time")
            } else if let idle = transfer.limits.idle, let last = transfer.lastProgress, last &+ idle <= now {
                remove(transfer, .timeout(.idle), reason: "the server has stopped answering")
            } else {
                expect(transfer.limits.total)
                if !transfer.hasFirstByte { expect(transfer.limits.firstByte) }
                // One that makes no progress now may begin to at any time: its limit is never earlier than this.
                expect(transfer.limits.idle.map { (transfer.lastProgress ?? now) &+ $0 })
            }
        }
        for (token, waiting) in waiting {
            if let limit = waiting.totalLimit, limit <= now {
                self.waiting[token] = nil
                waiting.exchange.fail(.waitedTooLong(waiting.exchange))
            } else {
                expect(waiting.totalLimit)
            }
        }
    }

    private func expect(_ limit: UInt64?) {
        if let limit { nextLimit = min(nextLimit, limit) }
    }

    // MARK: Exchanges

    private func start(_ exchange: Exchange) {
        guard !exchange.token.isCancelled else { return exchange.fail(.cancelledBeforeStart(exchange)) }
        let total = exchange.request.timeouts.total.map { monotonicNow() &+ $0.nanoseconds }
        expect(total)
        let origin = origin(of: exchange)
        if origin.active >= configuration.maximumConnectionsPerHost {
            waiting[ObjectIdentifier(exchange.token)] = Waiting(exchange: exchange, totalLimit: total)
            origin.queue.append(exchange.token)
        } else {
            begin(exchange, at: origin, total: total)
        }
    }

    private func origin(of exchange: Exchange) -> Origin {
        let name = exchange.request.origin
        if let origin = origins[name] { return origin }
        let origin = Origin()
        // Names that are not in use any more go before they pile up.
        if origins.count >= EventLoop.rememberedOrigins { origins = origins.filter { $0.value.isInUse } }
        origins[name] = origin
        return origin
    }

    private func begin(_ exchange: Exchange, at origin: Origin, total: UInt64?) {
        guard let easy = spareHandles.popLast() ?? EasyHandle() else {
            return exchange.fail(.outOfMemory)
        }
        let now = monotonicNow()
        let firstByte = exchange.request.timeouts.firstByte.map { now &+ $0.nanoseconds }
        let idle = exchange.request.timeouts.idle?.nanoseconds
        expect(firstByte)
        expect(idle.map { now &+ $0 })
        let transfer = Transfer(
            exchange: exchange, easy: easy, origin: origin,
            limits: Transfer.Limits(firstByte: firstByte, total: total, idle: idle))
        if let failure = transfer.begin(bundle: locatedBundle(for: exchange)) {
            return exchange.fail(failure)
        }
        guard curl_multi_add_handle(multi, easy.pointer) == CURLM_OK else {
            return exchange.fail(.outOfMemory)
        }
        transfers[ObjectIdentifier(exchange.token)] = transfer
        origin.active += 1
    }

    private func locatedBundle(for exchange: Exchange) -> Result<String, CertificateAuthorities.Failure> {
        guard exchange.request.isSecure else { return .success("") }
        if case .success = bundle, let bundle { return bundle }
        let located = Result { () throws(CertificateAuthorities.Failure) in
            try CertificateAuthorities.locate(
                configured: configuration.certificateAuthorities, folder: configuration.certificateFolder)
        }
        bundle = located
        return located
    }

    private func remove(_ transfer: Transfer, _ kind: HTTPError.Kind, reason: String) {
        transfer.end(kind, reason: reason)
        finish(transfer, CURLE_ABORTED_BY_CALLBACK)
    }

    private func finish(_ transfer: Transfer, _ code: CURLcode) {
        curl_multi_remove_handle(multi, transfer.easy.pointer)
        transfers[ObjectIdentifier(transfer.exchange.token)] = nil
        transfer.finish(code)
        if spareHandles.count < EventLoop.maximumSpareHandles { spareHandles.append(transfer.easy) }
        transfer.origin.active -= 1
        beginWaiting(at: transfer.origin)
    }

    private func beginWaiting(at origin: Origin) {
        // A waiter may have given up, or fail to begin: then the next one takes its place.
        while origin.active < configuration.maximumConnectionsPerHost, let token = origin.queue.popFirst() {
            guard let next = waiting.removeValue(forKey: ObjectIdentifier(token)) else { continue }
            begin(next.exchange, at: origin, total: next.totalLimit)
        }
    }

    // MARK: Sockets

    fileprivate func socketChanged(_ descriptor: Int32, _ change: Int32, isKnown: Bool) {
        let events: UInt32
        switch change {
        case CURL_POLL_IN: events = EPOLLIN.rawValue
        case CURL_POLL_OUT: events = EPOLLOUT.rawValue
        case CURL_POLL_INOUT: events = EPOLLIN.rawValue | EPOLLOUT.rawValue
        default:
            // The descriptor may be closed already, and so out of the set.
            _ = watch(descriptor, for: 0, EPOLL_CTL_DEL)
            return
        }
        if !isKnown { curl_multi_assign(multi, descriptor, multi) }
        if !watch(descriptor, for: events, isKnown ? EPOLL_CTL_MOD : EPOLL_CTL_ADD) {
            _ = watch(descriptor, for: events, isKnown ? EPOLL_CTL_ADD : EPOLL_CTL_MOD)
        }
    }

    private func watch(_ descriptor: Int32, for events: UInt32, _ operation: Int32) -> Bool {
        var event = epoll_event(events: events, data: epoll_data_t(fd: descriptor))
        return epoll_ctl(poll, operation, descriptor, &event) == 0
    }

    private func libcurlMask(_ events: UInt32) -> Int32 {
        var mask: Int32 = 0
        if events & EPOLLIN.rawValue != 0 { mask |= CURL_CSELECT_IN }
        if events & EPOLLOUT.rawValue != 0 { mask |= CURL_CSELECT_OUT }
        if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { mask |= CURL_CSELECT_ERR }
        return mask
    }
}

private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

private func socketHasChanged(
    _: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t, _ change: Int32,
    _ context: UnsafeMutableRawPointer?, _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context else { return -1 }
    Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue()
        .socketChanged(descriptor, change, isKnown: socketContext != nil)
    return 0
}

private func timerHasChanged(
    _: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context else { return -1 }
    let loop = Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue()
    switch milliseconds {
    case ..<0: loop.libcurlDeadline = nil
    case 0: loop.libcurlDeadline = 0
    default: loop.libcurlDeadline = monotonicNow() &+ UInt64(milliseconds) * 1_000_000
    }
    return 0
}

/// `curl_global_init`, once a process.
let libcurlIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

/// Nanoseconds of CLOCK_MONOTONIC.
func monotonicNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

private func millisecondsUntil(_ deadline: UInt64) -> Int32 {
    let now = monotonicNow()
    guard deadline > now else { return 0 }
    return Int32(min((deadline - now + 999_999) / 1_000_000, UInt64(Int32.max)))
}

extension Duration {
    /// Not negative, and capped at a hundred years.
    fileprivate var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 3_155_760_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
