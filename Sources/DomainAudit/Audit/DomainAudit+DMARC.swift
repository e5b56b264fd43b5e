internal import DNS
internal import Deliverability

extension DomainAudit {
    /// The policy for mail from the domain, where reports on it go, and whether our mail meets it.
    func dmarcFindings(
        on domain: DomainName, _ states: [(SESSetup, Authentication)]
    ) async -> [Finding] {
        let discovery = DMARCDiscovery(resolver: resolver)
        let walk: DMARCDiscovery.Walk
        do throws(LookupFailure) {
            walk = try await discovery.walk(from: domain)
        } catch {
            return [
                unknown(
                    "dmarc", "The DMARC record for \(domain)", error,
                    evidence: ["_dmarc.\(domain) TXT: \(error)"])
            ]
        }
        var findings = [policyFinding(on: domain, walk)]
        guard let applicable = walk.applicable else { return findings }
        findings += await reportFindings(applicable, walk, discovery)
        for (setup, state) in states {
            findings.append(await alignmentFinding(domain, applicable, walk, setup, state, discovery))
        }
        return findings
    }

    // MARK: - Policy

    private func policyFinding(on domain: DomainName, _ walk: DMARCDiscovery.Walk) -> Finding {
        let evidence = dmarcEvidence(walk)
        func finding(_ severity: Severity, _ title: String, remedy: String? = nil, fix: [String] = [])
            -> Finding
        {
            Finding(
                "dmarc", severity, layer: .senderAuthentication, title, evidence: evidence, remedy: remedy,
                fix: fix)
        }
        /// A new record.
        func record(_ at: DomainName) -> [String] {
            at.prefixed(by: "_dmarc").map { place in
                [textLine(place, "v=DMARC1; p=none; rua=mailto:dmarc-reports@\(walk.organizationalDomain)")]
            } ?? []
        }
        if let texts = walk.ambiguous[domain] {
            return finding(
                .broken, "\(domain) has \(texts.count) DMARC records, which counts as none",
                remedy: "Leave one of them")
        }
        guard let applicable = walk.applicable else {
            if !walk.strangers.isEmpty {
                return finding(
                    .broken,
                    "What is published at _dmarc.\(domain) is no DMARC record: it has to begin with v=DMARC1",
                    remedy: "Publish a record like this in its place", fix: record(domain))
            }
            return finding(
                .warning,
                "There is no DMARC record for \(domain): Gmail and Yahoo want one of those who send much, and nobody is kept from sending in its name",
                remedy: "Publish a record, at first with p=none, and read the reports",
                fix: record(domain))
        }
        let place = applicable.domain
        guard let policy = policy(of: applicable, for: domain) else {
            return finding(
                .broken,
                "The DMARC record of \(place) counts for nothing: \(applicable.record.errors.first ?? "it is wrong")",
                remedy: "Correct the record", fix: record(place))
        }
        if let error = applicable.record.errors.first {
            return finding(
                .warning, "The DMARC record of \(place) has an error: \(error)", remedy: "Correct the record")
        }
        if policy == .none {
            let title = "The DMARC policy for \(domain) is none: who sends in its name is let through"
            let addresses = applicable.record.aggregateReports
            guard !addresses.isEmpty else {
                return finding(
                    .warning, title,
                    remedy:
                        "Have reports sent to an address that somebody reads, to see whether all of your own mail passes",
                    fix: revised(applicable, for: domain, .none))
            }
            return finding(
                .warning, title,
                remedy:
                    "Read the reports; once all of your own mail passes, publish p=quarantine and later p=reject",
                fix: revised(applicable, for: domain, .quarantine))
        }
        if applicable.record.isTesting || applicable.record.percentage.map({ $0 < 100 }) == true {
            return finding(
                .warning,
                "The DMARC policy for \(domain) is \(policy.rawValue), but not yet in force for all mail",
                remedy: "Take t=y and pct out of the record once all of your own mail passes")
        }
        return finding(.healthy, "The DMARC policy for \(domain) is \(policy.rawValue)")
    }

