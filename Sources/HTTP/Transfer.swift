import CCurl
import Glibc

/// One request under way, on the loop thread: sets libcurl up for it, and takes its callbacks.
///
/// libcurl holds an unretained pointer to it, from ``begin()`` until the handle has left the multi handle; the loop
/// keeps it alive for just as long.
final class Transfer {
    let exchange: Exchange
    let easy: EasyHandle
    let limits: Limits
    let origin: Origin
    /// Why we ended the transfer ourselves: it goes before what libcurl then says.
    private(set) var failure: HTTPError?
    private(set) var hasFirstByte = false
    /// When the response last made progress; `nil` before it has begun, and while its reader holds it up.
    private(set) var lastProgress: UInt64?

    private var head = ResponseHead()
    private var body: [UInt8] = []
    private var channel: BodyChannel?
    private var attempts = 0
    private var bodyOffset = 0

    struct Limits {
        /// Instants of ``monotonicNow()``.
        var firstByte: UInt64?
        var total: UInt64?
        /// Nanoseconds.
        var idle: UInt64?
    }

    init(exchange: Exchange, easy: EasyHandle, origin: Origin, limits: Limits) {
        self.origin = origin
        self.exchange = exchange
        self.easy = easy
        self.limits = limits
    }

    /// Sets every option; returns what stands in the way.
    func begin(bundle: Result<String, CertificateAuthorities.Failure>) -> HTTPError? {
        easy.reset()
        let context = Unmanaged.passUnretained(self).toOpaque()
        for option in [
            CURLOPT_PRIVATE, CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA,
            CURLOPT_PREREQDATA,
        ] {
            easy.set(option, pointer: context)
        }
        easy.set(
            onHeader: takeHeader, onBody: takeBody, beforeRequest: beforeRequest, openSocket: openSocket)

        easy.set(CURLOPT_URL, exchange.request.url)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        // A signature covers the path as written.
        easy.set(CURLOPT_PATH_AS_IS, true)
        easy.set(CURLOPT_PROXY, "")
        easy.set(CURLOPT_NOSIGNAL, true)
        easy.set(CURLOPT_TCP_NODELAY, true)
        easy.set(CURLOPT_TCP_KEEPALIVE, true)
        easy.set(CURLOPT_MAXAGE_CONN, Transfer.idleConnectionSeconds)
        // Without it, giving up on a slow name lookup would block the loop until the lookup ends.
        easy.set(CURLOPT_QUICK_EXIT, true)
        // 0 would mean libcurl's own 300 seconds.
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, exchange.request.timeouts.connect?.milliseconds ?? Int(Int32.max))
        if case .streamed = exchange.answer { easy.set(CURLOPT_BUFFERSIZE, Transfer.streamBufferBytes) }
        setMethodAndBody()
        easy.set(headers: exchange.request.headerLines)

