package import Campaigns
internal import Digests
package import Handlers

/// Takes in what an SNS topic posts, where no Lambda or queue stands between: each message's signature is verified first.
///
/// | message | answer |
/// |---|---|
/// | Notification | 200 once the event is taken in; 503 if it cannot be saved: SNS tries again |
/// | SubscriptionConfirmation of our topic | confirms it |
/// | what is not understood | 422: SNS does not try again, and keeps it where the subscription has a dead-letter queue |
/// | not from our topic, or not signed by SNS | 403 |
package struct SNSEndpoint: Sendable {
    /// SNS's messages have 256 KB at most; a JSON document in one is escaped.
    package static let longestBody = 512 << 10

    private let topic: String
    private let origin: SNSOrigin
    private let handler: FeedbackHandler
    private let clock: any WallClock
    private let log: any Log
    private let fetch: @Sendable (String) async throws -> [UInt8]
    private let certificates = Certificates()

    /// - Parameters:
    ///   - topic: the ARN of the one topic that is listened to.
    ///   - fetch: reads what lies at a URL of the origin's, by HTTPS with the server's certificate verified.
    package init(
        topic: String, origin: SNSOrigin, handler: FeedbackHandler, clock: any WallClock, log: any Log,
        fetch: @escaping @Sendable (String) async throws -> [UInt8]
    ) {
        self.topic = topic
        self.origin = origin
        self.handler = handler
        self.clock = clock
        self.log = log
        self.fetch = fetch
    }

    package func respond(to request: WebRequest) async -> WebResponse {
        guard request.method == "POST" else { return refusal(405, "Only POST is understood here.") }
        let message: SNSMessage
        do {
            message = try SNSMessage(request.body)
        } catch {
            return refusal(400, "The message \(error.description).")
        }
        guard message.topic == topic else { return refusal(403, "The message is of another topic.") }
        guard origin.isCertificate(message.certificateURL) else {
            return refusal(403, "SigningCertURL is none of SNS's.")
        }
        do {
            guard try await isSigned(message) else { return refusal(403, "The signature is wrong.") }
        } catch {
            log.warning("The certificate of SNS could not be read", ("problem", "\(error)"))
            return retryLater
        }
        switch message.kind {
        case .notification: return await take(message)
        case .subscriptionConfirmation: return await confirm(message)
        case .unsubscribeConfirmation:
            log.warning(
                "A subscription to SES's events was ended", ("topic", topic),
                ("remedy", "Subscribe this endpoint to the topic again if that was not meant"))
            return WebResponse(status: 200, headers: [], body: "")
        }
    }

    /// - Throws: where there is no certificate to go by now.
    private func isSigned(_ message: SNSMessage) async throws -> Bool {
        let now = Int(clock.now().seconds)
        let pem = try await certificates.pem(at: message.certificateURL, now: now, fetch)
        guard let certificate = Certificate(pem: pem) else { return false }
        return message.isSigned(by: certificate)
    }

    private func take(_ message: SNSMessage) async -> WebResponse {
        do {
            _ = try await handler.handle(try message.signedNotification(), context: EventContext())
            return WebResponse(status: 200, headers: [], body: "")
        } catch let problem as Problem where problem.kind == .invalidInput {
            return refusal(422, "The message is no event of SES's: \(problem)")
        } catch {
            log.error("An event could not be taken in", ("problem", "\(error)"))
            return retryLater
        }
    }

    private func confirm(_ message: SNSMessage) async -> WebResponse {
        guard let url = message.subscribeURL, origin.isConfirmation(url) else {
            return refusal(403, "SubscribeURL is none of SNS's.")
        }
        do {
            _ = try await fetch(url)
            log.info("Subscribed to SES's events", ("topic", topic))
            return WebResponse(status: 200, headers: [], body: "")
        } catch {
            log.error("The subscription could not be confirmed", ("topic", topic), ("problem", "\(error)"))
            return retryLater
        }
    }

    private func refusal(_ status: Int, _ text: String) -> WebResponse {
        log.warning("A message to the endpoint of SNS was refused", ("reason", text))
        return WebResponse(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: text + "\n")
    }

    private var retryLater: WebResponse {
        WebResponse(status: 503, headers: [("Retry-After", "5")], body: "")
    }
}

/// The certificates that SNS signs with: few, each read once.
///
/// What is posted can name certificates that there are not: neither do those keep others from being read, nor is SNS asked for
/// them over and over.
private actor Certificates {
    /// SNS has one a Region, and changes it now and then.
    private static let most = 8
    private static let mostFailures = 64
    /// The same one is not asked for again so soon after a failure, and none at all for a moment.
    private static let patience = Duration.seconds(5), moment = Duration.milliseconds(200)

    private struct Unavailable: Error, CustomStringConvertible {
        var description: String
    }

    private var known: [String: [UInt8]] = [:]
    private var failures: [String: ContinuousClock.Instant] = [:]
    private var lastFailure: ContinuousClock.Instant?

    /// - Parameter now: in seconds since 1970, when the certificate must be valid.
    /// - Throws: what `fetch` throws; an error while a failure is fresh, or if what is there is no certificate that is valid.
    func pem(
        at url: String, now: Int, _ fetch: @Sendable (String) async throws -> [UInt8]
    ) async throws -> [UInt8] {
        if let pem = known[url], Self.isValid(pem, at: now) { return pem }
        let start = ContinuousClock.now
        if let failed = failures[url], failed.duration(to: start) < Self.patience {
            throw Unavailable(description: "it could not be read a moment ago")
        }
        if let lastFailure, lastFailure.duration(to: start) < Self.moment {
            throw Unavailable(description: "another could not be read a moment ago")
        }
        do {
            let pem = try await fetch(url)
            guard Self.isValid(pem, at: now) else {
                throw Unavailable(description: "what lies there is no certificate, or none that is valid now")
            }
            if known.count >= Self.most, let some = known.keys.first { known[some] = nil }
            known[url] = pem
            failures[url] = nil
            return pem
        } catch {
            if failures.count >= Self.mostFailures { failures.removeAll() }
            failures[url] = .now
            lastFailure = .now
            throw error
        }
    }

    private static func isValid(_ pem: [UInt8], at now: Int) -> Bool {
        guard let certificate = Certificate(pem: pem) else { return false }
        return certificate.isValid(at: now)
    }
}
