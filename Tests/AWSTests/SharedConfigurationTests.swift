import Foundation
import HTTP
import TestSupport
import Testing

@testable import AWS

struct SharedConfigurationTests {
    /// What the environment and the two files resolve to, in ours and in botocore.
    struct Case {
        var name: String
        var environment: [String: String] = [:]
        var config = ""
        var credentials = ""
    }

    static let cases: [Case] = [
        Case(name: "no files, no variables"),
        Case(
            name: "environment alone",
            environment: [
                "AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "ES", "AWS_SESSION_TOKEN": "ET",
                "AWS_DEFAULT_REGION": "eu-west-1",
            ]),
        Case(
            name: "environment over profile",
            environment: ["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "ES", "AWS_PROFILE": "work"],
            config: "[profile work]\nregion = us-east-2\n",
            credentials: "[work]\naws_access_key_id = W\naws_secret_access_key = WS\n"),
        Case(
            name: "default profile in both files",
            config: "[default]\nregion = us-west-1\naws_access_key_id = C\naws_secret_access_key = CS\n",
            credentials: "[default]\naws_access_key_id = K\naws_secret_access_key = KS\n"),
        Case(
            name: "named profile, token in the credentials file",
            environment: ["AWS_PROFILE": "work"],
            config: "[default]\nregion = us-west-1\n[profile work]\nregion = ap-south-1\n",
            credentials:
                "[default]\naws_access_key_id=D\naws_secret_access_key=DS\n[work]\naws_access_key_id = W\n"
                + "aws_secret_access_key = W/+=S\naws_session_token = WT\n"),
        Case(
            name: "keys in the config file only",
            environment: ["AWS_PROFILE": "work"],
            config: "[profile work]\nregion=us-east-1\naws_access_key_id = C\naws_secret_access_key = CS\n"),
        Case(
            name: "a section without `profile` is none",
            environment: ["AWS_PROFILE": "work"], config: "[work]\nregion = us-east-1\n",
            credentials: "[work]\naws_access_key_id = W\naws_secret_access_key = WS\n"),
        Case(
            name: "a profile that is nowhere", environment: ["AWS_PROFILE": "nowhere"],
            config: "[default]\nregion = us-east-1\n"),
        Case(
            name: "quoted name, comments and odd spacing",
            environment: ["AWS_PROFILE": "my work"],
            config: "# c\n[profile \"my work\"]\nREGION   =   sa-east-1\n; c\n  \n"
                + "s3 =\n    addressing_style = path\naws_access_key_id: C\naws_secret_access_key = C S\n"),
        Case(
            name: "a program gives the keys",
            config: "[default]\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"P\","
                + "\"SecretAccessKey\":\"P\\\\u0053\",\"SessionToken\":\"PT\"}'\nregion = us-east-1\n"),
        Case(
            name: "AWS_REGION is no profile's region",
            environment: ["AWS_DEFAULT_REGION": "us-east-1"], config: "[default]\nregion = us-west-1\n"),
    ]

    struct Resolution: Decodable, Equatable {
        var accessKey: String?
        var secretKey: String?
        var token: String?
        var region: String?
    }

    @Test(
        "Environment and shared files resolve to the keys and Region that botocore finds",
        .timeLimit(.minutes(10)))
    func sameAsBotocore() async throws {
        try await withTemporaryFolder { folder in
            let environments = try Self.cases.enumerated().map { index, example in
                let (config, credentials) = (
                    folder.appendingPathComponent("config\(index)"),
                    folder.appendingPathComponent("credentials\(index)")
                )
                if !example.config.isEmpty { try Data(example.config.utf8).write(to: config) }
                if !example.credentials.isEmpty { try Data(example.credentials.utf8).write(to: credentials) }
                return example.environment.merging([
                    "AWS_CONFIG_FILE": config.path, "AWS_SHARED_CREDENTIALS_FILE": credentials.path,
                    "AWS_EC2_METADATA_DISABLED": "true", "PATH": "/usr/bin:/bin", "HOME": folder.path,
                ]) { $1 }
            }
            let input = try Foundation.JSONEncoder().encode(environments)
            let text = try await runPython("oracles/botocore_credentials.py", input: input)
            let expected = try Foundation.JSONDecoder().decode([Resolution].self, from: Data(text.utf8))
            #expect(expected.count == Self.cases.count)

            for ((example, environment), expected) in zip(zip(Self.cases, environments), expected) {
                let shared = try SharedConfiguration(environment: environment)
                let sources: [any CredentialsSource] = [
                    EnvironmentCredentials(environment: environment),
                    ProfileCredentials(configuration: shared, environment: environment),
                ]
                let keys = try? await CredentialsChain(sources: sources).credentials()
                let found = Resolution(
                    accessKey: keys?.accessKeyID, secretKey: keys?.secretAccessKey, token: keys?.sessionToken,
                    region: environment.nonEmpty("AWS_DEFAULT_REGION") ?? shared.profile?["region"])
                #expect(found == expected, "\(example.name)")
            }
        }
    }

    @Test("The Region is AWS_REGION, else AWS_DEFAULT_REGION, else the profile's")
    func region() async throws {
        try await withTemporaryFolder { folder in
            let config = folder.appendingPathComponent("config")
            try Data("[default]\nregion = eu-north-1\n".utf8).write(to: config)
            let http = HTTPClient()
            defer { http.shutdown() }
            func region(_ more: [String: String]) throws -> String {
                try AWSConfiguration(
                    environment: ["AWS_CONFIG_FILE": config.path].merging(more) { $1 }, http: http
                ).region
            }
            let both = ["AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-east-1"]
            #expect(try region(both) == "us-west-2")
            #expect(try region(["AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": ""]) == "us-east-1")
            #expect(try region([:]) == "eu-north-1")
        }
    }

    @Test("Without HOME the standard files count as absent, and the error still names them")
    func homeless() throws {
        let shared = try SharedConfiguration(environment: [:])
        #expect(shared.profile == nil)
        #expect(shared.paths == ["~/.aws/config", "~/.aws/credentials"])
    }

    @Test("A file that cannot be read is an error that names it")
    func unreadable() {
        #expect {
            try SharedConfiguration(environment: ["AWS_CONFIG_FILE": "/", "HOME": "/nowhere"])
        } throws: { error in
            "\(error)".contains("/ cannot be read: Is a directory")
        }
    }
}
