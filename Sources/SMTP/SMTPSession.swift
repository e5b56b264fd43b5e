internal import CCurl
internal import Deliverability
internal import Glibc

/// Owns the libcurl handle of one trial, and notes what the server says. Used by one thread.
final class SMTPSession {
    /// Lines that are kept, the latest, and bytes of each.
    private static let mostLines = 40, longestLine = 512

    private let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var recipients: UnsafeMutablePointer<curl_slist>?
    private let cancellation: Flag
    private var unsent: ArraySlice<UInt8> = []
    private var lines: [String] = []
    /// Lines of the reply that is being read.
    private var reply: [String] = []
    private var failure = CURLE_OK
    /// Whether the server has taken user name and password (RFC 4954 section 4).
    private var isLoggedIn = false

    /// - Returns: `nil` when memory has run out.
    init?(_ cancellation: Flag) {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        self.cancellation = cancellation
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(recipients)
        errorText.deallocate()
    }

    func prepare(
        _ server: SubmissionServer, _ credentials: SubmissionCredentials, bundle: String, timeLimit: Duration
    ) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        record(ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText))
        let host = server.host.utf8.contains(UInt8(ascii: ":")) ? "[\(server.host)]" : server.host
        let scheme = server.security == .implicitTLS ? "smtps" : "smtp"
        set(CURLOPT_URL, "\(scheme)://\(host):\(server.port)/jada-blast")
        set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_CAINFO, bundle)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_USERNAME, credentials.user)
        set(CURLOPT_PASSWORD, credentials.password)
        let milliseconds = Int(timeLimit / .milliseconds(1))
        set(CURLOPT_TIMEOUT_MS, milliseconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
        set(CURLOPT_NOPROGRESS, 0)
        record(ccurl_set_pointer(pointer, CURLOPT_XFERINFODATA, this))
        record(ccurl_set_progress_function(pointer, lookForCancellation))
        record(ccurl_set_pointer(pointer, CURLOPT_HEADERDATA, this))
        record(ccurl_set_header_function(pointer, takeLine))
        // Answers to NOOP are a body to libcurl.
        record(ccurl_set_write_function(pointer, ignore))
    }

    func run(sending mail: TrialMail?) -> LoginTrial {
        if let mail {
            let this = Unmanaged.passUnretained(self).toOpaque()
            recipients = mail.to.withCString { curl_slist_append(nil, $0) }
            unsent = mail.message[...]
            set(CURLOPT_MAIL_FROM, mail.from)
            record(ccurl_set_list(pointer, CURLOPT_MAIL_RCPT, recipients))
            set(CURLOPT_UPLOAD, 1)
            record(ccurl_set_pointer(pointer, CURLOPT_READDATA, this))
            record(ccurl_set_read_function(pointer, giveMessage))
        } else {
            // Without a mail libcurl gives this one command once it has logged in, and then QUIT.
            set(CURLOPT_CUSTOMREQUEST, "NOOP")
        }
        let code = failure == CURLE_OK ? curl_easy_perform(pointer) : failure
        let last = lastReply
        guard code != CURLE_OK else {
            // To a server that offers no login libcurl gives the command without one.
            guard isLoggedIn else {
                return LoginTrial(
                    step: .authentication, failure: "the server offers no login here", transcript: lines)
            }
            return LoginTrial(step: .done, reply: last, transcript: lines)
        }
        // What the server agreed to before is no reason for what failed then.
        let refusal = last.flatMap { $0.code >= 400 ? $0 : nil }
        return LoginTrial(
            step: step(of: code), reply: refusal, failure: explanation(of: code), transcript: lines)
    }

    /// What the server said last before it said goodbye.
    private var lastReply: SMTPReply? {
        SMTPReply(reply.enumerated().map { $0 == 0 ? $1 : String($1.dropFirst(4)) }.joined(separator: " "))
    }

    /// Which step a failure of libcurl's belongs to (libcurl-errors(3)).
    private func step(of code: CURLcode) -> LoginTrial.Step {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return .resolve
        case CURLE_COULDNT_CONNECT: return .connect
        case CURLE_SSL_CACERT_BADFILE: return .preparation
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR:
            return .tls
        case CURLE_LOGIN_DENIED: return .authentication
        // In this order: none of them can be reached without the one before.
        default:
            var connected = 0.0
            if ccurl_get_seconds(pointer, CURLINFO_CONNECT_TIME, &connected) != CURLE_OK || connected == 0 {
                return .connect
            }
            if isLoggedIn { return .mail }
            if lines.contains(where: { $0.hasPrefix("334") }) { return .authentication }
            return .greeting
        }
    }

    private func explanation(of code: CURLcode) -> String {
        if cancellation.isRaised { return "it was cancelled" }
        return errorText[0] != 0 ? String(cString: errorText) : String(cString: curl_easy_strerror(code))
    }

    // MARK: What libcurl calls

    /// Takes a line that the server has sent.
    fileprivate func take(_ bytes: UnsafeRawBufferPointer) {
        let printable = bytes.prefix(Self.longestLine).filter { $0 >= 0x20 && $0 != 0x7F }
        let line = String(decoding: printable, as: UTF8.self)
        // "221 Bye" answers QUIT and tells nothing.
        guard !line.isEmpty, !line.hasPrefix("221") else { return }
        if line.hasPrefix("235") { isLoggedIn = true }
        lines.append(line)
        if lines.count > Self.mostLines { lines.removeFirst() }
        // RFC 5321 section 4.2.1: a hyphen says that more lines follow.
        if !isContinued { reply = [] }
        reply.append(line)
        isContinued = line.utf8.dropFirst(3).first == UInt8(ascii: "-")
        if reply.count > Self.mostLines { reply.removeLast() }
    }

    private var isContinued = false

    fileprivate func give(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let piece = unsent.prefix(buffer.count)
        buffer.copyBytes(from: piece)
        unsent = unsent.dropFirst(piece.count)
        return piece.count
    }

    fileprivate var isCancelled: Bool { cancellation.isRaised }

    // MARK: Options

    private func set(_ option: CURLoption, _ value: Int) { record(ccurl_set_long(pointer, option, value)) }

    private func set(_ option: CURLoption, _ value: String) {
        record(value.withCString { ccurl_set_text(pointer, option, $0) })
    }

    /// Keeps the first error that setting options meets.
    private func record(_ code: CURLcode) { if failure == CURLE_OK { failure = code } }
}

private func session(_ pointer: UnsafeMutableRawPointer?) -> SMTPSession? {
    pointer.map { Unmanaged<SMTPSession>.fromOpaque($0).takeUnretainedValue() }
}

private func takeLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ this: UnsafeMutableRawPointer?
) -> Int {
    session(this)?.take(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}

private func ignore(
    _: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _: UnsafeMutableRawPointer?
) -> Int { size * count }

private func giveMessage(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ this: UnsafeMutableRawPointer?
) -> Int {
    session(this)?.give(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count)) ?? 0
}

private func lookForCancellation(
    _ this: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> CInt { session(this)?.isCancelled == true ? 1 : 0 }
