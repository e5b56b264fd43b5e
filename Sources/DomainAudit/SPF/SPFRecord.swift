package import DNS

/// An SPF record, read (RFC 7208 section 4.6 and 12).
package struct SPFRecord: Sendable, Hashable {
    package enum Qualifier: UInt8, Sendable, Hashable {
        case pass = 0x2B
        case fail = 0x2D
        case softfail = 0x7E
        case neutral = 0x3F
    }

    package enum Mechanism: Sendable, Hashable {
        case all
        case include(MacroString)
        case a(MacroString?, PrefixLengths)
        case mx(MacroString?, PrefixLengths)
        case ptr(MacroString?)
        case ip(IPAddress, prefix: Int)
        case exists(MacroString)
    }

    package struct Directive: Sendable, Hashable {
        package var qualifier: Qualifier
        package var mechanism: Mechanism
        /// As it is written.
        package var text: String
    }

    /// How many leading bits of an address count, of either kind.
    package struct PrefixLengths: Sendable, Hashable {
        var ipv4 = 32
        var ipv6 = 128
    }

    package var directives: [Directive] = []
    package var redirect: MacroString?
    package var explanation: MacroString?

    /// What is wrong with a record.
    package struct SyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
        /// The term, as it is written.
        package var term: String
        package var reason: String
        package var description: String { "'\(term)' \(reason)" }
    }

    /// Whether a TXT record is one of SPF (section 4.5): any other is none of its business.
    package static func isOne(_ text: [UInt8]) -> Bool {
        let version = Array("v=spf1".utf8)
        guard text.prefix(version.count).map(\.loweredASCII) == version else { return false }
        return text.count == version.count || text[version.count] == UInt8(ascii: " ")
    }

    /// Reads a record that ``isOne(_:)``. An error anywhere in it is one of the whole.
    package init(_ text: [UInt8]) throws(SyntaxError) {
        for word in text.split(separator: UInt8(ascii: " ")).dropFirst() {
            let term = Term(word)
            do throws(Term.Reason) {
                if let modifier = term.modifier {
                    try take(modifier, term)
                } else {
                    directives.append(try term.directive())
                }
            } catch {
                throw SyntaxError(term: term.text, reason: error.text)
            }
        }
    }

    private mutating func take(_ modifier: Term.Modifier, _ term: Term) throws(Term.Reason) {
        switch modifier.name {
        case "redirect":
            guard redirect == nil else { throw Term.Reason("stands there twice") }
            redirect = try MacroString(domain: modifier.value)
        case "exp":
            guard explanation == nil else { throw Term.Reason("stands there twice") }
            explanation = try MacroString(domain: modifier.value)
        default: _ = try MacroString(modifier.value)
        }
    }
}

