internal import DNS
internal import Deliverability

extension DomainAudit {
    /// The keys of an identity, where recipients look for them.
    ///
    /// - Returns: and whether SES's signatures can be verified; `nil` where that is not known.
    func dkimFindings(of setup: SESSetup) async -> ([Finding], isSigned: Bool?) {
        let records =
            setup.dkimTokens.map { KeyPlace(setup: setup, selector: $0, isSES: true) }
            + setup.dkimSelectors.map { KeyPlace(setup: setup, selector: $0, isSES: false) }
        guard !records.isEmpty else { return ([], nil) }
        var looks: [KeyLook] = []
        for record in records { looks.append(await look(at: record)) }
        // SES signs with one key at a time, and leaves the others empty until it changes to them.
        if looks.contains(where: { $0.isKey }) {
            for index in looks.indices where looks[index].isResting { looks[index].severity = .healthy }
        }
        let bad = looks.filter { $0.severity != .healthy }
        guard let worst = bad.map(\.severity).max() else {
            let keys = looks.count == 1 ? "The DKIM key is" : "The \(looks.count) DKIM keys are"
            return (
                [
                    Finding(
                        "dkim", .healthy, layer: .senderAuthentication, paths: setup.paths,
                        region: setup.region,
                        "\(keys) published for \(setup.domain)\(setup.place)",
                        evidence: looks.flatMap(\.evidence))
                ], true
            )
        }
        let findings = bad.map { look in
            Finding(
                "dkim", look.severity, layer: .senderAuthentication, paths: setup.paths, region: setup.region,
                look.title, evidence: look.evidence, remedy: look.remedy, fix: look.fix)
        }
        // Which key SES signs with now is not seen from here: one that is there may be it.
        let isSomeKeyThere = looks.contains { $0.isKey }
        return (findings, worst == .warning ? true : worst == .broken && !isSomeKeyThere ? false : nil)
    }

    /// Keys of systems other than SES.
    func selectorFindings(_ selectors: [String], on domain: DomainName) async -> [Finding] {
        var findings: [Finding] = []
        for selector in selectors {
            let setup = SESSetup(domain: domain)
            let look = await look(at: KeyPlace(setup: setup, selector: selector, isSES: false))
            // It is another path's key: our mail does without.
            findings.append(
                Finding(
                    "dkim-selector", min(look.severity, .warning), layer: .senderAuthentication,
                    paths: [.relay],
                    look.title, evidence: look.evidence, remedy: look.remedy, fix: look.fix))
        }
        return findings
    }

    private struct KeyPlace {
        var setup: SESSetup
        var selector: String
        /// Whether it is a token of Easy DKIM, whose name is an alias of one of SES's.
        var isSES: Bool
        var name: DomainName? { setup.domain.prefixed(by: "\(selector)._domainkey") }
        var target: DomainName? { setup.dkimZone.prefixed(by: selector) }
    }

    private struct KeyLook {
        var severity: Severity
        var title: String
        var evidence: [String]
        var remedy: String?
        var fix: [String] = []
        /// Whether a key was found that a signature can be verified by.
        var isKey = false
        /// Whether SES's own record is there, and empty.
        var isResting = false
    }

    private func look(at place: KeyPlace) async -> KeyLook {
        guard let name = place.name, let target = place.target else {
            return KeyLook(
                severity: .unknown,
                title: "'\(Array(place.selector.utf8).escaped())' cannot be a DKIM selector",
                evidence: [], remedy: "Give the token as the SES console or GetEmailIdentity shows it")
        }
        let record = line(name, .cname, "\(target).")
        let answer = await resolver.lookUp(name, .txt)
        var look = KeyLook(severity: .healthy, title: "", evidence: [evidence(name, .txt, answer)])
        switch answer.outcome {
        case .failed(let failure):
            look.severity = failure == .aliasLoop ? .broken : .unknown
            look.title = "The DKIM key at \(name) could not be looked up: \(failure)"
            look.remedy =
                "Try again, or with another resolver; a CNAME that leads back to itself has to be replaced"
            if place.isSES { look.fix = [record] }
        case .noSuchName, .noData:
            look.severity = .broken
            if let last = answer.aliases.last {
                look.title = "The DKIM record \(name) leads to \(last), where there is no key"
                look.remedy =
                    place.isSES
                    ? "Compare the token with what SES shows for the identity; where it is the same, SES has withdrawn the key: verify the domain anew"
                    : "Publish the key where the CNAME leads"
            } else {
                look.title = "The DKIM record \(name) is missing"
                look.remedy =
                    place.isSES ? "Publish the CNAME record" : "Publish the key as a TXT record at \(name)"
                look.evidence += await doubled(name, below: place.setup.domain)
            }
            if place.isSES { look.fix = [record] }
        case .records: judge(answer, name, place, record, &look)
        }
        return look
    }

