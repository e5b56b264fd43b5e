/// The parts of an `http` or `https` URL (RFC 3986) that requests to it are built from.
struct WebAddress: Sendable, Equatable {
    var isSecure: Bool
    /// In lower case; an IPv6 address in brackets.
    var host: String
    /// `nil` where it is the scheme's own.
    var port: Int?
    /// As written, without a slash at the end.
    var path: String

    var scheme: String { isSecure ? "https" : "http" }
    /// The `Host` header.
    var authority: String { port.map { "\(host):\($0)" } ?? host }

    init(isSecure: Bool, host: String) {
        self.isSecure = isSecure
        self.host = host
        path = ""
    }

    /// - Returns: `nil` for anything but scheme, host, port and path: no user, query or fragment.
    init?(_ url: String) {
        let start = url.prefix(8).lowercased()
        isSecure = start == "https://"
        guard isSecure || start.hasPrefix("http://") else { return nil }
        let rest = url.dropFirst(isSecure ? 8 : 7)
        guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !rest.contains(where: { "@?#\\".contains($0) })
        else { return nil }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var authority = rest[..<slash]
        path = String(rest[slash...])
        while path.hasSuffix("/") { path.removeLast() }

        let hostEnd = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : authority.startIndex
        guard let hostEnd else { return nil }
        if let portColon = authority[hostEnd...].firstIndex(of: ":") {
            guard let number = Int(authority[authority.index(after: portColon)...]),
                (1...65535).contains(number)
            else { return nil }
            port = number == (isSecure ? 443 : 80) ? nil : number
            authority = authority[..<portColon]
        }
        host = authority.lowercased()
        guard !host.isEmpty else { return nil }
    }
}
