private import Glibc

/// An address of IPv4 or IPv6.
package struct IPAddress: Hashable, Sendable {
    /// In network order: four or sixteen.
    package let bytes: [UInt8]

    package var isIPv6: Bool { bytes.count == 16 }
    package var bitCount: Int { bytes.count * 8 }

    /// `nil` where there are not four or sixteen.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Text as inet_pton(3) reads it: `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`.
    package init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, &bytes) == 1 else { return nil }
        self.bytes = bytes
    }

    /// An IPv4 address that is written as an IPv6 one (`::ffff:192.0.2.1`), as the IPv4 address that it is; others as they are.
    package var unmapped: IPAddress {
        let prefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        guard isIPv6, bytes.starts(with: prefix) else { return self }
        return IPAddress(bytes: Array(bytes.suffix(4))) ?? self
    }

    /// Whether both are of one kind and agree in so many leading bits.
    package func matches(_ other: IPAddress, prefix: Int) -> Bool {
        guard bytes.count == other.bytes.count, (0...bitCount).contains(prefix) else { return false }
        let whole = prefix / 8
        guard bytes[..<whole].elementsEqual(other.bytes[..<whole]) else { return false }
        let rest = prefix % 8
        guard rest > 0 else { return true }
        return (bytes[whole] ^ other.bytes[whole]) >> UInt8(8 - rest) == 0
    }

    /// The name under which PTR records of the address are kept (RFC 1035 section 3.5, RFC 3596 section 2.5).
    package var reverseName: DomainName {
        let labels: [String]
        if isIPv6 {
            labels =
                bytes.reversed().flatMap { [String($0 & 15, radix: 16), String($0 >> 4, radix: 16)] } + [
                    "ip6", "arpa",
                ]
        } else {
            labels = bytes.reversed().map(String.init) + ["in-addr", "arpa"]
        }
        // At most 74 bytes: it is always a name.
        return DomainName(labels: labels.map(\.utf8)) ?? .root
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        let longest = Int(INET6_ADDRSTRLEN)
        return String(unsafeUninitializedCapacity: longest) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                guard
                    let start = text.baseAddress,
                    inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, start, socklen_t(longest)) != nil
                else { return 0 }
                return strlen(start)
            }
        }
    }
}
