import Synchronization

/// A response body as it arrives. Unread bytes stay in the socket: memory is bounded.
///
/// It is read once, by one reader: a second iterator throws. When the last copy is dropped unread, the transfer
/// ends and its connection closes.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    private let source: HTTPBodySource

    init(channel: BodyChannel, token: ExchangeToken, client: HTTPClient) {
        source = HTTPBodySource(channel: channel, token: token, client: client)
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let source: HTTPBodySource
        fileprivate let isFirst: Bool

        /// The next bytes, never empty; `nil` at the end of the body.
        ///
        /// - Throws: ``HTTPError``, also where the body ends short of what the headers promised.
        package mutating func next() async throws -> [UInt8]? {
            guard isFirst else { throw HTTPError.secondReader }
            return try await source.channel.next()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(source: source, isFirst: source.claim())
    }
}

/// What the copies of a body share; its end is the end of the transfer.
private final class HTTPBodySource: Sendable {
    let channel: BodyChannel
    private let token: ExchangeToken
    /// Keeps the event loop running for as long as someone reads.
    private let client: HTTPClient
    private let isClaimed = Atomic(false)

    init(channel: BodyChannel, token: ExchangeToken, client: HTTPClient) {
        self.channel = channel
        self.token = token
        self.client = client
    }

    deinit { token.cancel() }

    func claim() -> Bool { !isClaimed.exchange(true, ordering: .relaxed) }
}
