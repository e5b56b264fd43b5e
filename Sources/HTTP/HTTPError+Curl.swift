import CCurl

extension HTTPError.Kind {
    /// What one of libcurl's codes means here.
    ///
    /// - Parameter isConnected: whether a connection stood and the request had begun.
    init(_ code: CURLcode, isConnected: Bool) {
        switch code {
        case CURLE_URL_MALFORMAT: self = .invalidRequest
        case CURLE_UNSUPPORTED_PROTOCOL: self = isConnected ? .malformedResponse : .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST: self = .resolve
        case CURLE_COULDNT_CONNECT: self = .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS:
            self = .tls
        // The other limits are our own: only the connection's is libcurl's.
        case CURLE_OPERATION_TIMEDOUT: self = .timeout(.connect)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE,
            CURLE_SEND_FAIL_REWIND:
            self = .reset
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: self = .malformedResponse
        // Header lines longer than libcurl's own limit end so.
        case CURLE_OUT_OF_MEMORY where isConnected: self = .malformedResponse
        default: self = .other
        }
    }
}

extension HTTPError {
    static func cancelledBeforeStart(_ exchange: Exchange) -> HTTPError {
        notStarted(.cancelled, exchange, reason: "the request was cancelled")
    }

    static func waitedTooLong(_ exchange: Exchange) -> HTTPError {
        notStarted(.timeout(.total), exchange, reason: "no connection became free in time")
    }

    static let outOfMemory = HTTPError(
        kind: .other, written: .nothing, curlCode: Int(CURLE_OUT_OF_MEMORY.rawValue),
        message: "The HTTP client is out of memory.")

    private static func notStarted(_ kind: Kind, _ exchange: Exchange, reason: String) -> HTTPError {
        HTTPError(
            kind: kind, written: .nothing, curlCode: 0,
            message: "\(exchange.request.method) to \(exchange.request.origin) failed: \(reason).")
    }
}
