package import DNS

/// What a domain wants of those who hand mail to it over TLS (RFC 8461 section 3.2): the file `.well-known/mta-sts.txt`.
package struct MTASTSPolicy: Sendable, Hashable {
    package enum Mode: String, Sendable, Hashable {
        case enforce, testing, none
    }

    package var mode: Mode
    /// Names, or `*.` and a name.
    package var exchanges: [String]
    /// In seconds.
    package var maximumAge: Int

    /// The longest file that is read.
    package static let maximumBytes = 64 << 10

    package struct ReadError: Error, Sendable, Hashable {
        /// What is wrong, the rest of a sentence that begins with "it".
        package var reason: String
    }

    package init(_ text: [UInt8]) throws(ReadError) {
        var values: [String: String] = [:]
        exchanges = []
        for line in text.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let key = line[..<colon].trimmed.escaped(alsoEscaping: "")
            let value = line[(colon + 1)...].trimmed.escaped(alsoEscaping: "")
            if key == "mx" {
                exchanges.append(value.lowercased())
            } else if values[key] == nil {
                values[key] = value
            }
        }
        guard values["version"] == "STSv1" else { throw ReadError(reason: "has no line 'version: STSv1'") }
        guard let mode = values["mode"].flatMap(Mode.init) else {
            throw ReadError(reason: "has no line 'mode:' with enforce, testing or none")
        }
        guard let age = values["max_age"].flatMap({ Int($0) }), (0...31_557_600).contains(age) else {
            throw ReadError(reason: "has no line 'max_age:' with seconds up to a year")
        }
        guard !exchanges.isEmpty || mode == .none else { throw ReadError(reason: "has no line 'mx:'") }
        (self.mode, maximumAge) = (mode, age)
    }

    /// Whether mail may go to that host (section 4.1: a `*` stands for one label).
    package func allows(_ exchange: DomainName) -> Bool {
        exchanges.contains { pattern in
            pattern.hasPrefix("*.")
                ? exchange.parent.map { $0 == DomainName(pattern.dropFirst(2)) } ?? false
                : exchange == DomainName(pattern)
        }
    }
}
