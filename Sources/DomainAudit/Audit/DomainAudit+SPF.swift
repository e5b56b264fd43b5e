internal import DNS
internal import Deliverability

extension DomainAudit {
    /// An address that nobody sends from (RFC 5737): a record has to be gone through to its end for it, and must not let it pass.
    private static let stranger = IPAddress("192.0.2.1")

    private func verdict(on domain: DomainName, for client: IPAddress? = stranger) async -> SPFVerdict {
        guard let client else { return SPFVerdict(result: .none) }
        return await SPFCheck(
            resolver: resolver, client: client, sender: Array("postmaster@\(domain)".utf8),
            helo: Array("\(domain)".utf8)
        ).check(domain)
    }

    /// Whether a domain's record lets SES send, however it does so: whether one of the addresses that SES itself names passes.
    ///
    /// - Returns: `nil` where the DNS did not tell.
    private func letsSESSend(_ domain: DomainName, _ verdict: SPFVerdict) async -> Bool? {
        let own = await self.verdict(on: Self.amazonSES)
        if own.result == .temperror { return nil }
        let record = own.visits.first { $0.domain == Self.amazonSES }?.record
        let addresses = record.flatMap { try? SPFRecord($0) }?.directives.lazy.compactMap {
            directive -> IPAddress? in
            if case .ip(let address, _) = directive.mechanism, directive.qualifier == .pass {
                address
            } else {
                nil
            }
        }
        // Where its record is made otherwise, that it is included has to do.
        guard let address = addresses?.first else {
            return verdict.visits.contains { $0.domain.isWithin(Self.amazonSES) }
        }
        switch await self.verdict(on: domain, for: address).result {
        case .pass: return true
        case .temperror: return nil
        default: return false
        }
    }

    /// The SPF record of the domain itself.
    func spfFindings(on domain: DomainName, _ setups: [SESSetup]) async -> [Finding] {
        let verdict = await verdict(on: domain)
        let evidence = spfEvidence(verdict, domain)
        func finding(_ severity: Severity, _ title: String, remedy: String? = nil, fix: [String] = [])
            -> [Finding]
        {
            [
                Finding(
                    "spf", severity, layer: .senderAuthentication, title, evidence: evidence, remedy: remedy,
                    fix: fix)
            ]
        }
        switch verdict.result {
        case .temperror:
            return finding(
                .unknown,
                "The SPF record of \(domain) could not be evaluated: \(verdict.reason ?? "a look into the DNS failed")",
                remedy: "Try again, or with another resolver (--resolver ADDRESS:PORT)")
        case .permerror:
            return finding(
                .broken,
                "The SPF record of \(domain) cannot be evaluated (permerror): \(verdict.reason ?? "it is wrong")",
                remedy: spfRemedy(verdict, domain), fix: mergedRecord(verdict, domain))
        case .none:
            return finding(
                .warning, "\(domain) has no SPF record", remedy: "Publish one",
                fix: [
                    textLine(domain, "v=spf1\(await googleTerm(domain)) include:\(Self.amazonSES) ~all")
                ])
        case .pass:
            return finding(
                .warning, "The SPF record of \(domain) lets anybody send",
                remedy: "End the record with ~all or -all, and name no networks but your own")
        case .neutral:
            return finding(
                .warning, "The SPF record of \(domain) does not say what becomes of mail from elsewhere",
                remedy: "End the record with ~all or -all")
        case .fail, .softfail: break
        }
        let isSESIncluded = await letsSESSend(domain, verdict)
        let dependsOnIt = setups.isEmpty || setups.contains { $0.mailFrom == nil || $0.mailFrom == domain }
        if isSESIncluded == false, dependsOnIt {
            return finding(
                .warning,
                "The SPF record of \(domain) does not let SES send: filters that hold it against the sending server find our mail foreign",
                remedy:
                    "Put include:\(Self.amazonSES) into the record, in front of its 'all'; or use a MAIL FROM domain of your own, which has its own record",
                fix: extendedRecord(verdict, domain))
        }
        return finding(
            .healthy,
            "The SPF record of \(domain) is valid, with \(verdict.lookups) of \(SPFCheck.maximumLookups) lookups"
                + (isSESIncluded == true
                    ? ", and lets SES send" : "; SES's mail goes by that of the MAIL FROM domain")
        )
    }

