internal import Digests
package import HTTP
internal import Locks
internal import TextSearch

/// Signs, sends and retries the calls of one service.
package final class AWSClient: Sendable {
    package let service: AWSService
    private let region: String
    private let http: HTTPClient
    private let credentials: any CredentialsProvider
    private let setup: Result<Setup, AWSError>
    private let clock: ServiceClock?
    private let signer: RequestSigner
    private let quota = Mutex(RetryQuota())
    private let skew = Mutex(ClockSkew())
    private let now: @Sendable () -> Int64
    private let random: @Sendable () -> Double

    private struct Setup {
        var endpoint: Endpoint
        var policy: RetryPolicy
    }

    /// A wrong endpoint or number of attempts in the configuration is thrown by each call.
    ///
    /// - Parameter clock: is told of each whole answer, where somebody goes by the service's time.
    package convenience init(
        _ service: AWSService, configuration: AWSConfiguration, clock: ServiceClock? = nil
    ) {
        self.init(
            service, configuration: configuration, clock: clock, now: systemSeconds,
            random: { .random(in: 0...1) })
    }

    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - random: from 0 to 1; spreads the delays between attempts.
    init(
        _ service: AWSService, configuration: AWSConfiguration, clock: ServiceClock? = nil,
        now: @escaping @Sendable () -> Int64, random: @escaping @Sendable () -> Double
    ) {
        self.service = service
        region = configuration.region
        self.clock = clock
        http = configuration.http
        credentials = configuration.credentials
        signer = RequestSigner(
            region: configuration.region, service: service.signingName,
            pathRule: service == .s3 ? .s3 : .general, addsContentHash: service == .s3)
        self.now = now
        self.random = random
        do throws(AWSError) {
            setup = .success(
                Setup(
                    endpoint: try Endpoint(service, configuration: configuration),
                    policy: try Self.policy(of: service, configuration)))
        } catch {
            setup = .failure(error)
        }
    }

    /// Sends a request and reads the whole answer. Any status but 2xx is thrown.
    ///
    /// An answer with `x-amz-crc32` (DynamoDB's) is checked against it.
    package func send(_ request: AWSRequest, maximumBodyBytes: Int = 16 << 20) async throws(AWSError)
        -> HTTPResponse
    {
        let (http, clock) = (http, clock)
        return try await perform(request) { signed throws(HTTPError) in
            let sent = clock?.localMilliseconds()
            let response = try await http.send(signed, maximumBodyBytes: maximumBodyBytes)
            if let clock, let sent { clock.learn(from: response.headers, sent: sent) }
            if let sum = response.headers["x-amz-crc32"], UInt32(sum) != CRC32.checksum(response.body) {
                return .damaged("its checksum differs from x-amz-crc32")
            }
            return (200..<300).contains(response.status) ? .success(response) : .refused(response)
        }
    }

    /// Sends a request; the body of the answer follows at the reader's pace. Any status but 2xx is thrown.
    package func stream(_ request: AWSRequest) async throws(AWSError) -> HTTPStreamingResponse {
        let http = http
        return try await perform(request) { signed throws(HTTPError) in
            let response = try await http.stream(signed)
            if (200..<300).contains(response.status) { return .success(response) }
            let body = await Self.beginning(of: response.body)
            return .refused(HTTPResponse(status: response.status, headers: response.headers, body: body))
        }
    }

    private enum Answer<Response: Sendable>: Sendable {
        case success(Response)
        case refused(HTTPResponse)
        case damaged(String)
    }

    private func perform<Response: Sendable>(
        _ request: AWSRequest, exchange: (HTTPRequest) async throws(HTTPError) -> Answer<Response>
    ) async throws(AWSError) -> Response {
        let setup = try setup.get()
        var policy = setup.policy
        if let maximum = request.maximumAttempts { policy.maximumAttempts = maximum }
        let draft = try Draft(request, service: service, endpoint: setup.endpoint)
        var sequence = RetrySequence(policy: policy, isIdempotent: request.isIdempotent)

        while true {
            // Signed anew for each attempt: a signature ages, and keys may have been renewed meanwhile.
            let keys = try await signingKeys(for: request, attempt: sequence.attempt)
            let offset = skew.withLock { $0.offset }
            let sent = now()
            let signed = draft.signed(
                by: signer, with: keys, at: SigningTime(secondsSince1970: sent + offset))

            var error: AWSError
            var failure: AttemptFailure
            do throws(HTTPError) {
                switch try await exchange(signed) {
                case .success(let response):
                    quota.withLock { sequence.succeed(quota: &$0) }
                    return response
                case .refused(let response):
                    error = self.error(request, response, secrets: keys)
                    failure = self.failure(error)
                    if ErrorCode.mayBeClockSkew(error.code ?? "") {
                        let isCorrected = skew.withLock {
                            $0.learn(from: response.headers, sent: sent, received: now(), used: offset)
                        }
                        if isCorrected { failure.cause = .clockSkew }
                    }
                case .damaged(let problem):
                    error = self.error(request, .malformedResponse(problem))
                    failure = AttemptFailure(.transient, mayHaveActed: true)
                }
            } catch let problem {
                error = self.error(request, .transport(problem))
                failure = self.failure(error)
            }
            error.attempts = sequence.attempt
            // A body that has begun to flow cannot be had again.
            if draft.hasBegunBody { throw error }

            let action = quota.withLock { sequence.fail(failure, quota: &$0, random: random()) }
            guard case .retry(let delay) = action else { throw error }
            do {
                try await Task.sleep(for: delay)
            } catch {
                let cancelled = HTTPError(
                    kind: .cancelled, written: failure.mayHaveActed ? .maybe : .nothing, curlCode: 0,
                    message: "cancelled while waiting to try again")
                throw self.error(request, .transport(cancelled), attempts: sequence.attempt - 1)
            }
        }
    }

    private func signingKeys(for request: AWSRequest, attempt: Int) async throws(AWSError) -> Credentials {
        do {
            return try await credentials.credentials()
        } catch {
            var error = error
            error.service = service.name
            error.operation = request.operation
            error.attempts = attempt - 1
            throw error
        }
    }

    private func error(_ request: AWSRequest, _ kind: AWSError.Kind, attempts: Int = 1) -> AWSError {
        AWSError(service: service.name, operation: request.operation, kind: kind, attempts: attempts)
    }

    private func error(_ request: AWSRequest, _ response: HTTPResponse, secrets: Credentials) -> AWSError {
        let answer = ErrorResponse(response, now: now())
        return AWSError(
            service: service.name, operation: request.operation,
            kind: .service(
                code: answer.code, message: answer.message.redacting(secrets), status: response.status),
            requestID: answer.requestID, body: ErrorCode.repeatsSignedText(answer.code) ? [] : response.body,
            retryAfter: answer.retryAfter, remedy: Remedy.text(for: answer, signedFor: region))
    }

    private func failure(_ error: AWSError) -> AttemptFailure {
        let cause: AttemptFailure.Cause =
            if error.isThrottling {
                .throttling
            } else if !error.isRetryable {
                .permanent
            } else if case .transport(let problem) = error.kind, case .timeout = problem.kind {
                .timeout
            } else {
                .transient
            }
        return AttemptFailure(cause, mayHaveActed: error.mayHaveActed, retryAfter: error.retryAfter)
    }

    private static func policy(of service: AWSService, _ configuration: AWSConfiguration) throws(AWSError)
        -> RetryPolicy
    {
        var policy = service == .dynamoDB ? RetryPolicy.dynamoDB : RetryPolicy()
        let setting =
            configuration.environment.nonEmpty("AWS_MAX_ATTEMPTS")
            ?? configuration.sharedConfiguration?.profile?.nonEmpty("max_attempts")
        if let setting {
            guard let number = Int(setting), (1...100).contains(number) else {
                throw AWSError(
                    service: service.name, operation: "configuration",
                    kind: .configuration(
                        "AWS_MAX_ATTEMPTS (max_attempts in a profile) must be from 1 to 100"),
                    attempts: 0)
            }
            policy.maximumAttempts = number
        }
        return policy
    }

    /// An error's body as far as it can be had: enough to tell what went wrong.
    private static func beginning(of body: HTTPBody) async -> [UInt8] {
        let limit = 1 << 20
        var bytes: [UInt8] = []
        do {
            for try await piece in body {
                bytes += piece.prefix(limit - bytes.count)
                if bytes.count == limit { break }
            }
        } catch {}
        return bytes
    }
}

extension String {
    /// The text with these credentials' secret parts blotted out, should a service repeat them.
    fileprivate func redacting(_ secrets: Credentials) -> String {
        var text = self
        for secret in [secrets.secretAccessKey, secrets.sessionToken ?? ""] where !secret.isEmpty {
            text = text.replacing(text: secret, with: "[redacted]")
        }
        return text
    }
}
