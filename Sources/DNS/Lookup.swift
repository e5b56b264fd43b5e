/// The kinds of records that are asked for, with their numbers (RFC 1035 section 3.2.2, RFC 3596).
package enum RecordType: UInt16, Sendable, Hashable, CaseIterable {
    case a = 1
    case ns = 2
    case cname = 5
    case soa = 6
    case ptr = 12
    case mx = 15
    case txt = 16
    case aaaa = 28

    /// As in zone files.
    package var name: String { "\(self)".uppercased() }
}

/// What a record says.
package enum Record: Sendable, Hashable {
    /// A or AAAA.
    case address(IPAddress)
    /// NS, CNAME or PTR.
    case name(DomainName)
    /// MX; the exchange is the root where no mail is taken (RFC 7505).
    case exchange(preference: Int, DomainName)
    /// TXT: its character-strings, as bytes.
    case text([[UInt8]])
    case soa(primary: DomainName, contact: DomainName, serial: UInt32)
}

extension Record: CustomStringConvertible {
    /// As in zone files. Nothing but printable ASCII.
    package var description: String {
        switch self {
        case .address(let address): "\(address)"
        case .name(let name): "\(name)."
        case .exchange(let preference, let name): "\(preference) \(name == .root ? "" : "\(name)")."
        case .text(let strings): strings.map { "\"\($0.escaped())\"" }.joined(separator: " ")
        case .soa(let primary, let contact, let serial): "\(primary). \(contact). \(serial)"
        }
    }
}

/// Why a question was not answered.
package enum LookupFailure: Error, Sendable, Hashable {
    /// No server answered in time.
    case timeout
    /// SERVFAIL: the server could not find out; often a zone that is broken, or whose signatures are.
    case serverFailure
    /// REFUSED: the server does not answer such a question of ours.
    case refused
    /// Another error code of the server's.
    case serverError(code: Int)
    /// Nothing listens at the server's address, or it cannot be reached.
    case unreachable
    /// The answer is not what RFC 1035 describes.
    case malformed
    /// CNAMEs that lead in a circle, or one after another beyond ``Answer/longestChain``.
    case aliasLoop
    /// The one who asked does not wait any more.
    case cancelled
}

extension LookupFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .timeout: "no name server answered in time"
        case .serverFailure: "the name server failed (SERVFAIL)"
        case .refused: "the name server refused to answer (REFUSED)"
        case .serverError(let code): "the name server answered with error \(code)"
        case .unreachable: "the name server cannot be reached"
        case .malformed: "the name server's answer is malformed"
        case .aliasLoop: "its CNAMEs lead in a circle, or too far"
        case .cancelled: "the time for looking it up was over"
        }
    }
}

/// What became of a question.
package struct Answer: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        /// At least one, of the type that was asked for.
        case records([Record])
        /// NXDOMAIN: neither this name nor one below it exists.
        case noSuchName
        /// The name exists, but no such record.
        case noData
        case failed(LookupFailure)
    }

    package var outcome: Outcome
    /// Where CNAMEs have led, the last being where the outcome was found.
    package var aliases: [DomainName] = []

    /// How many CNAMEs are followed.
    package static let longestChain = 8

    package init(_ outcome: Outcome, aliases: [DomainName] = []) {
        self.outcome = outcome
        self.aliases = aliases
    }

    package var records: [Record] { if case .records(let records) = outcome { records } else { [] } }
    package var failure: LookupFailure? { if case .failed(let failure) = outcome { failure } else { nil } }
    /// An answer without records: "void", as RFC 7208 section 4.6.4 has it.
    package var isVoid: Bool { outcome == .noSuchName || outcome == .noData }

    package var addresses: [IPAddress] {
        records.compactMap { if case .address(let address) = $0 { address } else { nil } }
    }
    package var names: [DomainName] {
        records.compactMap { if case .name(let name) = $0 { name } else { nil } }
    }
    /// The one that is tried first, first.
    package var exchanges: [(preference: Int, name: DomainName)] {
        records.compactMap { record in
            if case .exchange(let preference, let name) = record { (preference, name) } else { nil }
        }.sorted { $0.preference < $1.preference }
    }
    /// Each TXT record as one text: its character-strings with nothing in between (RFC 7208 section 3.3).
    package var texts: [[UInt8]] {
        records.compactMap { if case .text(let strings) = $0 { Array(strings.joined()) } else { nil } }
    }
}

/// Who answers questions to the DNS.
package protocol Resolver: Sendable {
    /// Follows CNAMEs, unless those are asked for. Does not throw: what goes wrong is an outcome.
    func lookUp(_ name: DomainName, _ type: RecordType) async -> Answer
}