    /// A record with another policy for the domain, without what is gone, and with an address for reports; nothing where it
    /// holds what cannot be published again.
    private func revised(
        _ found: DMARCDiscovery.Found, for domain: DomainName, _ policy: DMARCRecord.Policy
    ) -> [String] {
        guard let place = found.domain.prefixed(by: "_dmarc"), found.record.errors.isEmpty else { return [] }
        let gone: Set = ["pct", "rf", "ri"]
        let changed = found.domain == domain || found.record.subdomainPolicy == nil ? "p" : "sp"
        var tags = TagList(found.text).tags.filter { !gone.contains($0.name) }
        if let index = tags.firstIndex(where: { $0.name == changed }) {
            tags[index].value = policy.rawValue
        } else {
            tags.insert(TagList.Tag(name: changed, value: policy.rawValue), at: 1)
        }
        if found.record.aggregateReports.isEmpty {
            tags.removeAll { $0.name == "rua" }
            tags.append(TagList.Tag(name: "rua", value: "mailto:dmarc-reports@\(found.domain)"))
        }
        return [textLine(place, tags.map { "\($0.name)=\($0.value)" }.joined(separator: "; "))]
    }

    /// - Returns: `nil` where receivers take no notice of the record.
    private func policy(of found: DMARCDiscovery.Found, for domain: DomainName) -> DMARCRecord.Policy? {
        guard let policy = found.record.policy else { return nil }
        return found.domain == domain ? policy : found.record.subdomainPolicy ?? policy
    }

    private func dmarcEvidence(_ walk: DMARCDiscovery.Walk) -> [String] {
        func quoted(_ text: [UInt8]) -> String { "\"\(text.prefix(500).escaped())\"" }
        var lines = walk.strangers.prefix(5).map { "_dmarc.\(walk.start) TXT: \(quoted($0))" }
        for (domain, texts) in walk.ambiguous.sorted(by: { $0.key.labels.count > $1.key.labels.count }) {
            lines += texts.prefix(5).map { "_dmarc.\(domain) TXT: \(quoted($0))" }
        }
        lines += walk.found.map { "_dmarc.\($0.domain) TXT: \(quoted($0.text))" }
        if lines.isEmpty { lines.append("_dmarc.\(walk.start) TXT: there is no such record, nor above it") }
        if let applicable = walk.applicable {
            lines += (applicable.record.errors + applicable.record.remarks).prefix(10)
        }
        lines.append("organisational domain by RFC 9989's tree walk: \(walk.organizationalDomain)")
        lines += walk.unanswered.map { "_dmarc.\($0.key) TXT: \($0.value)" }.sorted()
        if mayDiffer(walk) {
            lines.append(
                "recipients that still follow RFC 7489 take it from the public suffix list: it may be another for them"
            )
        }
        return lines
    }

    /// Where the tree walk and the public suffix list need not come to the same: psd tags, a name of several labels without
    /// a record above it, and a record above the domain that is not its registered one's.
    private func mayDiffer(_ walk: DMARCDiscovery.Walk) -> Bool {
        walk.found.contains { $0.record.publicSuffix != .undeclared }
            || walk.start.labels.count > 2 && walk.organizationalDomain == walk.start
            || walk.organizationalDomain.labels.count != 2
    }

    // MARK: - Reports

    /// Addresses of other organisations have to say that they take the reports (RFC 7489 section 7.1).
    private func reportFindings(
        _ applicable: DMARCDiscovery.Found, _ walk: DMARCDiscovery.Walk, _ discovery: DMARCDiscovery
    ) async -> [Finding] {
        let addresses = applicable.record.aggregateReports + applicable.record.failureReports
        var domains: [DomainName] = []
        // Those beyond what receivers send to need not be looked at.
        for address in addresses.prefix(20) where !domains.contains(address.domain) {
            domains.append(address.domain)
        }
        var findings: [Finding] = []
        for domain in domains {
            if domain.isWithin(walk.organizationalDomain) { continue }
            if let other = try? await discovery.walk(from: domain),
                other.organizationalDomain == walk.organizationalDomain
            {
                continue
            }
            guard let place = domain.prefixed(by: "\(applicable.domain)._report._dmarc") else { continue }
            let answer = await resolver.lookUp(place, .txt)
            let seen = [evidence(place, .txt, answer)]
            if let failure = answer.failure {
                findings.append(
                    unknown("dmarc-reports", "Whether \(domain) takes DMARC reports", failure, evidence: seen)
                )
            } else if !answer.texts.contains(where: DMARCRecord.isOne) {
                findings.append(
                    Finding(
                        "dmarc-reports", .warning, layer: .senderAuthentication,
                        "\(domain) does not say that it takes DMARC reports on \(applicable.domain): nobody sends them there",
                        evidence: seen,
                        remedy:
                            "Have whoever runs \(domain) publish the record, or name an address of your own domain",
                        fix: [textLine(place, "v=DMARC1")]))
            }
        }
        return findings
    }

