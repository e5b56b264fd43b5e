internal import AWS
internal import Foundation
internal import HTTP

/// Sends mails through the SES client, many at a time, each to another recipient and each signed.
enum SendingBenchmark {
    /// - Parameter authority: a PEM file with the certificate that an https URL's server has.
    static func run(url: String, count: Int, inFlight: Int, html: String, authority: String) async throws {
        let html = try String(contentsOfFile: html, encoding: .utf8)
        let client = SES(
            configuration: AWSConfiguration(
                region: "us-west-2",
                http: HTTPClient(configuration: .init(certificateAuthorities: authority)),
                credentials: StaticCredentials(
                    Credentials(
                        accessKeyID: "AKIDEXAMPLE",
                        secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")),
                environment: ["AWS_ENDPOINT_URL": url]))
        try await send(0, html: html, by: client)
        let measurement = Measurement()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<inFlight {
                group.addTask {
                    for number in stride(from: lane, to: count, by: inFlight) {
                        try await send(number, html: html, by: client)
                    }
                }
            }
            try await group.waitForAll()
        }
        measurement.report(["mails": Double(count)])
    }

    private static func send(_ number: Int, html: String, by client: SES) async throws {
        var email = SES.Email(
            from: "JADA Sailing <crew@example.com>", to: ["guest\(number)@example.org"],
            subject: "Aboard, guest \(number)")
        email.html = html
        email.tags = ["campaign": "bench", "recipient": "\(number)"]
        email.configurationSet = "jada"
        _ = try await client.send(email)
    }
}
