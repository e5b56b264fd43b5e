internal import JSON

/// The JSON in which credential_process, container endpoint and instance metadata hand out keys.
struct CredentialsDocument: Decodable {
    var version: Int?
    var code: String?
    var accessKeyID: String?
    var secretAccessKey: String?
    var token: String?
    var sessionToken: String?
    var expiration: String?

    enum CodingKeys: String, CodingKey {
        case version = "Version"
        case code = "Code"
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case token = "Token"
        case sessionToken = "SessionToken"
        case expiration = "Expiration"
    }

    private static let limits = JSONDecoder.Limits(bytes: 64 << 10, depth: 8)

    /// - Parameter source: who wrote it, for messages.
    init(json: [UInt8], from source: String) throws(CredentialsFailure) {
        do {
            self = try JSONDecoder(limits: Self.limits).decode(CredentialsDocument.self, from: json)
        } catch {
            // The decoder's message may quote the text, which holds the secret.
            throw CredentialsFailure(message: "\(source) did not answer with the JSON of credentials")
        }
    }

    func credentials(from source: String) throws(CredentialsFailure) -> Credentials {
        guard let accessKeyID, !accessKeyID.isEmpty, let secretAccessKey, !secretAccessKey.isEmpty else {
            let missing = (accessKeyID ?? "").isEmpty ? "AccessKeyId" : "SecretAccessKey"
            throw CredentialsFailure(message: "\(source) answered without \(missing)")
        }
        var seconds: Int64?
        if let expiration {
            guard let instant = CivilTime.secondsSince1970(rfc3339: expiration) else {
                throw CredentialsFailure(
                    message: "\(source) answered with an Expiration that is no RFC 3339 time")
            }
            seconds = instant
        }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: token ?? sessionToken,
            expiration: seconds)
    }
}
