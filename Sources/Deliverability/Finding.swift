/// One of the two ways by which the company's mail leaves.
package enum MailPath: String, Sendable, Hashable, CaseIterable, Codable {
    /// A person writes in Gmail; its "Send mail as" hands the mail to SES by SMTP, with credentials of an IAM user.
    case relay
    /// Campaigns: the functions or the daemon call the SES API.
    case api
}

/// The part of a mail path that can fail by itself, and that somebody in particular can mend.
package enum Layer: String, Sendable, Hashable, CaseIterable, Codable {
    /// User name and password of the SMTP relay, or the IAM access key behind them.
    case relayCredentials = "relay-credentials"
    /// SES itself refused the mail, at SMTP or API: account, identity, quota, permission, content.
    case ses
    /// SES took the mail and did not send it: the address is on a suppression list.
    case suppressionList = "suppression-list"
    /// The recipient's system does not believe that the mail is ours: SPF, DKIM, DMARC, reverse DNS.
    case senderAuthentication = "sender-authentication"
    /// The recipient's system does not want such a mail: rules, content, size, relaying.
    case recipientPolicy = "recipient-policy"
    /// The recipient's system does not want mail from that address or network: blocklists, complaints, rate.
    case reputation
    /// There is no such recipient: address or domain.
    case recipientAddress = "recipient-address"
    /// The mailbox exists and takes nothing now: full, suspended, moved, away.
    case mailbox
    /// Connections, name service, time-outs: what passes by itself or is somebody else's.
    case network
    /// The functions and their configuration: runtime, time limits, environment.
    case worker
    /// The evidence does not decide.
    case unknown
}

/// How bad something is. In order.
package enum Severity: String, Sendable, Hashable, CaseIterable, Codable, Comparable {
    case healthy
    /// It could not be looked at: a permission is missing, a service does not answer.
    case unknown
    /// Mail goes out, and something should be mended.
    case warning
    /// Mail of a path does not arrive.
    case broken

    package static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }

    private var rank: Int {
        switch self {
        case .healthy: 0
        case .unknown: 1
        case .warning: 2
        case .broken: 3
        }
    }
}

/// What a look at one part of a mail path found.
package struct Finding: Sendable, Hashable {
    /// What was looked at, in a stable word for programs: `ses-account`, `dkim`, `spf`.
    package var check: String
    package var severity: Severity
    package var layer: Layer
    /// The paths that depend on it.
    package var paths: [MailPath]
    /// Where it is a matter of one.
    package var region: String?
    /// What is the case, one sentence without a final stop.
    package var title: String
    /// What was seen: records, answers, numbers. No secrets.
    package var evidence: [String]
    /// What mends it, an imperative sentence without a final stop; `nil` where nothing is to be done.
    package var remedy: String?
    /// Commands or DNS records to copy, a line each.
    package var fix: [String]

    package init(
        _ check: String, _ severity: Severity, layer: Layer, paths: [MailPath] = MailPath.allCases,
        region: String? = nil, _ title: String, evidence: [String] = [], remedy: String? = nil,
        fix: [String] = []
    ) {
        self.check = check
        self.severity = severity
        self.layer = layer
        self.paths = paths
        self.region = region
        self.title = title
        self.evidence = evidence
        self.remedy = remedy
        self.fix = fix
    }
}
