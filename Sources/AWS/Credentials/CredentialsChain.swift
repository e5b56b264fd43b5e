internal import HTTP

/// Asks each place in turn, as AWS's SDKs do: environment, profile, container endpoint, instance metadata.
struct CredentialsChain: CredentialsProvider {
    var sources: [any CredentialsSource]
    /// Settings seen that would name credentials, were they supported.
    var notes: [String] = []

    func credentials() async throws(AWSError) -> Credentials {
        var places: [String] = []
        for source in sources {
            do {
                if let found = try await source.find() { return found }
            } catch {
                throw Self.error("\(error.message).", isOutOfReach: error.isOutOfReach)
            }
            places.append(source.place)
        }
        throw Self.error(
            "No AWS credentials found. Looked in: " + places.joined(separator: "; ") + "."
                + notes.map { " \($0)." }.joined()
                + " Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`.")
    }

    /// - Parameter isOutOfReach: then it is as if the service itself were: nothing was written, and later it may work.
    private static func error(_ message: String, isOutOfReach: Bool = false) -> AWSError {
        AWSError(
            service: "AWS", operation: "credentials",
            kind: isOutOfReach
                ? .transport(HTTPError(kind: .connect, written: .nothing, curlCode: 0, message: message))
                : .credentials(message),
            attempts: 0)
    }
}

extension CredentialsChain {
    /// The standard chain for an environment and its profile.
    init(environment: [String: String], sharedConfiguration: SharedConfiguration, http: HTTPClient) {
        sources = [
            EnvironmentCredentials(environment: environment),
            ProfileCredentials(configuration: sharedConfiguration, environment: environment),
            ContainerCredentials(environment: environment, http: http),
            InstanceMetadataCredentials(environment: environment, http: http),
        ]
        if environment.nonEmpty("AWS_WEB_IDENTITY_TOKEN_FILE") != nil {
            notes.append(
                "AWS_WEB_IDENTITY_TOKEN_FILE is set, but web identity is not supported: use credential_process"
            )
        }
    }
}