    // MARK: - Alignment

    private func alignmentFinding(
        _ domain: DomainName, _ applicable: DMARCDiscovery.Found, _ walk: DMARCDiscovery.Walk,
        _ setup: SESSetup,
        _ state: Authentication, _ discovery: DMARCDiscovery
    ) async -> Finding {
        let mailFrom = setup.mailFrom ?? sesMailFrom(setup.region)
        let byDKIM = await isAligned(setup.domain, domain, applicable.record.dkimAlignment, walk, discovery)
        let bySPF = await isAligned(mailFrom, domain, applicable.record.spfAlignment, walk, discovery)
        func words(_ isAligned: Bool?, _ isPassing: Bool?) -> String {
            let alignment = isAligned.map { $0 ? "aligned" : "not aligned" } ?? "alignment unknown"
            return alignment
                + (isPassing.map { $0 ? ", passes" : ", does not pass" } ?? ", not known whether it passes")
        }
        let evidence = [
            "DKIM d=\(setup.domain) (\(applicable.record.dkimAlignment)): \(words(byDKIM, state.isSigned))",
            "SPF MAIL FROM \(mailFrom) (\(applicable.record.spfAlignment)): \(words(bySPF, state.isPermitted))",
        ]
        func finding(_ severity: Severity, _ title: String, remedy: String? = nil) -> Finding {
            Finding(
                "dmarc-alignment", severity, layer: .senderAuthentication, paths: setup.paths,
                region: setup.region, title,
                evidence: evidence, remedy: remedy)
        }
        let dkim = both(byDKIM, state.isSigned)
        let spf = both(bySPF, state.isPermitted)
        if dkim == true || spf == true {
            let ways = (dkim == true ? ["DKIM"] : []) + (spf == true ? ["SPF"] : [])
            return finding(
                .healthy,
                "Mail from \(domain)\(setup.place) meets DMARC by \(ways.joined(separator: " and "))")
        }
        guard dkim == false, spf == false else {
            return finding(
                .unknown, "Whether mail from \(domain)\(setup.place) meets DMARC is not known",
                remedy: "See what could not be looked at of its DKIM keys and MAIL FROM domain")
        }
        let policy = policy(of: applicable, for: domain) ?? .none
        return finding(
            policy == .none ? .warning : .broken,
            "Mail from \(domain)\(setup.place) does not meet DMARC, whose policy is \(policy.rawValue)",
            remedy: byDKIM == true
                ? "Mend the DKIM records"
                : "Have SES sign for \(domain) (Easy DKIM), or take a MAIL FROM domain below it")
    }

    /// Whether a thing holds that needs both.
    private func both(_ one: Bool?, _ other: Bool?) -> Bool? {
        if one == false || other == false { return false }
        return one == nil || other == nil ? nil : true
    }

    private func sesMailFrom(_ region: String?) -> DomainName {
        guard let region, region != "us-east-1" else { return Self.amazonSES }
        return Self.amazonSES.prefixed(by: region) ?? Self.amazonSES
    }

    /// RFC 9989 section 4.10.
    private func isAligned(
        _ authenticated: DomainName, _ author: DomainName, _ mode: DMARCRecord.Alignment,
        _ walk: DMARCDiscovery.Walk,
        _ discovery: DMARCDiscovery
    ) async -> Bool? {
        if authenticated == author { return true }
        if mode == .strict { return false }
        // What is within neither's last two labels cannot be of one organisation.
        guard authenticated.suffix(1) == author.suffix(1) else { return false }
        do throws(LookupFailure) {
            return try await discovery.walk(from: authenticated).organizationalDomain
                == walk.organizationalDomain
        } catch {
            return nil
        }
    }
}
