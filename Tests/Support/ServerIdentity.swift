package import Foundation

/// A key and certificate for `localhost` and one more name, and the authority that signed it, made by OpenSSL's command line.
package struct ServerIdentity: Sendable {
    /// Paths of PEM files.
    package let authority, certificate, key: String

    /// Writes the files into a folder.
    package init(folder: URL, name: String? = nil) throws {
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        authority = path("authority.pem")
        certificate = path("certificate.pem")
        key = path("key.pem")
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=jada-blast test authority"] + newKey
                + ["-keyout", path("authority-key.pem"), "-out", authority])
        try openssl(
            ["req", "-subj", "/CN=localhost"] + newKey + ["-keyout", key, "-out", path("request.pem")])
        let further = name.map { ",DNS:\($0)" } ?? ""
        try Data("subjectAltName=DNS:localhost,IP:127.0.0.1\(further)\n".utf8)
            .write(to: URL(fileURLWithPath: path("extensions")))
        try openssl([
            "x509", "-req", "-days", "2", "-in", path("request.pem"), "-CA", authority,
            "-CAkey", path("authority-key.pem"), "-set_serial", "1", "-extfile", path("extensions"),
            "-out", certificate,
        ])
    }
}

private func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw TestServer.StartFailure(description: "openssl \(arguments.joined(separator: " ")) failed")
    }
}
