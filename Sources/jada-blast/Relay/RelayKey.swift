internal import AWS
internal import Campaigns
internal import CloudAdapters
internal import Deliverability
internal import HTTP
internal import SMTP

/// The access key that a relay's credentials are made of.
struct RelayKey {
    let accessKeyID: String?
    private let secret: String

    /// An access key of a profile of the shared AWS files.
    ///
    /// - Throws: a ``Problem`` if the profile has none, or a temporary one.
    init(profile: String, region: String) async throws {
        // The environment's own keys would come before the profile's.
        var environment = ProcessEnvironment.all.filter { !Self.keys.contains($0.key) }
        environment["AWS_PROFILE"] = profile
        environment["AWS_REGION"] = region
        let credentials: Credentials
        do {
            credentials = try await AWSConfiguration.standard(environment: environment, http: HTTPClient())
                .credentials.credentials()
        } catch let error as AWSError {
            throw Problem(
                .accessDenied, key: "--profile", "\(error)",
                remedy: "Name a profile of ~/.aws/credentials that has an access key")
        }
        guard credentials.sessionToken == nil else {
            throw Problem(
                .accessDenied, key: "--profile",
                "the credentials of profile \(profile) are temporary, and SMTP takes none that are",
                remedy:
                    "Make an access key for an IAM user that may ses:SendRawEmail, and put it into a profile")
        }
        accessKeyID = credentials.accessKeyID
        secret = credentials.secretAccessKey
    }

    /// A secret access key that is typed or piped in.
    ///
    /// - Throws: a ``Problem`` if it cannot be one.
    init(fromInput prompt: String) throws {
        let text = try SecretInput.read(prompt)
        switch SMTPPassword.lint(text) {
        case .secretAccessKey: break
        case .plausible, .formerVersion:
            throw Problem(
                .usage, file: "standard input", "this is an SMTP password already, not a secret access key",
                remedy: "Look at it with --lint, or try it with jada-blast smtp-check")
        case .accessKeyID, .temporaryAccessKeyID:
            throw Problem(
                .usage, file: "standard input", "this is the ID of an access key, not its secret",
                remedy: "Give the secret access key, which has 40 characters")
        default:
            throw Problem(
                .usage, file: "standard input",
                "a secret access key has 40 letters, digits, + and /; this has not",
                remedy: "Copy it again from where the access key was made: AWS shows it only there")
        }
        accessKeyID = nil
        secret = text
    }

    func password(in region: String) -> String {
        SMTPPassword.derive(secretAccessKey: secret, region: region)
    }

    private static let keys: Set = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
}