    private func spfEvidence(_ verdict: SPFVerdict, _ domain: DomainName) -> [String] {
        guard !verdict.visits.isEmpty else {
            return ["\(domain) TXT: no record that begins with v=spf1 was seen"]
        }
        let shown = 15
        var lines = verdict.visits.prefix(shown).map {
            "\($0.domain) TXT: \"\($0.record.prefix(500).escaped())\""
        }
        if verdict.visits.count > shown { lines.append("and \(verdict.visits.count - shown) more records") }
        if verdict.lookups > 0 {
            lines.append(
                "\(verdict.lookups) terms look into the DNS, \(verdict.voidLookups) find nothing there")
        }
        return lines
    }

    private func spfRemedy(_ verdict: SPFVerdict, _ domain: DomainName) -> String {
        if ownRecords(verdict, domain).count > 1 { return "Make one record of them" }
        if verdict.lookups > SPFCheck.maximumLookups {
            return
                "Take out what you do not use any more, and give senders like newsletters a subdomain with a record of its own"
        }
        if verdict.voidLookups > SPFCheck.maximumVoidLookups { return "Take out the names that do not exist" }
        return "Correct the record"
    }

    private func ownRecords(_ verdict: SPFVerdict, _ domain: DomainName) -> [[UInt8]] {
        verdict.visits.filter { $0.domain == domain }.map(\.record)
    }

    /// One record with the terms of several; nothing where that would be none.
    private func mergedRecord(_ verdict: SPFVerdict, _ domain: DomainName) -> [String] {
        let records = ownRecords(verdict, domain)
        // What is longer than any record that works is not worth mending.
        guard records.count > 1, records.reduce(0, { $0 + $1.count }) < 2000 else { return [] }
        var terms: [[UInt8]] = []
        var isStrict = true
        for record in records {
            for term in record.terms.dropFirst() {
                if term.isAll {
                    isStrict = isStrict && term.first == UInt8(ascii: "-")
                } else if !terms.contains(term) {
                    terms.append(term)
                }
            }
        }
        return proposal(domain, [Array("v=spf1".utf8)] + terms + [Array((isStrict ? "-all" : "~all").utf8)])
    }

    /// The domain's record with SES in it.
    private func extendedRecord(_ verdict: SPFVerdict, _ domain: DomainName) -> [String] {
        guard var terms = ownRecords(verdict, domain).first?.terms else { return [] }
        terms.insert(
            Array("include:\(Self.amazonSES)".utf8), at: terms.firstIndex(where: \.isAll) ?? terms.count)
        return proposal(domain, terms)
    }

    private func proposal(_ domain: DomainName, _ terms: [[UInt8]]) -> [String] {
        let record = Array(terms.joined(separator: [UInt8(ascii: " ")]))
        guard (try? SPFRecord(record)) != nil else { return [] }
        return [textLine(domain, String(decoding: record, as: UTF8.self))]
    }

    /// Google's servers send for a domain whose mail they take.
    private func googleTerm(_ domain: DomainName) async -> String {
        guard let google = DomainName("google.com") else { return "" }
        let isGoogle = await resolver.lookUp(domain, .mx).exchanges.contains { $0.name.isWithin(google) }
        return isGoogle ? " include:_spf.google.com" : ""
    }

    // MARK: - MAIL FROM

