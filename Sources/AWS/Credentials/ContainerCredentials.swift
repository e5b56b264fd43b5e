internal import HTTP

/// Credentials of a task or pod, from the endpoint that ECS or EKS names in the environment.
///
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
struct ContainerCredentials: CredentialsSource {
    let environment: [String: String]
    let http: HTTPClient

    let place =
        "the container endpoint (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI)"

    private static let name = "the container credentials endpoint"
    private static let attempts = 3
    private static let timeouts = HTTPRequest.Timeouts(
        connect: .seconds(1), firstByte: .seconds(2), total: .seconds(5))
    private static let maximumBytes = 64 << 10

    func find() async throws(CredentialsFailure) -> Credentials? {
        guard let url = try url() else { return nil }
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if let token = try authorizationToken() { headers.add("Authorization", token) }
        let request = HTTPRequest(
            method: "GET", url: url, headers: headers, timeouts: Self.timeouts, isIdempotent: true)

        var problem = ""
        var isOutOfReach = true
        for attempt in 1...Self.attempts {
            do {
                let response = try await http.send(request, maximumBodyBytes: Self.maximumBytes)
                if response.status == 200 {
                    return try CredentialsDocument(json: response.body, from: Self.name)
                        .credentials(from: Self.name)
                }
                problem = "answered with status \(response.status)"
                isOutOfReach = response.status >= 500 || response.status == 429
                if (400..<500).contains(response.status) && response.status != 429 { break }
            } catch let error as CredentialsFailure {
                throw error
            } catch let error as HTTPError {
                if error.kind == .cancelled { throw CredentialsFailure(message: "The search was cancelled") }
                (problem, isOutOfReach) = ("gave no answer: \(error.message)", true)
            } catch {
                (problem, isOutOfReach) = ("gave no answer", true)
            }
            if attempt < Self.attempts { try? await Task.sleep(for: .milliseconds(100 << attempt)) }
        }
        throw CredentialsFailure(
            message: "\(Self.name) \(problem)".capitalizedFirst, isOutOfReach: isOutOfReach)
    }

    private func url() throws(CredentialsFailure) -> String? {
        if let path = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/") else {
                throw CredentialsFailure(
                    message: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash")
            }
            return "http://169.254.170.2\(path)"
        }
        guard let url = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
        guard let address = WebAddress(String(url.prefix { $0 != "?" })) else {
            throw CredentialsFailure(
                message: "AWS_CONTAINER_CREDENTIALS_FULL_URI is no http or https URL with a host")
        }
        // In plain text the keys may only come from the machine itself or from ECS's and EKS's own addresses.
        guard address.isSecure || Self.isTrusted(address.host) else {
            throw CredentialsFailure(
                message:
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI names the host \(address.host) over http: only https, "
                    + "a loopback address, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23] are allowed")
        }
        return url
    }

    private static func isTrusted(_ host: String) -> Bool {
        if ["localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "[::1]"].contains(host) {
            return true
        }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private func authorizationToken() throws(CredentialsFailure) -> String? {
        var token = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        var variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
        if let path = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
            // EKS replaces the file while the process runs: it is read for each refresh.
            let bytes: [UInt8]?
            do { bytes = try SmallFile.read(path, maximumBytes: 64 << 10) } catch {
                throw CredentialsFailure(message: "\(variable): \(error.message)")
            }
            guard let bytes else {
                throw CredentialsFailure(message: "\(variable) names \(path), which does not exist")
            }
            token = String(decoding: bytes, as: UTF8.self)
        }
        guard let token else { return nil }
        guard token.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw CredentialsFailure(message: "\(variable) holds a line break or control character")
        }
        return token
    }
}

extension String {
    /// The text as the beginning of a sentence.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
