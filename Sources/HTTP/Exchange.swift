import Synchronization

/// One request on its way from a task to the loop thread, with the place its answer goes to.
final class Exchange: Sendable {
    let request: PreparedRequest
    let token: ExchangeToken
    let upload: UploadPipe?
    let answer: Answer

    init(request: PreparedRequest, token: ExchangeToken, upload: UploadPipe?, answer: Answer) {
        self.request = request
        self.token = token
        self.upload = upload
        self.answer = answer
    }

    /// Who waits for what. The loop thread alone resumes it, exactly once: see ``EventLoop``.
    enum Answer: Sendable {
        case whole(maximumBodyBytes: Int, CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>)
        case streamed(CheckedContinuation<Result<StreamedHead, HTTPError>, Never>)
    }

    /// The head of a response whose body is still arriving.
    struct StreamedHead: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let channel: BodyChannel
    }

    func fail(_ error: HTTPError) {
        upload?.close()
        switch answer {
        case .whole(_, let continuation): continuation.resume(returning: .failure(error))
        case .streamed(let continuation): continuation.resume(returning: .failure(error))
        }
    }
}

/// Names one exchange on both sides, and carries a task's wishes about it to the loop.
final class ExchangeToken: Sendable {
    private let mailbox: Mailbox
    private let cancelled = Atomic(false)

    init(mailbox: Mailbox) { self.mailbox = mailbox }

    /// Whether the exchange was given up, perhaps before the loop has heard of it.
    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// Ends the exchange, and closes its connection where the request is under way.
    func cancel() {
        // The flag comes first: a start that the loop takes up later sees it, an earlier one gets the message.
        cancelled.store(true, ordering: .releasing)
        mailbox.post(.cancel(self))
    }

    /// Lets a transfer go on that paused for want of room or of body.
    func unpause() { mailbox.post(.unpause(self)) }
}
