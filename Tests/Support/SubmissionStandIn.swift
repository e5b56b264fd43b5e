/// A submission server of the test's own (aiosmtpd), at `localhost`, with a certificate by an authority made for it.
package struct SubmissionStandIn: Sendable {
    package let server: TestServer
    /// PEM file of the authority that signed the server's certificate.
    package let certificateAuthority: String

    package static let user = "AKIAIOSFODNN7EXAMPLE"
    package static let password = "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9"
}

/// Runs a submission server for the length of the closure.
///
/// - Parameters:
///   - security: `starttls`, `tls` or `none`.
///   - options: further ones of `smtp/serve.py`.
package func withSubmissionServer<Result>(
    security: String = "starttls", options: [String] = [],
    _ body: (SubmissionStandIn) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let identity = try ServerIdentity(folder: folder)
        let server = try await TestServer(
            Checkout.python,
            arguments: { port in
                [
                    Checkout.support("smtp/serve.py"), "--port", "\(port)", "--security", security,
                    "--certificate", identity.certificate, "--key", identity.key,
                    "--user", SubmissionStandIn.user, "--password", SubmissionStandIn.password,
                ] + options
            })
        defer { server.stop() }
        return try await body(
            SubmissionStandIn(server: server, certificateAuthority: identity.authority))
    }
}
