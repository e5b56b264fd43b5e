import HTTP
import TestSupport
import Testing

@testable import AWS

/// Real requests against a moto that checks each signature.
@Suite(.timeLimit(.minutes(10)))
struct MotoTests {
    private static let keys = [
        "plain.txt", "a b+c~d.txt", "dir//double/./dot/../x", "per%20cent%2F", "ünï/日本/🚢", "q?x=1&y#z",
        "trailing/",
        "!*'();:@&=+$,[]", "..", "a/..",
    ]

    @Test("S3 and DynamoDB accept our signatures, whatever an object is called, and refuse a wrong secret")
    func signatures() async throws {
        try await withMoto(checksSignatures: true) { server in
            let http = HTTPClient()
            defer { http.shutdown() }
            let issued = try #require(server.issuedKey)
            func configuration(secret: String) -> AWSConfiguration {
                AWSConfiguration(
                    region: "us-west-2", http: http,
                    credentials: StaticCredentials(
                        Credentials(accessKeyID: issued.accessKeyID, secretAccessKey: secret)),
                    environment: ["AWS_ENDPOINT_URL": server.url])
            }
            let right = configuration(secret: issued.secretAccessKey)
            let s3 = AWSClient(.s3, configuration: right)
            _ = try await s3.send(
                AWSRequest(
                    operation: "CreateBucket", method: "PUT", path: ["bucket"],
                    body: .bytes(
                        Array(
                            "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint></CreateBucketConfiguration>"
                                .utf8)), isIdempotent: true))
            for key in Self.keys {
                let path =
                    ["bucket"] + key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                let content = Array("content of \(key)".utf8)
                _ = try await s3.send(
                    AWSRequest(
                        operation: "PutObject", method: "PUT", path: path,
                        headers: ["x-amz-meta-color": "  deep   blue ", "Content-Type": "text/plain"],
                        body: .bytes(content), isIdempotent: true))
                let answer = try await s3.send(
                    AWSRequest(operation: "GetObject", method: "GET", path: path, isIdempotent: true))
                #expect(answer.body == content, "\(key)")
            }
            let listing = try await s3.send(
                AWSRequest(
                    operation: "ListObjectsV2", method: "GET", path: ["bucket"],
                    query: [("list-type", "2"), ("prefix", "a b+c"), ("delimiter", "")], isIdempotent: true))
            let names = try XMLElement.parse(listing.body).all("Contents").map { $0["Key"]?.text }
            #expect(names == ["a b+c~d.txt"])

            let list = AWSRequest(
                operation: "ListTables",
                headers: [
                    "Content-Type": "application/x-amz-json-1.0",
                    "X-Amz-Target": "DynamoDB_20120810.ListTables",
                ], body: .bytes(Array("{}".utf8)), isIdempotent: true)
            #expect(try await AWSClient(.dynamoDB, configuration: right).send(list).status == 200)

            let wrong = configuration(secret: "wrong")
            await #expect {
                try await AWSClient(.dynamoDB, configuration: wrong).send(list)
            } throws: { error in
                "\(error)".contains("AWS_SECRET_ACCESS_KEY")
            }
            await #expect {
                try await AWSClient(.s3, configuration: wrong).send(
                    AWSRequest(
                        operation: "GetObject", method: "GET", path: ["bucket", "plain.txt"],
                        isIdempotent: true))
            } throws: { error in
                (error as? AWSError)?.code == "SignatureDoesNotMatch"
            }
        }
    }
}
