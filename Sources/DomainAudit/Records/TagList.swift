internal import DNS

/// `tag=value; tag=value`: the syntax that DKIM keys, DMARC, MTA-STS and TLS-RPT records share (RFC 6376 section 3.2).
struct TagList: Sendable, Hashable {
    struct Tag: Sendable, Hashable {
        /// In small letters.
        var name: String
        var value: String
    }

    /// In their order.
    private(set) var tags: [Tag] = []
    /// What is no tag, or the second of its name: it is left out.
    private(set) var errors: [String] = []

    /// Bytes that are not printable ASCII stand as `\DDD` in values, folding white space as spaces.
    init(_ bytes: [UInt8]) {
        var names: Set<String> = []
        for part in bytes.split(separator: UInt8(ascii: ";")) {
            let part = part.trimmed
            guard !part.isEmpty else { continue }
            let name = part.prefix { $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_") }
            let rest = part[name.endIndex...].trimmed
            guard name.first?.isASCIILetter == true, rest.first == UInt8(ascii: "=") else {
                errors.append("'\(part.escaped(alsoEscaping: ""))' is no tag: it should be name=value")
                continue
            }
            let tag = Tag(
                name: String(decoding: name.map(\.loweredASCII), as: UTF8.self),
                value: rest.dropFirst().trimmed.map { $0.isWhite ? UInt8(ascii: " ") : $0 }.escaped(
                    alsoEscaping: ""))
            guard names.insert(tag.name).inserted else {
                errors.append("the tag '\(tag.name)' stands there twice")
                continue
            }
            tags.append(tag)
        }
    }

    subscript(name: String) -> String? { tags.first { $0.name == name }?.value }

    /// Whether the first tag is `v` with that value, upper and lower case being different in it.
    func isVersion(_ version: String) -> Bool { tags.first?.name == "v" && tags.first?.value == version }
}

extension Collection<UInt8> where SubSequence == ArraySlice<UInt8> {
    /// Without the spaces, tabs and line breaks at the ends.
    var trimmed: ArraySlice<UInt8> {
        var slice = self[...]
        while slice.first?.isWhite == true { slice.removeFirst() }
        while slice.last?.isWhite == true { slice.removeLast() }
        return slice
    }
}

extension UInt8 {
    /// A space, a tab or part of a line break.
    fileprivate var isWhite: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
}
