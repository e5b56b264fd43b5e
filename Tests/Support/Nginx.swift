package import Foundation

/// An nginx of the test's own: it answers every POST and PUT with one fixed 200 and serves files from a folder.
///
/// The plain and the TLS port serve the same. The certificate is for `localhost` and 127.0.0.1, signed by an
/// authority made for this server alone.
package struct Nginx: Sendable {
    package let server: TestServer
    package let securePort: Int
    /// PEM file of the authority that signed the server's certificate.
    package let certificateAuthority: String
    /// What lies here is served under `/files/`.
    package let files: URL

    package var url: String { server.url }
    package var secureURL: String { "https://localhost:\(securePort)" }
    /// What every POST and PUT is answered with.
    package static let answer = #"{"MessageId":"0100018f-nginx"}"#
}

/// Runs nginx for the length of the closure.
///
/// - Parameter serverDirectives: more lines for both servers' blocks, such as `location` blocks.
package func withNginx<Result>(
    serverDirectives: String = "", _ body: (Nginx) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let files = folder.appendingPathComponent("files")
        for name in ["files", "temporary"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        let identity = try ServerIdentity(folder: folder)
        let securePort = try TestServer.freePort()
        let server = try await TestServer(
            "/usr/sbin/nginx",
            arguments: { port in
                let configuration = folder.appendingPathComponent("nginx.conf")
                let text = nginxConfiguration(
                    folder: folder.path, port: port, securePort: securePort, identity: identity,
                    serverDirectives: serverDirectives)
                // A write that fails shows as nginx's failure to start.
                try? Data(text.utf8).write(to: configuration)
                return ["-p", folder.path, "-e", "stderr", "-c", configuration.path]
            })
        defer { server.stop() }
        return try await body(
            Nginx(
                server: server, securePort: securePort, certificateAuthority: identity.authority,
                files: files))
    }
}

private func nginxConfiguration(
    folder: String, port: Int, securePort: Int, identity: ServerIdentity, serverDirectives: String
) -> String {
    func serverBlock(listen: String) -> String {
        """
            server {
                listen \(listen);
                \(serverDirectives)
                location /files/ { alias \(folder)/files/; }
                location / { default_type application/json; return 200 '\(Nginx.answer)'; }
            }
        """
    }
    return """
        daemon off;
        master_process off;
        pid \(folder)/nginx.pid;
        events { worker_connections 2048; }
        http {
            access_log off;
            keepalive_requests 1000000;
            client_max_body_size 1g;
            client_body_buffer_size 64k;
            client_body_temp_path \(folder)/temporary;
            proxy_temp_path \(folder)/temporary;
            fastcgi_temp_path \(folder)/temporary;
            uwsgi_temp_path \(folder)/temporary;
            scgi_temp_path \(folder)/temporary;
        \(serverBlock(listen: "127.0.0.1:\(port)"))
        \(serverBlock(
            listen: "127.0.0.1:\(securePort) ssl; ssl_certificate \(identity.certificate); ssl_certificate_key \(identity.key)"
        ))
        }
        """
}
