/// The name of a campaign, which is also its folder's: 1 to 64 of `a-z`, `0-9` and `-`, beginning with a letter or digit.
package struct CampaignID: Sendable, Hashable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ rawValue: String) {
        let characters = rawValue.utf8
        guard (1...64).contains(characters.count), characters.first != UInt8(ascii: "-"),
            characters.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            })
        else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}

/// Which sending of a campaign a run is: a schedule's instant, or a name that the event gave.
///
/// 1 to 128 of `A-Z a-z 0-9 . _ : -`, not beginning with a dot, so that it can stand in an object's key and in a
/// command line.
package struct Occurrence: Sendable, Hashable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ rawValue: String) {
        let characters = rawValue.utf8
        guard (1...128).contains(characters.count), characters.first != UInt8(ascii: "."),
            characters.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || ".-_:".utf8.contains($0)
            })
        else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}

/// The name of a step of a campaign's sequence: 1 to 32 of `a-z`, `0-9` and `-`, beginning with a letter or digit.
package struct StepID: Sendable, Hashable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ rawValue: String) {
        guard rawValue.utf8.count <= 32, CampaignID(rawValue) != nil else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}

/// One sending of one campaign: written `campaign#occurrence`.
package struct RunID: Sendable, Hashable, CustomStringConvertible {
    package let campaign: CampaignID
    package let occurrence: Occurrence

    package init(campaign: CampaignID, occurrence: Occurrence) {
        self.campaign = campaign
        self.occurrence = occurrence
    }

    /// Parses `campaign#occurrence`.
    package init?(_ text: String) {
        guard let separator = text.firstIndex(of: "#"),
            let campaign = CampaignID(String(text[..<separator])),
            let occurrence = Occurrence(String(text[text.index(after: separator)...]))
        else { return nil }
        self.init(campaign: campaign, occurrence: occurrence)
    }

    package var description: String { "\(campaign)#\(occurrence)" }
}

extension RunID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = RunID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "is no run: it is written campaign#occurrence")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A part of a shard that is claimed and settled as one.
package struct BatchID: Sendable, Hashable, CustomStringConvertible {
    package let run: RunID
    /// Counted from 0.
    package let shard: Int
    /// Counted from 0 within the shard.
    package let number: Int

    package init(run: RunID, shard: Int, number: Int) {
        self.run = run
        self.shard = shard
        self.number = number
    }

    package var description: String { "\(run)/\(shard).\(number)" }
}
