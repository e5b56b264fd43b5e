package import HTTP

/// What all clients of a process share: Region, credentials, endpoints, connections.
package struct AWSConfiguration: Sendable {
    package var region: String
    package var http: HTTPClient
    package var credentials: any CredentialsProvider
    /// AWS_ENDPOINT_URL and its kin.
    package var environment: [String: String]
    /// The profile whose settings count where the environment is silent.
    package var sharedConfiguration: SharedConfiguration?
    /// This computer's clock, in milliseconds since 1970.
    package var localTime: @Sendable () -> Int64 = systemMilliseconds

    package init(
        region: String, http: HTTPClient, credentials: any CredentialsProvider, environment: [String: String],
        sharedConfiguration: SharedConfiguration? = nil
    ) {
        self.region = region
        self.http = http
        self.credentials = credentials
        self.environment = environment
        self.sharedConfiguration = sharedConfiguration
    }

    /// The standard configuration: Region and credentials from environment, shared files, container or instance.
    ///
    /// - Throws: kind `configuration` where the files cannot be read or no Region is set. Credentials are looked for when
    ///   the first call needs them.
    package init(environment: [String: String], http: HTTPClient) throws(AWSError) {
        let shared = try SharedConfiguration(environment: environment)
        let region =
            environment.nonEmpty("AWS_REGION") ?? environment.nonEmpty("AWS_DEFAULT_REGION")
            ?? shared.profile?.nonEmpty("region")
        guard let region else {
            throw AWSError(
                service: "AWS", operation: "configuration",
                kind: .configuration(
                    "No AWS Region is set: set AWS_REGION, or region in profile \(shared.profileName) of "
                        + shared.paths[0]), attempts: 0)
        }
        self.init(
            region: region, http: http,
            credentials: CachedCredentials(
                CredentialsChain(environment: environment, sharedConfiguration: shared, http: http)),
            environment: environment, sharedConfiguration: shared)
    }
}
