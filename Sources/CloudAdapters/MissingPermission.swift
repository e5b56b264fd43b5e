internal import TextSearch

/// What IAM was asked for a call, and did not allow.
struct MissingPermission {
    private let action: String
    private let resource: String
    /// Whether a policy forbids it, so that no other can allow it.
    private let isForbidden: Bool
    /// Whether S3 would have refused an object that is not there just so.
    private let mayBeAbsent: Bool

    /// - Parameter message: what the service said. Most name action and resource, which nobody knows better: "User: … is not
    ///   authorized to perform: dynamodb:PutItem on resource: arn:…", SES "… to perform `ses:SendEmail' on resource `arn:…'".
    init(_ service: String, _ operation: String, message: String, resource: CloudResource) {
        action = Self.word(after: "to perform", in: message) ?? Self.action(service, operation)
        isForbidden = message.contains(text: "explicit deny")
        // S3 names the one object, where a folder has to be allowed.
        let named = action.hasPrefix("s3:") ? nil : Self.word(after: "on resource", in: message)
        self.resource = named ?? resource.arn
        if case .object = resource { mayBeAbsent = action == "s3:GetObject" } else { mayBeAbsent = false }
    }

    var remedy: String {
        if isForbidden {
            return
                "A policy denies \(action) on \(resource) explicitly: take the denial out, or meet its condition"
        }
        let absent =
            mayBeAbsent
            ? " (without s3:ListBucket on the bucket, an object that is not there is refused like this, too)"
            : ""
        return "Add to the IAM policy of the identity that signs: "
            + #"{"Effect": "Allow", "Action": "\#(action)", "Resource": "\#(resource)"}"# + absent
    }

    /// Service Authorization Reference: most operations need the action of their name.
    private static func action(_ service: String, _ operation: String) -> String {
        let action =
            switch operation {
            case "HeadObject": "GetObject"
            case "ListObjectsV2": "ListBucket"
            case "DeleteObjects": "DeleteObject"
            // Writes of a run and its batches, which is what our transactions are.
            case "TransactWriteItems": "UpdateItem"
            case "SendMessageBatch": "SendMessage"
            case "DeleteMessageBatch": "DeleteMessage"
            default: operation
            }
        return service.lowercased() + ":" + action
    }

    /// The first word after a text, without quotation marks and the like.
    private static func word(after text: String, in message: String) -> String? {
        guard let range = message.firstRange(ofText: text) else { return nil }
        let word = message[range.upperBound...].drop { " :`'\"".contains($0) }.prefix {
            !" `'\",;".contains($0)
        }
        return word.contains(":") || word == "*" ? String(word) : nil
    }
}
