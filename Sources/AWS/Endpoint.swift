/// Where the calls of a service go.
package struct Endpoint: Sendable, Equatable {
    var address: WebAddress
    /// Whether it is AWS's own host name, beneath which S3 serves each bucket on a host of its own.
    var isStandard: Bool

    /// Resolves a service's endpoint as AWS's SDKs do.
    ///
    /// In order: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's `services` section, its `endpoint_url`, and
    /// the service's host in the Region. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
    ///
    /// - Throws: kind `configuration`.
    init(_ service: AWSService, configuration: AWSConfiguration) throws(AWSError) {
        func failure(_ message: String) -> AWSError {
            AWSError(service: service.name, operation: "endpoint", kind: .configuration(message), attempts: 0)
        }
        let region = configuration.region
        guard !region.isEmpty, region.utf8.count <= 63,
            region.utf8.allSatisfy({ byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            })
        else { throw failure("The Region must be a name such as us-west-2; check AWS_REGION") }

        if let (setting, url) = Self.custom(service, configuration) {
            guard let address = WebAddress(url) else {
                throw failure(
                    "\(setting) must be an http or https URL such as http://127.0.0.1:5000, without user, query or "
                        + "fragment")
            }
            self.address = address
            isStandard = false
            return
        }
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        let place = service.isGlobal ? "" : ".\(region)"
        address = WebAddress(isSecure: true, host: "\(service.endpointPrefix)\(place).\(suffix)")
        isStandard = true
    }

    private static func custom(_ service: AWSService, _ configuration: AWSConfiguration)
        -> (setting: String, url: String)?
    {
        let environment = configuration.environment
        let shared = configuration.sharedConfiguration
        if environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() == "true" { return nil }
        for variable in ["AWS_ENDPOINT_URL_\(service.environmentSuffix)", "AWS_ENDPOINT_URL"] {
            if let url = environment.nonEmpty(variable) { return (variable, url) }
        }
        if shared?.profile?["ignore_configured_endpoint_urls"]?.lowercased() == "true" { return nil }
        if let url = shared?.serviceEndpoints.nonEmpty(service.environmentSuffix.lowercased()) {
            return ("endpoint_url of the profile's services section", url)
        }
        return shared?.profile?.nonEmpty("endpoint_url").map { ("endpoint_url of the profile", $0) }
    }

    /// Host and path, percent-encoded, of a request to these path segments.
    ///
    /// S3's first segment is the bucket: it becomes part of the host where that is AWS's own and the name is fit for a
    /// host name with a certificate, which dots are not.
    func target(of segments: [String], for service: AWSService) -> (authority: String, path: String) {
        if service == .s3, isStandard, let bucket = segments.first, Self.isHostLabel(bucket) {
            return ("\(bucket).\(address.authority)", SignableRequest.path(Array(segments.dropFirst())))
        }
        if segments.isEmpty { return (address.authority, address.path + "/") }
        return (address.authority, address.path + SignableRequest.path(segments))
    }

    private static func isHostLabel(_ bucket: String) -> Bool {
        let bytes = bucket.utf8
        guard (3...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"),
            bytes.last != UInt8(ascii: "-")
        else { return false }
        return bytes.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }
}
