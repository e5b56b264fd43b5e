/// An address taken apart by the whole grammar, or the fault that keeps it from being one.
struct CanonicalAddress {
    /// Quoted only where it must be.
    let localPart: [UInt8]
    /// Lower-case ASCII.
    let domain: [UInt8]

    init(_ text: UnsafeRawBufferPointer, domains: inout EncodedDomains) throws(AddressFault) {
        var rest = Self.trim(text)
        guard let first = rest.first else { throw .empty }
        if first == UInt8(ascii: "\"") {
            let content = try Self.takeQuoted(&rest)
            try Self.refuseOtherForms(rest)
            guard !rest.isEmpty else { throw .missingAt }
            guard rest.removeFirst() == UInt8(ascii: "@") else { throw .textAfterQuote }
            localPart = Self.isDotAtom(content) ? content : Self.quote(content)
        } else {
            try Self.refuseOtherForms(rest)
            guard let at = rest.firstIndex(of: UInt8(ascii: "@")) else {
                throw Self.contains(rest, "\u{FF20}") ? .fullWidthAt : .missingAt
            }
            localPart = Array(rest[..<at])
            rest = rest[(at + 1)...]
            try Self.checkAtoms(localPart)
        }
        guard localPart.count <= AddressParser.Limit.localPart else { throw .localPartTooLong }
        domain = try Self.domain(rest, domains: &domains)
        guard localPart.count + 1 + domain.count <= AddressParser.Limit.address else { throw .addressTooLong }
    }

    private typealias Bytes = Slice<UnsafeRawBufferPointer>

    // MARK: What people write that is more or less than an address

    private static func refuseOtherForms(_ text: Bytes) throws(AddressFault) {
        let ats = text.count { $0 == UInt8(ascii: "@") }
        if text.contains(where: { "<>".utf8.contains($0) }) { throw .displayName }
        if ats > 1, text.contains(where: { ",;| \t\r\n".utf8.contains($0) }) { throw .severalAddresses }
        if text.contains(where: { "()".utf8.contains($0) }) { throw .comment }
        if text.contains(where: isBlank) { throw .whiteSpace }
        if text.contains(where: { $0 >= 0x80 }), wideBlanks.contains(where: { contains(text, $0) }) {
            throw .whiteSpace
        }
        if text.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw .controlCharacter }
        if ats > 1 { throw .severalAts }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// White space beyond ASCII, and characters that cannot be seen, which come along when text is copied from a page.
    private static let wideBlanks = ["\u{A0}", "\u{200B}", "\u{2060}", "\u{3000}", "\u{FEFF}"]

    private static func trim(_ text: UnsafeRawBufferPointer) -> Bytes {
        var rest = text[...]
        while let byte = rest.first {
            if isBlank(byte) {
                rest.removeFirst()
            } else if byte >= 0x80, let blank = wideBlanks.first(where: { rest.starts(with: $0.utf8) }) {
                rest.removeFirst(blank.utf8.count)
            } else {
                break
            }
        }
        while let byte = rest.last {
            if isBlank(byte) {
                rest.removeLast()
            } else if byte >= 0x80,
                let blank = wideBlanks.first(where: { rest.suffix($0.utf8.count).elementsEqual($0.utf8) })
            {
                rest.removeLast(blank.utf8.count)
            } else {
                break
            }
        }
        return rest
    }

    private static func contains(_ text: Bytes, _ character: String) -> Bool {
        let wanted = character.utf8
        return text.indices.contains { text[$0] == wanted.first && text[$0...].starts(with: wanted) }
    }

    // MARK: Local part

    /// Takes a quoted string (RFC 5321: Quoted-string) and returns what it says.
    private static func takeQuoted(_ text: inout Bytes) throws(AddressFault) -> [UInt8] {
        var content: [UInt8] = []
        var isEscaped = false
        text.removeFirst()
        while let byte = text.popFirst() {
            if byte == UInt8(ascii: "\""), !isEscaped { return content }
            guard byte < 0x80 else { throw .internationalLocalPart }
            guard byte >= 0x20, byte != 0x7F else { throw .controlCharacter }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            if !isEscaped { content.append(byte) }
        }
        throw .unclosedQuote
    }

    private static func quote(_ content: [UInt8]) -> [UInt8] {
        var quoted = [UInt8(ascii: "\"")]
        for byte in content {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { quoted.append(UInt8(ascii: "\\")) }
            quoted.append(byte)
        }
        return quoted + [UInt8(ascii: "\"")]
    }

    private static func isDotAtom(_ content: [UInt8]) -> Bool {
        do {
            try checkAtoms(content)
            return true
        } catch {
            return false
        }
    }

    private static func checkAtoms(_ text: [UInt8]) throws(AddressFault) {
        guard !text.isEmpty else { throw .emptyLocalPart }
        for byte in text where byte != UInt8(ascii: ".") {
            guard byte < 0x80 else { throw .internationalLocalPart }
            guard AddressParser.Kind.of(byte) & AddressParser.Kind.atom != 0 else {
                throw .invalidLocalPartCharacter
            }
        }
        let atoms = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty }) else { throw .misplacedDot }
    }

    // MARK: Domain

    private static func domain(_ text: Bytes, domains: inout EncodedDomains) throws(AddressFault) -> [UInt8] {
        guard let first = text.first else { throw .emptyDomain }
        guard first != UInt8(ascii: "[") else { throw .addressLiteral }
        // A name in UTF-8 may be up to four times as long as it has characters.
        guard text.count <= AddressParser.Limit.domain * 4 else { throw .domainTooLong }
        var domain = Array(text)
        if domain.contains(where: { $0 >= 0x80 }) || hasPunycode(domain) {
            guard let ascii = domains.ascii(String(decoding: domain, as: UTF8.self)) else {
                throw .invalidInternationalDomain
            }
            domain = Array(ascii.utf8)
        }
        domain = domain.map(lowercased)
        try checkLabels(domain)
        return domain
    }

    private static func hasPunycode(_ domain: [UInt8]) -> Bool {
        domain.split(separator: UInt8(ascii: ".")).contains { label in
            label.prefix(4).map(lowercased).elementsEqual("xn--".utf8)
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte | AddressParser.Kind.of(byte) & AddressParser.Kind.capital
    }

    private static func checkLabels(_ domain: [UInt8]) throws(AddressFault) {
        let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        for byte in domain where byte != UInt8(ascii: ".") && byte != UInt8(ascii: "-") {
            let isAllowed =
                AddressParser.Kind.of(byte) & (AddressParser.Kind.letter | AddressParser.Kind.digit) != 0
            guard isAllowed else { throw .invalidDomainCharacter }
        }
        for label in labels {
            guard let first = label.first, let last = label.last else {
                throw labels.dropLast().allSatisfy { !$0.isEmpty } ? .trailingDot : .emptyLabel
            }
            guard first != UInt8(ascii: "-"), last != UInt8(ascii: "-") else { throw .misplacedHyphen }
            guard label.count <= AddressParser.Limit.label else { throw .labelTooLong }
        }
        guard domain.count <= AddressParser.Limit.domain else { throw .domainTooLong }
        guard labels.count > 1, let last = labels.last else { throw .singleLabelDomain }
        guard !last.allSatisfy({ AddressParser.Kind.of($0) & AddressParser.Kind.digit != 0 }) else {
            throw .numericTopLevelDomain
        }
    }
}
