/// A name in the DNS: labels of at most 63 bytes each, 255 bytes in all (RFC 1035 section 2.3.4).
///
/// Upper and lower case of ASCII are the same (RFC 4343): labels are kept in lower case. Any other byte may occur in one.
package struct DomainName: Hashable, Sendable {
    /// The leftmost first; none is empty. No labels: the root.
    package let labels: [[UInt8]]

    package static let longestLabel = 63
    /// With the length bytes and the root's.
    package static let longestName = 255

    package static let root = DomainName(unchecked: [])

    /// `nil` where a label is empty or too long, or the whole is.
    package init?(labels: some Sequence<some Sequence<UInt8>>) {
        var kept: [[UInt8]] = []
        var length = 1
        for label in labels {
            let label = label.map(\.loweredASCII)
            length += label.count + 1
            guard !label.isEmpty, label.count <= Self.longestLabel, length <= Self.longestName else {
                return nil
            }
            kept.append(label)
        }
        self.labels = kept
    }

    private init(unchecked labels: [[UInt8]]) { self.labels = labels }

    /// Text as people write it, the dots being where labels end; one at the end may be left out. `nil` where it is no name.
    package init?(_ text: some StringProtocol) { self.init(bytes: Array(text.utf8)) }

    /// As ``init(_:)-(StringProtocol)``, of bytes that need not be text.
    package init?(bytes: [UInt8]) {
        var bytes = bytes[...]
        if bytes.count > 1, bytes.last == UInt8(ascii: ".") { bytes = bytes.dropLast() }
        guard !bytes.isEmpty, bytes.count < Self.longestName else { return nil }
        self.init(labels: bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false))
    }

    /// The name without its leftmost label; `nil` of the root.
    package var parent: DomainName? {
        labels.isEmpty ? nil : DomainName(unchecked: Array(labels.dropFirst()))
    }

    /// The last labels of the name, all where it has not more.
    package func suffix(_ count: Int) -> DomainName { DomainName(unchecked: Array(labels.suffix(count))) }

    /// Whether the name is that one or lies below it.
    package func isWithin(_ other: DomainName) -> Bool {
        labels.count >= other.labels.count && labels.suffix(other.labels.count).elementsEqual(other.labels)
    }

    /// The name with labels in front, written with dots; `nil` where that is too long.
    package func prefixed(by text: String) -> DomainName? {
        guard let prefix = DomainName(text) else { return nil }
        return DomainName(labels: prefix.labels + labels)
    }
}

extension DomainName: CustomStringConvertible {
    /// In the form of zone files, where a backslash stands before what is not itself (RFC 1035 section 5.1), without the dot
    /// at the end. Nothing but printable ASCII.
    package var description: String {
        labels.isEmpty ? "." : labels.map { $0.escaped(alsoEscaping: #" .\"();@$"#) }.joined(separator: ".")
    }
}

extension Sequence<UInt8> {
    /// As text of printable ASCII, anything else as `\DDD`.
    ///
    /// - Parameter special: characters that get a backslash; a space among them becomes `\032`.
    package func escaped(alsoEscaping special: String = #"\""#) -> String {
        let special = Array(special.utf8)
        let space = UInt8(ascii: " ")
        var text: [UInt8] = []
        for byte in self {
            let isSpecial = special.contains(byte)
            if !(0x20...0x7E).contains(byte) || byte == space && isSpecial {
                let digits = String(byte)
                text += (#"\"# + String(repeating: "0", count: 3 - digits.count) + digits).utf8
            } else {
                if isSpecial { text.append(UInt8(ascii: #"\"#)) }
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension UInt8 {
    /// A capital letter of ASCII as the small one.
    package var loweredASCII: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
