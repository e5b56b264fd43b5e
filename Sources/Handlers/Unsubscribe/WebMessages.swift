/// What a browser or a mail service asks, wherever it comes from.
package struct WebRequest: Sendable {
    /// In capitals.
    package var method: String
    /// As it was sent, percent-encoded.
    package var path: String
    /// As it was sent, without the question mark.
    package var query: String
    package var contentType: String?
    package var acceptLanguage: String?
    /// `x-amz-sns-message-type`: SNS's word that it is a message of its own.
    package var snsMessageType: String?
    package var body: [UInt8]

    package init(
        method: String, path: String, query: String, contentType: String? = nil,
        acceptLanguage: String? = nil, snsMessageType: String? = nil, body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.contentType = contentType
        self.acceptLanguage = acceptLanguage
        self.snsMessageType = snsMessageType
        self.body = body
    }
}

/// What it is answered.
package struct WebResponse: Sendable {
    package var status: Int
    /// Each name once.
    package var headers: [(name: String, value: String)]
    package var body: String

    package init(status: Int, headers: [(name: String, value: String)], body: String) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
