import Foundation
import TestSupport
import Testing

@Suite("What jada-blast says when it cannot", .timeLimit(.minutes(10)))
struct FailureTests {
    struct Failure: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var input = ""
        var environment: [String: String] = [:]
        var status: Int32
        /// What the message says.
        var says: String
        var testDescription: String { "\(arguments.joined(separator: " ")): \(says)" }
    }

    static let failures = [
        Failure(arguments: ["invoke", "nowhere.json"], status: 66, says: "nowhere.json"),
        Failure(arguments: ["invoke", "/"], status: 66, says: "Is a directory"),
        Failure(arguments: ["invoke", "-"], input: "{", status: 65, says: "event:1:"),
        Failure(arguments: ["invoke", "-"], input: "[]", status: 65, says: "is no JSON object"),
        Failure(
            arguments: ["invoke", "-"], input: #"{"source": "aws.ec2"}"#, status: 65,
            says: "the event's shape is unknown"),
        Failure(
            arguments: ["invoke", "-"], input: #"{"campaign": "paul-simmon"}"#, status: 66,
            says: "Did you mean paul-simon?"),
        Failure(arguments: ["check", "sunset-sail"], status: 66, says: "Did you mean sunset-sails?"),
        Failure(arguments: ["preview", "zzz"], status: 66, says: "there is no campaign 'zzz'"),
        Failure(arguments: ["check", "No Campaign"], status: 64, says: "No Campaign"),
        Failure(arguments: ["check"], status: 64, says: "<campaign>"),
        Failure(arguments: ["invoke", "-", "--mailer", "pigeon"], status: 64, says: "pigeon"),
        Failure(arguments: ["invoke", "-", "--again", "--resume"], status: 64, says: "--resume"),
        Failure(arguments: ["status", "--nope"], status: 64, says: "--nope"),
        Failure(arguments: ["pause"], status: 64, says: "<run-or-campaign>"),
        Failure(arguments: ["pause", "No Run"], status: 64, says: "No Run"),
        Failure(arguments: ["pause", "paul-simon"], status: 66, says: "has no run under way"),
        Failure(arguments: ["resume", "paul-simon#1"], status: 66, says: "there is no run paul-simon#1"),
        Failure(arguments: ["resolve", "paul-simon#1"], status: 64, says: "--list"),
        Failure(arguments: ["resolve", "paul-simon", "--list"], status: 64, says: "paul-simon"),
        Failure(
            arguments: ["resolve", "paul-simon#1", "--drop", "--resend"], status: 64, says: "--resend"),
        Failure(
            arguments: ["resolve", "paul-simon#1", "--list"], status: 66,
            says: "there is no run paul-simon#1"),
        Failure(arguments: ["status", "paul-simon#1"], status: 66, says: "there is no run paul-simon#1"),
        Failure(arguments: ["cancel", "paul-simon#1"], status: 66, says: "there is no run paul-simon#1"),
        Failure(arguments: ["schedule", "--next", "0"], status: 64, says: "1 to 1000"),
        Failure(
            arguments: ["status", "--aws", "--mailer", "outbox"], status: 64,
            says: "a run on AWS cannot go into the outbox"),
        Failure(arguments: ["check", "paul-simon", "--mailer", "ses"], status: 78, says: "AWS_REGION"),
        Failure(
            arguments: ["invoke", "-", "--mailer", "ses"], input: #"{"campaign": "paul-simon"}"#,
            environment: ["AWS_REGION": "us-west-2"], status: 78, says: "JADA_BLAST_UNSUBSCRIBE_URL"),
        Failure(
            arguments: ["status", "--aws"], environment: ["AWS_REGION": "us-west-2"], status: 78,
            says: "JADA_BLAST_BUCKET"),
        Failure(
            arguments: ["status"], environment: ["JADA_BLAST_LEASE_SECOND": "60"], status: 78,
            says: "Did you mean JADA_BLAST_LEASE_SECONDS?"),
        Failure(
            arguments: ["status"], environment: ["JADA_BLAST_CONCURRENCY": "0"], status: 78, says: "1 to 512"),
    ]

    @Test(
        "a failure has its exit status, a message on standard error and an object of JSON",
        arguments: failures)
    func failure(_ failure: Failure) async throws {
        try await Workplace.open { place in
            let told = try await place.run(
                failure.arguments, input: failure.input, environment: failure.environment)
            #expect(told.status == failure.status)
            #expect(told.errors.contains(failure.says))
            let asJSON = try await place.run(
                failure.arguments + ["--json"], input: failure.input, environment: failure.environment)
            #expect(asJSON.status == failure.status)
            #expect(asJSON.errors == told.errors)
            let problems = try #require(try asJSON.object()["problems"] as? [[String: Any]])
            #expect(!problems.isEmpty)
        }
    }

    @Test(
        "a library or a state folder that cannot be used is named, with what to do", arguments: [true, false])
    func places(_ isLibrary: Bool) async throws {
        try await Workplace.open { place in
            let file = place.folder.appendingPathComponent("file").path
            try Data().write(to: URL(fileURLWithPath: file))
            let nowhere = place.folder.appendingPathComponent("nowhere").path
            let ended = try await place.run(
                ["check", "paul-simon", "--json"]
                    + (isLibrary
                        ? ["--library", nowhere, "--state", place.state]
                        : ["--library", place.library, "--state", file]),
                hasPlaces: false)
            #expect(ended.status == (isLibrary ? 66 : 78))
            #expect(ended.errors.contains(isLibrary ? nowhere : file))
            #expect(ended.errors.contains(isLibrary ? "--library" : "--state"))
            #expect(try ended.problems().count == 1)
        }
    }

    @Test(
        "every command explains itself with examples, in lines of at most 80 columns",
        arguments: [
            [], ["invoke"], ["check"], ["preview"], ["test-send"], ["status"], ["schedule"], ["pause"],
            ["resume"],
            ["cancel"], ["resolve"],
        ])
    func help(_ command: [String]) async throws {
        try await Workplace.open { place in
            let ended = try await place.run(
                command + ["--help"], environment: ["COLUMNS": "80"], hasPlaces: false)
            #expect(ended.status == 0)
            #expect(ended.output.contains("\n  jada-blast "))
            for line in ended.output.split(separator: "\n") where !line.hasPrefix("USAGE:") {
                #expect(line.count <= 80, "\(line)")
            }
        }
    }
}
