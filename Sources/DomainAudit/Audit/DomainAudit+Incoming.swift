internal import DNS
internal import Deliverability

extension DomainAudit {
    /// Whether answers reach the domain: MX, and what it says of TLS.
    func incomingFindings(on domain: DomainName) async -> [Finding] {
        let answer = await resolver.lookUp(domain, .mx)
        async let tls = reportingFinding(on: domain)
        async let sts = policyFinding(on: domain, answer.exchanges.map(\.name))
        var findings = [await exchangeFinding(on: domain, answer)]
        findings.append(await sts)
        findings.append(await tls)
        return findings
    }

    private func exchangeFinding(on domain: DomainName, _ answer: Answer) async -> Finding {
        let check = "mx"
        var seen = [evidence(domain, .mx, answer)]
        if let failure = answer.failure {
            return unknown(check, "The MX records of \(domain)", failure, evidence: seen)
        }
        func finding(_ severity: Severity, _ title: String, remedy: String? = nil) -> Finding {
            Finding(check, severity, layer: .network, title, evidence: seen, remedy: remedy)
        }
        let exchanges = answer.exchanges.map(\.name)
        if exchanges == [.root] {
            return finding(
                .warning,
                "\(domain) takes no mail (null MX): nobody can answer, and some recipients refuse mail from it",
                remedy:
                    "Publish the MX records of your mail provider, or have answers go elsewhere by replyTo")
        }
        guard !exchanges.isEmpty else {
            for type in [RecordType.a, .aaaa] {
                let address = await resolver.lookUp(domain, type)
                seen.append(evidence(domain, type, address))
                if !address.addresses.isEmpty {
                    return finding(
                        .warning,
                        "\(domain) has no MX record: answers go to its own address, where mail may not be taken",
                        remedy: "Publish the MX records of your mail provider")
                }
            }
            return finding(
                .warning,
                "\(domain) takes no mail: nobody can answer, and some recipients refuse mail from it",
                remedy:
                    "Publish the MX records of your mail provider, or have answers go elsewhere by replyTo")
        }
        var reachable = 0
        for exchange in exchanges.prefix(10) {
            let four = await resolver.lookUp(exchange, .a)
            if !four.addresses.isEmpty || four.failure != nil {
                reachable += 1
                continue
            }
            let six = await resolver.lookUp(exchange, .aaaa)
            if !six.addresses.isEmpty || six.failure != nil {
                reachable += 1
            } else {
                seen.append(evidence(exchange, .a, four))
            }
        }
        guard reachable > 0 else {
            return finding(
                .warning, "The mail servers of \(domain) have no addresses: nobody can answer",
                remedy: "Correct the MX records")
        }
        return finding(.healthy, "\(domain) takes mail")
    }

    // MARK: - MTA-STS (RFC 8461)

    private func policyFinding(on domain: DomainName, _ exchanges: [DomainName]) async -> Finding {
        let check = "mta-sts"
        guard let place = domain.prefixed(by: "_mta-sts") else { return optional(check, domain, []) }
        let answer = await resolver.lookUp(place, .txt)
        var seen = [evidence(place, .txt, answer)]
        if let failure = answer.failure {
            return unknown(check, "The MTA-STS record of \(domain)", failure, evidence: seen)
        }
        func finding(_ severity: Severity, _ title: String, remedy: String? = nil) -> Finding {
            Finding(check, severity, layer: .network, title, evidence: seen, remedy: remedy)
        }
        let lists = answer.texts.map(TagList.init).filter { $0.isVersion("STSv1") }
        guard lists.count == 1, lists[0]["id"] != nil else {
            if lists.isEmpty { return optional(check, domain, seen) }
            return finding(
                .warning,
                "The MTA-STS record of \(domain) counts for nothing: there has to be one, with an id",
                remedy: "Publish one record: \"v=STSv1; id=\" and a number that changes with the policy")
        }
        guard let fetch else {
            return finding(.healthy, "\(domain) publishes an MTA-STS policy (not fetched)")
        }
        let address = "https://mta-sts.\(domain)/.well-known/mta-sts.txt"
        let file: [UInt8]
        do {
            file = try await fetch(address)
        } catch {
            seen.append("\(address): \(error)")
            return finding(
                .warning, "The MTA-STS policy of \(domain) cannot be fetched",
                remedy: "Serve it by HTTPS at \(address)")
        }
        seen.append("\(address): \"\(file.prefix(500).escaped())\"")
        let policy: MTASTSPolicy
        do throws(MTASTSPolicy.ReadError) {
            policy = try MTASTSPolicy(file)
        } catch {
            return finding(
                .warning, "The MTA-STS policy of \(domain) counts for nothing: it \(error.reason)",
                remedy: "Correct the file")
        }
        let foreign = policy.mode == .none ? [] : exchanges.filter { !policy.allows($0) }
        guard foreign.isEmpty else {
            return finding(
                .warning,
                "The MTA-STS policy of \(domain) leaves out \(foreign.prefix(5).map(\.description).joined(separator: ", "))"
                    + (policy.mode == .enforce ? ": others do not hand mail to it" : ""),
                remedy: "Name all mail servers in the policy, and change the record's id")
        }
        return finding(.healthy, "The MTA-STS policy of \(domain) is valid, its mode \(policy.mode.rawValue)")
    }

    // MARK: - TLS-RPT (RFC 8460)

    private func reportingFinding(on domain: DomainName) async -> Finding {
        let check = "tls-rpt"
        guard let place = domain.prefixed(by: "_smtp._tls") else { return optional(check, domain, []) }
        let answer = await resolver.lookUp(place, .txt)
        let seen = [evidence(place, .txt, answer)]
        if let failure = answer.failure {
            return unknown(check, "The TLS-RPT record of \(domain)", failure, evidence: seen)
        }
        let lists = answer.texts.map(TagList.init).filter { $0.isVersion("TLSRPTv1") }
        guard !lists.isEmpty else { return optional(check, domain, seen) }
        let goals = lists[0]["rua"]?.split(separator: ",").filter { goal in
            ["mailto:", "https:"].contains { goal.lowercased().drop { $0 == " " }.hasPrefix($0) }
        }
        guard lists.count == 1, let goals, !goals.isEmpty else {
            return Finding(
                check, .warning, layer: .network, "The TLS-RPT record of \(domain) counts for nothing",
                evidence: seen, remedy: "Publish one record with an address",
                fix: [textLine(place, "v=TLSRPTv1; rua=mailto:tls-reports@\(domain)")])
        }
        return Finding(check, .healthy, layer: .network, "\(domain) asks for reports on TLS", evidence: seen)
    }

    /// Both protect mail that comes in; ours goes out without.
    private func optional(_ check: String, _ domain: DomainName, _ seen: [String]) -> Finding {
        Finding(
            check, .healthy, layer: .network,
            "\(domain) has no \(check == "mta-sts" ? "MTA-STS" : "TLS-RPT") record (optional: for mail that comes in)",
            evidence: seen)
    }
}
