package import Deliverability

extension LoginTrial {
    /// What the trial found of the relay.
    ///
    /// - Parameter region: whose SES it is; `nil` for another provider's server.
    package func finding(of server: SubmissionServer, region: String?) -> Finding {
        let seen = (reply.map { [$0.line] } ?? []) + (failure.map { ["\(server): \($0)"] } ?? [])
        func found(
            _ severity: Severity, _ layer: Layer, _ title: String, _ remedy: String?, _ fix: [String] = []
        ) -> Finding {
            Finding(
                "smtp-login", severity, layer: layer, paths: [.relay], region: region, title,
                evidence: seen.isEmpty ? ["\(server): \(transcript.last ?? "")"] : seen, remedy: remedy,
                fix: fix)
        }
        switch step {
        case .done: return found(.healthy, .relayCredentials, "\(server) takes the relay's credentials", nil)
        case .resolve:
            return found(
                .broken, .network, "\(server) has no address",
                region == nil
                    ? "Check the server's name"
                    : "Check the Region's name, and whether SES has an SMTP endpoint there; else this machine's name service"
            )
        case .connect,
            .greeting where reply == nil:
            return found(
                .unknown, .network, "\(server) cannot be reached from here",
                "Let this machine connect to port \(server.port); many providers close ports of mail to their customers"
            )
        case .tls:
            return found(
                .broken, .network, "\(server) offers no encryption that can be trusted",
                "Look what stands between here and the server; do not log in without encryption")
        case .greeting, .authentication, .mail:
            guard let reply else {
                return found(
                    .unknown, .relayCredentials,
                    "\(server) has broken the conversation off at \(step.rawValue)",
                    "Try again; if it stays so, look what stands between here and the server")
            }
            let verdict = reply.verdict(from: RelayServer(host: server.host))
            return found(
                verdict.passes ? .warning : .broken, verdict.layer, "\(server): \(verdict.meaning)",
                verdict.remedy, verdict.cause == .badCredentials ? Self.newPassword(region) : [])
        }
    }

    /// How a relay gets a password that holds.
    private static func newPassword(_ region: String?) -> [String] {
        guard let region else { return [] }
        return [
            "aws iam list-access-keys --user-name USER",
            "jada-blast smtp-password --region \(region)",
        ]
    }
}
