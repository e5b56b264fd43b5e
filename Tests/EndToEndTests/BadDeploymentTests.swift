import AWS
import AWSSupport
import Foundation
import TestSupport
import Testing

/// A deployment with something wrong with it, and what is said about it.
struct BadDeployment: Sendable {
    let description: String
    /// The exit status (sysexits.h).
    let status: Int32
    /// Parts of the one message.
    let says: [String]
    /// Spoils the deployment or the environment.
    let spoil: @Sendable (Deployment, inout [String: String]) async throws -> Void

    init(
        _ description: String, status: Int32, says: String...,
        spoil: @escaping @Sendable (Deployment, inout [String: String]) async throws -> Void
    ) {
        self.description = description
        self.status = status
        self.says = says
        self.spoil = spoil
    }

    static func unset(_ name: String, says: String, example: String) -> BadDeployment {
        BadDeployment("\(name) is not set", status: 78, says: name, says, example) { $1[name] = nil }
    }

    static func malformed(_ name: String, _ value: String, says: String, example: String) -> BadDeployment {
        BadDeployment("\(name) is '\(value)'", status: 78, says: "\(name): \(says)", example) {
            $1[name] = value
        }
    }

    /// Signs as a role that may do only this.
    static func allowing(
        _ first: String, _ second: String, in deployment: Deployment, _ environment: inout [String: String]
    ) async throws {
        let key = try await deployment.account.assumeRole(allowing: first, second)
        environment["AWS_ACCESS_KEY_ID"] = key.accessKeyID
        environment["AWS_SECRET_ACCESS_KEY"] = key.secretAccessKey
        environment["AWS_SESSION_TOKEN"] = key.sessionToken
    }

