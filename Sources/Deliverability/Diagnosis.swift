internal import TextSearch

/// Findings, in the order in which they are told: by the paths and the layer that they concern, the worst first.
package struct Diagnosis: Sendable, Hashable {
    /// Findings on the same paths and layer.
    package struct Group: Sendable, Hashable {
        package var paths: [MailPath]
        package var layer: Layer
        /// The worst first.
        package var findings: [Finding]
        package var severity: Severity { findings.map(\.severity).max() ?? .healthy }
    }

    package let groups: [Group]

    package init(_ findings: [Finding]) {
        struct Key: Hashable {
            var paths: [MailPath]
            var layer: Layer
        }
        var order: [Key] = []
        var sorted: [Key: [Finding]] = [:]
        for finding in findings {
            let key = Key(paths: MailPath.allCases.filter(finding.paths.contains), layer: finding.layer)
            if sorted[key] == nil { order.append(key) }
            sorted[key, default: []].append(finding)
        }
        groups = order.map { key in
            Group(
                paths: key.paths, layer: key.layer,
                findings: (sorted[key] ?? []).stablySorted { $0.severity > $1.severity })
        }.stablySorted { $0.severity > $1.severity }
    }

    package var findings: [Finding] { groups.flatMap(\.findings) }

    /// The worst of all.
    package var severity: Severity { groups.first?.severity ?? .healthy }

    package func count(_ severity: Severity) -> Int { findings.count { $0.severity == severity } }

    /// `2 broken, 1 warning, 9 healthy`.
    package var summary: String {
        let parts: [String] = Severity.allCases.reversed().compactMap { severity in
            let count = count(severity)
            guard count > 0 else { return nil }
            return "\(count) \(severity == .warning && count > 1 ? "warnings" : severity.rawValue)"
        }
        return parts.isEmpty ? "nothing was looked at" : parts.joined(separator: ", ")
    }
}

extension Finding {
    /// The Region, where the title does not tell it by itself.
    package var untoldRegion: String? { region.flatMap { title.contains(text: $0) ? nil : $0 } }
}

extension Layer {
    /// As a person calls it.
    package var words: String {
        switch self {
        case .relayCredentials: "relay credentials"
        case .ses: "SES"
        case .suppressionList: "suppression list"
        case .senderAuthentication: "sender authentication"
        case .recipientPolicy: "recipient's policy"
        case .reputation: "reputation"
        case .recipientAddress: "recipient's address"
        case .mailbox: "mailbox"
        case .network: "network and name service"
        case .worker: "functions"
        case .unknown: "unknown layer"
        }
    }
}

extension MailPath {
    /// Several paths, as a person calls them.
    package static func words(_ paths: [MailPath]) -> String {
        switch (paths.contains(.relay), paths.contains(.api)) {
        case (true, true): "Both paths"
        case (true, false): "Gmail's relay"
        case (false, true): "Campaigns"
        case (false, false): "No path"
        }
    }
}

extension Array {
    /// Equals stay in their order, as `sort` does not promise.
    fileprivate func stablySorted(_ precedes: (Element, Element) -> Bool) -> [Element] {
        enumerated().sorted { one, other in
            if precedes(one.element, other.element) { return true }
            return !precedes(other.element, one.element) && one.offset < other.offset
        }.map(\.element)
    }
}

extension String {
    /// With every character that a terminal would act upon, or that would turn the direction of writing, as `\u{…}`: for text
    /// from outside.
    package var printable: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.isUnprintable {
                text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isUnprintable: Bool {
        switch value {
        // Control characters; directional marks, embeddings, overrides and isolates; line and paragraph separators.
        case 0x00..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
