/// The profile in use, from the shared config and credentials files (`~/.aws/config`, `~/.aws/credentials`).
///
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
package struct SharedConfiguration: Sendable {
    /// The profile's name: AWS_PROFILE, else `default`.
    package let profileName: String
    /// Whether the profile was named, rather than being the default.
    let isProfileChosen: Bool
    /// The variable that named it.
    let chosenBy: String
    /// The files looked at.
    let paths: [String]
    /// Its settings, those of the credentials file over those of the config file; `nil` where neither has it.
    package let profile: [String: String]?
    /// Endpoints of the profile's `services` section, by service in lower case.
    let serviceEndpoints: [String: String]

    /// Reads the files that the environment names; a missing file is an empty one.
    ///
    /// - Throws: kind `configuration`, naming file and line.
    package init(environment: [String: String]) throws(AWSError) {
        let chosen = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].first { environment.nonEmpty($0) != nil }
        isProfileChosen = chosen != nil
        chosenBy = chosen ?? "AWS_PROFILE"
        profileName = chosen.flatMap { environment[$0] } ?? "default"

        let home = environment.nonEmpty("HOME")
        let configPath = Self.path("AWS_CONFIG_FILE", else: "~/.aws/config", home: home, environment)
        let credentialsPath = Self.path(
            "AWS_SHARED_CREDENTIALS_FILE", else: "~/.aws/credentials", home: home, environment)
        paths = [configPath, credentialsPath]

        let config = try Self.sections(of: configPath)
        let credentials = try Self.sections(of: credentialsPath)
        // `[profile default]` wins over `[default]`; no other section of the config file is a profile.
        var found = config["profile \(profileName)"] ?? (profileName == "default" ? config["default"] : nil)
        if let more = credentials[profileName] {
            found = (found ?? ProfileFile.Section()).merging(more)
        }
        profile = found?.values
        var endpoints: [String: String] = [:]
        if let services = found?.values["services"], let section = config["services \(services)"] {
            for (service, settings) in section.nested { endpoints[service] = settings["endpoint_url"] }
        }
        serviceEndpoints = endpoints
    }

    /// Without HOME the home folder stays unknown: asking for it would bring NSS into a static executable.
    private static func path(
        _ variable: String, else standard: String, home: String?, _ environment: [String: String]
    ) -> String {
        let path = environment.nonEmpty(variable) ?? standard
        guard let home, path.hasPrefix("~/") else { return path }
        return home + path.dropFirst()
    }

    private static func sections(of path: String) throws(AWSError) -> [String: ProfileFile.Section] {
        do {
            guard let text = try SmallFile.read(path, maximumBytes: 1 << 20) else { return [:] }
            return try ProfileFile.parse(text, path: path)
        } catch let failure {
            throw AWSError(
                service: "AWS", operation: "configuration", kind: .configuration(failure.message), attempts: 0
            )
        }
    }
}
