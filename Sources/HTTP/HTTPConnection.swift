import CCurl
import Locks
import struct Synchronization.Atomic

/// Sends requests to one server one after the other, each on the thread that asks, over a connection kept alive.
///
/// For a strictly serial loop over a server on this host, such as a Lambda runtime's: handing each request to the event
/// loop of ``HTTPClient`` and its answer back wakes two threads, which costs more than the request itself. `send` blocks
/// the thread it runs on: call it where that thread has nothing else to do.
///
/// Plain HTTP only, and only for requests that may be repeated: libcurl does so when a kept connection turns out dead.
package final class HTTPConnection: Sendable {
    private let line: Mutex<Line>
    private let waker: Waker

    /// - Throws: ``HTTPError`` when memory has run out.
    package init() throws(HTTPError) {
        guard libcurlIsReady, let multi = curl_multi_init() else { throw .outOfMemory }
        waker = Waker(multi: multi)
        guard let easy = EasyHandle() else { throw .outOfMemory }
        line = Mutex(Line(waker: waker, handle: Handle(easy)))
    }

    /// Sends a request and reads the whole response, on the current thread.
    ///
    /// - Parameter maximumBodyBytes: a longer body ends the request as ``HTTPError/Kind/bodyTooLarge``.
    /// - Throws: ``HTTPError``; `kind == .cancelled` when the task was cancelled.
    package func send(_ request: HTTPRequest, maximumBodyBytes: Int = 16 << 20) async throws(HTTPError)
        -> HTTPResponse
    {
        let standing = try StandingRequest(request)
        let body = if case .bytes(let bytes) = request.body { bytes } else { [UInt8]() }
        return try await send(standing, body: body, maximumBodyBytes: maximumBodyBytes)
    }

    /// Sends a request that has been sent before and will be sent again: what is the same each time is done once.
    ///
    /// - Parameters:
    ///   - path: takes the place of the path of the request's URL.
    ///   - body: what it carries this time.
    package func send(
        _ request: StandingRequest, path: String? = nil, body: [UInt8] = [], maximumBodyBytes: Int = 16 << 20
    ) async throws(HTTPError) -> HTTPResponse {
        if let path { try PreparedRequest.check(path: path) }
        guard body.isEmpty || !request.isGet else { throw .invalid("a GET request has no body on this way") }
        let interruption = Interruption(waker: waker)
        let result = await withTaskCancellationHandler {
            line.withLock { $0.perform(request, path, body, maximumBodyBytes, interruption) }
        } onCancel: {
            interruption.raise()
        }
        return try result.get()
    }
}

/// A request that an ``HTTPConnection`` may send, checked; its body comes when it is sent.
package final class StandingRequest: Sendable {
    fileprivate let prepared: PreparedRequest
    fileprivate let isGet: Bool

    /// - Parameter request: its body is left out of account.
    /// - Throws: ``HTTPError`` of kind `invalidRequest`.
    package init(_ request: HTTPRequest) throws(HTTPError) {
        if case .stream = request.body {
            throw .invalid("a body that is read as it is sent does not go this way")
        }
        var request = request
        request.body = .empty
        prepared = try PreparedRequest(request)
        isGet = request.method == "GET"
        guard isGet || request.method == "POST", !prepared.isSecure, prepared.isIdempotent else {
            throw .invalid("only a GET or POST by plain HTTP that may be repeated goes this way")
        }
    }
}

/// Owns the multi handle, which alone can be woken from another thread (curl_multi_wakeup).
// The pointer never changes; every other use of it is within the Mutex.
private final class Waker: @unchecked Sendable {
    let multi: UnsafeMutableRawPointer

    init(multi: UnsafeMutableRawPointer) { self.multi = multi }
    deinit { curl_multi_cleanup(multi) }
}

/// A task's wish to end one request.
private final class Interruption: Sendable {
    private let waker: Waker
    private let flag = Atomic(false)