    static let all = [
        BadDeployment(
            "the bucket is missing", status: 78,
            says: "JADA_BLAST_BUCKET: bucket jada-nobody-made-this does not exist", "Create it"
        ) { $1["JADA_BLAST_BUCKET"] = "jada-nobody-made-this" },
        BadDeployment(
            "the table is missing", status: 78,
            says: "JADA_BLAST_TABLE: table jada-nobody-made-this does not exist", "Create it"
        ) { $1["JADA_BLAST_TABLE"] = "jada-nobody-made-this" },
        BadDeployment(
            "the queue is missing", status: 78,
            says: "JADA_BLAST_QUEUE_URL: queue ", "/jada-nobody-made-this does not exist", "Create it"
        ) {
            $1["JADA_BLAST_QUEUE_URL"] =
                "\($0.account.server.url)/123456789012/jada-nobody-made-this"
        },
        BadDeployment(
            "the secret is wrong", status: 77, says: "SignatureDoesNotMatch",
            "check that AWS_SECRET_ACCESS_KEY belongs to AWS_ACCESS_KEY_ID"
        ) { $1["AWS_SECRET_ACCESS_KEY"] = "wrong" },
        BadDeployment(
            "the key is unknown", status: 77, says: "InvalidAccessKeyId", "AWS does not know the access key"
        ) { $1["AWS_ACCESS_KEY_ID"] = "AKIANOBODYHASTHISKEY" },
        BadDeployment(
            "there are no credentials", status: 77, says: "credentials", "AWS_PROFILE"
        ) {
            $1["AWS_ACCESS_KEY_ID"] = nil
            $1["AWS_SECRET_ACCESS_KEY"] = nil
        },
        BadDeployment(
            "the identity may not use the table", status: 77, says: "table jada-", "AccessDenied",
            #"Add to the IAM policy of the identity that signs: {"Effect": "Allow", "Action": "dynamodb:"#,
            #""Resource": "arn:aws:dynamodb:*:*:table/jada-"#
        ) { try await allowing("s3:*", "sqs:*", in: $0, &$1) },
        BadDeployment(
            "the identity may not read the bucket", status: 77,
            says: "campaigns/paul-simon/campaign.json: bucket jada-", "AccessDenied",
            #"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::jada-"#, "/campaigns/*",
            "without s3:ListBucket on the bucket, an object that is not there is refused like this, too"
        ) { try await allowing("dynamodb:*", "sqs:*", in: $0, &$1) },
        BadDeployment(
            "the identity may not ask SES", status: 77, says: "SES in us-west-2: ",
            #"{"Effect": "Allow", "Action": "ses:GetAccount", "Resource": "*"}"#
        ) {
            let user = "arn:aws:sts::123456789012:assumed-role/jada-blast-SchedulerRole/jada-blast-scheduler"
            $1["AWS_ENDPOINT_URL_SESV2"] = try await ScriptedServer([
                .json(
                    403, "AccessDeniedException",
                    message: """
                        User: \(user) is not authorized to perform: ses:GetAccount because no identity-based policy allows \
                        the ses:GetAccount action
                        """)
            ]).url
        },
        BadDeployment(
            "the credentials have expired", status: 77, says: "SES in us-west-2: ", "ExpiredToken",
            "The credentials have expired: sign in again"
        ) {
            $1["AWS_ENDPOINT_URL_SESV2"] = try await ScriptedServer([
                .json(
                    403, "ExpiredTokenException",
                    message: "The security token included in the request is expired")
            ]).url
        },
        BadDeployment(
            "the bucket is in another Region", status: 78, says: "AuthorizationHeaderMalformed",
            "The bucket is in Region eu-west-1, not us-west-2: set AWS_REGION=eu-west-1"
        ) {
            $1["AWS_ENDPOINT_URL_S3"] = try await ScriptedServer([
                .init(
                    status: 400,
                    body: """
                        <?xml version="1.0" encoding="UTF-8"?>
                        <Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; \
                        the region 'us-west-2' is wrong; expecting 'eu-west-1'</Message><Region>eu-west-1</Region>\
                        <RequestId>4442587FB7D0A2F9</RequestId></Error>
                        """)
            ]).url
        },
        BadDeployment(
            "the bucket's own endpoint is elsewhere", status: 78, says: "PermanentRedirect",
            "set AWS_REGION=eu-central-1"
        ) {
            $1["AWS_ENDPOINT_URL_S3"] = try await ScriptedServer([
                .init(
                    status: 301, headers: ["x-amz-bucket-region": "eu-central-1"],
                    body: """
                        <?xml version="1.0" encoding="UTF-8"?>
                        <Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be \
                        addressed using the specified endpoint.</Message></Error>
                        """)
            ]).url
        },
        BadDeployment(
            "S3 cannot be reached", status: 69, says: "S3 ", "connect", "Try again later"
        ) { $1["AWS_ENDPOINT_URL_S3"] = "http://127.0.0.1:\(try TestServer.freePort())" },
        BadDeployment(
            "SES cannot be reached", status: 69, says: "SES in us-west-2: ", "Try again later"
        ) { $1["AWS_ENDPOINT_URL_SESV2"] = "http://127.0.0.1:\(try TestServer.freePort())" },
        BadDeployment(
            "an endpoint is no URL", status: 78, says: "AWS_ENDPOINT_URL_S3 must be an http or https URL"
        ) { $1["AWS_ENDPOINT_URL_S3"] = "localhost:5000" },
        .unset("AWS_REGION", says: "No AWS Region is set", example: "us-west-2"),
        .unset("JADA_BLAST_BUCKET", says: "is not set", example: "such as jada-blast-assets"),
        .unset("JADA_BLAST_TABLE", says: "is not set", example: "such as jada-blast-table"),
        .unset(
            "JADA_BLAST_QUEUE_URL", says: "is not set",
            example: "such as https://sqs.us-west-2.amazonaws.com/123456789012/jada-blast-shards"),
        .unset(
            "JADA_BLAST_UNSUBSCRIBE_URL", says: "is not set, and mail must carry a way out of it",
            example: "such as https://example.org/u?t={token}"),
        .unset("JADA_BLAST_UNSUBSCRIBE_KEY", says: "is not set", example: "openssl rand -hex 32"),
        .malformed(
            "JADA_BLAST_BUCKET", "s3://jada", says: "is 's3://jada', which is no name of a bucket",
            example: "such as jada-blast-assets"),
        .malformed(
            "JADA_BLAST_TABLE", "jada table", says: "is 'jada table', which is no name of a table",
            example: "such as jada-blast-table"),
        .malformed(
            "JADA_BLAST_QUEUE_URL", "jada-blast-shards",
            says: "is 'jada-blast-shards', which is no URL of a queue",
            example: "such as https://sqs.us-west-2.amazonaws.com/123456789012/jada-blast-shards"),
        .malformed(
            "JADA_BLAST_UNSUBSCRIBE_URL", "https://example.org/u", says: "does not contain {token}",
            example: "such as https://example.org/u?t={token}"),
        .malformed(
            "JADA_BLAST_UNSUBSCRIBE_KEY", "short", says: "is shorter than 16 bytes",
            example: "openssl rand -hex 32"),
        .malformed(
            "JADA_BLAST_CONCURRENCY", "many", says: "is 'many'", example: "from 1 to 512, such as 64"),
        .malformed("JADA_BLAST_PREVIEW_URL", "page", says: "is no https URL", example: "{campaign}"),
        .malformed(
            "JADA_BLAST_BUKKET", "jada", says: "is no setting", example: "Did you mean JADA_BLAST_BUCKET?"),
    ]
}

