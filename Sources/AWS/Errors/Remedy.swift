/// What to do about errors whose cause is known.
enum Remedy {
    static func text(for error: ErrorResponse, signedFor region: String) -> String? {
        switch error.code {
        case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
            "The credentials have expired: sign in again, or renew AWS_SESSION_TOKEN."
        case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
            "The identity that signs may not do this: grant it the action on this resource in its IAM policy."
        case "InvalidSignatureException", "SignatureDoesNotMatch", "InvalidSignature":
            "The signature was refused: check that AWS_SECRET_ACCESS_KEY belongs to AWS_ACCESS_KEY_ID, and that the "
                + "clock is right."
        case "RequestTimeTooSkewed", "RequestInTheFuture":
            "The clock of this machine is wrong: set it by NTP."
        case "UnrecognizedClientException", "UnrecognizedClient", "InvalidClientTokenId",
            "InvalidAccessKeyId":
            "AWS does not know the access key: check AWS_ACCESS_KEY_ID and, for temporary keys, AWS_SESSION_TOKEN."
        case "PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect",
            "IllegalLocationConstraintException":
            if let right = error.region {
                "The bucket is in Region \(right), not \(region): set AWS_REGION=\(right)."
            } else {
                "The request went to the wrong Region (\(region)): set AWS_REGION to the resource's own."
            }
        default: nil
        }
    }
}
