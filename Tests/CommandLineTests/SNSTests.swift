import Foundation
#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif
import TestSupport
import Testing

@Suite("SES's events, posted to the daemon by SNS", .timeLimit(.minutes(10)))
struct SNSTests {
    private static let topic = "arn:aws:sns:us-west-2:123456789012:jada-events"

    private static func bounce(of address: String) -> String {
        #"{"eventType":"Bounce","mail":{"messageId":"m"},"bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"\#(address)"}]}}"#
    }

    private struct Post: Decodable {
        var certificate: String
        var messages: [String]
    }

    private func post(_ body: String, to address: String, path: String = "/events") async throws -> Int {
        var request = URLRequest(url: try #require(URL(string: "http://\(address)\(path)")))
        request.httpMethod = "POST"
        request.setValue("Notification", forHTTPHeaderField: "x-amz-sns-message-type")
        request.httpBody = Data(body.utf8)
        let (_, response) = try await URLSession.shared.data(for: request)
        return (response as? HTTPURLResponse)?.statusCode ?? 0
    }

    @Test("a subscription is confirmed and a bounce suppressed; what SNS has not signed changes nothing")
    func posted() async throws {
        try await Workplace.open { place in
            let certificates = "location ~ ^/SimpleNotificationService- { root \(place.folder.path); }"
            try await withNginx(serverDirectives: certificates) { sns in
                let common = [
                    "TopicArn": Self.topic, "SignatureVersion": "2", "MessageId": "1",
                    "Timestamp": "2026-11-29T10:00:00.000Z",
                    "SigningCertURL": "\(sns.url)/SimpleNotificationService-1.pem",
                ]
                let messages = [
                    [
                        "Type": "SubscriptionConfirmation", "Token": "2", "Message": "You have chosen …",
                        "SubscribeURL": "\(sns.url)/?Action=ConfirmSubscription&Token=2",
                    ],
                    // More than an unsubscribe form may have.
                    [
                        "Type": "Notification",
                        "Message": Self.bounce(of: "ann@example.org")
                            + String(repeating: " ", count: 100_000),
                    ],
                ].map { $0.merging(common) { $1 } }
                let task = try JSONSerialization.data(
                    withJSONObject: ["age": 1, "messages": messages] as [String: Any])
                let signed = try JSONDecoder().decode(
                    Post.self, from: Data(try await runPython("oracles/sns_signer.py", input: task).utf8))
                try Data(signed.certificate.utf8).write(
                    to: place.folder.appendingPathComponent("SimpleNotificationService-1.pem"))
                let environment = [
                    "JADA_BLAST_EVENTS_TOPIC": Self.topic, "AWS_ENDPOINT_URL_SNS": sns.url,
                ]
                try await place.withListeningDaemon(environment: environment) { address in
                    for message in signed.messages {
                        #expect(try await post(message, to: address) == 200)
                        let forged = message.replacingOccurrences(of: "ann@", with: "bob@")
                        if forged != message { #expect(try await post(forged, to: address) == 403) }
                    }
                    // moto's messages are as SNS's but for their signatures, which are none.
                    try await withMoto { moto in
                        _ = try await runPython(
                            "http/sns_topic.py",
                            [moto.url, "http://\(address)/events", Self.bounce(of: "cid@example.org")])
                    }
                }
            }
            let listed = try await place.run(["suppression", "list", "--csv"])
            #expect(listed.output.contains("ann@example.org"))
            #expect(!listed.output.contains("bob@example.org") && !listed.output.contains("cid@example.org"))
        }
    }

    @Test("a topic that is none is refused at start")
    func wrongTopic() async throws {
        try await Workplace.open { place in
            for topic in ["jada-events", "arn:aws:sqs:us-west-2:123456789012:jada-events"] {
                let ended = try await place.run(
                    ["daemon", "--listen", "127.0.0.1:0"], environment: ["JADA_BLAST_EVENTS_TOPIC": topic])
                #expect(ended.status == 78)
                #expect(ended.errors.contains("JADA_BLAST_EVENTS_TOPIC"))
            }
        }
    }
}
