/// A language that the unsubscribe page speaks.
enum Language: String, Sendable, CaseIterable {
    /// The first is spoken to those who understand none of them. BCP 47 tags.
    case english = "en"
    case spanish = "es"
    case german = "de"
    case french = "fr"

    /// Its own name.
    var name: String {
        switch self {
        case .english: "English"
        case .spanish: "Español"
        case .german: "Deutsch"
        case .french: "Français"
        }
    }

    /// The language of a tag such as `de-AT`.
    init?(tag: some StringProtocol) {
        guard let primary = tag.split(separator: "-", omittingEmptySubsequences: false).first else {
            return nil
        }
        self.init(rawValue: primary.lowercased())
    }

    /// The one that an Accept-Language header (RFC 9110 section 12.5.4) likes best; English if it likes none.
    init(accepting header: String?) {
        var ranges = (header ?? "").split(separator: ",").prefix(Self.maximumRanges).compactMap(Range.init)
        // Of those liked equally, the one named first.
        let order = ranges.enumerated().sorted {
            ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset)
        }
        ranges = order.map(\.element)
        let refused = Set(ranges.filter { $0.quality == 0 }.compactMap { Language(tag: $0.tag) })
        for range in ranges where range.quality > 0 {
            if let language = Language(tag: range.tag) {
                self = language
                return
            }
            if range.tag == "*" {
                let named = Set(ranges.compactMap { Language(tag: $0.tag) })
                if let language = Self.allCases.first(where: { !refused.contains($0) && !named.contains($0) })
                {
                    self = language
                    return
                }
            }
        }
        self = .english
    }

    private static let maximumRanges = 40

    /// `de-AT;q=0.8`
    private struct Range {
        let tag: Substring
        /// In thousandths.
        let quality: Int

        init?(_ text: Substring) {
            let parts = text.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
            tag = parts[0]
            var quality = 1000
            for parameter in parts.dropFirst() where parameter.hasPrefix("q=") || parameter.hasPrefix("Q=") {
                guard let value = Self.thousandths(parameter.dropFirst(2)) else { return nil }
                quality = value
            }
            self.quality = quality
        }

        /// `0`, `0.5`, `1.000`: at most three decimals, at most 1.
        private static func thousandths(_ text: Substring) -> Int? {
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            let decimals = parts.count > 1 ? parts[1] : ""
            guard parts[0] == "0" || parts[0] == "1", decimals.utf8.count <= 3,
                decimals.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let value = Int(parts[0] + decimals + String(repeating: "0", count: 3 - decimals.utf8.count)),
                value <= 1000
            else { return nil }
            return value
        }

        private static func trimmed(_ text: Substring) -> Substring {
            var text = text.drop { $0 == " " || $0 == "\t" }
            while text.last == " " || text.last == "\t" { text.removeLast() }
            return text
        }
    }
}
