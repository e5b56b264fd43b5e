// Members of requests and answers bear the names that the API gives them.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

package import HTTP
internal import JSON

/// A client of Amazon SES (API v2, 2019-09-27).
package struct SES: Sendable {
    private let calls: JSONService

    package init(configuration: AWSConfiguration) {
        calls = JSONService(.ses, configuration: configuration)
    }

    /// A mail as SendEmail takes it with `Simple` content.
    package struct Email: Sendable {
        /// A mailbox in ASCII (RFC 5322, RFC 2047), as are all others.
        package var from: String
        package var to: [String]
        package var replyTo: [String] = []
        package var subject: String
        package var html: String?
        package var text: String?
        /// At most 15; printable ASCII.
        package var headers: [(name: String, value: String)] = []
        package var tags: [String: String] = [:]
        package var configurationSet: String?

        package init(from: String, to: [String], subject: String) {
            self.from = from
            self.to = to
            self.subject = subject
        }
    }

    /// How long a mail may take to hand over. Shorter than what senders keep free before a deadline and a lease run out: a
    /// mail that nobody has answered for by then must be told as such in time.
    package static let sendTimeouts = HTTPRequest.Timeouts(
        connect: .seconds(3), firstByte: .seconds(10), total: .seconds(10))

    /// Hands a mail over, within ``sendTimeouts``, and returns SES's id of it.
    ///
    /// SendEmail has no idempotency token: it is called once, and trying again is the caller's decision.
    package func send(_ email: Email) async throws(AWSError) -> String {
        struct Output: Decodable {
            let MessageId: String
        }
        let request = AWSRequest(
            operation: "SendEmail", path: ["v2", "email", "outbound-emails"], isIdempotent: false,
            maximumAttempts: 1, timeouts: SES.sendTimeouts)
        let response = try await calls.send(request, body: email.document)
        return try calls.decode(Output.self, from: response, of: request.operation).MessageId
    }

    // MARK: - Account and identities

    /// What an account may send in a Region.
    package struct Account: Sendable, Hashable, Decodable {
        package struct Quota: Sendable, Hashable, Decodable {
            /// Mails in 24 hours; -1 is no limit.
            package let max24HourSend: Double
            /// Mails a second.
            package let maxSendRate: Double
            package let sentLast24Hours: Double

            private enum CodingKeys: String, CodingKey {
                case max24HourSend = "Max24HourSend"
                case maxSendRate = "MaxSendRate"
                case sentLast24Hours = "SentLast24Hours"
            }
        }
        package struct Suppression: Sendable, Hashable, Decodable {
            /// BOUNCE, COMPLAINT.
            package let suppressedReasons: [String]?

            private enum CodingKeys: String, CodingKey {
                case suppressedReasons = "SuppressedReasons"
            }
        }
        package let quota: Quota
        package let isSendingEnabled: Bool?
        package let hasProductionAccess: Bool?
        /// HEALTHY, PROBATION or SHUTDOWN.
        package let enforcementStatus: String?
        package let suppression: Suppression?

        private enum CodingKeys: String, CodingKey {
            case quota = "SendQuota"
            case isSendingEnabled = "SendingEnabled"
            case hasProductionAccess = "ProductionAccessEnabled"
            case enforcementStatus = "EnforcementStatus"
            case suppression = "SuppressionAttributes"
        }
    }

    package func account() async throws(AWSError) -> Account {
        try await fetch("GetAccount", path: ["account"])
    }

    /// A domain or address that mails may come from.
    package struct Identity: Sendable, Hashable, Decodable {
        package struct DKIM: Sendable, Hashable, Decodable {
            package let isSigningEnabled: Bool?
            /// SUCCESS, PENDING, FAILED, TEMPORARY_FAILURE or NOT_STARTED.
            package let status: String?
            /// Of Easy DKIM: for each a CNAME is to be published. Of keys of one's own: their selectors.
            package let tokens: [String]?
            /// EXTERNAL: keys of one's own; else SES's.
            package let origin: String?
            /// The domain in which SES publishes the keys that CNAMEs lead to: `dkim.amazonses.com`, in some Regions another.
            package let hostedZone: String?

            private enum CodingKeys: String, CodingKey {
                case isSigningEnabled = "SigningEnabled"
                case status = "Status"
                case tokens = "Tokens"
                case origin = "SigningAttributesOrigin"
                case hostedZone = "SigningHostedZone"
            }
        }
        package struct MailFrom: Sendable, Hashable, Decodable {
            package let domain: String?
            /// SUCCESS, PENDING, FAILED or TEMPORARY_FAILURE.
            package let status: String?
            /// USE_DEFAULT_VALUE or REJECT_MESSAGE: what becomes of mails while the domain's MX record is not as it should be.
            package let behaviorOnFailure: String?

            private enum CodingKeys: String, CodingKey {
                case domain = "MailFromDomain"
                case status = "MailFromDomainStatus"
                case behaviorOnFailure = "BehaviorOnMxFailure"
            }
        }
        package let isVerified: Bool?
        package let dkim: DKIM?
        package let mailFrom: MailFrom?

        private enum CodingKeys: String, CodingKey {
            case isVerified = "VerifiedForSendingStatus"
            case dkim = "DkimAttributes"
            case mailFrom = "MailFromAttributes"
        }
    }

    /// The identity of that name, or `nil`.
    package func identity(_ name: String) async throws(AWSError) -> Identity? {
        do throws(AWSError) {
            return try await fetch("GetEmailIdentity", path: ["identities", name])
        } catch {
            if error.code == "NotFoundException" { return nil }
            throw error
        }
    }

    // MARK: - Suppression list

    /// Why the account suppresses an address.
    package enum SuppressionReason: String, Sendable, Hashable, Codable {
        case bounce = "BOUNCE"
        case complaint = "COMPLAINT"
    }

    /// An entry of the account's suppression list in a Region.
    package struct Suppressed: Sendable, Hashable, Decodable {
        package let address: String
        package let reason: SuppressionReason
        /// Seconds since 1970.
        package let lastUpdate: Double?

        private enum CodingKeys: String, CodingKey {
            case address = "EmailAddress"
            case reason = "Reason"
            case lastUpdate = "LastUpdateTime"
        }
    }

    /// One page of the suppression list: at most 1000 entries.
    ///
    /// - Parameter token: where the page begins, as the one before told.
    package func suppressed(
        from token: String? = nil
    ) async throws(AWSError) -> (entries: [Suppressed], next: String?) {
        struct Output: Decodable {
            let SuppressedDestinationSummaries: [Suppressed]?
            let NextToken: String?
        }
        let query = [(name: "PageSize", value: "1000")] + (token.map { [("NextToken", $0)] } ?? [])
        let output: Output = try await fetch(
            "ListSuppressedDestinations", path: ["suppression", "addresses"], query: query)
        return (output.SuppressedDestinationSummaries ?? [], output.NextToken)
    }

    /// The suppression list's entry of an address, or `nil`.
    package func suppressed(_ address: String) async throws(AWSError) -> Suppressed? {
        struct Output: Decodable {
            let SuppressedDestination: Suppressed
        }
        do throws(AWSError) {
            let output: Output = try await fetch(
                "GetSuppressedDestination", path: ["suppression", "addresses", address])
            return output.SuppressedDestination
        } catch {
            if error.code == "NotFoundException" { return nil }
            throw error
        }
    }

    /// Puts an address on the suppression list.
    package func suppress(_ address: String, for reason: SuppressionReason) async throws(AWSError) {
        struct Input: Encodable {
            let EmailAddress: String
            let Reason: SuppressionReason
        }
        let request = AWSRequest(
            operation: "PutSuppressedDestination", method: "PUT",
            path: ["v2", "email", "suppression", "addresses"], isIdempotent: true)
        _ = try await calls.send(request, Input(EmailAddress: address, Reason: reason))
    }

    /// Takes an address off the suppression list; one that is not on it is no error.
    package func unsuppress(_ address: String) async throws(AWSError) {
        let request = AWSRequest(
            operation: "DeleteSuppressedDestination", method: "DELETE",
            path: ["v2", "email", "suppression", "addresses", address], isIdempotent: true)
        do throws(AWSError) {
            _ = try await calls.client.send(request)
        } catch {
            if error.code != "NotFoundException" { throw error }
        }
    }

    private func fetch<Output: Decodable>(
        _ operation: String, path: [String], query: [(name: String, value: String)] = []
    ) async throws(AWSError) -> Output {
        let request = AWSRequest(
            operation: operation, method: "GET", path: ["v2", "email"] + path, query: query,
            isIdempotent: true)
        return try calls.decode(Output.self, from: try await calls.client.send(request), of: operation)
    }
}

