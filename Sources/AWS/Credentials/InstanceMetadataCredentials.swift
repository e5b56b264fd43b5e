internal import HTTP
internal import Locks

/// Credentials of an EC2 instance's role, from the Instance Metadata Service, version 2 only.
///
/// Source: EC2 User Guide, "Use the Instance Metadata Service"; version 1, which needs no token, is not asked.
final class InstanceMetadataCredentials: CredentialsSource {
    private let environment: [String: String]
    private let http: HTTPClient
    /// Whether this is an EC2 instance, as far as is known: a service that falls silent comes back.
    private let hasAnswered = Mutex(false)

    init(environment: [String: String], http: HTTPClient) {
        self.environment = environment
        self.http = http
    }

    var place: String {
        isDisabled
            ? "instance metadata (off by AWS_EC2_METADATA_DISABLED)"
            : "the instance metadata service (\(base))"
    }

    private static let name = "The instance metadata service"
    private static let tokenHeader = "X-aws-ec2-metadata-token"
    private static let rolePath = "/latest/meta-data/iam/security-credentials/"
    private static let maximumBytes = 64 << 10

    private var isDisabled: Bool { environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" }

    private var base: String {
        if let url = environment.nonEmpty("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
            return url.hasSuffix("/") ? String(url.dropLast()) : url
        }
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        return isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
    }

    /// Off EC2 nothing answers at that address: the search must not wait long for it.
    private var timeouts: HTTPRequest.Timeouts {
        let seconds = environment["AWS_METADATA_SERVICE_TIMEOUT"].flatMap { Int64($0) }
        let limit = Duration.seconds(min(max(seconds ?? 1, 1), 60))
        return HTTPRequest.Timeouts(connect: limit, firstByte: limit, total: limit * 2)
    }

    private var attempts: Int {
        min(max(environment["AWS_METADATA_SERVICE_NUM_ATTEMPTS"].flatMap { Int($0) } ?? 1, 1), 10)
    }

    func find() async throws(CredentialsFailure) -> Credentials? {
        if isDisabled { return nil }
        guard
            let answer = try await send(
                "PUT", "/latest/api/token", headers: ["\(Self.tokenHeader)-ttl-seconds": "21600"])
        else {
            guard hasAnswered.withLock({ $0 }) else { return nil }
            throw Self.outOfReach
        }
        guard answer.status == 200 else {
            throw CredentialsFailure(
                message: "\(Self.name) gave no token: status \(answer.status)",
                isOutOfReach: answer.status >= 500)
        }
        let token = answer.text
        guard Self.isToken(token) else {
            throw CredentialsFailure(message: "\(Self.name) answered with a token that is none")
        }
        hasAnswered.withLock { $0 = true }

        guard let roles = try await send("GET", Self.rolePath, headers: [Self.tokenHeader: token]) else {
            throw Self.outOfReach
        }
        if roles.status == 404 { return nil }
        let role = roles.text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard roles.status == 200, Self.isToken(role) else {
            throw CredentialsFailure(
                message: "\(Self.name) named no role: status \(roles.status)",
                isOutOfReach: roles.status >= 500)
        }

        let path = Self.rolePath + PercentEncoding.encode(role)
        guard let keys = try await send("GET", path, headers: [Self.tokenHeader: token]) else {
            throw Self.outOfReach
        }
        guard keys.status == 200 else {
            throw CredentialsFailure(
                message: "\(Self.name) gave no credentials for role \(role)",
                isOutOfReach: keys.status >= 500)
        }
        let document = try CredentialsDocument(json: keys.body, from: Self.name)
        if let code = document.code, code != "Success" {
            throw CredentialsFailure(
                message: "\(Self.name) cannot give credentials for role \(role): \(code)")
        }
        return try document.credentials(from: Self.name)
    }

    private static var outOfReach: CredentialsFailure {
        CredentialsFailure(message: "\(name) stopped answering", isOutOfReach: true)
    }

    /// - Returns: `nil` where nothing answers.
    private func send(_ method: String, _ path: String, headers: HTTPHeaders) async throws(CredentialsFailure)
        -> HTTPResponse?
    {
        let request = HTTPRequest(
            method: method, url: base + path, headers: headers, timeouts: timeouts, isIdempotent: true)
        for attempt in 1...attempts {
            do {
                let response = try await http.send(request, maximumBodyBytes: Self.maximumBytes)
                if response.status < 500 || attempt == attempts { return response }
            } catch {
                if error.kind == .cancelled { throw CredentialsFailure(message: "The search was cancelled") }
            }
            if attempt < attempts { try? await Task.sleep(for: .milliseconds(100 << attempt)) }
        }
        return nil
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension HTTPResponse {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}
