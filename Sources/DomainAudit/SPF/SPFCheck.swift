package import DNS

/// The result of check_host() (RFC 7208 section 2.6).
package enum SPFResult: String, Sendable, Hashable {
    case none, neutral, pass, fail, softfail, temperror, permerror
}

/// What checking a client against a domain's SPF has come to.
package struct SPFVerdict: Sendable, Hashable {
    package struct Visit: Sendable, Hashable {
        package var domain: DomainName
        package var record: [UInt8]
    }

    package var result: SPFResult
    /// What the domain has to say of a `fail`; `nil` where it says nothing.
    package var explanation: [UInt8]?
    /// Why it is `temperror` or `permerror`, a sentence without a final stop.
    package var reason: String?
    /// Where DNS did not answer.
    package var failure: LookupFailure?
    /// The terms that needed a look into the DNS.
    package var lookups = 0
    package var voidLookups = 0
    /// The records that were read, the domain's own first.
    package var visits: [Visit] = []
}

/// Whether a client may send for a domain: check_host() of RFC 7208.
package struct SPFCheck: Sendable {
    package static let maximumLookups = 10
    package static let maximumVoidLookups = 2
    /// MX records of a mechanism, and PTR records of an address.
    package static let maximumNames = 10

    private let resolver: any Resolver
    private let client: IPAddress
    private let local: [UInt8]
    private let senderDomain: [UInt8]
    private let helo: [UInt8]
    /// For `%{t}`: seconds since 1970.
    private let time: Int
    private var verdict = SPFVerdict(result: .none)
    /// Names that lead to the client's address and back, found once.
    private var validated: [DomainName]?

    private enum Stop: Error {
        case temporary(String, LookupFailure)
        case permanent(String)
    }

    /// - Parameters:
    ///   - sender: the address of MAIL FROM; where it is empty, postmaster of the host that greets.
    ///   - helo: as the client greets.
    package init(
        resolver: any Resolver, client: IPAddress, sender: [UInt8] = [], helo: [UInt8] = [], time: Int = 0
    ) {
        self.resolver = resolver
        self.client = client.unmapped
        self.helo = helo
        self.time = time
        let at = sender.lastIndex(of: UInt8(ascii: "@"))
        let local = at.map { Array(sender[..<$0]) } ?? []
        self.local = local.isEmpty ? Array("postmaster".utf8) : local
        senderDomain = sender.isEmpty ? helo : at.map { Array(sender[($0 + 1)...]) } ?? sender
    }

    /// Of the sender's domain.
    package func check() async -> SPFVerdict {
        guard let domain = DomainName(bytes: senderDomain) else { return SPFVerdict(result: .none) }
        return await check(domain)
    }

    package func check(_ domain: DomainName) async -> SPFVerdict {
        // Section 4.3: what is not a name of several labels has no policy.
        guard domain.labels.count > 1 else { return SPFVerdict(result: .none) }
        var check = self
        do throws(Stop) {
            let explanation: MacroString?
            let explainer: DomainName
            (check.verdict.result, explanation, explainer) = try await check.evaluate(domain)
            if check.verdict.result == .fail, let explanation {
                check.verdict.explanation = await check.explain(explanation, at: explainer)
            }
        } catch {
            switch error {
            case .temporary(let reason, let failure):
                check.verdict.result = .temperror
                (check.verdict.reason, check.verdict.failure) = (reason, failure)
            case .permanent(let reason): (check.verdict.result, check.verdict.reason) = (.permerror, reason)
            }
        }
        return check.verdict
    }

    // MARK: - Records

    /// - Returns: the result, what explains a `fail`, and the domain whose record says so.
    private mutating func evaluate(
        _ domain: DomainName
    ) async throws(Stop) -> (SPFResult, MacroString?, DomainName) {
        guard let record = try await record(of: domain) else { return (.none, nil, domain) }
        for directive in record.directives
        where try await matches(directive.mechanism, domain, directive.text) {
            return (directive.qualifier.result, record.explanation, domain)
        }
        guard let redirect = record.redirect else { return (.neutral, nil, domain) }
        try count("redirect=\(redirect.text)", domain)
        guard let target = await expand(redirect, domain) else {
            throw .permanent("redirect=\(redirect.text) of \(domain) leads to no domain")
        }
        let result = try await evaluate(target)
        guard result.0 != .none else {
            throw .permanent("\(domain) redirects to \(target), which has no SPF record")
        }
        return result
    }

    private mutating func record(of domain: DomainName) async throws(Stop) -> SPFRecord? {
        let answer = await resolver.lookUp(domain, .txt)
        if let failure = answer.failure {
            throw .temporary("the TXT records of \(domain): \(failure)", failure)
        }
        let texts = answer.texts.filter(SPFRecord.isOne)
        guard let text = texts.first else { return nil }
        verdict.visits += texts.map { SPFVerdict.Visit(domain: domain, record: $0) }
        guard texts.count == 1 else {
            throw .permanent("\(domain) has \(texts.count) SPF records, and may have one")
        }
        do throws(SPFRecord.SyntaxError) {
            return try SPFRecord(text)
        } catch {
            throw .permanent("in the SPF record of \(domain), \(error)")
        }
    }

    /// Counts a term that looks into the DNS (section 4.6.4).
    private mutating func count(_ term: String, _ domain: DomainName) throws(Stop) {
        verdict.lookups += 1
        guard verdict.lookups <= Self.maximumLookups else {
            throw .permanent(
                "more than \(Self.maximumLookups) terms look into the DNS, the first too many being '\(term)' of \(domain)"
            )
        }
    }

    private mutating func countIfVoid(_ answer: Answer, _ term: String, _ domain: DomainName) throws(Stop) {
        guard answer.isVoid else { return }
        verdict.voidLookups += 1
        guard verdict.voidLookups <= Self.maximumVoidLookups else {
            throw .permanent(
                "more than \(Self.maximumVoidLookups) terms name what does not exist, the first too many being '\(term)' of "
                    + "\(domain)")
        }
    }

    // MARK: - Mechanisms

    private mutating func matches(
        _ mechanism: SPFRecord.Mechanism, _ domain: DomainName, _ term: String
    ) async throws(Stop) -> Bool {
        switch mechanism {
        case .all: return true
        case .ip(let network, let prefix): return client.matches(network, prefix: prefix)
        case .include(let spec):
            try count(term, domain)
            guard let target = await expand(spec, domain) else {
                throw .permanent("'\(term)' of \(domain) leads to no domain")
            }
            switch try await evaluate(target).0 {
            case .pass: return true
            case .none: throw .permanent("\(domain) includes \(target), which has no SPF record")
            default: return false
            }
        case .a(let spec, let lengths):
            try count(term, domain)
            guard let target = await expand(spec, domain) else { return false }
            let answer = try await lookUp(target, client.addressType, term, domain)
            return isClient(among: answer.addresses, lengths)
        case .mx(let spec, let lengths):
            try count(term, domain)
            guard let target = await expand(spec, domain) else { return false }
            let exchanges = try await lookUp(target, .mx, term, domain).exchanges
            guard exchanges.count <= Self.maximumNames else {
                throw .permanent(
                    "\(target) has more than \(Self.maximumNames) MX records ('\(term)' of \(domain))")
            }
            for exchange in exchanges where exchange.name != .root {
                let answer = await resolver.lookUp(exchange.name, client.addressType)
                if let failure = answer.failure {
                    throw .temporary("the addresses of \(exchange.name): \(failure)", failure)
                }
                if isClient(among: answer.addresses, lengths) { return true }
            }
            return false
        case .exists(let spec):
            try count(term, domain)
            guard let target = await expand(spec, domain) else { return false }
            // Always A records, whatever the client's address is (section 5.7).
            return try await !lookUp(target, .a, term, domain).records.isEmpty
        case .ptr(let spec):
            try count(term, domain)
            guard let target = await expand(spec, domain) else { return false }
            return await validatedNames().contains { $0.isWithin(target) }
        }
    }

    private mutating func lookUp(
        _ name: DomainName, _ type: RecordType, _ term: String, _ domain: DomainName
    ) async throws(Stop) -> Answer {
        let answer = await resolver.lookUp(name, type)
        if let failure = answer.failure {
            throw .temporary(
                "the \(type.name) records of \(name), for '\(term)' of \(domain): \(failure)", failure)
        }
        try countIfVoid(answer, term, domain)
        return answer
    }

    private func isClient(among addresses: [IPAddress], _ lengths: SPFRecord.PrefixLengths) -> Bool {
        let prefix = client.isIPv6 ? lengths.ipv6 : lengths.ipv4
        return addresses.contains { client.matches($0, prefix: prefix) }
    }

    /// Names of PTR records that lead back to the client's address; none where the DNS does not answer (section 5.5).
    private mutating func validatedNames() async -> [DomainName] {
        if let validated { return validated }
        let candidates = await resolver.lookUp(client.reverseName, .ptr).names.prefix(Self.maximumNames)
        var names: [DomainName] = []
        for name in candidates {
            let addresses = await resolver.lookUp(name, client.addressType).addresses
            if addresses.contains(client) { names.append(name) }
        }
        validated = names
        return names
    }

    // MARK: - Macros

    /// A domain-spec with its macros replaced; the domain itself where there is none. `nil` where that is no name.
    private mutating func expand(_ spec: MacroString?, _ domain: DomainName) async -> DomainName? {
        guard let spec else { return domain }
        var bytes = await values(spec, domain)[...]
        if bytes.last == UInt8(ascii: ".") { bytes = bytes.dropLast() }
        // Section 7.3: labels go from the left until the name is short enough.
        while bytes.count > DomainName.longestName - 2 {
            guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return nil }
            bytes = bytes[(dot + 1)...]
        }
        return DomainName(bytes: Array(bytes))
    }

    /// Exactly one TXT record of ASCII with macros; anything else is no explanation (section 6.2).
    private mutating func explain(_ spec: MacroString, at domain: DomainName) async -> [UInt8]? {
        guard let place = await expand(spec, domain) else { return nil }
        let texts = await resolver.lookUp(place, .txt).texts
        guard texts.count == 1, let text = try? MacroString(explanation: texts[0]) else { return nil }
        return await values(text, domain)
    }

    private mutating func values(_ text: MacroString, _ domain: DomainName) async -> [UInt8] {
        let name = text.letters.contains(UInt8(ascii: "p")) ? await validatedName(for: domain) : []
        return text.expanded { letter in
            switch Character(UnicodeScalar(letter)) {
            case "s": local + [UInt8(ascii: "@")] + senderDomain
            case "l": local
            case "o": senderDomain
            case "d": Array(domain.labels.joined(separator: [UInt8(ascii: ".")]))
            case "i": client.dotted
            case "p": name
            case "v": Array((client.isIPv6 ? "ip6" : "in-addr").utf8)
            case "h": helo
            case "c": Array("\(client)".utf8)
            case "t": Array("\(time)".utf8)
            // `r`, the host that receives the mail, is nobody here.
            default: Array("unknown".utf8)
            }
        }
    }

    /// For `%{p}`: the domain itself where it is among the names, else one below it, else any.
    private mutating func validatedName(for domain: DomainName) async -> [UInt8] {
        let names = await validatedNames()
        guard let first = names.first else { return Array("unknown".utf8) }
        let name = names.contains(domain) ? domain : names.first { $0.isWithin(domain) } ?? first
        return Array(name.labels.joined(separator: [UInt8(ascii: ".")]))
    }
}

extension SPFRecord.Qualifier {
    fileprivate var result: SPFResult {
        switch self {
        case .pass: .pass
        case .fail: .fail
        case .softfail: .softfail
        case .neutral: .neutral
        }
    }
}

extension IPAddress {
    fileprivate var addressType: RecordType { isIPv6 ? .aaaa : .a }

    /// For `%{i}`: numbers of IPv4, hexadecimal digits of IPv6, with dots in between.
    fileprivate var dotted: [UInt8] {
        guard isIPv6 else { return Array(description.utf8) }
        let digits = bytes.flatMap { [$0 >> 4, $0 & 15] }.map { Array("0123456789ABCDEF".utf8)[Int($0)] }
        return Array(digits.map { [$0] }.joined(separator: [UInt8(ascii: ".")]))
    }
}
