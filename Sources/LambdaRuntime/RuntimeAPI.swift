import HTTP

/// Speaks to Lambda's Runtime API and Extensions API, on the loopback address that Lambda names.
///
/// What its answers mean is decided by ``Poll`` and ``Receipt``, which do no I/O.
struct RuntimeAPI: Sendable {
    private let origin: String
    private let nextInvocation: HTTPRequest
    private let http: HTTPClient
    /// Carries polls and responses where there is one of them at a time, without waking another thread.
    private let serial: Serial?
    private let log: LambdaLog

    /// A larger event cannot be: Lambda's own limit is 6 MB.
    private static let maximumEventBytes = 32 << 20
    private static let agent = "jada-blast"
    private static let runtime = "/2018-06-01/runtime/"
    private static let extensions = "/2020-01-01/extension/"

    /// A connection, and what is sent over it again and again: the poll is always the same, a response but for its path
    /// and body.
    private struct Serial {
        let connection: HTTPConnection
        let poll: StandingRequest
        let response: StandingRequest
    }

    /// `next` answers when there is something to do; the sandbox may be frozen for hours meanwhile.
    private static let pollTimeouts = HTTPRequest.Timeouts(connect: .seconds(1), firstByte: nil, total: nil)
    private static let postTimeouts = HTTPRequest.Timeouts(
        connect: .seconds(1), firstByte: nil, total: .seconds(30))

