internal import AWS
internal import Campaigns
internal import CloudAdapters
internal import DNS
internal import Deliverability
internal import DomainAudit
internal import HTTP
internal import Handlers
internal import HostAdapters

extension DoctorCommand {
    /// Everything that is looked at, all at the same time. A new one is one more entry of this list.
    func examinations(of domains: [DomainName]) throws -> [Examination] {
        let resolver: DNSResolver
        do {
            resolver = try DNSResolver(.init(servers: self.resolver))
        } catch {
            throw Problem(
                .unavailable, "names cannot be looked up: \(error)",
                remedy: "Name a server: --resolver ADDRESS:PORT")
        }
        if let mailFrom { _ = try Self.domain(mailFrom, key: "--mail-from") }
        guard !dnsOnly else {
            let audit = DomainAudit(resolver: resolver)
            return domains.map { domain in
                domainExamination(domain) { [dkimSelector] in
                    let (setups, findings) = givenSetup(of: domain)
                    return findings
                        + (await audit.findings(on: domain, setups: setups, selectors: dkimSelector))
                }
            }
        }
        let http = HTTPClient(
            configuration: .init(certificateAuthorities: ProcessEnvironment.all["AWS_CA_BUNDLE"]))
        let aws = try awsConfiguration(http)
        let audits = try regionNames(aws).map { region in
            var there = aws
            there.region = region
            return (
                region: region, paths: paths(of: region),
                audit: SESAudit(aws: there, paths: paths(of: region))
            )
        }
        let audit = DomainAudit(resolver: resolver, fetch: { try await Self.fetch($0, http) })
        return audits.map { region, paths, audit in
            Examination("SES in \(region)", check: "ses-account", layer: .ses, paths: paths, region: region) {
                await audit.account()
            }
        }
            + domains.map { domain in
                domainExamination(domain) { [dkimSelector] in
                    let (setups, findings) = await Self.setups(of: domain, audits)
                    return findings
                        + (await audit.findings(on: domain, setups: setups, selectors: dkimSelector))
                }
            }
            + (try accountExaminations(aws, regions: audits.map(\.region)))
    }

    /// The standard one; where none of its places names a Region, that of the first that is looked at.
    private func awsConfiguration(_ http: HTTPClient) throws(Problem) -> AWSConfiguration {
        var environment = ProcessEnvironment.all
        do throws(Problem) {
            return try .standard(environment: environment, http: http)
        } catch {
            // The functions are where campaigns are sent from, which the relay's Region need not be.
            let relay = relayRegion?.names.first
            let names = regions?.names ?? []
            guard let region = names.first(where: { $0 != relay }) ?? names.first ?? relay else {
                throw error
            }
            environment["AWS_REGION"] = region
            return try .standard(environment: environment, http: http)
        }
    }

    private func domainExamination(
        _ domain: DomainName, look: @escaping @Sendable () async -> [Finding]
    ) -> Examination {
        Examination("The DNS of \(domain)", check: "domain", layer: .senderAuthentication, look: look)
    }

    // MARK: - Domains

    /// Those that are named, else the campaigns' own.
    func chosenDomains() async throws -> [DomainName] {
        var names = domains
        if names.isEmpty {
            let services = try await Services(places, sends: false)
            var campaigns = campaign.map { [$0] } ?? []
            if campaigns.isEmpty { campaigns = try await services.library.campaigns().map(\.id) }
            for id in campaigns {
                do {
                    let address = try await services.metadata(of: id).from.address
                    names.append(String(address.drop { $0 != "@" }.dropFirst()))
                } catch {
                    // One that cannot be read is for `check` to tell, unless it is the one that is meant.
                    if campaign != nil { throw error }
                }
            }
        } else if campaign != nil {
            throw Problem(
                .usage, key: "--campaign", "is for a domain that is not named",
                remedy: "Leave out --domain or --campaign")
        }
        var chosen: [DomainName] = []
        for name in names {
            let domain = try Self.domain(name, key: "--domain")
            if !chosen.contains(domain) { chosen.append(domain) }
        }
        guard !chosen.isEmpty else {
            throw Problem(
                .usage, "there is no campaign to take the domain from",
                remedy: "Name one: --domain example.com")
        }
        return chosen
    }