        if exchange.request.isSecure {
            switch bundle {
            case .success(let path): easy.set(CURLOPT_CAINFO, path)
            case .failure(let failure): return error(.tls, written: .nothing, reason: failure.message)
            }
        }
        guard easy.setupFailure == CURLE_OK else {
            return error(
                .other, written: .nothing, code: easy.setupFailure,
                reason: String(cString: curl_easy_strerror(easy.setupFailure)))
        }
        return nil
    }

    private func setMethodAndBody() {
        if exchange.request.method == "HEAD" {
            easy.set(CURLOPT_NOBODY, true)
            return
        }
        easy.set(CURLOPT_CUSTOMREQUEST, exchange.request.method)
        switch exchange.request.body {
        case .empty where !["POST", "PUT", "PATCH"].contains(exchange.request.method):
            break
        case .empty:
            easy.set(body: [])
        case .bytes(let bytes) where bytes.count <= Transfer.smallBodyBytes:
            easy.set(body: bytes)
        case .bytes(let bytes):
            easy.set(CURLOPT_UPLOAD, true)
            easy.set(CURLOPT_INFILESIZE_LARGE, offset: Int64(bytes.count))
            easy.set(readBody: supplyBody, rewind: exchange.request.isIdempotent ? rewindBody : nil)
        case .stream(let length, _):
            easy.set(CURLOPT_UPLOAD, true)
            easy.set(CURLOPT_INFILESIZE_LARGE, offset: length ?? -1)
            easy.set(readBody: supplyBody, rewind: nil)
        }
    }

    /// Up to this size libcurl sends head and body by one system call; a larger body is read from where it lies.
    private static let smallBodyBytes = 32 << 10
    /// Idle connections older than this are not used again: AWS's front ends close them after 20 seconds and more,
    /// and a request that meets its connection's end is one whose fate is not known.
    private static let idleConnectionSeconds = 15
    private static let streamBufferBytes = 128 << 10

    // MARK: The end

    /// Answers the task; the handle has left the multi handle, or never was in it.
    func finish(_ code: CURLcode) {
        if let failure = failure ?? failure(for: code) {
            if let channel {
                exchange.upload?.close()
                channel.finish(.failure(failure))
            } else {
                exchange.fail(failure)
            }
            return
        }
        exchange.upload?.close()
        switch exchange.answer {
        case .whole(_, let continuation):
            continuation.resume(
                returning: .success(HTTPResponse(status: head.status, headers: head.headers, body: body)))
        case .streamed:
            channel?.finish(.success(()))
        }
    }

    func end(_ kind: HTTPError.Kind, reason: String) {
        failure = error(kind, written: written, reason: reason)
    }

    private var written: HTTPError.Written {
        // The hook runs once a connection stands and before the first byte, and libcurl counts what a socket took.
        attempts == 0 || easy.requestBytesWritten == 0 ? .nothing : .maybe
    }

    private func failure(for code: CURLcode) -> HTTPError? {
        guard code != CURLE_OK else {
            return head.isComplete ? nil : error(.malformedResponse, written: written, reason: "no response")
        }
        return error(
            HTTPError.Kind(code, isConnected: attempts > 0), written: written, code: code,
            reason: easy.explanation(of: code))
    }

    private func error(
        _ kind: HTTPError.Kind, written: HTTPError.Written, code: CURLcode = CURLE_OK, reason: String
    ) -> HTTPError {
        HTTPError(
            kind: kind, written: written, curlCode: Int(code.rawValue),
            message: "\(exchange.request.method) to \(exchange.request.origin) failed: \(reason).")
    }

    // MARK: Callbacks

    /// Comes before each attempt, over a connection that stands.
    fileprivate func mayAttempt() -> Bool {
        attempts += 1
        guard attempts > 1, !exchange.request.isIdempotent, easy.requestBytesWritten > 0 else { return true }
        // libcurl repeats a request whose reused connection died without an answer; the server may have acted on it.
        failure = error(
            .reset, written: .maybe, reason: "the server closed a reused connection without an answer")
        return false
    }

    fileprivate func take(headerLine line: UnsafeRawBufferPointer) -> Bool {
        hasFirstByte = true
        makeProgress()
        switch head.take(line) {
        case .more: return true
        case .complete: return headIsComplete()
        case .tooLarge: end(.malformedResponse, reason: "the response's headers are too large")
        case .malformed: end(.malformedResponse, reason: "the response's status line is malformed")
        }
        return false
    }

    private func headIsComplete() -> Bool {
        switch exchange.answer {
        case .whole(let maximumBodyBytes, _):
            guard let length = head.contentLength, exchange.request.method != "HEAD" else { return true }
            guard length <= maximumBodyBytes else { return bodyIsTooLarge(maximumBodyBytes) }
            body.reserveCapacity(length)
        case .streamed(let continuation):
            let channel = BodyChannel(token: exchange.token)
            self.channel = channel
            continuation.resume(
                returning: .success(
                    Exchange.StreamedHead(status: head.status, headers: head.headers, channel: channel)))
        }
        return true
    }

    /// Lets a transfer go on that paused; libcurl may call back from within.
    func unpause() {
        if hasFirstByte { makeProgress() }
        curl_easy_pause(easy.pointer, CURLPAUSE_CONT)
    }

    private func makeProgress() {
        if limits.idle != nil { lastProgress = monotonicNow() }
    }

    /// How many bytes were taken, or CURL_WRITEFUNC_PAUSE.
    fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Int {
        makeProgress()
        switch exchange.answer {
        case .whole(let maximumBodyBytes, _):
            guard body.count + bytes.count <= maximumBodyBytes else {
                return bodyIsTooLarge(maximumBodyBytes) ? bytes.count : 0
            }
            body.append(contentsOf: bytes)
            return bytes.count
        case .streamed:
            guard let channel, !channel.offer(bytes) else { return bytes.count }
            lastProgress = nil
            return Int(CURL_WRITEFUNC_PAUSE)
        }
    }

    private func bodyIsTooLarge(_ maximum: Int) -> Bool {
        end(.bodyTooLarge, reason: "the response's body is longer than \(maximum) bytes")
        return false
    }

    /// How many bytes were copied, 0 at the end, CURL_READFUNC_PAUSE or CURL_READFUNC_ABORT.
    fileprivate func supply(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if let upload = exchange.upload {
            switch upload.supply(into: buffer) {
            case .bytes(let count): return count
            case .end: return 0
            case .notYet: return Int(CURL_READFUNC_PAUSE)
            case .failed(var error):
                error.written = written
                failure = error
                return Int(CURL_READFUNC_ABORT)
            }
        }
        guard case .bytes(let bytes) = exchange.request.body else { return 0 }
        let count = min(bytes.count - bodyOffset, buffer.count)
        bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[bodyOffset..<bodyOffset + count]))
        }
        bodyOffset += count
        return count
    }

    fileprivate func rewind(to offset: Int64, from origin: Int32) -> Int32 {
        guard origin == SEEK_SET, case .bytes(let bytes) = exchange.request.body,
            (0...Int64(bytes.count)).contains(offset)
        else { return CURL_SEEKFUNC_CANTSEEK }
        bodyOffset = Int(offset)
        return CURL_SEEKFUNC_OK
    }
}

// C callbacks are global functions: libcurl calls them on the loop thread, from within a call of the loop's.

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func takeHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer(context)?.take(headerLine: line) == true ? line.count : 0
}

private func takeBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    transfer(context)?.take(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
}

private func supplyBody(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    transfer(context)?.supply(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        ?? Int(CURL_READFUNC_ABORT)
}

private func rewindBody(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    transfer(context)?.rewind(to: Int64(offset), from: origin) ?? CURL_SEEKFUNC_FAIL
}

private func beforeRequest(
    _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?,
    _: Int32,
    _: Int32
) -> Int32 {
    transfer(context)?.mayAttempt() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

func openSocket(
    _: UnsafeMutableRawPointer?, _: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let address = address?.pointee else { return CURL_SOCKET_BAD }
    // A child process must not keep our connections open.
    return socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
}

extension Duration {
    /// Rounded up, so that a limit is never shorter than asked; capped where libcurl's counters end.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
        return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