    private func judge(
        _ answer: Answer, _ name: DomainName, _ place: KeyPlace, _ record: String, _ look: inout KeyLook
    ) {
        let texts = answer.texts
        guard texts.count == 1 else {
            look.severity = .broken
            look.title = "\(name) has \(texts.count) TXT records, so that nobody can tell which is the key"
            look.remedy = "Leave one of them"
            return
        }
        let key: DKIMKey
        let isOfSES = place.isSES && answer.aliases.last?.isWithin(Self.amazonSES) == true
        if isOfSES, texts[0].isEmpty { look.isResting = true }
        do throws(DKIMKey.ReadError) {
            key = try DKIMKey(texts[0])
        } catch {
            look.severity = .broken
            look.title = "The DKIM key at \(name) is not usable: it \(error.reason)"
            look.remedy =
                place.isSES ? "Publish the CNAME record in its place" : "Publish the whole key again"
            if place.isSES { look.fix = [record] }
            return
        }
        guard let kind = key.kind else {
            look.isResting = isOfSES
            look.severity = .broken
            look.title = "The DKIM key at \(name) has been revoked: its p is empty"
            look.remedy =
                place.isSES
                ? "Have SES make new keys, and publish the CNAME records that it then shows"
                : "Make a new key, and publish it at a new selector"
            if place.isSES {
                let region = place.setup.region.map { " --region \($0)" } ?? ""
                look.fix = [
                    "aws sesv2 put-email-identity-dkim-signing-attributes --email-identity \(place.setup.domain) --signing-attributes-origin AWS_SES\(region)"
                ]
            }
            return
        }
        let last = answer.aliases.last
        if place.isSES, let last, last.isWithin(Self.amazonSES), last.labels.first != name.labels.first {
            look.severity = .broken
            look.title = "The DKIM record \(name) leads to another token's key, \(last)"
            look.remedy = "Publish the CNAME record in its place"
            look.fix = [record]
            return
        }
        look.isKey = true
        let smallest = 1024
        if case .rsa(let bits) = kind, bits < smallest {
            look.severity = .broken
            look.title =
                "The DKIM key at \(name) has \(bits) bits: recipients must not trust less than \(smallest) (RFC 8301)"
            look.remedy = "Make a key of 2048 bits"
            return
        }
        look.evidence.append("the key is \(kind.words)")
        let isAlias = last?.isWithin(Self.amazonSES) ?? false
        if key.isTesting {
            look.severity = .warning
            look.title =
                "The DKIM key at \(name) says that it is being tested (t=y): some recipients make nothing of it"
            look.remedy = "Publish it without t=y"
        } else if place.isSES, !isAlias {
            look.severity = .warning
            look.title =
                "The DKIM key at \(name) is not SES's own: it will be wrong as soon as SES changes its keys"
            look.remedy = "Publish the CNAME record in its place"
            look.fix = [record]
        } else {
            look.title = "The DKIM key at \(name) is published"
        }
    }

    /// Zone editors append the domain to what is typed: the record may lie one domain too deep.
    private func doubled(_ name: DomainName, below domain: DomainName) async -> [String] {
        guard let wrong = DomainName(labels: name.labels + domain.labels) else { return [] }
        let answer = await resolver.lookUp(wrong, .cname)
        guard !answer.records.isEmpty else { return [] }
        return [
            evidence(wrong, .cname, answer),
            "it lies there instead: the zone's editor appends \(domain) by itself",
        ]
    }
}

extension DKIMKey.Kind {
    fileprivate var words: String {
        switch self {
        case .rsa(let bits): "RSA of \(bits) bits"
        case .ed25519: "Ed25519"
        }
    }
}
