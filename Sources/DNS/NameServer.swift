/// Where questions go.
package struct NameServer: Sendable, Hashable, CustomStringConvertible {
    package let address: IPAddress
    package let port: UInt16

    package static let usualPort: UInt16 = 53

    package init(address: IPAddress, port: UInt16 = usualPort) {
        self.address = address
        self.port = port
    }

    /// `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`; `nil` where it is none of these.
    package init?(_ text: String) {
        var (host, port) = (text[...], Substring?.none)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":") else { return nil }
                port = rest.dropFirst()
            }
        } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        }
        guard let address = IPAddress(String(host)) else { return nil }
        self.address = address
        guard let port else {
            self.port = Self.usualPort
            return
        }
        guard let number = UInt16(port), number > 0 else { return nil }
        self.port = number
    }

    package var description: String { address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
