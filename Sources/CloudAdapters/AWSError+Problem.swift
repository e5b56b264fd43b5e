package import AWS
package import Campaigns
internal import HTTP

/// What a call was about, as its owner calls it.
package enum CloudResource {
    case bucket(String)
    /// - Parameter prefix: what stands before the key in the bucket.
    case object(key: String, bucket: String, prefix: String)
    case table(String)
    case queue(String)
    case account(region: String)
    /// Whom mails come from.
    case identity
    case parameter(String)
    /// A function by its name.
    case function(String)
    /// A log group by its name.
    case logs(String)
    /// An IAM user by its name; `nil` where that is what is to be found out.
    case user(String?)

    /// The environment variable that names it.
    fileprivate var variable: String? {
        switch self {
        case .bucket, .object: "JADA_BLAST_BUCKET"
        case .table: "JADA_BLAST_TABLE"
        case .queue: "JADA_BLAST_QUEUE_URL"
        case .parameter: "JADA_BLAST_UNSUBSCRIBE_KEY_PARAMETER"
        case .account, .identity, .function, .logs, .user: nil
        }
    }

    fileprivate var name: String {
        switch self {
        case .bucket(let name), .object(_, bucket: let name, _): "bucket \(name)"
        case .table(let name): "table \(name)"
        case .queue(let url): "queue \(url)"
        case .account(let region): "SES in \(region)"
        case .identity: "the sender"
        case .parameter(let name): "SSM parameter \(name)"
        case .function(let name): "function \(name)"
        case .logs(let name): "log group \(name)"
        case .user(let name): name.map { "IAM user \($0)" } ?? "the access key"
        }
    }

    fileprivate var file: String? {
        if case .object(let key, _, _) = self { key } else { nil }
    }

    /// As a policy names it: an object by its folder, and what is not known of others by `*`.
    var arn: String {
        switch self {
        case .bucket(let name): return "arn:aws:s3:::\(name)"
        case .object(let key, let bucket, let prefix):
            let folder = key.prefix { $0 != "/" }
            return "arn:aws:s3:::\(bucket)/\(prefix)\(folder)/*"
        case .table(let name): return name.hasPrefix("arn:") ? name : "arn:aws:dynamodb:*:*:table/\(name)"
        case .queue(let url):
            let parts = url.split(separator: "/").suffix(2)
            return "arn:aws:sqs:*:" + parts.joined(separator: ":")
        case .account: return "*"
        case .identity: return "arn:aws:ses:*:*:identity/*"
        case .parameter(let name):
            return name.hasPrefix("arn:")
                ? name : "arn:aws:ssm:*:*:parameter\(name.hasPrefix("/") ? "" : "/")\(name)"
        case .function(let name): return "arn:aws:lambda:*:*:function:\(name)"
        case .logs(let name): return "arn:aws:logs:*:*:log-group:\(name):*"
        case .user(let name): return "arn:aws:iam::*:user/\(name ?? "*")"
        }
    }
}

extension AWSError {
    /// The failure as a port throws it: a ``Problem`` that says what to do, or `CancellationError`.
    func failure(of resource: CloudResource) -> any Error {
        if case .transport(let error) = kind, error.kind == .cancelled { return CancellationError() }
        return problem(with: resource)
    }

    package func problem(with resource: CloudResource) -> Problem {
        let remedy = remedy?.withoutFinalStop
        func problem(_ kind: Problem.Kind, _ message: String? = nil, _ ownRemedy: String) -> Problem {
            Problem(
                kind, file: resource.file, message ?? "\(resource.name): \(summary)",
                remedy: remedy ?? ownRemedy)
        }
        switch kind {
        // These two fail before any call is made: what the call was about has no part in it.
        case .credentials(let cause):
            return Problem(
                .accessDenied, cause.withoutFinalStop,
                remedy: remedy ?? "Sign in to AWS, or set AWS_PROFILE or AWS_ACCESS_KEY_ID")
        case .configuration:
            return Problem(
                .configuration, summary,
                remedy: remedy ?? "Mend the AWS settings in the environment or in ~/.aws/config")
        case .transport, .malformedResponse:
            return problem(.unavailable, nil, "Try again later; check the network if it lasts")
        case .service(let code, let text, let status):
            if AWSError.isAboutPermission(code) {
                return Problem(
                    .accessDenied, file: resource.file, "\(resource.name): \(summary)",
                    remedy: MissingPermission(service, operation, message: text, resource: resource).remedy)
            }
            switch AWSError.cause(of: code, status: status) {
            case .missingResource:
                var problem = problem(
                    .configuration, "\(resource.name) does not exist",
                    "Create it, or name the right one and its Region (AWS_REGION)")
                // It is not the object that is missing.
                (problem.file, problem.key) = (nil, resource.variable)
                return problem
            case .wrongRegion:
                return problem(.configuration, nil, "Set AWS_REGION to the Region of \(resource.name)")
            case .denied:
                return problem(.accessDenied, nil, "Allow it in the IAM policy of the identity that signs")
            case .missingObject:
                return Problem(
                    .notFound, file: resource.file, "there is no such object in \(resource.name)",
                    remedy: "Upload it, or name one that is there")
            case .other:
                return isThrottling || status >= 500
                    ? problem(.unavailable, nil, "Try again later")
                    : problem(.software, nil, "Report it, with the request id")
            }
        }
    }

    private enum Cause {
        case missingResource, missingObject, wrongRegion, denied, other
    }

    private static func cause(of code: String, status: Int) -> Cause {
        switch code {
        case "NoSuchBucket", "ResourceNotFoundException", "QueueDoesNotExist", "ParameterNotFound",
            "AWS.SimpleQueueService.NonExistentQueue":
            .missingResource
        case "NoSuchKey", "NotFound": .missingObject
        case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException":
            .wrongRegion
        case let code where isAboutCredentials(code): .denied
        default: [401, 403].contains(status) ? .denied : .other
        }
    }

    /// Whether a policy does not allow this request.
    static func isAboutPermission(_ code: String) -> Bool {
        ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"].contains(code)
    }

    /// Whether the service refuses whoever signs, whatever the request.
    static func isAboutCredentials(_ code: String) -> Bool {
        [
            "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId",
            "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException",
            "MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature",
            "IncompleteSignatureException", "OptInRequired", "NotAuthorized", "InvalidToken",
        ].contains(code)
    }

    /// What happened, without the remedy: it has a place of its own in a problem.
    private var summary: String {
        var error = self
        error.remedy = nil
        return error.description.withoutFinalStop
    }
}

extension String {
    /// As a ``Problem`` takes its parts.
    fileprivate var withoutFinalStop: String { String(last == "." ? dropLast() : self[...]) }
}