    init(waker: Waker) { self.waker = waker }

    var isRaised: Bool { flag.load(ordering: .acquiring) }

    func raise() {
        flag.store(true, ordering: .releasing)
        curl_multi_wakeup(waker.multi)
    }
}

/// An easy handle, set up for one request that it may send again and again.
private final class Handle {
    let easy: EasyHandle
    var request: StandingRequest?
    /// Whether its URL has another path than the request's.
    var hasOtherPath = false

    init(_ easy: EasyHandle) { self.easy = easy }
}

/// The connection's libcurl handles, and the response as it arrives.
private final class Line {
    private let waker: Waker
    /// The handle used last comes last.
    private var handles: [Handle]
    private var head = ResponseHead()
    private var body: [UInt8] = []
    private var maximumBodyBytes = 0
    private var failure: (kind: HTTPError.Kind, reason: String)?
    /// Whether libcurl was asked to send the request; if not, its counters are still those of the one before.
    private var hasBegun = false

    /// Requests that stay set up: as many as the loops that this is made for send by turns, and one for all others.
    private static let handlesKept = 3

    init(waker: Waker, handle: Handle) {
        self.waker = waker
        handles = [handle]
    }

    func perform(
        _ request: StandingRequest, _ path: String?, _ content: [UInt8], _ maximumBodyBytes: Int,
        _ interruption: Interruption
    ) -> Result<HTTPResponse, HTTPError> {
        head = ResponseHead()
        body = []
        failure = nil
        self.maximumBodyBytes = maximumBodyBytes
        hasBegun = false
        let handle = handle(for: request)
        let code = content.withUnsafeBytes { transfer(request, path, $0, over: handle, interruption) }
        guard failure == nil, code == CURLE_OK, head.isComplete else {
            return .failure(error(code, request.prepared, handle))
        }
        defer { body = [] }
        return .success(HTTPResponse(status: head.status, headers: head.headers, body: body))
    }

    /// The handle that is set up for the request, or else a new one, or the one that has been idle for longest.
    private func handle(for request: StandingRequest) -> Handle {
        if let place = handles.firstIndex(where: { $0.request === request }) {
            if place != handles.count - 1 { handles.append(handles.remove(at: place)) }
        } else if handles.count < Line.handlesKept, let easy = EasyHandle() {
            handles.append(Handle(easy))
        } else {
            handles.append(handles.removeFirst())
        }
        return handles[handles.count - 1]
    }

    private func error(_ code: CURLcode, _ request: PreparedRequest, _ handle: Handle) -> HTTPError {
        // The next request begins with a clean handle.
        handle.request = nil
        let isWritten = hasBegun && handle.easy.requestBytesWritten > 0
        let (kind, reason) =
            if let failure {
                failure
            } else if code == CURLE_OK {
                (HTTPError.Kind.malformedResponse, "no response")
            } else if code == CURLE_OPERATION_TIMEDOUT, isWritten {
                (HTTPError.Kind.timeout(.total), "it took too long")
            } else {
                (HTTPError.Kind(code, isConnected: isWritten), handle.easy.explanation(of: code))
            }
        return HTTPError(
            kind: kind, written: isWritten ? .maybe : .nothing, curlCode: Int(code.rawValue),
            message: "\(request.method) to \(request.origin) failed: \(reason).")
    }

