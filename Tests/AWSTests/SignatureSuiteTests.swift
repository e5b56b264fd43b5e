import AWS
import Foundation
import HTTP
import TestSupport
import Testing

/// AWS's own cases: `request.txt` and `context.json` in, canonical request, string to sign and signature out.
@Suite(.enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
struct SignatureSuiteTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        var testDescription: String { name }

        static var all: [Case] {
            let folder = ThirdPartyData.url("sigv4").path
            return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map(
                Case.init)
        }

        func text(_ file: String) throws -> String {
            String(decoding: try ThirdPartyData.bytes("sigv4/\(name)/\(file)"), as: UTF8.self)
        }
    }

    struct Context: Decodable {
        struct Keys: Decodable {
            var access_key_id: String
            var secret_access_key: String
            var token: String?
        }
        var credentials: Keys
        var normalize: Bool
        var region: String
        var service: String
        var sign_body: Bool
        var timestamp: String
        var omit_session_token: Bool?
    }

    @Test("The suite has its 38 cases")
    func count() { #expect(Case.all.count == 38) }

    @Test(
        "A case of AWS's signing suite gives its canonical request, string to sign and signature",
        arguments: Case.all)
    func signs(_ example: Case) throws {
        let context = try Foundation.JSONDecoder().decode(
            Context.self, from: Data(example.text("context.json").utf8))
        var request = try Self.request(example.text("request.txt"))
        let credentials = Credentials(
            accessKeyID: context.credentials.access_key_id,
            secretAccessKey: context.credentials.secret_access_key,
            sessionToken: context.omit_session_token == true ? nil : context.credentials.token)
        let instant = try #require(ISO8601DateFormatter().date(from: context.timestamp))
        let time = SigningTime(secondsSince1970: Int64(instant.timeIntervalSince1970))
        let signer = RequestSigner(
            region: context.region, service: context.service,
            pathRule: .init(encodesTwice: true, normalizes: context.normalize),
            addsContentHash: context.sign_body)

        signer.addHeaders(to: &request, with: credentials, at: time)
        let canonical = signer.canonicalRequest(of: request)
        #expect(
            try String(decoding: canonical.bytes, as: UTF8.self)
                == example.text("header-canonical-request.txt"))
        let stringToSign = signer.stringToSign(canonicalRequest: canonical.bytes, at: time)
        #expect(try stringToSign == example.text("header-string-to-sign.txt"))
        let signature = signer.signature(of: stringToSign, with: credentials, at: time)
        #expect(try signature == example.text("header-signature.txt"))
    }

    /// Reads the head and body of a request that is written as if nothing had been encoded yet.
    private static func request(_ text: String) throws -> SignableRequest {
        let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        var lines = parts[0].split(separator: "\n").map(String.init)
        let words = lines.removeFirst().split(separator: " ", maxSplits: 1)
        let target = words[1].dropLast(" HTTP/1.1".count)
        let targetParts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var parameters: [(name: String, value: String)] = []
        for pair in targetParts.dropFirst().first?.split(separator: "&") ?? [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0).removingPercentEncoding ?? "" }
            parameters.append((sides[0], sides.count > 1 ? sides[1] : ""))
        }
        var host = ""
        var headers = HTTPHeaders()
        for line in lines {
            if line.hasPrefix(" "), let last = headers.fields.last {
                headers[last.name] = last.value + "\n" + line
                continue
            }
            let sides = line.split(separator: ":", maxSplits: 1).map(String.init)
            if sides[0] == "Host" { host = sides[1] } else { headers.add(sides[0], sides[1]) }
        }
        let body = parts.count > 1 ? Array(parts[1].utf8) : []
        return SignableRequest(
            method: String(words[0]), host: host, path: String(targetParts[0]),
            query: SignableRequest.canonicalQuery(parameters), headers: headers,
            payload: .sha256(SignableRequest.Payload.hash(of: body)))
    }
}
