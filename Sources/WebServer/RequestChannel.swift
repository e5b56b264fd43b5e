internal import HTTPTypes
internal import Handlers
internal import HummingbirdCore
internal import Locks
internal import Logging
internal import NIOCore
internal import NIOHTTPTypes

/// One connection: a request is read, within limits of size and time, answered, and the connection is closed.
///
/// Nothing is kept alive: no proxy can meet a connection that is just being closed, which would cost it a POST that it must
/// not repeat.
struct RequestChannel: ServerChildChannel {
    /// For the client to take in the answer and close its side.
    private static let closingTime = TimeAmount.seconds(3)
    private static let limits = HTTP1Channel.Configuration.DecoderConfiguration(
        maxHeaderFieldSize: 8192, maxHeaderListSize: 32768, maxHeaderFieldCount: 100)

    private let http: HTTP1Channel
    private let requestTime: TimeAmount
    private let longestBody: Int
    private let respond: @Sendable (WebRequest) async -> WebResponse

    /// - Parameters:
    ///   - requestTime: from the connection's beginning to the end of its request.
    ///   - longestBody: in bytes.
    init(
        requestTime: TimeAmount, longestBody: Int,
        respond: @escaping @Sendable (WebRequest) async -> WebResponse
    ) {
        self.requestTime = requestTime
        self.longestBody = longestBody
        self.respond = respond
        // Its own loop is not used: ours is for one request.
        http = HTTP1Channel(
            responder: { _, _, _ in }, configuration: .init(httpDecoderConfiguration: Self.limits))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger)
    }

    func handle(value connection: HTTP1Channel.Value, logger: Logger) async {
        let channel = connection.channel
        do {
            try await withTaskCancellationHandler {
                try await connection.executeThenClose { inbound, outbound in
                    var parts = inbound.makeAsyncIterator()
                    let isLate = Flag()
                    let limit = channel.eventLoop.scheduleTask(in: requestTime) {
                        isLate.raise()
                        channel.close(mode: .input, promise: nil)
                    }
                    let request = await Self.read(&parts, longestBody: longestBody)
                    limit.cancel()
                    let response: WebResponse
                    switch request {
                    case .success(let request)?: response = await respond(request)
                    // What had come until then is no whole request.
                    case _ where isLate.isRaised: response = Self.failure(408, "The request took too long.")
                    case .failure(let failure)?: response = failure
                    // The other side has gone, or has never asked.
                    case nil: return
                    }
                    try await outbound.write(contentsOf: Self.parts(of: response))
                    outbound.finish()
                    // Closed at once, a connection on which more has arrived would be reset, and the answer lost.
                    let end = channel.eventLoop.scheduleTask(in: Self.closingTime) {
                        channel.close(promise: nil)
                    }
                    while try await parts.next() != nil {}
                    end.cancel()
                }
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            logger.debug("A connection broke: \(error)")
        }
    }

    /// - Returns: `nil` if the connection ended before the request did; an answer where there is no request to hand on.
    private static func read(
        _ parts: inout NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator, longestBody: Int
    ) async -> Reading? {
        do {
            guard case .head(let head)? = try await parts.next() else { return nil }
            var body: [UInt8] = []
            while let part = try await parts.next() {
                switch part {
                case .head: return .failure(failure(400, "The request cannot be read."))
                case .body(let bytes):
                    guard body.count + bytes.readableBytes <= longestBody else {
                        return .failure(failure(413, "The body is too long."))
                    }
                    body += bytes.readableBytesView
                case .end: return .success(request(head, body))
                }
            }
            return nil
        } catch {
            return .failure(failure(400, "The request cannot be read."))
        }
    }

    private enum Reading {
        case success(WebRequest)
        case failure(WebResponse)
    }

    private static let snsMessageType = HTTPField.Name("x-amz-sns-message-type")

    private static func request(_ head: HTTPRequest, _ body: [UInt8]) -> WebRequest {
        let target = head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return WebRequest(
            method: head.method.rawValue, path: String(parts[0]),
            query: parts.count > 1 ? String(parts[1]) : "", contentType: head.headerFields[.contentType],
            acceptLanguage: head.headerFields[.acceptLanguage],
            snsMessageType: snsMessageType.flatMap { head.headerFields[$0] }, body: body)
    }

    private static func failure(_ status: Int, _ text: String) -> WebResponse {
        WebResponse(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: text + "\n")
    }

    private static func parts(of response: WebResponse) -> [HTTPResponsePart] {
        var fields = HTTPFields()
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let body = ByteBuffer(string: response.body)
        fields[.contentLength] = "\(body.readableBytes)"
        fields[.connection] = "close"
        let head = HTTPResponse(status: .init(code: response.status), headerFields: fields)
        return body.readableBytes == 0 ? [.head(head), .end(nil)] : [.head(head), .body(body), .end(nil)]
    }
}

/// Raised by one task, seen by another.
private final class Flag: Sendable {
    private let state = Mutex(false)
    func raise() { state.withLock { $0 = true } }
    var isRaised: Bool { state.withLock { $0 } }
}
