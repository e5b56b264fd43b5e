import Foundation
import FoundationNetworking

/// Runs the SES simulator for the length of the closure.
///
/// - Parameters:
///   - rate: recipients that it accepts in any second (`MaxSendRate`).
///   - dailyQuota: recipients that it accepts in 24 hours; -1 for no limit.
///   - keys: access key ids and their secrets. With them every request must be signed with one of them; without,
///     any signature passes.
package func withSESSimulator<Result>(
    rate: Double = 1000, dailyQuota: Double = -1, keys: [String: String]? = nil,
    _ body: (SESSimulator) async throws -> Result
) async throws -> Result {
    let settings = SESSimulator.Settings(
        maxSendRate: rate, max24HourSend: dailyQuota,
        keys: keys?.mapValues { SESSimulator.Settings.Key(secret: $0) })
    let text = String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
    let server = try await TestServer(
        Checkout.python,
        arguments: { port in
            [Checkout.support("ses_simulator/ses_simulator.py"), "--port", "\(port)", "--settings", text]
        },
        environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    defer { server.stop() }
    return try await body(SESSimulator(server: server))
}

/// SES v2 on loopback: it checks each request against AWS's model of the API, enforces rate and quota, keeps a
/// suppression list, records every mail that it accepts, and fails to order.
package struct SESSimulator: Sendable {
    private let server: TestServer

    fileprivate init(server: TestServer) { self.server = server }

    /// For `AWS_ENDPOINT_URL_SESV2`.
    package var url: String { server.url }
    package var port: Int { server.port }

    /// What the simulator has printed: nothing, unless it is at fault itself.
    package var outputSoFar: String { server.outputSoFar }

    /// A mail that SES answered for with a message id, or would have but for a fault after accepting.
    package struct Mail: Decodable, Sendable {
        package struct Header: Decodable, Sendable, Equatable {
            package var name: String
            package var value: String
        }
        package var messageId: String
        /// Seconds since 1970.
        package var time: Double
        package var from: String
        package var to: [String]
        package var cc: [String]
        package var bcc: [String]
        package var replyTo: [String]
        package var subject: String
        package var headers: [Header]
        package var tags: [String: String]
        package var configurationSet: String?
        package var text: String?
        package var html: String?
        /// Accepted and counted, but the recipient is on the suppression list.
        package var isSuppressed: Bool
    }

    /// What the account allows; `nil` leaves a setting as it is.
    package struct Settings: Encodable, Sendable {
        package struct Key: Encodable, Sendable {
            package var secret: String
            package var token: String?
            package var expired: Bool?
            package init(secret: String, token: String? = nil, expired: Bool? = nil) {
                self.secret = secret
                self.token = token
                self.expired = expired
            }
        }
        package struct Identity: Encodable, Sendable {
            package struct MailFrom: Encodable, Sendable {
                enum CodingKeys: String, CodingKey {
                    case domain = "MailFromDomain", status = "MailFromDomainStatus", behavior =
                        "BehaviorOnMxFailure"
                }
                package var domain: String
                package var status: String
                package var behavior: String
                package init(domain: String, status: String, behavior: String = "USE_DEFAULT_VALUE") {
                    self.domain = domain
                    self.status = status
                    self.behavior = behavior
                }
            }
            package struct DKIM: Encodable, Sendable {
                enum CodingKeys: String, CodingKey {
                    case isSigning = "SigningEnabled", status = "Status", tokens = "Tokens"
                }
                package var isSigning: Bool
                package var status: String
                package var tokens: [String]
                package init(isSigning: Bool = true, status: String = "SUCCESS", tokens: [String] = []) {
                    self.isSigning = isSigning
                    self.status = status
                    self.tokens = tokens
                }
            }
            enum CodingKeys: String, CodingKey {
                case isVerified = "VerifiedForSendingStatus", dkim = "DkimAttributes", mailFrom =
                    "MailFromAttributes"
            }
            package var isVerified: Bool
            package var dkim: DKIM?
            package var mailFrom: MailFrom?
            package init(isVerified: Bool = true, dkim: DKIM? = nil, mailFrom: MailFrom? = nil) {
                self.isVerified = isVerified
                self.dkim = dkim
                self.mailFrom = mailFrom
            }
        }

        package var maxSendRate: Double?
        package var max24HourSend: Double?
        /// What was sent before, by others.
        package var sentLast24Hours: Double?
        package var sendingEnabled: Bool?
        /// HEALTHY, PROBATION or SHUTDOWN.
        package var enforcementStatus: String?
        package var productionAccessEnabled: Bool?
        /// BOUNCE, COMPLAINT or both.
        package var suppressedReasons: [String]?
        package var identities: [String: Identity]?
        /// Refuse senders that `identities` does not hold.
        package var strictIdentities: Bool?
        /// The configuration sets there are; any name will do until this is set.
        package var configurationSets: [String]?
        package var keys: [String: Key]?
        /// Adds addresses, and why, to the suppression list of us-west-2.
        package var suppressed: [String: String]?
        /// Adds addresses, and why, to the suppression lists of Regions.
        package var suppressedIn: [String: [String: String]]?
        /// Whether accepted mails are recorded with text and HTML.
        package var keepsBodies: Bool?

        package init(
            maxSendRate: Double? = nil, max24HourSend: Double? = nil, sentLast24Hours: Double? = nil,
            sendingEnabled: Bool? = nil, enforcementStatus: String? = nil,
            productionAccessEnabled: Bool? = nil,
            suppressedReasons: [String]? = nil, identities: [String: Identity]? = nil,
            strictIdentities: Bool? = nil, configurationSets: [String]? = nil, keys: [String: Key]? = nil,
            suppressed: [String: String]? = nil, suppressedIn: [String: [String: String]]? = nil,
            keepsBodies: Bool? = nil
        ) {
            self.maxSendRate = maxSendRate
            self.max24HourSend = max24HourSend
            self.sentLast24Hours = sentLast24Hours
            self.sendingEnabled = sendingEnabled
            self.enforcementStatus = enforcementStatus
            self.productionAccessEnabled = productionAccessEnabled
            self.suppressedReasons = suppressedReasons
            self.identities = identities
            self.strictIdentities = strictIdentities
            self.configurationSets = configurationSets
            self.keys = keys
            self.suppressed = suppressed
            self.suppressedIn = suppressedIn
            self.keepsBodies = keepsBodies
        }
    }

    /// Something that goes wrong. Faults are tried in the order in which they were injected; the first that applies
    /// strikes.
    package struct Fault: Encodable, Sendable {
        package enum Kind: String, Encodable, Sendable {
            /// An answer with an error of the service.
            case error
            /// The connection ends by RST without an answer.
            case reset
            /// The connection ends by FIN without an answer.
            case close
            /// The mail is accepted at once, and the answer comes late.
            case slow
            /// The mail is accepted, and the answer is broken JSON.
            case malformed
            /// The mail is accepted, and the connection ends within the answer.
            case truncated
        }
        package var kind: Kind
        /// Code of an error, such as `SendingPausedException`.
        package var code: String?
        /// HTTP status of an error, where it is not to be the code's usual one.
        package var status: Int?
        package var message: String?
        /// Delay of a slow answer in seconds.
        package var seconds: Double?
        /// Whether the mail is accepted before an error, reset or close.
        package var afterAccepting = false
        /// How many times it strikes.
        package var count = 1
        /// How many requests that it would apply to pass before it strikes.
        package var skip = 0
        package var probability = 1.0
        /// A regular expression that a recipient must match.
        package var address: String?
        /// Strikes only where the connection has served a request before.
        package var onlyReusedConnections = false
        package var operation = "SendEmail"

        package init(_ kind: Kind) { self.kind = kind }

        /// An error of the service: its code decides on the status.
        package static func error(
            _ code: String, status: Int? = nil, message: String? = nil, afterAccepting: Bool = false,
            count: Int = 1
        ) -> Fault {
            var fault = Fault(.error)
            fault.code = code
            fault.status = status
            fault.message = message
            fault.afterAccepting = afterAccepting
            fault.count = count
            return fault
        }

        /// `TooManyRequestsException` for the rate.
        package static func throttle(count: Int = 1) -> Fault {
            .error("TooManyRequestsException", count: count)
        }

        package static func reset(afterAccepting: Bool, count: Int = 1) -> Fault {
            var fault = Fault(.reset)
            fault.afterAccepting = afterAccepting
            fault.count = count
            return fault
        }

        package static func close(
            afterAccepting: Bool, onlyReusedConnections: Bool = false, count: Int = 1
        ) -> Fault {
            var fault = Fault(.close)
            fault.afterAccepting = afterAccepting
            fault.onlyReusedConnections = onlyReusedConnections
            fault.count = count
            return fault
        }

        package static func slow(seconds: Double, count: Int = 1) -> Fault {
            var fault = Fault(.slow)
            fault.seconds = seconds
            fault.count = count
            return fault
        }

        /// Strikes only mails to an address that the regular expression matches, as often as they come.
        package func forAddresses(matching pattern: String) -> Fault {
            var fault = self
            fault.address = pattern
            fault.count = .max
            return fault
        }
    }

    package struct Statistics: Decodable, Sendable {
        /// Requests by operation, refused ones too.
        package var requests: [String: Int]
        /// Answers by HTTP status, those to this type's own requests too.
        package var statuses: [String: Int]
        /// Connections that carried at least one request.
        package var connections: Int
        package var mails: Int
        /// The most recipients accepted within any second.
        package var acceptedInBusiestSecond: Int
        /// The most recipients tried within any second, throttled ones too.
        package var attemptedInBusiestSecond: Int
        /// How often each fault has struck, in the order of injection.
        package var faults: [Int]
    }

    /// The mails accepted so far, oldest first.
    package func acceptedMails() async throws -> [Mail] {
        struct Answer: Decodable { var mails: [Mail] }
        return try JSONDecoder().decode(Answer.self, from: try await control("GET", "mails")).mails
    }

    package func statistics() async throws -> Statistics { try await state().statistics }

    /// The suppression list of a Region: addresses and why.
    package func suppressed(in region: String = "us-west-2") async throws -> [String: String] {
        try await state().suppressed[region] ?? [:]
    }

    package func configure(_ settings: Settings) async throws {
        _ = try await control("PUT", "state", try JSONEncoder().encode(settings))
    }

    package func inject(_ faults: Fault...) async throws {
        for fault in faults { _ = try await control("POST", "faults", try JSONEncoder().encode(fault)) }
    }

    package func removeFaults() async throws { _ = try await control("DELETE", "faults") }

    /// Forgets mails, faults, suppression list and changed settings.
    package func reset() async throws { _ = try await control("POST", "reset") }

    private struct State: Decodable {
        var statistics: Statistics
        var suppressed: [String: [String: String]]
    }

    private func state() async throws -> State {
        try JSONDecoder().decode(State.self, from: try await control("GET", "state"))
    }

    private func control(_ method: String, _ path: String, _ body: Data? = nil) async throws -> Data {
        guard let url = URL(string: "\(server.url)/_control/\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        let (data, response) = try await URLSession.shared.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            throw TestServer.StartFailure(
                description:
                    "the SES simulator refuses \(method) \(path): \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }
}
