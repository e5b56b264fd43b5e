/// Why a request got no response.
package struct HTTPError: Error, Sendable {
    /// What went wrong, whatever library told it.
    package enum Kind: Sendable, Equatable {
        case invalidRequest, resolve, connect, tls, timeout(Phase), reset, malformedResponse, bodyTooLarge
        case cancelled, other
    }
    /// The part of an exchange that a time limit covers.
    package enum Phase: Sendable, Equatable { case connect, firstByte, total, idle }

    /// How much of the request may have reached the server.
    package enum Written: Sendable, Equatable {
        /// Not one byte was written to a socket: the server cannot have acted on it.
        case nothing
        /// Some or all was written: the server may have acted on it.
        case maybe
    }

    package var kind: Kind
    package var written: Written
    /// libcurl's code (CURLE_…), 0 where the failure is our own.
    package var curlCode: Int
    /// One sentence, free of secrets: neither headers nor query appear in it.
    package var message: String
    /// What the source of a streamed request body threw.
    package var underlying: (any Error)?

    package init(
        kind: Kind, written: Written, curlCode: Int, message: String, underlying: (any Error)? = nil
    ) {
        self.kind = kind
        self.written = written
        self.curlCode = curlCode
        self.message = message
        self.underlying = underlying
    }
}

extension HTTPError: CustomStringConvertible {
    package var description: String { message }
}
