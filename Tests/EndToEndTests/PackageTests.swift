import AWS
import AWSSupport
import Campaigns
import Foundation
import TestSupport
import Testing

/// What is uploaded to Lambda, in a root that has neither libraries nor certificate authorities nor time zones.
@Suite(
    "The package where there is nothing else", .serialized, .timeLimit(.minutes(10)),
    .enabled(if: BuiltPackage.isAsked, BuiltPackage.absence),
    .enabled(if: FunctionRoot.isPermitted, FunctionRoot.absence))
struct BarePackageTests {
    /// How the function reaches AWS.
    enum Transport: CaseIterable {
        case plain, tls
    }

    @Test(
        "a campaign is planned and sent, services found by name",
        arguments: FunctionRoot.Userland.allCases, Transport.allCases)
    func campaign(_ userland: FunctionRoot.Userland, _ transport: Transport) async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            // Local time in San Diego a minute ago: the zone is in the package.
            try await deployment.upload("paul-simon", as: "due") {
                let style = Date.ISO8601FormatStyle(
                    dateTimeSeparator: .standard,
                    timeZone: TimeZone(identifier: "America/Los_Angeles") ?? .gmt)
                let due = Date(timeIntervalSinceNow: -60)
                $0["schedule"] = [
                    "at": due.formatted(style.year().month().day().time(includingFractionalSeconds: false)),
                    "timeZone": "America/Los_Angeles", "startWithin": "PT6H",
                ]
            }
            try await deployment.suppressExamples()
            try await withFunctionRoot(package: BuiltPackage.zip, userland: userland) { root in
                try await withEnvironment(of: deployment, in: root, transport) { environment in
                    try await root.withFunction("scheduler", environment: environment) { scheduler in
                        let sample = try await scheduler.invoke(
                            Event.sample("campaign"), as: SchedulerAnswer.self)
                        #expect(sample.campaigns.map(\.outcome) == ["planned"])
                        let tick = try await scheduler.invoke(Event.sample("tick"), as: SchedulerAnswer.self)
                        #expect(tick.campaigns.first { $0.campaign == "due" }?.outcome == "planned")
                    }
                    let messages = try await deployment.receive()
                    try await root.withFunction("sender", environment: environment) { sender in
                        let answer = try await sender.invoke(Event.queue(messages), as: SenderAnswer.self)
                        #expect(answer.batchItemFailures.isEmpty, "\(sender.output)")
                        let peak = try #require(try root.peakMemory(of: "jada-blast-worker"))
                        #expect(peak < 128 << 20)
                        print("The sender's peak memory: \(peak >> 10) KB (\(userland), \(transport))")
                    }
                }
                #expect(root.namesAskedFor.isSuperset(of: ["aws.jada.test", "ses.jada.test"]))
            }
            // Each of the two campaigns goes to 165 recipients.
            #expect(try await deployment.simulator.acceptedMails().count == 330)
        }
    }

    @Test("without an authority of one's own, the package's are asked, and do not vouch for a stranger")
    func bundledAuthorities() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            try await withFunctionRoot(package: BuiltPackage.zip, userland: .none) { root in
                try await withEnvironment(of: deployment, in: root, .tls) {
                    var environment = $0
                    environment["AWS_CA_BUNDLE"] = nil
                    try await root.withFunction("scheduler", environment: environment) { scheduler in
                        let answer = try await scheduler.invoke(
                            Event.sample("campaign"), as: FunctionError.self)
                        #expect(answer.errorType == "JadaBlast.unavailable")
                        #expect(answer.errorMessage.contains("certificate"), "\(answer.errorMessage)")
                        #expect(!answer.errorMessage.contains("no CA bundle"), "\(answer.errorMessage)")
                    }
                }
            }
        }
    }

    /// Gives the functions' environment, in which every service has a name.
    private func withEnvironment(
        of deployment: Deployment, in root: FunctionRoot, _ transport: Transport,
        _ body: ([String: String]) async throws -> Void
    ) async throws {
        func environment(_ scheme: String, aws: Int, ses: Int) -> [String: String] {
            let server = deployment.account.server
            return deployment.environment.mapValues {
                $0.replacingOccurrences(of: server.url, with: "\(scheme)://aws.\(FunctionRoot.suffix):\(aws)")
                    .replacingOccurrences(
                        of: deployment.simulator.url, with: "\(scheme)://ses.\(FunctionRoot.suffix):\(ses)")
            }
        }
        let (aws, ses) = (deployment.account.server.port, deployment.simulator.port)
        switch transport {
        case .plain: try await body(environment("http", aws: aws, ses: ses))
        case .tls:
            try await root.withTLS(before: aws) { aws in
                try await root.withTLS(before: ses) { ses in
                    try await body(
                        environment("https", aws: aws, ses: ses).merging([
                            "AWS_CA_BUNDLE": FunctionRoot.authority
                        ]) { $1 })
                }
            }
        }
    }
}
