import Foundation
import FoundationNetworking
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct SESSimulatorTests {
    @Test("the AWS SDK for Python finds SES in it: answers, errors, rate, quota, faults, signatures")
    func pythonSDK() async throws {
        try await withSESSimulator { simulator in
            _ = try await runPython("ses_simulator/test_ses_simulator.py", [simulator.url])
            #expect(simulator.outputSoFar == "")
        }
    }

    @Test("a test sees what was accepted, and orders faults")
    func control() async throws {
        try await withSESSimulator(rate: 5, dailyQuota: 100) { simulator in
            try await simulator.configure(.init(suppressed: ["bob@example.org": "BOUNCE"]))
            #expect(try await send(to: "ann@example.org", simulator) == 200)
            #expect(try await send(to: "bob@example.org", simulator) == 200)
            try await simulator.inject(
                .error("MessageRejected").forAddresses(matching: "^eve@"), .throttle(),
                .error("InternalServiceErrorException", afterAccepting: true))
            #expect(try await send(to: "eve@example.org", simulator) == 400)
            #expect(try await send(to: "ann@example.org", simulator) == 429)
            #expect(try await send(to: "ann@example.org", simulator) == 500)

            let mails = try await simulator.acceptedMails()
            #expect(mails.map(\.to) == [["ann@example.org"], ["bob@example.org"], ["ann@example.org"]])
            #expect(mails.map(\.isSuppressed) == [false, true, false])
            #expect(mails[0].subject == "Aboard" && mails[0].text == "Hello" && mails[0].html == nil)
            let suppressed = try await simulator.suppressed()
            #expect(suppressed == ["bob@example.org": "BOUNCE"])

            let statistics = try await simulator.statistics()
            #expect(statistics.mails == 3)
            #expect(statistics.requests == ["SendEmail": 5])
            #expect(statistics.faults == [1, 1, 1])

            try await simulator.reset()
            let afterwards = try await simulator.statistics()
            #expect(afterwards.mails == 0)
        }
    }

    @Test("with keys, an unsigned request is refused")
    func signatures() async throws {
        try await withSESSimulator(keys: ["AKIDEXAMPLE": "secret"]) { simulator in
            let status = try await send(to: "ann@example.org", simulator)
            #expect(status == 403)
        }
    }

    /// Sends a mail and returns the status.
    private func send(to address: String, _ simulator: SESSimulator) async throws -> Int? {
        let url = try #require(URL(string: simulator.url + "/v2/email/outbound-emails"))
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(
            """
            {"FromEmailAddress": "crew@example.com", "Destination": {"ToAddresses": ["\(address)"]},
             "Content": {"Simple": {"Subject": {"Data": "Aboard"}, "Body": {"Text": {"Data": "Hello"}}}}}
            """.utf8)
        let (_, response) = try await URLSession.shared.data(for: request)
        return (response as? HTTPURLResponse)?.statusCode
    }
}