@Suite("Deployments with something wrong", .timeLimit(.minutes(10)))
struct BadDeploymentTests {
    @Test(
        "one message says what and what to do, at the command line and from the function, and nobody is mailed"
    )
    func tell() async throws {
        try await withAccounts { account, simulator in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for bad in BadDeployment.all {
                    group.addTask {
                        let deployment = try await Deployment(account: account, simulator: simulator)
                        try await deployment.upload("paul-simon")
                        var environment = deployment.environment
                        try await bad.spoil(deployment, &environment)
                        try await runCommand(bad, environment)
                        try await invokeFunction(bad, environment)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await simulator.acceptedMails().isEmpty)
        }
    }

    private func runCommand(_ bad: BadDeployment, _ environment: [String: String]) async throws {
        let result = try await jadaBlast(
            ["invoke", "events/campaign.json", "--aws", "--json"], environment)
        let comment = Comment(rawValue: "\(bad.description): \(result.errors)")
        #expect(result.status == bad.status, comment)
        #expect(result.errors.hasPrefix("error: "), comment)
        #expect(result.errors.filter { $0 == "\n" }.count == 1, comment)
        #expect(!result.errors.contains(".."), comment)
        for part in bad.says { #expect(result.errors.contains(part), comment) }
        let problems = try result.decode(Complaint.self).problems
        #expect(problems.count == 1, comment)
        #expect(problems.first?.remedy?.isEmpty == false, comment)
        if let secret = environment["AWS_SECRET_ACCESS_KEY"] {
            #expect(!(result.output + result.errors).contains(secret), comment)
        }
    }

    private func invokeFunction(_ bad: BadDeployment, _ environment: [String: String]) async throws {
        let event = String(decoding: try Event.sample("campaign"), as: UTF8.self)
        try await withRuntimeAPI(invocations: [.invocation("one", event)]) { api in
            try api.start("jada-blast-worker", handler: "scheduler", environment: environment)
            let outcome = try #require(try await api.outcomes(1).first)
            #expect(outcome.path.hasSuffix("/error"))
            let error = try JSONDecoder().decode(FunctionError.self, from: outcome.body)
            let comment = Comment(rawValue: "\(bad.description): \(error.errorMessage)")
            for part in bad.says { #expect(error.errorMessage.contains(part), comment) }
            let kind = [69: "unavailable", 77: "accessDenied", 78: "configuration"][bad.status] ?? ""
            #expect(error.errorType == "JadaBlast.\(kind)", comment)
        }
    }
}
