import Foundation
import HTTP
import TestSupport
import Testing

@testable import AWS

struct EndpointTests {
    private func endpoint(
        _ service: AWSService = .ses, region: String = "us-west-2", _ environment: [String: String] = [:],
        shared: SharedConfiguration? = nil
    ) throws -> Endpoint {
        try Endpoint(
            service,
            configuration: AWSConfiguration(
                region: region, http: HTTPClient(),
                credentials: StaticCredentials(Credentials(accessKeyID: "A", secretAccessKey: "S")),
                environment: environment, sharedConfiguration: shared))
    }

    @Test("AWS's own hosts are named by service and Region")
    func standard() throws {
        #expect(
            try endpoint().target(of: ["v2", "email"], for: .ses) == (
                "email.us-west-2.amazonaws.com", "/v2/email"
            ))
        #expect(
            try endpoint(.sqs, region: "cn-north-1").address.authority == "sqs.cn-north-1.amazonaws.com.cn")
        #expect(
            try endpoint(.dynamoDB).target(of: [], for: .dynamoDB) == (
                "dynamodb.us-west-2.amazonaws.com", "/"
            ))
    }

    @Test("A service's own variable wins over the general one, and the environment over the profile")
    func variables() async throws {
        try await withTemporaryFolder { folder in
            let config = folder.appendingPathComponent("config")
            try Data(
                """
                [default]
                endpoint_url = http://profile:1
                services = local
                [services local]
                sqs =
                  endpoint_url = http://profile-sqs:2
                """.utf8
            ).write(to: config)
            let shared = try SharedConfiguration(
                environment: ["AWS_CONFIG_FILE": config.path, "HOME": folder.path])
            func authority(_ service: AWSService, _ environment: [String: String]) throws -> String {
                try endpoint(service, environment, shared: shared).address.authority
            }
            let both = ["AWS_ENDPOINT_URL_SESV2": "https://ses:3", "AWS_ENDPOINT_URL": "http://all:4"]
            #expect(try authority(.ses, both) == "ses:3")
            #expect(try authority(.sqs, both) == "all:4")
            #expect(try authority(.sqs, [:]) == "profile-sqs:2")
            #expect(try authority(.ses, [:]) == "profile:1")
            #expect(
                try authority(.ses, both.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]) { $1 })
                    == "email.us-west-2.amazonaws.com")
        }
    }

    @Test("S3 has a host for each bucket on AWS, a path elsewhere and for names that a host cannot have")
    func buckets() throws {
        let aws = try endpoint(.s3)
        #expect(
            aws.target(of: ["my-bucket", "a b", "", "é"], for: .s3)
                == ("my-bucket.s3.us-west-2.amazonaws.com", "/a%20b//%C3%A9"))
        #expect(aws.target(of: ["my-bucket"], for: .s3) == ("my-bucket.s3.us-west-2.amazonaws.com", "/"))
        #expect(aws.target(of: [], for: .s3) == ("s3.us-west-2.amazonaws.com", "/"))
        for bucket in ["my.bucket", "MyBucket", "-bucket", "ab", "evil/../x"] {
            #expect(aws.target(of: [bucket, "k"], for: .s3).authority == "s3.us-west-2.amazonaws.com")
        }
        let local = try endpoint(.s3, ["AWS_ENDPOINT_URL": "http://127.0.0.1:5000/base/"])
        #expect(local.target(of: ["my-bucket", "k"], for: .s3) == ("127.0.0.1:5000", "/base/my-bucket/k"))
        #expect(local.target(of: [], for: .s3) == ("127.0.0.1:5000", "/base/"))
    }

    @Test(
        "A Region or endpoint that is none is refused",
        arguments: [
            ("evil.example.com/#", [:]), ("", [:]), ("US-WEST-2", [:]),
            ("us-west-2", ["AWS_ENDPOINT_URL": "127.0.0.1:5000"]),
            ("us-west-2", ["AWS_ENDPOINT_URL": "http://user:hunter2@host"]),
            ("us-west-2", ["AWS_ENDPOINT_URL": "http://host:99999"]),
            ("us-west-2", ["AWS_ENDPOINT_URL": "http://host/?a=b"]),
            ("us-west-2", ["AWS_ENDPOINT_URL_SESV2": "http://"]),
        ] as [(String, [String: String])])
    func refused(_ region: String, _ environment: [String: String]) {
        #expect {
            try endpoint(region: region, environment)
        } throws: { error in
            let text = "\(error)"
            return text.contains("AWS_") && !text.contains("hunter2")
        }
    }

    @Test("A URL's default port, case and last slash make no difference")
    func addresses() {
        #expect(WebAddress("HTTPS://Host.Example:443/a/")?.authority == "host.example")
        #expect(WebAddress("https://host/a/")?.path == "/a")
        #expect(WebAddress("http://[::1]:80")?.host == "[::1]")
        #expect(WebAddress("http://[::1]:8080")?.authority == "[::1]:8080")
        for url in [
            "", "http://", "ftp://x", "http://:80", "http://[::1", "http://a b", "http://x:0", "http://x#f",
        ] {
            #expect(WebAddress(url) == nil)
        }
    }
}
