/// What AWS's error codes say about retrying, as botocore's standard mode has it.
enum ErrorCode {
    private static let throttling: Set<String> = [
        "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
        "RequestThrottledException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
        "TooManyRequestsException", "TransactionInProgressException",
    ]

    private static let transient: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "InternalError", "InternalFailure", "ServiceUnavailable",
    ]

    private static let signature: Set<String> = [
        "InvalidSignatureException", "SignatureDoesNotMatch", "InvalidSignature", "AuthFailure",
    ]

    private static let clock: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture",
    ]

    static func isThrottling(_ code: String, service: String) -> Bool {
        // SES means a limit of the account by it, which no waiting lifts.
        if code == "LimitExceededException" && service == AWSService.ses.name { return false }
        return throttling.contains(code)
    }

    static func isTransient(_ code: String) -> Bool { transient.contains(code) }

    /// Whether a wrong clock may be the cause. Some services name it only as a wrong signature.
    static func mayBeClockSkew(_ code: String) -> Bool { clock.contains(code) || signature.contains(code) }

    /// Whether the error's text repeats what was signed, the session token included.
    static func repeatsSignedText(_ code: String) -> Bool { signature.contains(code) }
}
