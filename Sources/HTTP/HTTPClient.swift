/// Sends HTTP/1.1 requests over libcurl: one event-loop thread drives every transfer and keeps connections for reuse.
///
/// Redirects are not followed, cookies not kept, `*_proxy` variables not honoured and contents not decoded: what
/// is asked for is what goes out, which a signature over the request needs. TLS certificates are always verified.
/// The thread starts with the first request and ends with ``shutdown()`` or with the client's last reference.
package final class HTTPClient: Sendable {
    /// What holds for every request of a client.
    package struct Configuration: Sendable {
        /// Path of a PEM bundle; `nil` probes the usual places (see ``CertificateAuthorities``).
        package var certificateAuthorities: String?
        /// A folder, such as Lambda's task root, whose `ca-bundle.crt` is taken where the system has no bundle.
        package var certificateFolder: String?
        /// Connections kept or opened per host; further requests wait for one, in order.
        package var maximumConnectionsPerHost: Int

        package init(
            certificateAuthorities: String? = nil, maximumConnectionsPerHost: Int = 256,
            certificateFolder: String? = nil
        ) {
            self.certificateAuthorities = certificateAuthorities
            self.maximumConnectionsPerHost = maximumConnectionsPerHost
            self.certificateFolder = certificateFolder
        }
    }

    private let mailbox: Mailbox

    package init(configuration: Configuration = Configuration()) {
        mailbox = Mailbox(configuration: configuration)
    }

    deinit { mailbox.close() }

    /// Sends a request and reads the whole response.
    ///
    /// - Parameter maximumBodyBytes: a longer body ends the transfer as ``HTTPError/Kind/bodyTooLarge``.
    /// - Throws: ``HTTPError``; `kind == .cancelled` when the task was cancelled.
    package func send(_ request: HTTPRequest, maximumBodyBytes: Int = 16 << 20) async throws(HTTPError)
        -> HTTPResponse
    {
        try await perform(request, token: ExchangeToken(mailbox: mailbox)) {
            .whole(maximumBodyBytes: maximumBodyBytes, $0)
        }
    }

    /// Sends a request and returns once the headers have arrived; the body follows at the reader's pace.
    ///
    /// Dropping the response closes the transfer.
    package func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamingResponse {
        let token = ExchangeToken(mailbox: mailbox)
        let head = try await perform(request, token: token) { .streamed($0) }
        return HTTPStreamingResponse(
            status: head.status, headers: head.headers,
            body: HTTPBody(channel: head.channel, token: token, client: self))
    }

    /// Runs tasks on the event loop's own thread, which spares two changes of thread a request.
    ///
    /// For programs that do little but send, with one processor or less to themselves:
    /// `withTaskExecutorPreference(client.executor) { … }`. A job that computes for long holds up every transfer.
    package var executor: any TaskExecutor { mailbox }

    /// Stops the event loop; requests under way end as cancelled, and so do later ones.
    package func shutdown() { mailbox.close() }

    private func perform<Response: Sendable>(
        _ request: HTTPRequest, token: ExchangeToken,
        answer: @Sendable (CheckedContinuation<Result<Response, HTTPError>, Never>) -> Exchange.Answer
    ) async throws(HTTPError) -> Response {
        let prepared = try PreparedRequest(request)
        let upload = UploadPipe(for: request.body, token: token)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                mailbox.start(
                    Exchange(
                        request: prepared, token: token, upload: upload, answer: answer(continuation)))
            }
        } onCancel: {
            token.cancel()
        }
        return try result.get()
    }
}
