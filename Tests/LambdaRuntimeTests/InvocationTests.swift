import Foundation
import HTTP
import Testing

@testable import LambdaRuntime

@Suite("The answer of next")
struct InvocationTests {
    private let log = LambdaLog(level: .fatal)

    private func response(_ headers: HTTPHeaders, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: Array("{}".utf8))
    }

    @Test("gives every field, whatever the case of its header's name")
    func everyField() throws {
        let invocation = try Invocation(
            response([
                "lambda-runtime-AWS-request-ID": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                "Lambda-Runtime-Deadline-Ms": "1542409706888",
                "LAMBDA-RUNTIME-INVOKED-FUNCTION-ARN": "arn:aws:lambda:us-west-2:1:function:f",
                "Lambda-Runtime-Trace-Id": "Root=1-5;Parent=9;Sampled=1",
                "Lambda-Runtime-Client-Context": #"{"client":{}}"#,
                "Lambda-Runtime-Cognito-Identity": #"{"identityId":"i"}"#,
                "Lambda-Runtime-Aws-Tenant-Id": "crew",
                "Lambda-Runtime-Something-New": "x",
                "Content-Type": "application/json",
            ]), log: log)
        #expect(invocation.requestID == "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        #expect(invocation.deadlineMilliseconds == 1_542_409_706_888)
        #expect(invocation.invokedFunctionARN == "arn:aws:lambda:us-west-2:1:function:f")
        #expect(invocation.traceID == "Root=1-5;Parent=9;Sampled=1")
        #expect(invocation.clientContext == #"{"client":{}}"#)
        #expect(invocation.cognitoIdentity == #"{"identityId":"i"}"#)
        #expect(invocation.tenantID == "crew")
        #expect(invocation.body == Array("{}".utf8))
        #expect(invocation.remaining < .zero)
    }

    @Test("needs no more than the request id and the deadline")
    func leastFields() throws {
        let invocation = try Invocation(
            response([
                "Lambda-Runtime-Aws-Request-Id": "a", "Lambda-Runtime-Deadline-Ms": "9223372036854775807",
            ]),
            log: log)
        #expect(invocation.invokedFunctionARN == nil)
        #expect(invocation.traceID == nil)
        #expect(invocation.tenantID == nil)
        #expect(invocation.remaining > .seconds(1_000_000))
    }

    @Test(
        "is no invocation without a request id that can stand in a URL",
        arguments: [
            nil, "", "a/b", "../x", "a b", "a?b", "a\u{e9}", "a%2f", String(repeating: "a", count: 129),
        ])
    func requestID(_ id: String?) {
        var headers: HTTPHeaders = ["Lambda-Runtime-Deadline-Ms": "1"]
        if let id { headers.add("Lambda-Runtime-Aws-Request-Id", id) }
        #expect(throws: Invocation.Malformed.requestID) { try Invocation(response(headers), log: log) }
        guard case .nothing = Poll(.success(response(headers)), log: log) else {
            Issue.record("asks again")
            return
        }
    }

    @Test(
        "is answered with an error when its deadline cannot be read",
        arguments: [nil, "soon", "-5", "0", "1e3", "99999999999999999999"])
    func deadline(_ deadline: String?) {
        var headers: HTTPHeaders = ["Lambda-Runtime-Aws-Request-Id": "id-1"]
        if let deadline { headers.add("Lambda-Runtime-Deadline-Ms", deadline) }
        guard case .unusable("id-1", let error) = Poll(.success(response(headers)), log: log) else {
            Issue.record("is unusable")
            return
        }
        #expect(error.type == "Runtime.MalformedInvocation")
        #expect(error.message.contains("Lambda-Runtime-Deadline-Ms"))
    }

    @Test("asks again after a failure that may pass, and gives up after a refusal")
    func failures() {
        func isNothing(_ status: Int) -> Bool {
            if case .nothing = Poll(.success(response([:], status: status)), log: log) { true } else { false }
        }
        func isRefused(_ status: Int) -> Bool {
            if case .refused = Poll(.success(response([:], status: status)), log: log) { true } else { false }
        }
        for status in [408, 429, 500, 502, 503, 504] { #expect(isNothing(status)) }
        for status in [204, 301, 400, 403, 404, 410] { #expect(isRefused(status)) }
        let reset = HTTPError(kind: .reset, written: .maybe, curlCode: 56, message: "reset")
        guard case .nothing("reset") = Poll(.failure(reset), log: log) else {
            Issue.record("asks again")
            return
        }
        let cancelled = HTTPError(kind: .cancelled, written: .maybe, curlCode: 42, message: "cancelled")
        guard case .cancelled = Poll(.failure(cancelled), log: log) else {
            Issue.record("ends")
            return
        }
    }

    @Test("An outcome counts as taken when its repeat is refused, for then the first has arrived")
    func receipts() {
        func receipt(_ status: Int, repeated: Bool = false) -> Receipt {
            Receipt(.success(response([:], status: status)), isRepeated: repeated)
        }
        #expect(receipt(202) == .taken)
        #expect(receipt(413) == .tooLarge)
        #expect(receipt(400) == .refused("status 400"))
        #expect(receipt(403) == .refused("status 403"))
        #expect(receipt(400, repeated: true) == .taken)
        #expect(receipt(403, repeated: true) == .taken)
        #expect(receipt(404, repeated: true) == .refused("status 404"))
        #expect(receipt(500) == .notYet("status 500"))
        #expect(receipt(429) == .notYet("status 429"))
    }

    @Test("Delays double up to their limit, and end")
    func backoff() {
        var backoff = Backoff(first: .milliseconds(20), maximum: .milliseconds(50), attempts: 4)
        #expect(backoff.next() == .milliseconds(20))
        #expect(backoff.next() == .milliseconds(40))
        #expect(backoff.next() == .milliseconds(50))
        #expect(backoff.next() == .milliseconds(50))
        #expect(backoff.next() == nil)
    }
}