extension SES.Email {
    /// SendEmail's body (SES API v2 Reference, "SendEmail").
    ///
    /// Written by hand: the way through a tree costs as much as all else that a mail does here.
    fileprivate var document: [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(1024 + (html?.utf8.count ?? 0) * 9 / 8 + (text?.utf8.count ?? 0) * 9 / 8)
        func add(_ syntax: StaticString) {
            json.append(
                contentsOf: UnsafeBufferPointer(start: syntax.utf8Start, count: syntax.utf8CodeUnitCount))
        }
        func add(string: String) { JSONEncoder.appendLiteral(string, to: &json) }
        func add(content: String) {
            add(#"{"Charset":"UTF-8","Data":"#)
            add(string: content)
            add("}")
        }
        func add<Element>(list: [Element], _ addElement: (Element) -> Void) {
            add("[")
            for (index, element) in list.enumerated() {
                if index > 0 { add(",") }
                addElement(element)
            }
            add("]")
        }
        func add(pair: (name: String, value: String)) {
            add(#"{"Name":"#)
            add(string: pair.name)
            add(#","Value":"#)
            add(string: pair.value)
            add("}")
        }

        add(#"{"FromEmailAddress":"#)
        add(string: from)
        add(#","Destination":{"ToAddresses":"#)
        add(list: to) { add(string: $0) }
        add("}")
        if !replyTo.isEmpty {
            add(#","ReplyToAddresses":"#)
            add(list: replyTo) { add(string: $0) }
        }
        add(#","Content":{"Simple":{"Subject":"#)
        add(content: subject)
        add(#","Body":{"#)
        if let text {
            add(#""Text":"#)
            add(content: text)
        }
        if let html {
            add(text == nil ? #""Html":"# : #","Html":"#)
            add(content: html)
        }
        add("}")
        if !headers.isEmpty {
            add(#","Headers":"#)
            add(list: headers) { add(pair: $0) }
        }
        add("}}")
        if !tags.isEmpty {
            add(#","EmailTags":"#)
            add(list: tags.sorted { $0.key < $1.key }) { add(pair: ($0.key, $0.value)) }
        }
        if let configurationSet {
            add(#","ConfigurationSetName":"#)
            add(string: configurationSet)
        }
        add("}")
        return json
    }
}
