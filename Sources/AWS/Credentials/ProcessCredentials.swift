/// Credentials that a program of the user's prints: the profile's `credential_process`.
///
/// Source: AWS SDKs and Tools Reference Guide, "Process credential provider". The program is started without a shell; what
/// it writes to standard error is dropped, since it may hold secrets.
struct ProcessCredentials {
    let command: String
    let environment: [String: String]
    var patience: Duration = .seconds(60)

    private static let maximumOutput = 64 << 10

    func fetch() async throws(CredentialsFailure) -> Credentials {
        guard let words = CommandLineWords.split(command), let program = words.first else {
            throw CredentialsFailure(message: "credential_process is no command line: a quote is not closed")
        }
        let name = "credential_process (\(program))"
        let output: ChildProcess.Output
        do {
            output = try await ChildProcess.run(
                words, environment: environment, patience: patience, maximumOutput: Self.maximumOutput)
        } catch {
            throw CredentialsFailure(message: "\(name) \(error.message)")
        }
        guard output.status == 0 else {
            throw CredentialsFailure(
                message: "\(name) ended with status \(output.status): run its command by hand to see why")
        }
        let document = try CredentialsDocument(json: output.bytes, from: name)
        guard document.version == 1 else {
            throw CredentialsFailure(message: "\(name) must answer with \"Version\": 1")
        }
        return try document.credentials(from: name)
    }
}
