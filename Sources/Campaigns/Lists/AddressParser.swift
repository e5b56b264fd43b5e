/// Checks addresses (RFC 5321 section 4.1.2, RFC 5322 section 3.4.1) and writes them in one way.
///
/// Stricter than the grammar where no mail could arrive: the domain is a name of two labels or more, its last one not a
/// number, and no address literal; the local part is ASCII, since Amazon SES has no SMTPUTF8. A quoted local part loses
/// the quotes and backslashes that it does not need: `"ann"@example.org` is `ann@example.org`.
///
/// A value keeps scratch memory between calls: use one for each list that is read.
package struct AddressParser: ~Copyable {
    /// Lengths in octets: RFC 5321 section 4.5.3.1, and erratum 1690 to RFC 3696 for the whole.
    enum Limit {
        static let address = 254
        static let localPart = 64
        static let domain = 253
        static let label = 63
    }

    private var domains: EncodedDomains
    private let isLocalPartCaseSensitive: Bool
    private let kinds: UnsafeMutablePointer<UInt8>
    private let written: UnsafeMutablePointer<UInt8>
    private let folded: UnsafeMutablePointer<UInt8>

    /// The address as it is sent; valid until the next call of ``parse(_:)``.
    package private(set) var sent: UnsafeRawBufferPointer
    /// The form in which two addresses are the same; valid until the next call of ``parse(_:)``.
    package private(set) var compared: UnsafeRawBufferPointer

    /// - Parameters:
    ///   - encoder: turns an internationalised domain into ASCII.
    ///   - isLocalPartCaseSensitive: whether local parts that differ in case are two addresses.
    package init(encoder: any DomainEncoder, isLocalPartCaseSensitive: Bool = false) {
        domains = EncodedDomains(encoder: encoder)
        self.isLocalPartCaseSensitive = isLocalPartCaseSensitive
        kinds = .allocate(capacity: 256)
        for byte in UInt8.min...UInt8.max { (kinds + Int(byte)).initialize(to: Kind.of(byte)) }
        written = .allocate(capacity: Limit.address)
        folded = .allocate(capacity: Limit.address)
        sent = UnsafeRawBufferPointer(start: written, count: 0)
        compared = sent
    }

    deinit {
        kinds.deallocate()
        written.deallocate()
        folded.deallocate()
    }

    /// Checks an address as it stands in a list; white space around it is ignored.
    ///
    /// On success `sent` holds the address as it is sent (domain in lower-case ASCII, local part as written) and
    /// `compared` the form in which two addresses are the same.
    /// - Returns: what is wrong with it, or `nil`.
    package mutating func parse(_ text: UnsafeRawBufferPointer) -> AddressFault? {
        if acceptPlain(text) { return nil }
        do {
            accept(try CanonicalAddress(text, domains: &domains))
            return nil
        } catch {
            return error
        }
    }

    /// The form in which two addresses are the same; `nil` if the text is none.
    package mutating func comparisonForm(of text: String) -> String? {
        Array(text.utf8).withUnsafeBytes { parse($0) } == nil
            ? String(decoding: compared, as: UTF8.self) : nil
    }

    /// Takes an address as nearly all are, dot-atom at ASCII domain, in one pass.
    ///
    /// - Returns: `false` where it must be looked at more closely.
    private mutating func acceptPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        let count = text.count
        guard count <= Limit.address, let start = text.baseAddress else { return false }
        let bytes = start.assumingMemoryBound(to: UInt8.self)
        var index = 0
        // Bytes of the atom, later of the label.
        var run = 0
        var seen: UInt8 = 0
        while index < count {
            let byte = bytes[index]
            let kind = kinds[Int(byte)]
            if kind & Kind.atom != 0 {
                run += 1
            } else if byte == UInt8(ascii: "."), run > 0 {
                run = 0
            } else {
                break
            }
            seen |= kind
            folded[index] = byte | kind & Kind.capital
            index += 1
        }
        guard index < count, bytes[index] == UInt8(ascii: "@"), run > 0, index <= Limit.localPart else {
            return false
        }
        let localPart = index
        let hasCapitals = seen & Kind.capital != 0
        folded[index] = UInt8(ascii: "@")
        index += 1

        run = 0
        seen = 0
        var labels = 1
        while index < count {
            let byte = bytes[index]
            let kind = kinds[Int(byte)]
            if kind & (Kind.letter | Kind.digit) != 0 {
                run += 1
                seen |= kind
            } else if byte == UInt8(ascii: "-"), run > 0 {
                // Third and fourth of a label: `xn--` perhaps.
                if run == 3, bytes[index - 1] == byte { return false }
                run += 1
                seen |= Kind.letter
            } else if byte == UInt8(ascii: "."), run > 0, run <= Limit.label,
                bytes[index - 1] != UInt8(ascii: "-")
            {
                run = 0
                seen = 0
                labels += 1
            } else {
                return false
            }
            folded[index] = byte | kind & Kind.capital
            index += 1
        }
        guard labels > 1, run > 0, run <= Limit.label, bytes[index - 1] != UInt8(ascii: "-"),
            seen & Kind.letter != 0
        else { return false }

        compared = UnsafeRawBufferPointer(start: folded, count: count)
        sent = compared
        if hasCapitals {
            written.update(from: bytes, count: localPart)
            (written + localPart).update(from: folded + localPart, count: count - localPart)
            sent = UnsafeRawBufferPointer(start: written, count: count)
            if isLocalPartCaseSensitive { compared = sent }
        }
        return true
    }

    private mutating func accept(_ address: CanonicalAddress) {
        let bytes = address.localPart + [UInt8(ascii: "@")] + address.domain
        for (index, byte) in bytes.enumerated() {
            written[index] = byte
            let isFolded = index > address.localPart.count || !isLocalPartCaseSensitive
            folded[index] = isFolded ? byte | kinds[Int(byte)] & Kind.capital : byte
        }
        sent = UnsafeRawBufferPointer(start: written, count: bytes.count)
        compared = UnsafeRawBufferPointer(start: folded, count: bytes.count)
    }

    /// What a byte may be in an address, as bits.
    enum Kind {
        /// May stand in an atom (RFC 5322 section 3.2.3: atext).
        static let atom: UInt8 = 1
        static let letter: UInt8 = 2
        static let digit: UInt8 = 4
        /// The very bit that a lower-case letter has and its capital lacks.
        static let capital: UInt8 = 0x20

        static func of(_ byte: UInt8) -> UInt8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): atom | letter | capital
            case UInt8(ascii: "a")...UInt8(ascii: "z"): atom | letter
            case UInt8(ascii: "0")...UInt8(ascii: "9"): atom | digit
            default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte) ? atom : 0
            }
        }
    }
}
