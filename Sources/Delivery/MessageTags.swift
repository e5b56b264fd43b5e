package import Campaigns
internal import Digests

/// The SES message tags that lead from an event back to the recipient whose mail it is about.
///
/// Names and values are `[A-Za-z0-9_-]`: an address cannot be one, and an occurrence is written in Base64.
package enum MessageTags {
    /// Names that a campaign's own tags may not have.
    package static let names: Set<String> = [campaign, occurrence, batch, recipient]

    private static let campaign = "campaign"
    private static let occurrence = "occurrence"
    private static let batch = "batch"
    private static let recipient = "recipient"

    /// A recipient's tags.
    ///
    /// - Parameter index: position within the batch, counted from 0.
    static func tags(of batch: BatchID, index: Int) -> [String: String] {
        [
            campaign: batch.run.campaign.rawValue,
            occurrence: Base64URL.encode(Array(batch.run.occurrence.rawValue.utf8)),
            Self.batch: "\(batch.shard)-\(batch.number)",
            recipient: "\(index)",
        ]
    }

    /// The recipient that tags name; `nil` if they are not ours.
    package static func recipient(in tags: [String: String]) -> (batch: BatchID, index: Int)? {
        guard let campaign = tags[campaign].flatMap(CampaignID.init),
            let bytes = tags[occurrence].flatMap(Base64URL.decode),
            let occurrence = Occurrence(String(decoding: bytes, as: UTF8.self)),
            let index = tags[recipient].flatMap(number)
        else { return nil }
        let parts =
            tags[batch]?.split(separator: "-", omittingEmptySubsequences: false).map(String.init) ?? []
        guard parts.count == 2, let shard = number(parts[0]), let batch = number(parts[1]) else { return nil }
        let run = RunID(campaign: campaign, occurrence: occurrence)
        return (BatchID(run: run, shard: shard, number: batch), index)
    }

    /// Decimal digits only, and not so many that they could not be counted with.
    private static func number(_ text: String) -> Int? {
        guard (1...9).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}
