package import DNS
package import Deliverability

/// How SES sends for a domain in one Region: what its DNS has to agree with.
package struct SESSetup: Sendable, Hashable {
    /// The identity that SES signs for (`d=`): the domain of From, or one above it.
    package var domain: DomainName
    /// `nil`: not known.
    package var region: String?
    /// The paths that send there.
    package var paths: [MailPath]
    /// The tokens of Easy DKIM, for each of which there has to be a CNAME.
    package var dkimTokens: [String]
    /// Selectors of keys of one's own (BYODKIM), for each of which there has to be a TXT record.
    package var dkimSelectors: [String]
    /// The domain in which SES publishes its keys.
    package var dkimZone: DomainName
    /// The custom MAIL FROM domain; `nil`: SES's own.
    package var mailFrom: DomainName?

    /// - Parameter dkimZone: `nil`: the Region's usual one.
    package init(
        domain: DomainName, region: String? = nil, paths: [MailPath] = MailPath.allCases,
        dkimTokens: [String] = [], dkimSelectors: [String] = [], dkimZone: DomainName? = nil,
        mailFrom: DomainName? = nil
    ) {
        self.domain = domain
        self.region = region
        self.paths = paths
        self.dkimTokens = dkimTokens
        self.dkimSelectors = dkimSelectors
        let usual = region.map(Self.regionsWithZones.contains) == true ? region : nil
        self.dkimZone =
            dkimZone ?? DomainName("dkim.\(usual.map { "\($0)." } ?? "")amazonses.com")
            ?? DomainAudit.amazonSES
        self.mailFrom = mailFrom
    }

    /// Whose keys are not in dkim.amazonses.com (AWS General Reference, "Amazon SES endpoints and quotas", DKIM domains).
    private static let regionsWithZones: Set<String> = [
        "af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1",
        "eu-central-2", "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1",
    ]

    /// For titles: ` in us-east-1`, or nothing.
    var place: String { region.map { " in \($0)" } ?? "" }
}

/// Looks at what the DNS says of a domain that mail comes from, as recipients' systems do.
///
/// What could not be looked up is a finding of severity `unknown`; nothing here throws.
package struct DomainAudit: Sendable {
    let resolver: any Resolver
    /// Fetches a file by HTTPS; `nil`: policies of MTA-STS are not looked at. The error's text is told.
    let fetch: (@Sendable (String) async throws -> [UInt8])?

    /// Where SES's own names are.
    static let amazonSES = DomainName("amazonses.com") ?? .root
    /// In seconds, in the records that are proposed.
    static let proposedLifetime = 3600

    package init(
        resolver: any Resolver, fetch: (@Sendable (String) async throws -> [UInt8])? = nil
    ) {
        self.resolver = resolver
        self.fetch = fetch
    }

    /// - Parameters:
    ///   - domain: of the From address.
    ///   - setups: how SES sends for it, a Region each; empty where that is not known.
    ///   - selectors: of other systems that sign for the domain, such as `google`.
    package func findings(
        on domain: DomainName, setups: [SESSetup], selectors: [String] = []
    ) async -> [Finding] {
        let apex = await resolver.lookUp(domain, .soa)
        if let failure = apex.failure {
            // Everything else would tell the same.
            return [
                unknown("domain", "The domain \(domain)", failure, evidence: [evidence(domain, .soa, apex)])
            ]
        }
        if apex.outcome == .noSuchName {
            return [
                Finding(
                    "domain", .broken, layer: .senderAuthentication, "The domain \(domain) does not exist",
                    evidence: [evidence(domain, .soa, apex)],
                    remedy: "Look whether the domain is spelled right, and its registration has not run out")
            ]
        }
        async let spf = spfFindings(on: domain, setups)
        async let mail = incomingFindings(on: domain)
        async let others = selectorFindings(selectors, on: domain)
        var findings: [Finding] = []
        var states: [(SESSetup, Authentication)] = []
        for setup in setups {
            async let dkim = dkimFindings(of: setup)
            async let mailFrom = mailFromFindings(of: setup)
            let (dkimFindings, isSigned) = await dkim
            let (mailFromFindings, isPermitted) = await mailFrom
            findings += dkimFindings + mailFromFindings
            states.append((setup, Authentication(isSigned: isSigned, isPermitted: isPermitted)))
        }
        findings += await dmarcFindings(on: domain, states)
        findings += await spf
        findings += await others
        findings += await mail
        return findings
    }

    /// What of an identity's mail passes by itself, whoever it is aligned with; `nil` where that is not known.
    struct Authentication: Sendable {
        /// DKIM.
        var isSigned: Bool?
        /// SPF of the MAIL FROM domain.
        var isPermitted: Bool?
    }

    // MARK: - Telling

    /// What was asked and what came, in one line.
    func evidence(_ name: DomainName, _ type: RecordType, _ answer: Answer) -> String {
        let chain = answer.aliases.map { " → \($0)" }.joined()
        let what: String =
            switch answer.outcome {
            case .records(let records): records.map(\.description).joined(separator: ", ")
            case .noSuchName: "there is no such name (NXDOMAIN)"
            case .noData: "there is no such record"
            case .failed(let failure): "\(failure)"
            }
        return "\(name) \(type.name)\(chain): \(what)".shortened
    }

    /// A line of a zone file.
    func line(_ name: DomainName, _ type: RecordType, _ value: String) -> String {
        "\(name). \(Self.proposedLifetime) IN \(type.name) \(value)"
    }

    /// A line of a zone file with a TXT record, in character-strings as long as they may be (RFC 1035 section 3.3).
    ///
    /// - Parameter text: printable ASCII.
    func textLine(_ name: DomainName, _ text: String) -> String {
        let longest = 255
        var rest = Array(text.utf8)[...]
        var strings: [String] = []
        repeat {
            strings.append("\"\(rest.prefix(longest).escaped())\"")
            rest = rest.dropFirst(longest)
        } while !rest.isEmpty
        return line(name, .txt, strings.joined(separator: " "))
    }

    /// That something could not be looked up.
    func unknown(
        _ check: String, _ what: String, _ failure: LookupFailure, paths: [MailPath] = MailPath.allCases,
        region: String? = nil, evidence: [String]
    ) -> Finding {
        Finding(
            check, .unknown, layer: .senderAuthentication, paths: paths, region: region,
            "\(what) could not be looked up: \(failure)", evidence: evidence, remedy: failure.remedy)
    }
}

extension LookupFailure {
    fileprivate var remedy: String {
        switch self {
        case .serverFailure, .refused, .serverError, .malformed:
            "Look with another resolver (--resolver 1.1.1.1); where it stays like this, the zone's own name servers, its delegation or its DNSSEC signatures are at fault"
        case .aliasLoop: "Take out the CNAME that leads back"
        case .timeout, .unreachable, .cancelled:
            "Look at the network, or name a resolver that answers: --resolver ADDRESS:PORT"
        }
    }
}

extension String {
    /// Evidence need not be complete where somebody has put kilobytes into a record.
    fileprivate var shortened: String {
        let limit = 1000
        return utf8.count > limit ? String(decoding: utf8.prefix(limit), as: UTF8.self) + "…" : self
    }
}
