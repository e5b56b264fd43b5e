import Glibc

/// Finds the bundle of certificate authorities: libcurl knows only its build's own path and ignores SSL_CERT_FILE.
package enum CertificateAuthorities {
    /// Amazon Linux, Fedora and their kin; then Debian and its kin.
    static let usualPlaces = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"]

    /// Why there is no bundle: a sentence with its remedy.
    package struct Failure: Error { package var message: String }

    /// The path of a readable PEM bundle: the configured one, else the first of the usual places, else the folder's.
    package static func locate(configured: String?, folder: String?) throws(Failure) -> String {
        if let configured {
            guard let problem = problem(with: configured) else { return configured }
            throw Failure(message: "the CA bundle \(configured) cannot be read (\(problem))")
        }
        let places = usualPlaces + (folder.map { ["\($0)/ca-bundle.crt"] } ?? [])
        if let found = places.first(where: { problem(with: $0) == nil }) { return found }
        throw Failure(
            message: "no CA bundle at \(places.joined(separator: ", ")): "
                + "install ca-certificates or set AWS_CA_BUNDLE to a PEM file")
    }

    private static func problem(with path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return "not a regular file"
        }
        return status.st_size == 0 ? "empty" : nil
    }
}
