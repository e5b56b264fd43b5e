/// Keys of a profile in the shared config and credentials files, or from the program that it names.
struct ProfileCredentials: CredentialsSource {
    let configuration: SharedConfiguration
    let environment: [String: String]

    var place: String {
        "profile \(configuration.profileName) in \(configuration.paths.joined(separator: " and "))"
    }

    func find() async throws(CredentialsFailure) -> Credentials? {
        guard let profile = configuration.profile else {
            guard configuration.isProfileChosen else { return nil }
            throw CredentialsFailure(
                message:
                    "Profile \(configuration.profileName), named by \(configuration.chosenBy), is not in "
                    + configuration.paths.joined(separator: " or "))
        }
        if let setting = ["role_arn", "source_profile"].first(where: { profile[$0] != nil }) {
            throw unsupported(setting, "assumes a role")
        }
        let key = profile["aws_access_key_id"] ?? ""
        let secret = profile["aws_secret_access_key"] ?? ""
        if !key.isEmpty && !secret.isEmpty {
            return Credentials(
                accessKeyID: key, secretAccessKey: secret,
                sessionToken: profile["aws_session_token"].flatMap { $0.isEmpty ? nil : $0 })
        }
        if !key.isEmpty || !secret.isEmpty {
            let missing = key.isEmpty ? "aws_access_key_id" : "aws_secret_access_key"
            throw CredentialsFailure(message: "Profile \(configuration.profileName) lacks \(missing)")
        }
        if let command = profile["credential_process"], !command.isEmpty {
            return try await ProcessCredentials(command: command, environment: environment).fetch()
        }
        if let setting = ["sso_session", "sso_start_url"].first(where: { profile[$0] != nil }) {
            throw unsupported(setting, "signs in through IAM Identity Center")
        }
        return nil
    }

    private func unsupported(_ setting: String, _ what: String) -> CredentialsFailure {
        CredentialsFailure(
            message: "Profile \(configuration.profileName) \(what) (\(setting)), which is not supported: "
                + "make another profile with `credential_process = aws configure export-credentials "
                + "--profile \(configuration.profileName) --format process`, and name that one in AWS_PROFILE"
        )
    }
}
