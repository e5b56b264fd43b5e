internal import Digests
internal import JSON

/// A message as SNS posts it to an HTTP or HTTPS endpoint.
///
/// Source: Amazon SNS Developer Guide, "Parsing Amazon SNS message formats" and "Verifying the signatures of Amazon SNS
/// messages".
struct SNSMessage: Sendable {
    enum Kind: String, Sendable {
        case notification = "Notification"
        case subscriptionConfirmation = "SubscriptionConfirmation"
        case unsubscribeConfirmation = "UnsubscribeConfirmation"
    }

    let kind: Kind
    let topic: String
    /// What was published. Of all that stands in a message it is the only part that a signature vouches for and that is used.
    let message: String
    /// Where the signer's certificate lies; to be trusted only as far as its host is.
    let certificateURL: String
    /// What confirms a subscription when it is fetched.
    let subscribeURL: String?

    private let signature: [UInt8]
    private let digest: Certificate.Digest
    private let signedText: [UInt8]

    /// What is wrong with a message.
    struct Fault: Error {
        var description: String
    }

    init(_ body: [UInt8]) throws(Fault) {
        guard let document = try? JSONDecoder().decode(JSONValue.self, from: body) else {
            throw Fault(description: "is no JSON")
        }
        func text(_ name: String) throws(Fault) -> String {
            guard case .string(let text)? = document[name] else { throw Fault(description: "has no \(name)") }
            return text
        }
        guard let kind = Kind(rawValue: try text("Type")) else {
            throw Fault(description: "has an unknown Type")
        }
        self.kind = kind
        topic = try text("TopicArn")
        message = try text("Message")
        certificateURL = try text("SigningCertURL")
        subscribeURL = kind == .subscriptionConfirmation ? try text("SubscribeURL") : nil
        switch try text("SignatureVersion") {
        case "1": digest = .sha1
        case "2": digest = .sha256
        default: throw Fault(description: "has an unknown SignatureVersion")
        }
        guard let signature = Base64.decode(try text("Signature")) else {
            throw Fault(description: "has a Signature that is no Base64")
        }
        self.signature = signature

        let subject = document["Subject"] ?? .null
        let names =
            switch kind {
            case .notification where subject == .null:
                ["Message", "MessageId", "Timestamp", "TopicArn", "Type"]
            case .notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            case .subscriptionConfirmation, .unsubscribeConfirmation:
                ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
            }
        var signed: [UInt8] = []
        for name in names { signed += Array("\(name)\n\(try text(name))\n".utf8) }
        signedText = signed
    }

    /// The notification with what is signed of it, and nothing else: whoever passes one on could add to it.
    func signedNotification() throws -> [UInt8] {
        try JSONEncoder().encode(["Type": Kind.notification.rawValue, "Message": message])
    }

    /// Whether the owner of the certificate has signed the message.
    func isSigned(by certificate: borrowing Certificate) -> Bool {
        certificate.verifies(signature, of: signedText, digest: digest)
    }
}
