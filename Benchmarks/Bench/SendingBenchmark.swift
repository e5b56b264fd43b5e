internal import AWS
internal import Campaigns
internal import CloudAdapters
internal import HTTP

/// Sends the campaign `bench` through the SES client, all the way: claimed, looked up, paced, rendered, signed, sent,
/// settled. The plan comes before, and is not in the figures but for the peak of memory.
enum SendingBenchmark {
    /// Mails under way at most, as many as the peer has.
    private static let inFlight = 64

    /// - Parameters:
    ///   - folder: see ``LocalCampaign``.
    ///   - authority: a PEM file with the certificate that an https URL's server has.
    static func run(url: String, folder: String, authority: String) async throws {
        let campaign = try await LocalCampaign(folder: folder)
        let run = try await campaign.plan()
        let mailer = SESMailer(
            aws: AWSConfiguration(
                region: "us-west-2",
                http: HTTPClient(
                    configuration: .init(
                        certificateAuthorities: authority, maximumConnectionsPerHost: inFlight)),
                credentials: StaticCredentials(
                    Credentials(
                        accessKeyID: "AKIDEXAMPLE",
                        secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")),
                environment: ["AWS_ENDPOINT_URL": url]))
        let measurement = Measurement()
        let end = try await campaign.send(run, by: mailer)
        guard end.settled.accepted == run.recipients else {
            throw Incomplete(description: "not all mails were accepted: \(end.settled)")
        }
        measurement.report(["mails": Double(run.recipients)])
    }

    private struct Incomplete: Error, CustomStringConvertible {
        let description: String
    }
}