    /// The domain that bounces go to, and whose SPF record counts for SES's mail.
    ///
    /// - Returns: and whether that record lets SES send; `nil` where that is not known.
    func mailFromFindings(of setup: SESSetup) async -> ([Finding], isPermitted: Bool?) {
        guard let mailFrom = setup.mailFrom else {
            guard setup.region != nil || !setup.dkimTokens.isEmpty else { return ([], nil) }
            let region = setup.region ?? "REGION"
            return (
                [
                    Finding(
                        "mail-from", .warning, layer: .senderAuthentication, paths: setup.paths,
                        region: setup.region,
                        "\(setup.domain) has no MAIL FROM domain of its own\(setup.place): SPF passes for amazonses.com, and DMARC depends on DKIM alone",
                        remedy: "Set a MAIL FROM domain, and publish its two records",
                        fix: [
                            "aws sesv2 put-email-identity-mail-from-attributes --email-identity \(setup.domain) --mail-from-domain bounce.\(setup.domain) --region \(region)"
                        ] + (setup.domain.prefixed(by: "bounce").map { proposed($0, region) } ?? []))
                ], true
            )
        }
        async let exchange = exchangeFinding(mailFrom, setup)
        let verdict = await verdict(on: mailFrom)
        func finding(_ severity: Severity, _ title: String, remedy: String? = nil, fix: [String] = [])
            -> Finding
        {
            Finding(
                "mail-from-spf", severity, layer: .senderAuthentication, paths: setup.paths,
                region: setup.region, title,
                evidence: spfEvidence(verdict, mailFrom), remedy: remedy, fix: fix)
        }
        let record = textLine(mailFrom, Self.mailFromRecord)
        let isSESIncluded = await letsSESSend(mailFrom, verdict)
        let spf: Finding
        let isPermitted: Bool?
        switch verdict.result {
        case .temperror:
            spf = finding(
                .unknown,
                "The SPF record of the MAIL FROM domain \(mailFrom) could not be evaluated: \(verdict.reason ?? "")",
                remedy: "Try again, or with another resolver (--resolver ADDRESS:PORT)")
            isPermitted = nil
        case .permerror:
            spf = finding(
                .broken,
                "The SPF record of the MAIL FROM domain \(mailFrom) cannot be evaluated (permerror): \(verdict.reason ?? "")",
                remedy: "Publish this record in its place", fix: [record])
            isPermitted = false
        case .none:
            spf = finding(
                .broken, "The MAIL FROM domain \(mailFrom) has no SPF record", remedy: "Publish the record",
                fix: [record])
            isPermitted = false
        case _ where isSESIncluded == nil:
            spf = finding(
                .unknown,
                "Whether the SPF record of the MAIL FROM domain \(mailFrom) lets SES send could not be found out",
                remedy: "Try again, or with another resolver (--resolver ADDRESS:PORT)")
            isPermitted = nil
        case _ where isSESIncluded == false:
            spf = finding(
                .broken, "The SPF record of the MAIL FROM domain \(mailFrom) does not let SES send",
                remedy: "Publish this record in its place", fix: [record])
            isPermitted = false
        default:
            spf = finding(.healthy, "The SPF record of the MAIL FROM domain \(mailFrom) lets SES send")
            isPermitted = true
        }
        return ([await exchange, spf], isPermitted)
    }

    private static let mailFromRecord = "v=spf1 include:amazonses.com ~all"

    private func proposed(_ mailFrom: DomainName, _ region: String) -> [String] {
        [
            line(mailFrom, .mx, "10 feedback-smtp.\(region).amazonses.com."),
            textLine(mailFrom, Self.mailFromRecord),
        ]
    }

    private func exchangeFinding(_ mailFrom: DomainName, _ setup: SESSetup) async -> Finding {
        let answer = await resolver.lookUp(mailFrom, .mx)
        let seen = [evidence(mailFrom, .mx, answer)]
        if let failure = answer.failure {
            return unknown(
                "mail-from", "The MX record of the MAIL FROM domain \(mailFrom)", failure, paths: setup.paths,
                region: setup.region, evidence: seen)
        }
        func finding(_ severity: Severity, _ title: String, remedy: String? = nil) -> Finding {
            Finding(
                "mail-from", severity, layer: .senderAuthentication, paths: setup.paths, region: setup.region,
                title,
                evidence: seen, remedy: remedy,
                fix: remedy == nil
                    ? []
                    : [line(mailFrom, .mx, "10 feedback-smtp.\(setup.region ?? "REGION").amazonses.com.")])
        }
        let exchanges = answer.exchanges.map(\.name)
        let effect = "SES sends with its own MAIL FROM, or not at all"
        guard let first = exchanges.first else {
            return finding(
                .broken, "The MAIL FROM domain \(mailFrom) has no MX record: \(effect)",
                remedy: "Publish the record")
        }
        guard exchanges.count == 1 else {
            return finding(
                .broken,
                "The MAIL FROM domain \(mailFrom) has \(exchanges.count) MX records, where SES wants one: \(effect)",
                remedy: "Leave this record alone")
        }
        let expected = setup.region.flatMap { DomainName("feedback-smtp.\($0).amazonses.com") }
        let isSES =
            expected.map { $0 == first }
            ?? (first.isWithin(Self.amazonSES) && "\(first)".hasPrefix("feedback-smtp."))
        guard isSES else {
            return finding(
                .broken,
                "The MX record of the MAIL FROM domain \(mailFrom) does not lead to SES\(setup.place): \(effect)",
                remedy: "Publish this record in its place")
        }
        return finding(.healthy, "Bounces to the MAIL FROM domain \(mailFrom) go to SES\(setup.place)")
    }
}

extension [UInt8] {
    fileprivate var terms: [[UInt8]] { split(separator: UInt8(ascii: " ")).map(Array.init) }

    /// Whether a term is `all`, whatever stands in front of it.
    fileprivate var isAll: Bool {
        let all = Array("all".utf8)
        return count <= all.count + 1 && suffix(all.count).map(\.loweredASCII) == all
    }
}
