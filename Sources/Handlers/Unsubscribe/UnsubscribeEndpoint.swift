package import Campaigns
package import Delivery

/// The unsubscribe page (RFC 8058), wherever it is served from.
///
/// | request | answer |
/// |---|---|
/// | POST `List-Unsubscribe=One-Click` | unsubscribes; plain text: mail services send it |
/// | GET | asks; mail scanners that follow links change nothing |
/// | POST `action=unsubscribe` | unsubscribes; a page that says so, and offers to undo it |
/// | POST `action=undo` | puts the address back if it was taken off by a link and for nothing else |
///
/// The token may be the value of any query parameter, or the last part of the path. `lang=` chooses a language, else
/// Accept-Language does.
package struct UnsubscribeEndpoint: Sendable {
    /// Bytes of a body that are looked at: a form has far fewer.
    package static let longestBody = 16384
    /// Bytes of path and query: a link has at most a quarter of it.
    private static let longestTarget = 4096
    /// Texts in a link that are tried as a token.
    private static let mostCandidates = 8

    private let keys: UnsubscribeKeys
    private let unsubscription: Unsubscription
    private let page: UnsubscribePage
    private let log: any Log

    /// - Parameter senderName: whose mailings they are; `nil` where that is not said.
    /// - Throws: a ``Problem`` of the kind `software`.
    package init(
        keys: UnsubscribeKeys, unsubscription: Unsubscription, senderName: String?, log: any Log
    ) throws(Problem) {
        self.keys = keys
        self.unsubscription = unsubscription
        page = try UnsubscribePage(senderName: senderName)
        self.log = log
    }

    /// Answers a request; what cannot be saved is logged, and answered with 503.
    package func respond(to request: WebRequest) async -> WebResponse {
        guard request.method == "GET" || request.method == "POST" else {
            var answer = plain(405, "Only GET and POST are understood here.", [("Allow", "GET, POST")])
            // RFC 9110 section 9.3.2.
            if request.method == "HEAD" { answer.body = "" }
            return answer
        }
        guard request.path.utf8.count + request.query.utf8.count <= Self.longestTarget else {
            return plain(414, "The link is too long.")
        }
        guard request.body.count <= Self.longestBody else { return plain(413, "The body is too long.") }
        let visit = Visit(request)
        guard let subscriber = visit.tokens.prefix(Self.mostCandidates).lazy.compactMap(keys.open).first
        else {
            return answer(400, visit, visit.texts.invalid)
        }
        if request.method == "GET" { return confirm(200, visit, subscriber) }
        let form = FormFields(request.body, contentType: request.contentType)
        do {
            if form["List-Unsubscribe"]?.lowercased() == "one-click" {
                try await unsubscribe(subscriber)
                return plain(200, "You are unsubscribed.")
            }
            switch form["action"] {
            case Action.unsubscribe: return try await leave(visit, subscriber)
            case Action.undo: return try await undo(visit, subscriber)
            default: return confirm(400, visit, subscriber)
            }
        } catch {
            log.error("An unsubscribe could not be saved", ("problem", "\(error)"))
            var answer = answer(503, visit, visit.texts.unavailable)
            answer.headers.append(("Retry-After", "60"))
            return answer
        }
    }

    /// What the buttons send.
    private enum Action {
        static let unsubscribe = "unsubscribe"
        static let undo = "undo"
    }

    private func confirm(_ status: Int, _ visit: Visit, _ subscriber: Subscriber) -> WebResponse {
        answer(status, visit, visit.texts.confirm, subscriber, visit.unsubscribeButton)
    }

    private func leave(_ visit: Visit, _ subscriber: Subscriber) async throws -> WebResponse {
        try await unsubscribe(subscriber)
        return answer(
            200, visit, visit.texts.done, subscriber,
            .init(
                question: visit.texts.mistake, label: visit.texts.undo, action: Action.undo, isQuiet: true))
    }

    private func undo(_ visit: Visit, _ subscriber: Subscriber) async throws -> WebResponse {
        switch try await unsubscription.undo(subscriber) {
        case .undone:
            log.info("An unsubscribe was undone", ("campaign", subscriber.campaign.rawValue))
            var button = visit.unsubscribeButton
            button.isQuiet = true
            return answer(200, visit, visit.texts.undone, subscriber, button)
        case .kept:
            return answer(409, visit, visit.texts.kept, subscriber)
        }
    }

    private func unsubscribe(_ subscriber: Subscriber) async throws {
        if try await unsubscription.unsubscribe(subscriber) {
            log.info("Unsubscribed", ("campaign", subscriber.campaign.rawValue))
        }
    }

    /// What a request says, whatever is asked.
    private struct Visit {
        let language: Language
        let texts: UnsubscribeTexts
        /// Whether a link leads to the same page: not to what a button has led to.
        let canBeAskedAnew: Bool
        /// What may be a token, the likeliest first.
        let tokens: [String]
        /// The link's query but for the language.
        private let query: FormFields

        private static let languageField = "lang"

        init(_ request: WebRequest) {
            var query = FormFields(urlEncoded: request.query.utf8)
            let chosen = query[Self.languageField].flatMap { Language(tag: $0) }
            language = chosen ?? Language(accepting: request.acceptLanguage)
            texts = UnsubscribeTexts(language)
            canBeAskedAnew = request.method == "GET"
            query.fields.removeAll { $0.name == Self.languageField }
            self.query = query
            let last = request.path.utf8.split(separator: UInt8(ascii: "/")).last
            tokens =
                query.fields.map(\.value)
                + (last.map { [FormFields.decode($0, plusIsSpace: false)] } ?? [])
        }

        func query(in language: Language) -> String {
            var query = query
            query.fields.append(.init(name: Self.languageField, value: language.rawValue))
            return query.urlEncoded
        }

        var unsubscribeButton: UnsubscribePage.Button {
            .init(label: texts.unsubscribe, action: Action.unsubscribe)
        }
    }

    private func answer(
        _ status: Int, _ visit: Visit, _ texts: UnsubscribeTexts.Page, _ subscriber: Subscriber? = nil,
        _ button: UnsubscribePage.Button? = nil
    ) -> WebResponse {
        let content = UnsubscribePage.Content(
            texts: texts, language: visit.language, address: subscriber.map { Self.masked($0.address) },
            button: button, query: visit.canBeAskedAnew ? { visit.query(in: $0) } : nil)
        return WebResponse(
            status: status, headers: UnsubscribePage.headers(language: visit.language),
            body: page.html(content))
    }

    private func plain(
        _ status: Int, _ text: String, _ headers: [(name: String, value: String)] = []
    ) -> WebResponse {
        WebResponse(
            status: status,
            headers: UnsubscribePage.commonHeaders + [("Content-Type", "text/plain; charset=utf-8")]
                + headers,
            body: text + "\n")
    }

    /// `c…w@example.org`: enough for its owner, not for somebody who looks on.
    static func masked(_ address: String) -> String {
        guard let at = address.lastIndex(of: "@") else { return "…" }
        let localPart = address[..<at]
        let shown =
            switch localPart.count {
            case 0, 1: "…"
            case 2: "\(localPart.prefix(1))…"
            default: "\(localPart.prefix(1))…\(localPart.suffix(1))"
            }
        return shown + address[at...]
    }
}
