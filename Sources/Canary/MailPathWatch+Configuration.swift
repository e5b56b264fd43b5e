package import AWS
internal import Campaigns
internal import CloudAdapters
package import Handlers
package import SMTP

extension MailPathWatch {
    /// As the environment's settings say. Without a parameter that holds its credentials the relay is not looked at.
    package init(_ configuration: Configuration, aws: AWSConfiguration, smtp: SMTPClient) {
        let relay = configuration.relayParameter.map { parameter in
            let region = configuration.relayServer == nil ? configuration.relayRegion ?? aws.region : nil
            return Relay(
                servers: configuration.relayServer.map(SubmissionServer.named)
                    ?? SubmissionServer.ses(region: region ?? ""),
                region: region
            ) {
                guard let credentials = SubmissionCredentials(try await aws.secret(parameter)) else {
                    throw Problem(
                        .configuration, key: parameter, "does not hold user and password",
                        remedy: "Store user:password in one line")
                }
                return credentials
            }
        }
        self.init(
            aws: aws, smtp: smtp, relay: relay, regions: configuration.regions ?? [aws.region],
            domain: configuration.domain)
    }
}
