package import AWS
internal import CloudAdapters
package import Deliverability
package import SMTP

/// What is looked at day by day: whether the relay takes its credentials, and whether SES lets the account send.
package struct MailPathWatch: Sendable {
    /// The SMTP relay.
    package struct Relay: Sendable {
        package var servers: [SubmissionServer]
        /// `nil` for another provider's.
        package var region: String?
        /// Reads user and password: each time anew, since they may have been changed.
        package var credentials: @Sendable () async throws -> SubmissionCredentials

        package init(
            servers: [SubmissionServer], region: String?,
            credentials: @escaping @Sendable () async throws -> SubmissionCredentials
        ) {
            self.servers = servers
            self.region = region
            self.credentials = credentials
        }
    }

    /// In time for a function that has two minutes.
    private static let limit = Duration.seconds(60)

    private let aws: AWSConfiguration
    private let smtp: SMTPClient
    private let relay: Relay?
    private let regions: [String]
    private let domain: String?

    /// - Parameters:
    ///   - relay: `nil` where there is none to look at.
    ///   - regions: in which SES sends.
    ///   - domain: that mails come from; `nil` where only the account is looked at.
    package init(aws: AWSConfiguration, smtp: SMTPClient, relay: Relay?, regions: [String], domain: String?) {
        self.aws = aws
        self.smtp = smtp
        self.relay = relay
        self.regions = regions
        self.domain = domain
    }

    package var examinations: [Examination] {
        (login.map { [$0] } ?? []) + regions.map(sending)
    }

    /// Whether the relay takes its credentials; `nil` where there is none to look at.
    package var login: Examination? { relay.map(login(to:)) }

    /// Logs in to the relay's servers, one after the other.
    private func login(to relay: Relay) -> Examination {
        Examination(
            "The relay", check: "smtp-login", layer: .relayCredentials, paths: [.relay], region: relay.region,
            limit: Self.limit
        ) { [smtp] in
            let credentials: SubmissionCredentials
            do {
                credentials = try await relay.credentials()
            } catch {
                return [
                    Finding(
                        "smtp-login", .unknown, layer: .relayCredentials, paths: [.relay],
                        region: relay.region,
                        "The relay's credentials could not be read", evidence: ["\(error)"],
                        remedy: "Store user:password of the relay where JADA_BLAST_RELAY_PARAMETER says",
                        fix: [
                            "aws ssm put-parameter --type SecureString --overwrite --name NAME --value file:///dev/stdin"
                        ])
                ]
            }
            var findings: [Finding] = []
            for server in relay.servers {
                findings.append(
                    await smtp.logIn(to: server, with: credentials).finding(of: server, region: relay.region))
            }
            return findings
        }
    }

    private func sending(in region: String) -> Examination {
        Examination(
            "SES in \(region)", check: "ses-account", layer: .ses, region: region, limit: Self.limit
        ) { [aws, domain] in
            var there = aws
            there.region = region
            let audit = SESAudit(aws: there)
            async let account = audit.account()
            guard let domain else { return await account }
            let (_, identity) = await audit.identity(of: domain)
            return await account + identity
        }
    }
}
