internal import DNS

/// Text in which macros stand for what is known of a mail (RFC 7208 section 7).
package struct MacroString: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case literal([UInt8])
        case macro(Macro)
    }

    struct Macro: Sendable, Hashable {
        /// s, l, o, d, i, p, h, v, and in explanations c, r and t.
        var letter: UInt8
        /// Whether it was a capital one: the value is escaped as in a URL.
        var isEscaped: Bool
        /// How many parts of the value are kept, from the right; `nil`: all.
        var parts: Int?
        var isReversed: Bool
        /// Where the value is split.
        var delimiters: [UInt8]
    }

    let parts: [Part]
    /// As it is written.
    package let text: String

    /// macro-string.
    init(_ bytes: ArraySlice<UInt8>) throws(Term.Reason) {
        (parts, text) = (try Self.parts(of: bytes, allowsSpaces: false), bytes.escaped(alsoEscaping: ""))
    }

    /// explain-string: may have spaces, and the macros c, r and t, which those for domains may not.
    init(explanation bytes: [UInt8]) throws(Term.Reason) {
        (parts, text) = (try Self.parts(of: bytes[...], allowsSpaces: true), bytes.escaped(alsoEscaping: ""))
    }

    /// domain-spec: ends in a macro, or in a dot and a label that a top-level domain could have.
    init(domain bytes: ArraySlice<UInt8>) throws(Term.Reason) {
        try self.init(bytes)
        guard let last = parts.last else { throw Term.Reason("lacks a domain") }
        for case .macro(let macro) in parts where Self.onlyForExplanations.contains(macro.letter) {
            throw Term.Reason("uses a macro that only explanations may have")
        }
        guard case .literal(var end) = last else { return }
        if end.last == UInt8(ascii: ".") { end.removeLast() }
        guard let dot = end.lastIndex(of: UInt8(ascii: ".")), Self.isTopLabel(end[(dot + 1)...]) else {
            throw Term.Reason("has no domain that ends in a top-level one")
        }
    }

    private static let letters = Array("slodiphcrtv".utf8)
    private static let onlyForExplanations = Array("crt".utf8)
    private static let delimiters = Array(".-+,/_=".utf8)

    /// Letters, digits and hyphens, none at the ends, not digits alone.
    private static func isTopLabel(_ label: ArraySlice<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return label.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == hyphen }
            && label.contains { !$0.isASCIIDigit } && label.first != hyphen && label.last != hyphen
    }

    private static func parts(
        of bytes: ArraySlice<UInt8>, allowsSpaces: Bool
    ) throws(Term.Reason) -> [Part] {
        var parts: [Part] = []
        var literal: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                guard (0x21...0x7E).contains(byte) || allowsSpaces && byte == 0x20 else {
                    throw Term.Reason("has a character that is not printable ASCII")
                }
                literal.append(byte)
                continue
            }
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = []
            switch rest.popFirst() {
            case UInt8(ascii: "%"): parts.append(.percent("%"))
            case UInt8(ascii: "_"): parts.append(.percent(" "))
            case UInt8(ascii: "-"): parts.append(.percent("%20"))
            case UInt8(ascii: "{"): parts.append(.macro(try macro(&rest)))
            default: throw Term.Reason("has a '%' that begins no macro")
            }
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        return parts
    }

    /// What stands between `%{` and `}`.
    private static func macro(_ rest: inout ArraySlice<UInt8>) throws(Term.Reason) -> Macro {
        let unknown = Term.Reason("has a macro that RFC 7208 does not know")
        guard let letter = rest.popFirst(), letters.contains(letter.loweredASCII) else { throw unknown }
        let digits = rest.prefix(while: \.isASCIIDigit)
        rest = rest[digits.endIndex...]
        var parts: Int?
        if !digits.isEmpty {
            // More parts than a value can have are all of them.
            parts = Int(String(decoding: digits, as: UTF8.self)) ?? .max
            guard parts != 0 else { throw Term.Reason("has a macro that keeps none of its value") }
        }
        var isReversed = false
        if rest.first.map(\.loweredASCII) == UInt8(ascii: "r") {
            isReversed = true
            rest.removeFirst()
        }
        let delimiters = rest.prefix { self.delimiters.contains($0) }
        rest = rest[delimiters.endIndex...]
        guard rest.popFirst() == UInt8(ascii: "}") else { throw unknown }
        return Macro(
            letter: letter.loweredASCII, isEscaped: letter != letter.loweredASCII, parts: parts,
            isReversed: isReversed, delimiters: delimiters.isEmpty ? [UInt8(ascii: ".")] : Array(delimiters))
    }

    /// The letters of all macros.
    var letters: Set<UInt8> {
        Set(parts.compactMap { if case .macro(let macro) = $0 { macro.letter } else { nil } })
    }

    /// The text with values for its macros.
    func expanded(_ value: (UInt8) -> [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for part in parts {
            switch part {
            case .literal(let bytes): text += bytes
            case .macro(let macro): text += macro.transformed(value(macro.letter))
            }
        }
        return text
    }
}

extension MacroString.Part {
    /// `%%`, `%_` or `%-`: by the grammar macros, and so an end of a domain.
    fileprivate static func percent(_ text: String) -> MacroString.Part {
        .macro(
            .init(letter: 0, isEscaped: false, parts: nil, isReversed: false, delimiters: Array(text.utf8)))
    }
}

extension MacroString.Macro {
    func transformed(_ value: [UInt8]) -> [UInt8] {
        guard letter != 0 else { return delimiters }
        var parts = value.split(omittingEmptySubsequences: false) { delimiters.contains($0) }
        if isReversed { parts.reverse() }
        if let kept = self.parts { parts = parts.suffix(kept) }
        let joined = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        return isEscaped ? joined.percentEncoded : joined
    }
}

extension [UInt8] {
    /// All but the unreserved characters of RFC 3986 as `%XX`.
    fileprivate var percentEncoded: [UInt8] {
        flatMap { byte -> [UInt8] in
            if byte.isASCIILetter || byte.isASCIIDigit || "-._~".utf8.contains(byte) { return [byte] }
            let digits = Array("0123456789ABCDEF".utf8)
            return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
}
