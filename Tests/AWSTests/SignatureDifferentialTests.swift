import AWS
import Foundation
import HTTP
import TestSupport
import Testing

/// Our signatures beside botocore's, on random requests.
struct SignatureDifferentialTests {
    struct Case: Decodable {
        var isS3: Bool
        var method: String
        var host: String
        var segments: [String]
        var rawPath: String?
        var query: [[String]]
        var headers: [[String]]
        var body: String
        var accessKey: String
        var secretKey: String
        var token: String?
        var region: String
        var service: String
        var time: Int64
        /// botocore's part.
        var path: String
        var canonicalRequest: String
        var authorization: String
    }

    @Test("2,500 random requests are encoded and signed exactly as botocore does", .timeLimit(.minutes(10)))
    func sameAsBotocore() async throws {
        let decoder = Foundation.JSONDecoder()
        let lines = try await runPython("oracles/botocore_signer.py", ["--count", "2500"]).utf8
            .split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 2500)
        var differences = 0
        for line in lines {
            let example = try decoder.decode(Case.self, from: Data(line))
            let path = SignableRequest.path(example.segments)
            if example.rawPath == nil { #expect(path == example.path) }
            var request = SignableRequest(
                method: example.method, host: example.host, path: example.rawPath ?? path,
                query: SignableRequest.canonicalQuery(example.query.map { ($0[0], $0[1]) }),
                headers: HTTPHeaders(example.headers.map { ($0[0], $0[1]) }),
                payload: .sha256(SignableRequest.Payload.hash(of: Array(example.body.utf8))))
            let credentials = Credentials(
                accessKeyID: example.accessKey, secretAccessKey: example.secretKey,
                sessionToken: example.token)
            let time = SigningTime(secondsSince1970: example.time)
            let signer = RequestSigner(
                region: example.region, service: example.service, pathRule: example.isS3 ? .s3 : .general,
                addsContentHash: example.isS3)

            var unsigned = request
            signer.addHeaders(to: &unsigned, with: credentials, at: time)
            let canonical = String(decoding: signer.canonicalRequest(of: unsigned).bytes, as: UTF8.self)
            signer.sign(&request, with: credentials, at: time)
            // The first difference tells enough; a hundred of them tell no more.
            if canonical != example.canonicalRequest
                || request.headers["Authorization"] != example.authorization
            {
                differences += 1
                if differences <= 3 {
                    #expect(canonical == example.canonicalRequest)
                    #expect(request.headers["Authorization"] == example.authorization)
                }
            }
        }
        #expect(differences == 0)
    }
}
