import HTTP

/// What an answer of `next` means for the loop.
enum Poll: Sendable {
    case invocation(Invocation)
    /// There is an invocation, but not one to hand to the handler: it gets an error for its outcome.
    case unusable(requestID: String, InvocationError)
    /// Nothing this time; asking again may help.
    case nothing(reason: String)
    /// Asking again cannot help.
    case refused(reason: String)
    /// The poll's task was cancelled.
    case cancelled

    init(_ answer: Result<HTTPResponse, HTTPError>, log: LambdaLog) {
        switch answer {
        case .failure(let error) where error.kind == .cancelled:
            self = .cancelled
        case .failure(let error):
            self = .nothing(reason: error.message)
        case .success(let response) where response.status == 200:
            do throws(Invocation.Malformed) {
                self = .invocation(try Invocation(response, log: log))
            } catch {
                switch error {
                case .requestID:
                    self = .nothing(reason: "Lambda-Runtime-Aws-Request-Id is missing or malformed")
                case .deadline(let requestID, let value):
                    let found = value.map { "is malformed: \($0)" } ?? "is missing"
                    self = .unusable(
                        requestID: requestID,
                        InvocationError(
                            type: "Runtime.MalformedInvocation",
                            message: "Lambda-Runtime-Deadline-Ms \(found)"))
                }
            }
        case .success(let response) where response.mayPassBy:
            self = .nothing(reason: "status \(response.status)")
        case .success(let response):
            self = .refused(reason: "status \(response.status)")
        }
    }
}

/// What an answer to an outcome means.
enum Receipt: Sendable, Equatable {
    case taken
    /// The response is larger than Lambda takes.
    case tooLarge
    /// Sending it again may help.
    case notYet(String)
    case refused(String)

    /// - Parameter isRepeated: whether an earlier attempt may have been taken, though its answer was lost.
    init(_ answer: Result<HTTPResponse, HTTPError>, isRepeated: Bool) {
        switch answer {
        case .failure(let error): self = .notYet(error.message)
        case .success(let response):
            switch response.status {
            case 200..<300: self = .taken
            case 413: self = .tooLarge
            // A second outcome is refused as an unknown id (400) or a wrong state (403): the first has arrived.
            case 400 where isRepeated, 403 where isRepeated: self = .taken
            case _ where response.mayPassBy: self = .notYet("status \(response.status)")
            default: self = .refused("status \(response.status)")
            }
        }
    }

    /// Why Lambda has not got it.
    var failure: String? {
        switch self {
        case .taken: nil
        case .tooLarge: "too large"
        case .notYet(let reason), .refused(let reason): reason
        }
    }
}

extension HTTPResponse {
    /// Whether a failure is of the kind that ends by itself.
    fileprivate var mayPassBy: Bool { status >= 500 || status == 408 || status == 429 }
}
