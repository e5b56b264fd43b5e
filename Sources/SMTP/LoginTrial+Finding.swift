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
        if let reply {
            let verdict = reply.verdict(from: RelayServer(host: server.host))
            // Whose refusal it is, is known even where its words are not.
            let isOurs = region == nil && step != .mail
            let layer =
                verdict.layer != .unknown
                ? verdict.layer : region != nil ? .ses : isOurs ? .relayCredentials : .unknown
            return step == .done
                ? found(.healthy, .relayCredentials, "\(server) takes the relay's credentials", nil)
                : found(
                    verdict.passes ? .warning : .broken, layer, "\(server): \(verdict.meaning)",
                    verdict.remedy,
                    verdict.cause == .badCredentials ? Self.newPassword(region) : [])
        }
        switch step {
        case .done: return found(.healthy, .relayCredentials, "\(server) takes the relay's credentials", nil)
        case .preparation:
            return found(
                .unknown, .network, "\(server) could not be tried from here",
                "Mend this machine's certificate authorities: install ca-certificates, or set AWS_CA_BUNDLE to a PEM file"
            )
        case .resolve:
            return found(
                .broken, .network, "\(server) has no address",
                region == nil
                    ? "Check the server's name"
                    : "Check the Region's name, and whether SES has an SMTP endpoint there; else this machine's name service"
            )
        case .connect, .greeting:
            return found(
                .unknown, .network, "\(server) cannot be reached from here",
                "Let this machine connect to port \(server.port); many providers close ports of mail to their customers"
            )
        case .tls:
            return found(
                .broken, .network, "\(server) offers no encryption that can be trusted",
                "Look what stands between here and the server; do not log in without encryption")
        case .authentication where transcript.contains { $0.hasPrefix("334") } == false:
            return found(
                .broken, .relayCredentials, "\(server) offers no login",
                "Name a submission server and its port, such as 587; a server that takes mail for a domain (port 25) wants no login"
            )
        case .authentication, .mail:
            return found(
                .unknown, .relayCredentials,
                "\(server) has broken the conversation off at \(step.rawValue)",
                "Try again; if it stays so, look what stands between here and the server")
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