/// A directive or a modifier.
struct Term {
    /// What is wrong with a term, as the rest of a sentence that begins with it.
    struct Reason: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }

    struct Modifier {
        /// In small letters.
        var name: String
        var value: ArraySlice<UInt8>
    }

    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var text: String { bytes.escaped(alsoEscaping: "") }

    /// `name=value`: the name begins with a letter.
    var modifier: Modifier? {
        guard let first = bytes.first, first.isASCIILetter else { return nil }
        let name = bytes.prefix { $0.isASCIILetter || $0.isASCIIDigit || "-_.".utf8.contains($0) }
        guard bytes[name.endIndex...].first == UInt8(ascii: "=") else { return nil }
        return Modifier(
            name: String(decoding: name.map(\.loweredASCII), as: UTF8.self),
            value: bytes[(name.endIndex + 1)...])
    }

    func directive() throws(Reason) -> SPFRecord.Directive {
        var rest = bytes
        var qualifier = SPFRecord.Qualifier.pass
        if let first = rest.first, let given = SPFRecord.Qualifier(rawValue: first) {
            qualifier = given
            rest = rest.dropFirst()
        }
        let name = rest.prefix { $0.isASCIILetter || $0.isASCIIDigit }
        rest = rest[name.endIndex...]
        let argument = rest.first == UInt8(ascii: ":") ? rest.dropFirst() : nil
        let mechanism: SPFRecord.Mechanism
        switch String(decoding: name.map(\.loweredASCII), as: UTF8.self) {
        case "all":
            guard rest.isEmpty else { throw Reason("may have nothing behind 'all'") }
            mechanism = .all
        case "include": mechanism = .include(try domain(argument))
        case "exists": mechanism = .exists(try domain(argument))
        case "a":
            let (domain, lengths) = try optionalDomain(rest)
            mechanism = .a(domain, lengths)
        case "mx":
            let (domain, lengths) = try optionalDomain(rest)
            mechanism = .mx(domain, lengths)
        case "ptr": mechanism = .ptr(rest.isEmpty ? nil : try domain(argument))
        case "ip4": mechanism = try network(argument, isIPv6: false)
        case "ip6": mechanism = try network(argument, isIPv6: true)
        default: throw Reason("is no mechanism of SPF")
        }
        return SPFRecord.Directive(qualifier: qualifier, mechanism: mechanism, text: text)
    }

    private func domain(_ argument: ArraySlice<UInt8>?) throws(Reason) -> MacroString {
        guard let argument else { throw Reason("lacks ':' and a domain") }
        return try MacroString(domain: argument)
    }

    /// What may stand behind `a` and `mx`: `[":" domain-spec] ["/" length] ["//" length]`.
    private func optionalDomain(
        _ rest: ArraySlice<UInt8>
    ) throws(Reason) -> (MacroString?, SPFRecord.PrefixLengths) {
        let slash = UInt8(ascii: "/")
        var rest = rest
        var lengths = SPFRecord.PrefixLengths()
        // From behind: a domain may have slashes itself.
        func takeLength(slashes: Int, maximum: Int) throws(Reason) -> Int? {
            let digits = rest.reversed().prefix(while: \.isASCIIDigit).count
            guard digits > 0 else { return nil }
            let front = rest.dropLast(digits)
            guard front.suffix(slashes).count == slashes, front.suffix(slashes).allSatisfy({ $0 == slash })
            else {
                return nil
            }
            let length = try prefixLength(rest.suffix(digits), maximum: maximum)
            rest = front.dropLast(slashes)
            return length
        }
        if let length = try takeLength(slashes: 2, maximum: 128) { lengths.ipv6 = length }
        if let length = try takeLength(slashes: 1, maximum: 32) { lengths.ipv4 = length }
        guard let first = rest.first else { return (nil, lengths) }
        guard first == UInt8(ascii: ":") else { throw Reason("is no mechanism of SPF") }
        return (try MacroString(domain: rest.dropFirst()), lengths)
    }

    private func network(
        _ argument: ArraySlice<UInt8>?, isIPv6: Bool
    ) throws(Reason) -> SPFRecord.Mechanism {
        guard let argument else { throw Reason("lacks ':' and an address") }
        let text = argument.prefix { $0 != UInt8(ascii: "/") }
        guard let address = IPAddress(String(decoding: text, as: UTF8.self)), address.isIPv6 == isIPv6 else {
            throw Reason("has no IPv\(isIPv6 ? 6 : 4) address")
        }
        guard text.endIndex < argument.endIndex else { return .ip(address, prefix: address.bitCount) }
        let prefix = try prefixLength(argument[(text.endIndex + 1)...], maximum: address.bitCount)
        return .ip(address, prefix: prefix)
    }

    private func prefixLength(_ digits: ArraySlice<UInt8>, maximum: Int) throws(Reason) -> Int {
        guard
            (1...3).contains(digits.count), digits.allSatisfy(\.isASCIIDigit),
            digits.count == 1 || digits.first != UInt8(ascii: "0"),
            let length = Int(String(decoding: digits, as: UTF8.self)), length <= maximum
        else { throw Reason("has a prefix length that is not 0 to \(maximum)") }
        return length
    }
}

extension UInt8 {
    var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }
    var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
}
