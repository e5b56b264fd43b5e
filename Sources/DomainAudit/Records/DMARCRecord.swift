package import DNS

/// A DMARC record, read by RFC 9989; what only RFC 7489 knew (`pct`, `rf`, `ri`) is remarked upon.
package struct DMARCRecord: Sendable, Hashable {
    package enum Policy: String, Sendable, Hashable, CaseIterable {
        case none, quarantine, reject
    }

    package enum Alignment: String, Sendable, Hashable {
        case relaxed = "r"
        case strict = "s"
    }

    /// Whether the domain is one below which others register names.
    package enum PublicSuffix: String, Sendable, Hashable {
        case yes = "y"
        case no = "n"
        case undeclared = "u"
    }

    /// As it was given; `nil` where it is missing or no policy.
    package private(set) var statedPolicy: Policy?
    package private(set) var subdomainPolicy: Policy?
    package private(set) var absentSubdomainPolicy: Policy?
    package private(set) var dkimAlignment = Alignment.relaxed
    package private(set) var spfAlignment = Alignment.relaxed
    package private(set) var publicSuffix = PublicSuffix.undeclared
    /// `t=y`: the policy is not to be applied yet.
    package private(set) var isTesting = false
    /// `pct`, which receivers that follow RFC 7489 still heed.
    package private(set) var percentage: Int?
    /// Where reports go: counts, and single mails.
    package private(set) var aggregateReports: [ReportAddress] = []
    package private(set) var failureReports: [ReportAddress] = []
    /// What is wrong, each a sentence without a final stop. A receiver takes no notice of such a tag.
    package private(set) var errors: [String] = []
    /// What is allowed, and of no use or no good.
    package private(set) var remarks: [String] = []

    /// Whether a TXT record is one of DMARC: any other is none of its business.
    package static func isOne(_ text: [UInt8]) -> Bool { TagList(text).isVersion("DMARC1") }

    /// Reads a record; `nil` where it is none of DMARC.
    package init?(_ text: [UInt8]) {
        let list = TagList(text)
        guard list.isVersion("DMARC1") else { return nil }
        errors = list.errors
        for tag in list.tags.dropFirst() { read(tag) }
        if !list.tags.contains(where: { $0.name == "p" }) {
            remarks.append(
                "it has no p tag, which counts as p=none; receivers that follow RFC 7489 ignore the record")
        } else if list.tags.count > 1, list.tags[1].name != "p" {
            remarks.append("p is not the second tag, as receivers that follow RFC 7489 want it")
        }
        if aggregateReports.isEmpty {
            remarks.append("nobody gets reports: it has no rua tag with an address")
        }
    }

    /// What receivers do by (RFC 9989 section 4.7): `nil` where they take no notice of the record.
    package var policy: Policy? {
        guard hasInvalidPolicy else { return statedPolicy ?? Policy.none }
        return aggregateReports.isEmpty ? nil : Policy.none
    }

    private var hasInvalidPolicy = false

    // MARK: - Tags

    private mutating func read(_ tag: TagList.Tag) {
        switch tag.name {
        case "p": statedPolicy = policy(tag)
        case "sp": subdomainPolicy = policy(tag)
        case "np": absentSubdomainPolicy = policy(tag)
        case "adkim": if let alignment: Alignment = word(tag, "r or s") { dkimAlignment = alignment }
        case "aspf": if let alignment: Alignment = word(tag, "r or s") { spfAlignment = alignment }
        case "psd": if let suffix: PublicSuffix = word(tag, "y, n or u") { publicSuffix = suffix }
        case "t":
            switch tag.value.lowercased() {
            case "y": isTesting = true
            case "n": break
            default: errors.append("t is '\(tag.value)', not y or n")
            }
        case "fo":
            let options = tag.value.split(separator: ":", omittingEmptySubsequences: false)
            if !options.allSatisfy({ ["0", "1", "d", "s"].contains($0.lowercased()) }) {
                errors.append("fo is '\(tag.value)', not a list of 0, 1, d and s with colons in between")
            }
        case "rua": aggregateReports = addresses(tag)
        case "ruf": failureReports = addresses(tag)
        case "pct", "rf", "ri":
            remarks.append("the tag \(tag.name) is gone with RFC 9989")
            if tag.name == "pct" { percentage = Int(tag.value) }
        default: remarks.append("the tag '\(tag.name)' is unknown, and nobody takes notice of it")
        }
    }

    private mutating func policy(_ tag: TagList.Tag) -> Policy? {
        let policy: Policy? = word(tag, "none, quarantine or reject")
        if policy == nil { hasInvalidPolicy = true }
        return policy
    }

    private mutating func word<Value: RawRepresentable<String>>(
        _ tag: TagList.Tag, _ allowed: String
    ) -> Value? {
        if let value = Value(rawValue: tag.value.lowercased()) { return value }
        errors.append("\(tag.name) is '\(tag.value)', not \(allowed)")
        return nil
    }

    private mutating func addresses(_ tag: TagList.Tag) -> [ReportAddress] {
        tag.value.split(separator: ",", omittingEmptySubsequences: false).compactMap { text in
            let text = String(decoding: Array(text.utf8).trimmed, as: UTF8.self)
            do throws(ReportAddress.ReadError) {
                let address = try ReportAddress(text)
                if address.hasSizeLimit {
                    remarks.append("the size limit of '\(text)' in \(tag.name) is gone with RFC 9989")
                }
                return address
            } catch {
                switch error {
                case .invalid(let reason): errors.append("'\(text)' in \(tag.name) \(reason)")
                case .unsupported(let scheme):
                    remarks.append("'\(text)' in \(tag.name): hardly anybody reports by \(scheme)")
                }
                return nil
            }
        }
    }
}

/// A mailbox that reports go to: the `mailto:` URI of `rua` and `ruf`.
package struct ReportAddress: Sendable, Hashable {
    package var mailbox: String
    package var domain: DomainName
    /// `!10m` behind it, as RFC 7489 allowed.
    package var hasSizeLimit: Bool

    enum ReadError: Error {
        /// The reason is the rest of a sentence that begins with the URI.
        case invalid(String)
        case unsupported(scheme: String)
    }

    init(_ text: String) throws(ReadError) {
        guard let colon = text.firstIndex(of: ":"), let first = text.utf8.first, first.isASCIILetter else {
            throw .invalid("is no URI: write mailto: in front of the address")
        }
        let scheme = text[..<colon].lowercased()
        guard scheme.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || "+-.".utf8.contains($0) })
        else {
            throw .invalid("is no URI: '\(scheme)' is no scheme")
        }
        guard scheme == "mailto" else { throw .unsupported(scheme: scheme) }
        let parts = text[text.index(after: colon)...].split(separator: "!", omittingEmptySubsequences: false)
        mailbox = String(parts[0])
        hasSizeLimit = parts.count > 1
        guard
            parts.count <= 2, let at = mailbox.lastIndex(of: "@"), at > mailbox.startIndex,
            !mailbox.contains(" "), !mailbox.contains("\\"),
            let domain = DomainName(mailbox[mailbox.index(after: at)...]),
            domain.labels.count > 1
        else { throw .invalid("has no mail address behind mailto:") }
        self.domain = domain
    }
}
