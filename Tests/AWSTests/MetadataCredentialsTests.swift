import AWSSupport
import Foundation
import HTTP
import TestSupport
import Testing

@testable import AWS

private let document = """
    {"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2030-01-01T00:00:00Z","AccessKeyId":"ASIA","SecretAccessKey":"hunter2",
    "Token":"T","Expiration":"2030-01-02T00:00:00Z"}
    """

@Suite(.timeLimit(.minutes(10)))
struct InstanceMetadataCredentialsTests {
    private func find(_ server: ScriptedServer, _ more: [String: String] = [:]) async throws -> Credentials? {
        let http = HTTPClient()
        defer { http.shutdown() }
        let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "\(server.url)/"].merging(more) { $1 }
        return try await InstanceMetadataCredentials(environment: environment, http: http).find()
    }

    @Test("A token is fetched, then the role, then its keys, each with the token")
    func version2() async throws {
        try await withScriptedServer([
            .init(body: "TOKEN=="), .init(body: "my-role\n"), .init(body: document),
        ]) { server in
            let keys = try #require(try await find(server))
            #expect(
                keys.accessKeyID == "ASIA" && keys.secretAccessKey == "hunter2" && keys.sessionToken == "T")
            #expect(keys.expiration == 1_893_542_400)
            let requests = try await server.recorded()
            #expect(requests.map(\.method) == ["PUT", "GET", "GET"])
            #expect(
                requests.map(\.path) == [
                    "/latest/api/token", "/latest/meta-data/iam/security-credentials/",
                    "/latest/meta-data/iam/security-credentials/my-role",
                ])
            #expect(requests[0].headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
            #expect(requests[1...].allSatisfy { $0.headers["x-aws-ec2-metadata-token"] == "TOKEN==" })
        }
    }

    @Test("A refused token, a role's own error and a broken document end the search; no role does not")
    func failures() async throws {
        let cases: [([ScriptedServer.Answer], String?)] = [
            ([.init(status: 403)], "gave no token: status 403"),
            ([.init(body: "a\nb")], "a token that is none"),
            ([.init(body: "T"), .init(status: 404)], nil),
            (
                [.init(body: "T"), .init(body: "role"), .init(status: 500)],
                "gave no credentials for role role"
            ),
            (
                [
                    .init(body: "T"), .init(body: "role"),
                    .init(body: #"{"Code":"AssumeRoleUnauthorizedAccess"}"#),
                ],
                "AssumeRoleUnauthorizedAccess"
            ),
            (
                [.init(body: "T"), .init(body: "role"), .init(body: "hunter2 {")],
                "did not answer with the JSON"
            ),
        ]
        for (answers, message) in cases {
            try await withScriptedServer(answers) { server in
                do {
                    let keys = try await find(server)
                    #expect(keys == nil)
                    #expect(message == nil)
                } catch let error as CredentialsFailure {
                    #expect(
                        error.message.contains(message ?? "no error") && !error.message.contains("hunter2"))
                }
            }
        }
    }

    @Test("Where nothing answers, or it is switched off, there are no keys and no error")
    func absent() async throws {
        let http = HTTPClient()
        defer { http.shutdown() }
        for environment in [
            ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(try TestServer.freePort())"],
            ["AWS_EC2_METADATA_DISABLED": "TRUE"],
        ] {
            #expect(try await InstanceMetadataCredentials(environment: environment, http: http).find() == nil)
        }
    }

    @Test("A service that has answered before is out of reach when it falls silent, not absent")
    func silent() async throws {
        let http = HTTPClient()
        defer { http.shutdown() }
        let answers: [ScriptedServer.Answer] = [
            .init(body: "T"), .init(body: "role"), .init(body: document), .lost,
        ]
        try await withScriptedServer(answers) { server async throws in
            let source = InstanceMetadataCredentials(
                environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url], http: http)
            #expect(try await source.find() != nil)
            let error = await #expect(throws: AWSError.self) {
                try await CredentialsChain(sources: [source]).credentials()
            }
            guard case .transport(let failure) = error?.kind else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(failure.written == .nothing && failure.message.contains("stopped answering"))
        }
    }

    @Test("A service that does not answer in time is given up after AWS_METADATA_SERVICE_TIMEOUT")
    func slow() async throws {
        try await withScriptedServer([.init(body: "T", delay: 30)]) { server in
            let keys = try await find(server, ["AWS_METADATA_SERVICE_TIMEOUT": "1"])
            #expect(keys == nil)
        }
    }
}

@Suite(.timeLimit(.minutes(10)))
struct ContainerCredentialsTests {
    private func find(_ environment: [String: String]) async throws -> Credentials? {
        let http = HTTPClient()
        defer { http.shutdown() }
        return try await ContainerCredentials(environment: environment, http: http).find()
    }

    @Test("The endpoint is asked with the token of the file, read anew for each refresh")
    func token() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("token")
            try await withScriptedServer([.init(body: document)]) { server in
                let environment = [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(server.url)/keys?id=1",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file.path,
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "ignored",
                ]
                for token in ["first", "second"] {
                    try Data(token.utf8).write(to: file)
                    #expect(try await find(environment)?.accessKeyID == "ASIA")
                }
                let requests = try await server.recorded()
                #expect(requests.map { $0.headers["authorization"] } == ["first", "second"])
                #expect(requests.map(\.path) == ["/keys?id=1", "/keys?id=1"])
            }
        }
    }

    @Test("A server's failure is tried again, a refusal is not")
    func retries() async throws {
        try await withScriptedServer([.init(status: 500), .lost, .init(body: document)]) { server in
            #expect(
                try await find(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])?.accessKeyID == "ASIA")
            let calls = try await server.recorded()
            #expect(calls.count == 3)
        }
        try await withScriptedServer([.init(status: 403, body: "hunter2")]) { server in
            await #expect {
                try await find(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
            } throws: { error in
                let failure = error as? CredentialsFailure
                return failure?.isOutOfReach == false
                    && failure?.message == "The container credentials endpoint answered with status 403"
            }
            let calls = try await server.recorded()
            #expect(calls.count == 1)
        }
        for answer in [ScriptedServer.Answer.lost, .init(status: 500)] {
            try await withScriptedServer([answer]) { server async throws in
                let failure = await #expect(throws: CredentialsFailure.self) {
                    try await find(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
                }
                #expect(failure?.isOutOfReach == true)
            }
        }
    }

    @Test(
        "Plain http to another machine, a path without a slash and a token with a line break are refused",
        arguments: [
            (
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/x"],
                "names the host example.com over http"
            ),
            (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1.example.com/"], "over http"),
            (
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1@example.com/"],
                "is no http or https URL"
            ),
            (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "file:///etc/passwd"], "is no http or https URL"),
            (["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": ".example.com/"], "must begin with a slash"),
            (
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "hunter2\r\nX: y",
                ], "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line break"
            ),
            (
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[::1]:1/",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/no/such/file",
                ], "/no/such/file, which does not exist"
            ),
        ] as [([String: String], String)])
    func refused(_ environment: [String: String], message: String) async {
        await #expect {
            try await find(environment)
        } throws: { error in
            let text = (error as? CredentialsFailure)?.message ?? ""
            return text.contains(message) && !text.contains("hunter2")
        }
    }
}
