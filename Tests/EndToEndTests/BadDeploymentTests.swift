import AWS
import AWSSupport
import Foundation
import TestSupport
import Testing

/// A deployment with something wrong with it, and what is said about it.
struct BadDeployment: CustomTestStringConvertible, Sendable {
    let testDescription: String
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
        testDescription = description
        self.status = status
        self.says = says
        self.spoil = spoil
    }

    static func unset(_ name: String, says: String) -> BadDeployment {
        BadDeployment("\(name) is not set", status: 78, says: name, says) { $1[name] = nil }
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
            "the identity may read the bucket only", status: 77, says: "table jada-", "AccessDenied",
            "IAM policy"
        ) { deployment, environment in
            let key = try await deployment.account.createKey(allowing: "s3:*")
            environment["AWS_ACCESS_KEY_ID"] = key.accessKeyID
            environment["AWS_SECRET_ACCESS_KEY"] = key.secretAccessKey
        },
        BadDeployment(
            "the credentials have expired", status: 77, says: "SES in us-west-2: ", "ExpiredToken",
            "The credentials have expired: sign in again"
        ) { deployment, environment in
            let key = deployment.account.key
            try await deployment.simulator.configure(
                .init(keys: [key.accessKeyID: .init(secret: key.secretAccessKey, expired: true)]))
        },
        BadDeployment(
            "the bucket is in another Region", status: 78, says: "AuthorizationHeaderMalformed",
            "The bucket is in Region eu-west-1, not us-west-2: set AWS_REGION=eu-west-1"
        ) { deployment, environment in
            environment["AWS_ENDPOINT_URL_S3"] = try await ScriptedServer([
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
        ) { deployment, environment in
            environment["AWS_ENDPOINT_URL_S3"] = try await ScriptedServer([
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
        .unset("AWS_REGION", says: "No AWS Region is set"),
        .unset("JADA_BLAST_BUCKET", says: "is not set"),
        .unset("JADA_BLAST_TABLE", says: "is not set"),
        .unset("JADA_BLAST_QUEUE_URL", says: "is not set"),
        .unset("JADA_BLAST_UNSUBSCRIBE_URL", says: "is not set, and mail must carry a way out of it"),
        .unset("JADA_BLAST_UNSUBSCRIBE_KEY", says: "openssl rand -hex 32"),
    ]
}

@Suite("Deployments with something wrong", .timeLimit(.minutes(3)))
struct BadDeploymentTests {
    @Test("one message says what and what to do, and nobody is mailed", arguments: BadDeployment.all)
    func tell(_ bad: BadDeployment) async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            var environment = deployment.environment
            try await bad.spoil(deployment, &environment)
            let result = try await jadaBlast(
                ["invoke", "events/campaign.json", "--aws", "--json"], environment)
            #expect(result.status == bad.status)
            #expect(result.errors.hasPrefix("error: "))
            #expect(result.errors.filter { $0 == "\n" }.count == 1, "\(result.errors)")
            for part in bad.says { #expect(result.errors.contains(part)) }
            #expect(!result.errors.contains(".."))
            let problems = try result.decode(Complaint.self).problems
            #expect(problems.count == 1)
            #expect(problems.first?.remedy?.isEmpty == false)
            if let secret = environment["AWS_SECRET_ACCESS_KEY"] {
                #expect(!(result.output + result.errors).contains(secret))
            }
            #expect(try await deployment.simulator.acceptedMails().isEmpty)
        }
    }
}
