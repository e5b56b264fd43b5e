import Campaigns
import Delivery
import Foundation
import Handlers
import HostAdapters
import LocalAdapters
import Locks
import TestSupport
import Testing

@testable import WebServer

@Suite("What an SNS topic posts", .timeLimit(.minutes(10)))
struct SNSEndpointTests {
    private static let topic = "arn:aws:sns:us-west-2:123456789012:jada-events"
    private static let certificate =
        "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"
    private static let confirmation =
        "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn=\(topic)&Token=2336412f37"

    private static func bounce(of address: String) -> String {
        #"{"eventType":"Bounce","mail":{"messageId":"m"},"bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"\#(address)"}]}}"#
    }

    private static func notification(
        _ message: String, version: String = "1", changing changes: [String: String] = [:]
    ) -> [String: String] {
        [
            "Type": "Notification", "MessageId": "da41e39f-ea4d-435a-b922-c6aae3915ebe", "TopicArn": topic,
            "Subject": "Amazon SES Email Event Notification – Nº 1", "Message": message,
            "Timestamp": "2026-11-29T10:00:00.000Z", "SignatureVersion": version,
            "SigningCertURL": certificate,
        ].merging(changes) { $1 }
    }

    private static let invitation = [
        "Type": "SubscriptionConfirmation", "MessageId": "165545c9", "Token": "2336412f37",
        "TopicArn": topic, "Message": "You have chosen to subscribe to the topic …\nTo confirm …",
        "SubscribeURL": confirmation, "Timestamp": "2026-11-29T10:00:00.000Z", "SignatureVersion": "1",
        "SigningCertURL": certificate,
    ]

    /// Messages, signed; and the certificate that they are signed with.
    private struct Post: Decodable {
        var certificate: String
        var messages: [String]

        static func signed(_ messages: [[String: String]], age: Int = 1) async throws -> Post {
            let task = try JSONSerialization.data(
                withJSONObject: ["age": age, "messages": messages] as [String: Any])
            let text = try await runPython("oracles/sns_signer.py", input: task)
            return try Foundation.JSONDecoder().decode(Post.self, from: Data(text.utf8))
        }
    }

    /// What a test looks at beside the answers.
    private final class Surroundings: Sendable, Log {
        let fetched = Mutex<[String]>([])
        let told = Mutex<[String]>([])
        func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {
            told.withLock { $0.append(([message] + fields.map(\.value)).joined(separator: " ")) }
        }
    }

    private struct Failure: Error {}

