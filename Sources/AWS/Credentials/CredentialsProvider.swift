/// Where credentials come from.
package protocol CredentialsProvider: Sendable {
    func credentials() async throws(AWSError) -> Credentials
}

/// The same credentials always.
package struct StaticCredentials: CredentialsProvider {
    private let value: Credentials

    package init(_ credentials: Credentials) { value = credentials }

    package func credentials() async throws(AWSError) -> Credentials { value }
}

/// One place of the chain where credentials may be.
protocol CredentialsSource: Sendable {
    /// The place as an error names it: `environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`.
    var place: String { get }

    /// - Returns: `nil` where this place is not set up, so that the next is asked.
    /// - Throws: where it is set up and cannot answer, which ends the search.
    func find() async throws(CredentialsFailure) -> Credentials?
}

/// Why a place that should hold credentials gave none: a sentence free of secrets.
struct CredentialsFailure: Error {
    var message: String
    /// Whether the place gives credentials, and only cannot be reached for now.
    var isOutOfReach = false
}