    private static func domain(_ name: String, key: String) throws(Problem) -> DomainName {
        guard let ascii = IDNAEncoder().ascii(name), let domain = DomainName(ascii), domain.labels.count > 1
        else {
            throw Problem(
                .usage, key: key, "'\(name.printable)' is no domain", remedy: "Write it like example.com")
        }
        return domain
    }

    // MARK: - How SES sends for them

    private func regionNames(_ aws: AWSConfiguration) throws -> [String] {
        let configured = try Configuration(environment: ProcessEnvironment.all).regions
        var names = regions?.names ?? configured ?? [aws.region]
        for name in relayRegion?.names ?? [] where !names.contains(name) { names.insert(name, at: 0) }
        return names
    }

    private func paths(of region: String) -> [MailPath] {
        guard let relay = relayRegion?.names.first else { return MailPath.allCases }
        return region == relay ? [.relay] : [.api]
    }

    /// As the command line tells it.
    private func givenSetup(of domain: DomainName) -> (setups: [SESSetup], findings: [Finding]) {
        guard !dkimToken.isEmpty || mailFrom != nil else {
            return (
                [],
                [
                    Finding(
                        "dkim", .unknown, layer: .senderAuthentication,
                        "Which DKIM records SES expects of \(domain) is not known",
                        remedy:
                            "Give the tokens with --dkim-token, or leave out --dns-only so that SES is asked")
                ]
            )
        }
        let region = regions?.names.count == 1 ? regions?.names.first : nil
        return (
            [
                SESSetup(
                    domain: domain, region: region, dkimTokens: dkimToken,
                    mailFrom: mailFrom.flatMap { try? Self.domain($0, key: "--mail-from") })
            ], []
        )
    }

    /// As SES tells it in each Region.
    private static func setups(
        of domain: DomainName, _ audits: [(region: String, paths: [MailPath], audit: SESAudit)]
    ) async -> (setups: [SESSetup], findings: [Finding]) {
        await withTaskGroup(of: (Int, SESAudit.DomainIdentity?, [Finding]).self) { group in
            for (number, entry) in audits.enumerated() {
                group.addTask {
                    let (identity, findings) = await entry.audit.identity(of: domain.description)
                    return (number, identity, findings)
                }
            }
            var answers: [Int: (SESAudit.DomainIdentity?, [Finding])] = [:]
            for await (number, identity, findings) in group { answers[number] = (identity, findings) }
            let setups = audits.enumerated().compactMap { number, entry -> SESSetup? in
                guard let identity = answers[number]?.0, let name = DomainName(identity.name) else {
                    return nil
                }
                return SESSetup(
                    domain: name, region: entry.region, paths: entry.paths,
                    dkimTokens: identity.hasOwnKeys ? [] : identity.tokens,
                    dkimSelectors: identity.hasOwnKeys ? identity.tokens : [],
                    dkimZone: identity.hostedZone.flatMap { DomainName($0) },
                    mailFrom: identity.mailFrom.flatMap { DomainName($0) })
            }
            return (setups, audits.indices.flatMap { answers[$0]?.1 ?? [] })
        }
    }

    /// A file of a web server, which others might have put there.
    private static func fetch(_ address: String, _ http: HTTPClient) async throws -> [UInt8] {
        struct Status: Error, CustomStringConvertible {
            var description: String
        }
        let limit = Duration.seconds(10)
        let request = HTTPRequest(
            method: "GET", url: address, timeouts: .init(connect: limit, firstByte: limit, total: limit),
            isIdempotent: true)
        let response = try await http.send(request, maximumBodyBytes: MTASTSPolicy.maximumBytes)
        guard response.status == 200 else {
            throw Status(description: "answered with status \(response.status)")
        }
        return response.body
    }
}