    /// - Parameters:
    ///   - authority: `host:port`, the value of AWS_LAMBDA_RUNTIME_API.
    ///   - isSerial: whether there is one poll or outcome at a time, and a thread of its own to block for it.
    init(authority: String?, http: HTTPClient, isSerial: Bool, log: LambdaLog) throws(NotInLambda) {
        guard let authority, !authority.isEmpty else {
            throw NotInLambda(
                description:
                    "AWS_LAMBDA_RUNTIME_API is not set: this program is started by AWS Lambda, or by its "
                    + "Runtime Interface Emulator.")
        }
        let isPlain = authority.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "."),
                UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        guard isPlain else {
            throw NotInLambda(description: "AWS_LAMBDA_RUNTIME_API is not of the form host:port.")
        }
        origin = "http://\(authority)"
        nextInvocation = HTTPRequest(
            method: "GET", url: origin + Self.runtime + "invocation/next",
            headers: ["User-Agent": Self.agent],
            timeouts: Self.pollTimeouts, isIdempotent: true)
        self.http = http
        serial = isSerial ? try? Self.serial(nextInvocation, Self.outcome(to: origin + "/", [:])) : nil
        self.log = log
    }

    private static func serial(_ poll: HTTPRequest, _ response: HTTPRequest) throws(HTTPError) -> Serial {
        Serial(
            connection: try HTTPConnection(), poll: try StandingRequest(poll),
            response: try StandingRequest(response))
    }

    /// The head of an outcome of an invocation, or of the start.
    private static func outcome(to url: String, _ headers: HTTPHeaders) -> HTTPRequest {
        var headers = headers
        headers.add("Content-Type", "application/json")
        headers.add("User-Agent", agent)
        // Lambda takes one outcome for an invocation and refuses a second, so repeating is safe.
        return HTTPRequest(
            method: "POST", url: url, headers: headers, timeouts: postTimeouts, isIdempotent: true)
    }

    /// Waits for the next invocation.
    func next() async -> Poll {
        Poll(
            await answer { () async throws(HTTPError) in
                guard let serial else {
                    return try await http.send(nextInvocation, maximumBodyBytes: Self.maximumEventBytes)
                }
                return try await serial.connection.send(serial.poll, maximumBodyBytes: Self.maximumEventBytes)
            }, log: log)
    }

    /// Hands over the outcome of an invocation. Tries again where that can help; in the end it is logged, never thrown.
    func deliver(_ outcome: Result<[UInt8], InvocationError>, for requestID: String) async {
        let receipt: Receipt
        switch outcome {
        case .success(let body):
            receipt = await post(Self.runtime + "invocation/\(requestID)/response", body: body)
            if case .tooLarge = receipt {
                let error = InvocationError(
                    type: "Function.ResponseSizeTooLarge",
                    message: "The response of \(body.count) bytes is larger than Lambda takes.")
                log.pinned(to: requestID).write(.error, error.message, [("errorType", error.type)])
                return await deliver(.failure(error), for: requestID)
            }
        case .failure(let error):
            receipt = await post(Self.runtime + "invocation/\(requestID)/error", error: error)
        }
        if let reason = receipt.failure {
            log.pinned(to: requestID).write(
                .error, "The Lambda Runtime API did not take the outcome", [("reason", reason)])
        }
    }

    /// Says that the handler could not be made.
    func reportInitialization(_ error: InvocationError) async {
        if let reason = await post(Self.runtime + "init/error", error: error).failure {
            log.write(.error, "The Lambda Runtime API did not take the init error", [("reason", reason)])
        }
    }

    /// Registers an internal extension without events: with one, Lambda sends SIGTERM before it ends the sandbox.
    ///
    /// - Returns: the extension's identifier; `nil`, logged, where that is not to be had.
    func registerExtension() async -> String? {
        let request = HTTPRequest(
            method: "POST", url: origin + Self.extensions + "register",
            headers: [
                "Lambda-Extension-Name": Self.agent, "Content-Type": "application/json",
                "User-Agent": Self.agent,
            ], body: .bytes(Array(#"{"events":[]}"#.utf8)), timeouts: Self.postTimeouts,
            isIdempotent: true)
        let answer = await answer { () async throws(HTTPError) in try await send(request) }
        switch answer {
        case .success(let response) where response.status == 200:
            if let identifier = response.headers["Lambda-Extension-Identifier"] { return identifier }
            log.write(.warning, "No SIGTERM at shutdown: the extension got no identifier")
        case .success(let response):
            log.write(
                .warning, "No SIGTERM at shutdown: the extension was refused",
                [("status", "\(response.status)")])
        case .failure(let error) where error.kind != .cancelled:
            log.write(
                .warning, "No SIGTERM at shutdown: the extension was not registered",
                [("reason", error.message)])
        case .failure: break
        }
        return nil
    }

    /// Tells Lambda that the extension is ready. It has no events, so the answer does not come.
    func waitForEvents(of identifier: String) async {
        // It lasts: not on the connection of the polls.
        _ = try? await http.send(
            HTTPRequest(
                method: "GET", url: origin + Self.extensions + "event/next",
                headers: ["Lambda-Extension-Identifier": identifier, "User-Agent": Self.agent],
                timeouts: Self.pollTimeouts, isIdempotent: true))
    }

    private func post(_ path: String, error: InvocationError) async -> Receipt {
        await post(path, body: error.body, headers: ["Lambda-Runtime-Function-Error-Type": error.type])
    }

    private func post(_ path: String, body: [UInt8], headers: HTTPHeaders? = nil) async -> Receipt {
        var backoff = Backoff.forOutcomes
        var receipt = Receipt(await send(body, headers, to: path), isRepeated: false)
        while case .notYet(let reason) = receipt {
            guard let delay = backoff.next() else { return .refused(reason) }
            // An outcome is handed over also when the sandbox shuts down: the repeats run in a task nobody cancels.
            receipt = await Task {
                try? await Task.sleep(for: delay)
                return Receipt(await send(body, headers, to: path), isRepeated: true)
            }.value
        }
        return receipt
    }

    private func send(
        _ body: [UInt8], _ headers: HTTPHeaders?, to path: String
    ) async -> Result<HTTPResponse, HTTPError> {
        await answer { () async throws(HTTPError) in
            if let serial, headers == nil {
                return try await serial.connection.send(serial.response, path: path, body: body)
            }
            var request = Self.outcome(to: origin + path, headers ?? [:])
            request.body = .bytes(body)
            return try await send(request)
        }
    }

    private func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        guard let serial else { return try await http.send(request) }
        return try await serial.connection.send(request)
    }

    private func answer(
        _ send: () async throws(HTTPError) -> HTTPResponse
    ) async -> Result<HTTPResponse, HTTPError> {
        do throws(HTTPError) { return .success(try await send()) } catch { return .failure(error) }
    }
}
