import HTTP
import Testing

@testable import AWS

struct ErrorResponseTests {
    private func read(_ status: Int, _ headers: HTTPHeaders, _ body: String) -> ErrorResponse {
        ErrorResponse(
            HTTPResponse(status: status, headers: headers, body: Array(body.utf8)), now: 784_111_777)
    }

    @Test(
        "Each of AWS's protocols gives code, message and request id",
        arguments: [
            (
                [
                    "x-amzn-ErrorType": "NotFoundException:http://internal.amazon.com/x",
                    "x-amzn-RequestId": "R",
                ], #"{"message":"M"}"#
            ),
            (["x-amzn-RequestId": "R"], #"{"__type":"com.amazonaws.x#NotFoundException","Message":"M"}"#),
            (["x-amzn-RequestId": "R"], #" {"code":"NotFoundException","errorMessage":"M"}"#),
            (
                ["x-amz-id-2": "H", "x-amz-request-id": "R"],
                "<Error><Code>NotFoundException</Code><Message>M</Message></Error>"
            ),
            (
                [:],
                "<?xml version=\"1.0\"?>\n<Error><Code>NotFoundException</Code><Message>M</Message><RequestId>R</RequestId></Error>"
            ),
            (
                [:],
                "<ErrorResponse><Error><Type>Sender</Type><Code>NotFoundException</Code><Message>M</Message></Error>"
                    + "<RequestId>R</RequestId></ErrorResponse>"
            ),
        ] as [([String: String], String)])
    func protocols(_ headers: [String: String], _ body: String) {
        let error = read(404, HTTPHeaders(headers.map { ($0.key, $0.value) }), body)
        #expect(error.code == "NotFoundException")
        #expect(error.message == "M")
        #expect(error.requestID == "R")
    }

    @Test(
        "An answer without a readable body is named by its status",
        arguments: [
            "", "   ", "{", "<html><body>Bad Gateway", "<!DOCTYPE html><html/>", "[1]", #"{"__type":5}"#,
        ])
    func unreadable(_ body: String) {
        #expect(read(404, [:], body).code == "NotFound")
        #expect(read(412, [:], body).code == "PreconditionFailed")
        #expect(read(429, [:], body).code == "TooManyRequestsException")
        #expect(read(502, [:], body).code == "HTTP502")
    }

    @Test("Messages are one line of bounded length")
    func oneLine() {
        let error = read(
            400, [:],
            #"{"__type":"X","message":"a\r\nb\u0000c"# + String(repeating: "é", count: 5000) + #""}"#)
        #expect(error.message.hasPrefix("a  b céé"))
        #expect(error.message.unicodeScalars.count == 2000)
    }

    @Test("Retry-After is read as seconds, as a date and as milliseconds")
    func retryAfter() {
        #expect(read(503, ["Retry-After": "7"], "").retryAfter == .seconds(7))
        #expect(read(503, ["Retry-After": "Sun, 06 Nov 1994 08:49:47 GMT"], "").retryAfter == .seconds(10))
        #expect(read(503, ["Retry-After": "Sun, 06 Nov 1994 08:49:07 GMT"], "").retryAfter == .zero)
        #expect(
            read(503, ["x-amz-retry-after": "1500", "Retry-After": "7"], "").retryAfter == .milliseconds(1500)
        )
        for text in ["-1", "soon", "", "99999999999999999999"] {
            #expect(read(503, ["Retry-After": text], "").retryAfter == nil)
        }
    }

    @Test("The text that a refused signature is answered with is cut off")
    func signature() {
        let error = read(
            403, [:],
            #"{"__type":"InvalidSignatureException","message":"No match.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:hunter2'"}"#
        )
        #expect(error.message == "No match.")
    }

    @Test(
        "Known errors come with a remedy",
        arguments: [
            ("ExpiredTokenException", "sign in again"), ("AccessDenied", "IAM policy"),
            ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
            ("UnrecognizedClientException", "AWS_ACCESS_KEY_ID"),
            ("RequestTimeTooSkewed", "clock"),
        ])
    func remedies(_ code: String, word: String) throws {
        let error = read(400, ["x-amzn-ErrorType": code], "")
        #expect(try #require(Remedy.text(for: error, signedFor: "us-west-2")).contains(word))
    }

    @Test("A wrong Region names the right one, from header or body")
    func region() throws {
        for error in [
            read(301, ["x-amz-bucket-region": "eu-west-1"], ""),
            read(
                400, [:],
                "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></Error>"
            ),
        ] {
            let text = try #require(Remedy.text(for: error, signedFor: "us-west-2"))
            #expect(text.contains("set AWS_REGION=eu-west-1"))
        }
    }
}

struct AWSErrorTests {
    private func service(_ status: Int, _ code: String, of service: AWSService = .dynamoDB) -> AWSError {
        AWSError(
            service: service.name, operation: "Op",
            kind: .service(code: code, message: "Message.", status: status))
    }

    @Test("What was throttled has not acted and may be retried")
    func throttling() {
        for error in [
            service(400, "ProvisionedThroughputExceededException"), service(503, "SlowDown"),
            service(429, "Whatever"),
            service(400, "ThrottlingException"),
        ] {
            #expect(error.isThrottling && error.isRetryable && !error.mayHaveActed)
        }
        #expect(!service(400, "LimitExceededException", of: .ses).isThrottling)
    }

    @Test("A 5xx may have acted; a 4xx has not and stays so")
    func statuses() {
        #expect(
            service(500, "InternalServerError").mayHaveActed
                && service(500, "InternalServerError").isRetryable)
        let refused = service(400, "ValidationException")
        #expect(!refused.mayHaveActed && !refused.isRetryable && !refused.isThrottling)
    }

    @Test("A lost answer may have acted if the request was written")
    func transport() {
        func error(_ kind: HTTPError.Kind, _ written: HTTPError.Written) -> AWSError {
            AWSError(
                service: "SES", operation: "SendEmail",
                kind: .transport(HTTPError(kind: kind, written: written, curlCode: 0, message: "m")))
        }
        #expect(error(.reset, .maybe).mayHaveActed && error(.reset, .maybe).isRetryable)
        #expect(!error(.connect, .nothing).mayHaveActed && error(.connect, .nothing).isRetryable)
        #expect(!error(.invalidRequest, .nothing).isRetryable && !error(.cancelled, .maybe).isRetryable)
    }

    @Test("The description names service, operation, code, message, attempts, request id and remedy")
    func description() {
        var error = service(400, "AccessDeniedException")
        error.requestID = "R"
        error.attempts = 3
        error.remedy = "Do this."
        #expect(
            error.description
                == "DynamoDB Op: AccessDeniedException (HTTP 400): Message. [after 3 attempts] [request id R] Do this."
        )
    }
}
