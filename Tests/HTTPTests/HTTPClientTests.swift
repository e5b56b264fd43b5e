import Foundation
import HTTP
import TestSupport
import Testing

@Suite("HTTPClient against nginx")
struct HTTPClientTests {
    @Test("A POST is answered", .timeLimit(.minutes(10)))
    func post() async throws {
        try await withNginx { nginx in
            let client = HTTPClient()
            let response = try await client.send(
                HTTPRequest(
                    method: "POST", url: "\(nginx.url)/v2/email/outbound-emails",
                    headers: ["Content-Type": "application/json"], body: .bytes(Array("{}".utf8))))
            #expect(response.status == 200)
            #expect(String(decoding: response.body, as: UTF8.self) == Nginx.answer)
            #expect(response.headers["content-TYPE"] == "application/json")
        }
    }

    @Test(
        "TLS is verified against the given authority, and refused against another", .timeLimit(.minutes(10)))
    func verification() async throws {
        try await withNginx { nginx in
            let request = HTTPRequest(method: "GET", url: "\(nginx.secureURL)/x")
            let trusting = HTTPClient(
                configuration: .init(certificateAuthorities: nginx.certificateAuthority))
            let response = try await trusting.send(request)
            #expect(response.status == 200)

            let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
            #expect(error?.kind == .tls)
            #expect(error?.written == .nothing)
        }
    }
}
