/// Sends HTTP requests over libcurl: one event-loop thread drives every transfer and keeps connections for reuse.
package final class HTTPClient: Sendable {
    package struct Configuration: Sendable {
        /// Path of a PEM bundle; `nil` probes the usual places.
        package var certificateAuthorities: String?
        /// Connections kept or opened per host; further requests wait.
        package var maximumConnectionsPerHost: Int
        package init(certificateAuthorities: String? = nil, maximumConnectionsPerHost: Int = 256) {
            self.certificateAuthorities = certificateAuthorities
            self.maximumConnectionsPerHost = maximumConnectionsPerHost
        }
    }

    package init(configuration: Configuration = Configuration()) {}

    /// Sends a request and reads the whole response.
    ///
    /// - Throws: ``HTTPError``; `kind == .cancelled` when the task was cancelled.
    package func send(_ request: HTTPRequest, maximumBodyBytes: Int = 16 << 20) async throws(HTTPError)
        -> HTTPResponse
    {
        fatalError("stub")
    }

    /// Sends a request and returns once the headers have arrived; the body follows at the reader's pace.
    package func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamingResponse {
        fatalError("stub")
    }

    /// Stops the event loop; requests under way end as cancelled.
    package func shutdown() {}
}

/// A response body as it arrives. Unread bytes stay in the socket: memory is bounded.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package struct AsyncIterator: AsyncIteratorProtocol {
        package mutating func next() async throws -> [UInt8]? { fatalError("stub") }
    }
    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
}