    /// - Parameter pem: what lies where certificates do; `nil` if SNS does not answer.
    private func withEndpoint(
        pem: String?,
        _ body: (
            _ post: (String) async -> WebResponse, _ suppressed: () async throws -> [String], Surroundings
        ) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let clock = SystemClock()
            let surroundings = Surroundings()
            let state = try await LocalState(folder: folder.path, clock: clock)
            let feedback = Feedback(
                ledger: state.ledger, suppression: state.suppressionList, addresses: IDNAEncoder(),
                clock: clock, log: surroundings, source: "SES us-west-2")
            let endpoint = SNSEndpoint(
                topic: Self.topic, origin: try #require(SNSOrigin(topic: Self.topic)),
                handler: FeedbackHandler(feedback: feedback, log: surroundings), clock: clock,
                log: surroundings
            ) { url in
                surroundings.fetched.withLock { $0.append(url) }
                guard let pem else { throw Failure() }
                return Array(pem.utf8)
            }
            try await body(
                {
                    await endpoint.respond(
                        to: WebRequest(method: "POST", path: "/", query: "", body: Array($0.utf8)))
                },
                {
                    var all: [String] = []
                    try await state.suppressionList.entries { all += $0.map(\.address) }
                    return all
                }, surroundings)
        }
    }

    @Test(
        "events are taken in, signed with SHA-1 and SHA-256, with a subject and without, and the certificate read once"
    )
    func notifications() async throws {
        var plain = Self.notification(Self.bounce(of: "cid@example.org"))
        plain["Subject"] = nil
        let post = try await Post.signed([
            Self.notification(Self.bounce(of: "ann@example.org")),
            Self.notification(Self.bounce(of: "bob@example.org"), version: "2"), plain,
            Self.notification("Successfully validated SNS topic for Amazon SES event publishing."),
        ])
        try await withEndpoint(pem: post.certificate) { send, suppressed, surroundings async throws in
            for message in post.messages { #expect(await send(message).status == 200) }
            #expect(await send(post.messages[0]).status == 200)
            #expect(try await suppressed().count == 3)
            #expect(surroundings.fetched.withLock { $0 } == [Self.certificate])
        }
    }

    @Test("a message that was changed on its way, in any of its signed parts, is refused")
    func forged() async throws {
        let post = try await Post.signed([
            Self.notification(Self.bounce(of: "ann@example.org")), Self.invitation,
        ])
        try await withEndpoint(pem: post.certificate) { send, suppressed, surroundings async throws in
            for (original, names) in [
                (post.messages[0], ["Message", "MessageId", "Subject", "Timestamp"]),
                (post.messages[1], ["Message", "MessageId", "Timestamp", "Token"]),
            ] {
                for name in names {
                    var message = try #require(
                        JSONSerialization.jsonObject(with: Data(original.utf8)) as? [String: String])
                    message[name]? += " "
                    let text = String(
                        decoding: try JSONSerialization.data(withJSONObject: message), as: UTF8.self)
                    #expect(await send(text).status == 403, "\(name)")
                }
            }
            // What is added to a message is not signed, and must not be taken for what was published.
            let genuine = try #require(
                JSONSerialization.jsonObject(with: Data(post.messages[0].utf8)) as? [String: Any])
            let bounce = try JSONSerialization.jsonObject(with: Data(Self.bounce(of: "eve@example.org").utf8))
            for (name, value) in [
                ("Records", [["Sns": ["Message": Self.bounce(of: "eve@example.org")]], [:]]),
                ("detail", bounce), ("Sns", ["Message": Self.bounce(of: "eve@example.org")]),
            ] as [(String, Any)] {
                var message = genuine
                message[name] = value
                message["source"] = "aws.ses"
                let text = String(
                    decoding: try JSONSerialization.data(withJSONObject: message), as: UTF8.self)
                #expect(await send(text).status == 200)
                #expect(try await suppressed() == ["ann@example.org"], "\(name)")
            }
            // Left out, or said to be of another digest.
            for (old, new) in [
                (#""Subject": "#, #""Subject2": "#),
                (#""SignatureVersion": "1""#, #""SignatureVersion": "2""#),
            ] {
                #expect(await send(post.messages[0].replacingOccurrences(of: old, with: new)).status == 403)
            }
            #expect(try await suppressed() == ["ann@example.org"])
            #expect(surroundings.fetched.withLock { $0 } == [Self.certificate])
        }
    }

    @Test(
        "what somebody else has signed is refused; a certificate that is over, to come or none at all is not gone by"
    )
    func signers() async throws {
        let theirs = try await Post.signed([Self.notification(Self.bounce(of: "ann@example.org"))])
        let others = try await Post.signed([])
        try await withEndpoint(pem: others.certificate) { send, suppressed, _ async throws in
            #expect(await send(theirs.messages[0]).status == 403)
            #expect(try await suppressed() == [])
        }
        for age in [3, -1] {
            let post = try await Post.signed(
                [Self.notification(Self.bounce(of: "ann@example.org"))], age: age)
            try await withEndpoint(pem: post.certificate) { send, suppressed, _ async throws in
                #expect(await send(post.messages[0]).status == 503)
                #expect(try await suppressed() == [])
            }
        }
        try await withEndpoint(pem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") {
            send, _, _ in
            #expect(await send(theirs.messages[0]).status == 503)
        }
    }

    @Test("certificates are read from SNS of the topic's Region and from nowhere else")
    func addresses() async throws {
        let file = "/SimpleNotificationService-9c6465fa.pem"
        let urls = [
            "http://sns.us-west-2.amazonaws.com\(file)", "https://sns.us-east-1.amazonaws.com\(file)",
            "https://sns.us-west-2.amazonaws.com.evil.example\(file)", "https://evil.example\(file)",
            "https://sns.us-west-2.amazonaws.com@evil.example\(file)",
            "https://sns.us-west-2.amazonaws.com:8443\(file)",
            "https://sns.us-west-2.amazonaws.com/other\(file)",
            "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-../x.pem",
            "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-x.pem?a=.pem",
            "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-x.pem#.pem",
            "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-%2e%2e.pem",
            "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-x", "",
            "HTTPS://SNS.us-west-2.amazonaws.com\(file)",
            "https://sns.us-west-2.amazonaws.com\(file)\n.pem",
        ]
        let post = try await Post.signed(
            urls.map { Self.notification(Self.bounce(of: "a@example.org"), changing: ["SigningCertURL": $0]) }
                + [
                    Self.notification(
                        Self.bounce(of: "a@example.org"), changing: ["TopicArn": Self.topic + "-2"])
                ])
        try await withEndpoint(pem: post.certificate) { send, suppressed, surroundings async throws in
            for message in post.messages { #expect(await send(message).status == 403) }
            #expect(surroundings.fetched.withLock { $0 } == [])
            #expect(try await suppressed() == [])
        }
    }

    @Test("a subscription to the topic is confirmed, and by no other call than that")
    func confirmations() async throws {
        let base = "https://sns.us-west-2.amazonaws.com/"
        let wrong = [
            base + "?Action=DeleteTopic&TopicArn=x", base, base + "path?Action=ConfirmSubscription",
            base + "?Action=ConfirmSubscription2", "https://evil.example/?Action=ConfirmSubscription",
            base + "?Action=ConfirmSubscription&x=\r\nHost: evil", base + "?Action=ConfirmSubscription#x",
        ]
        let ended = Self.invitation.merging(["Type": "UnsubscribeConfirmation"]) { $1 }
        let post = try await Post.signed(
            [Self.invitation, ended]
                + wrong.map { url in Self.invitation.merging(["SubscribeURL": url]) { $1 } })
        try await withEndpoint(pem: post.certificate) { send, _, surroundings async throws in
            #expect(await send(post.messages[0]).status == 200)
            #expect(await send(post.messages[1]).status == 200)
            for message in post.messages.dropFirst(2) { #expect(await send(message).status == 403) }
            #expect(surroundings.fetched.withLock { $0 } == [Self.certificate, Self.confirmation])
            let told = surroundings.told.withLock { $0 }
            #expect(told[0].hasPrefix("Subscribed to SES's events"))
            #expect(told[1].hasPrefix("A subscription to SES's events was ended"))
        }
    }

    @Test("SNS is told to come again where its certificate cannot be read, and is not asked again at once")
    func unreachable() async throws {
        let post = try await Post.signed([Self.notification(Self.bounce(of: "ann@example.org"))])
        try await withEndpoint(pem: nil) { send, _, surroundings async throws in
            for _ in 0..<3 {
                let answer = await send(post.messages[0])
                #expect(answer.status == 503)
                #expect(answer.headers.contains { $0.name == "Retry-After" })
            }
            #expect(surroundings.fetched.withLock { $0.count } == 1)
        }
    }

    @Test("what is signed and no event is kept from coming again, and what is no message is refused")
    func nonsense() async throws {
        let post = try await Post.signed([
            Self.notification("hello"), Self.notification("{}"),
            Self.notification(#"{"eventType":"Surprise"}"#),
            Self.notification(#"{"eventType":"Surprise","mail":{"messageId":"m"}}"#),
        ])
        try await withEndpoint(pem: post.certificate) { send, _, _ async throws in
            for message in post.messages { #expect(await send(message).status == 422) }
            let good = post.messages[0]
            for (old, new) in [
                (good, ""), (good, "[]"), (good, "{"), (good, #"{"Type":"Notification"}"#),
                (#""Notification""#, #""Nothing""#), (#""Notification""#, "7"),
                (#""SignatureVersion": "1""#, #""SignatureVersion": "3""#),
                (#""SignatureVersion": "1""#, #""SignatureVersion": 1"#),
                (#""Signature": ""#, #""Signature": "!"#), (#""Signature": "#, #""Signed": "#),
                (#""Message": "hello""#, #""Message": {}"#), (#""MessageId""#, #""Id""#),
            ] {
                #expect(await send(good.replacingOccurrences(of: old, with: new)).status == 400, "\(new)")
            }
        }
    }

    @Test(
        "where SNS is, follows from the topic",
        arguments: [
            ("arn:aws:sns:eu-central-1:1:t", "https://sns.eu-central-1.amazonaws.com"),
            ("arn:aws-cn:sns:cn-north-1:1:t", "https://sns.cn-north-1.amazonaws.com.cn"),
            ("arn:aws-us-gov:sns:us-gov-west-1:1:t", "https://sns.us-gov-west-1.amazonaws.com"),
        ])
    func origins(_ topic: String, origin: String) throws {
        let place = try #require(SNSOrigin(topic: topic))
        #expect(place.isCertificate(origin + "/SimpleNotificationService-x.pem"))
    }

    @Test(
        "what is no topic, has none",
        arguments: [
            "", "x", "arn:aws:sqs:us-west-2:1:t", "arn:aws:sns:us-west-2:1", "arn:aws:sns::1:t",
            "arn:other:sns:us-west-2:1:t", "arn:aws:sns:us-west-2.evil/:1:t", "arn:aws:sns:us-west-2:1:t:sub",
        ])
    func noTopics(_ topic: String) { #expect(SNSOrigin(topic: topic) == nil) }
}