    private func transfer(
        _ request: StandingRequest, _ path: String?, _ content: UnsafeRawBufferPointer, over handle: Handle,
        _ interruption: Interruption
    ) -> CURLcode {
        guard !interruption.isRaised else {
            failure = (.cancelled, "the request was cancelled")
            return CURLE_ABORTED_BY_CALLBACK
        }
        let easy = handle.easy
        if handle.request !== request || handle.hasOtherPath && path == nil { setUp(handle, for: request) }
        if let path {
            easy.set(path: path, ofURL: request.prepared.origin + path)
            handle.hasOtherPath = true
        }
        if !request.isGet { set(content: content, on: easy) }
        guard easy.setupFailure == CURLE_OK else { return easy.setupFailure }
        guard curl_multi_add_handle(waker.multi, easy.pointer) == CURLM_OK else { return CURLE_OUT_OF_MEMORY }
        hasBegun = true
        defer { curl_multi_remove_handle(waker.multi, easy.pointer) }
        var running: Int32 = 0
        while curl_multi_perform(waker.multi, &running) == CURLM_OK, running > 0 {
            guard !interruption.isRaised else {
                failure = (.cancelled, "the request was cancelled")
                return CURLE_ABORTED_BY_CALLBACK
            }
            curl_multi_poll(waker.multi, nil, 0, Line.longestPollMilliseconds, nil)
        }
        var remaining: Int32 = 0
        guard let message = curl_multi_info_read(waker.multi, &remaining) else {
            return CURLE_ABORTED_BY_CALLBACK
        }
        return ccurl_message_result(message)
    }

    /// libcurl's own timers end a poll earlier.
    private static let longestPollMilliseconds: Int32 = 60_000

    private func setUp(_ handle: Handle, for request: StandingRequest) {
        handle.request = request
        handle.hasOtherPath = false
        let easy = handle.easy
        easy.reset()
        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_HEADERDATA, pointer: context)
        easy.set(CURLOPT_WRITEDATA, pointer: context)
        easy.set(onHeader: takeHeader, onBody: takeBody, beforeRequest: allowRequest, openSocket: openSocket)
        easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        easy.set(CURLOPT_PROXY, "")
        // Unset, it is looked for in the environment before each request.
        easy.set(CURLOPT_NOPROXY, "")
        easy.set(CURLOPT_NOSIGNAL, true)
        easy.set(CURLOPT_TCP_NODELAY, true)
        easy.set(parsedURL: request.prepared.url)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, request.prepared.timeouts.connect?.milliseconds ?? Int(Int32.max))
        easy.set(CURLOPT_TIMEOUT_MS, request.prepared.timeouts.total?.milliseconds ?? 0)
        easy.set(request.isGet ? CURLOPT_HTTPGET : CURLOPT_POST, true)
        easy.set(headers: request.prepared.headerLines)
    }

    /// The bytes lie elsewhere each time, and go out in one piece with the head: what libcurl reads through a callback
    /// goes out as a second write.
    private func set(content: UnsafeRawBufferPointer, on easy: EasyHandle) {
        easy.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: Int64(content.count))
        easy.set(
            CURLOPT_POSTFIELDS,
            pointer: content.baseAddress.map(UnsafeMutableRawPointer.init(mutating:))
                ?? Unmanaged.passUnretained(self).toOpaque())
    }

    fileprivate func take(headerLine line: UnsafeRawBufferPointer) -> Bool {
        switch head.take(line) {
        case .more: return true
        case .complete:
            if let length = head.contentLength, length <= maximumBodyBytes { body.reserveCapacity(length) }
            return true
        case .tooLarge: failure = (.malformedResponse, "the response's headers are too large")
        case .malformed: failure = (.malformedResponse, "the response's status line is malformed")
        }
        return false
    }

    fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= maximumBodyBytes else {
            failure = (.bodyTooLarge, "the response's body is longer than \(maximumBodyBytes) bytes")
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }
}

// C callbacks are global functions: libcurl calls them from within a call of the line's.

private func line(_ context: UnsafeMutableRawPointer?) -> Line? {
    context.map { Unmanaged<Line>.fromOpaque($0).takeUnretainedValue() }
}

private func takeHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let bytes = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return line(context)?.take(headerLine: bytes) == true ? bytes.count : 0
}

private func takeBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let bytes = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return line(context)?.take(body: bytes) == true ? bytes.count : 0
}

private func allowRequest(
    _: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?, _: Int32,
    _: Int32
) -> Int32 { CURL_PREREQFUNC_OK }
