/// AWS_ACCESS_KEY_ID and its kin: what Lambda sets for a function's role.
struct EnvironmentCredentials: CredentialsSource {
    let environment: [String: String]

    let place = "the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

    func find() async throws(CredentialsFailure) -> Credentials? {
        let key = environment.nonEmpty("AWS_ACCESS_KEY_ID")
        let secret = environment.nonEmpty("AWS_SECRET_ACCESS_KEY")
        guard let key, let secret else {
            if key == nil && secret == nil { return nil }
            throw CredentialsFailure(
                message: "\(key == nil ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID") is set, but "
                    + "\(key == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY") is not: set both or neither"
            )
        }
        return Credentials(
            accessKeyID: key, secretAccessKey: secret,
            sessionToken: environment.nonEmpty("AWS_SESSION_TOKEN"),
            expiration: environment.nonEmpty("AWS_CREDENTIAL_EXPIRATION").flatMap {
                CivilTime.secondsSince1970(rfc3339: $0)
            })
    }
}

extension [String: String] {
    /// The value of that name, `nil` where it is missing or empty.
    func nonEmpty(_ name: String) -> String? {
        guard let value = self[name], !value.isEmpty else { return nil }
        return value
    }
}
