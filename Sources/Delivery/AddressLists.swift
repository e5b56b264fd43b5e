internal import Campaigns

/// Addresses that a run leaves out, and why: the campaign's exclude lists and the suppression lists.
struct LeftOut: ~Copyable, Sendable {
    /// Of the fingerprints that both sets are asked with.
    let key: AddressKey
    /// In the campaign's comparison form.
    var excluded: AddressSet
    /// In lower case; the tag says why, by ``reason(tag:)``.
    var suppressed: AddressSet
    private var reasons: [String] = []

    init() {
        key = AddressKey()
        excluded = AddressSet(key: key)
        suppressed = AddressSet(key: key)
    }

    mutating func suppress(_ entry: SuppressionEntry) {
        let reason = "\(entry.reason.rawValue) (\(entry.source))"
        let tag: Int
        if let known = reasons.firstIndex(of: reason) {
            tag = known
        } else if reasons.count < Int(UInt8.max) {
            tag = reasons.count
            reasons.append(reason)
        } else {
            tag = Int(UInt8.max)
        }
        var address = entry.address
        address.withUTF8 { _ = suppressed.insert(UnsafeRawBufferPointer($0), tag: UInt8(tag)) }
    }

    func reason(tag: UInt8) -> String { Int(tag) < reasons.count ? reasons[Int(tag)] : "suppressed" }

    /// Downloads the suppression lists: each once, however long the list of recipients is.
    ///
    /// An address on the account's list is left out only for reasons that the account applies: SES would deliver to it.
    mutating func addSuppressed(
        account: any SendingAccount, reasons applied: Set<SuppressionReason>, own: any SuppressionList
    ) async throws {
        try await account.suppressed { page in
            for entry in page where applied.contains(entry.reason) { suppress(entry) }
        }
        try await own.entries { page in
            for entry in page { suppress(entry) }
        }
    }

    /// Reads the exclude lists of a campaign.
    ///
    /// - Parameter files: takes up what was read; `nil` if nobody asks.
    mutating func addExcluded(
        by campaign: Campaign, in library: any CampaignLibrary, parser: inout AddressParser,
        files: inout CampaignFiles?
    ) async throws {
        for name in campaign.exclude {
            let key = CampaignDraft.folder(of: campaign.id) + name
            var list = try await ListReader(key, in: library, isHashed: files != nil)
            try await addExcluded(
                key, &list, column: campaign.columns?.email ?? "email", parser: &parser)
            try files?.add(key, of: campaign.id, sha256: list.finishDigest())
        }
    }

    /// Reads an exclude list: its address column, or its only column.
    private mutating func addExcluded(
        _ key: String, _ list: inout ListReader, column: String, parser: inout AddressParser
    ) async throws {
        var addressColumn: Int?
        var isFirst = true
        let take: (inout LeftOut, inout AddressParser, borrowing CSVRecord) throws -> Void = {
            lists, parser, record in
            if isFirst {
                isFirst = false
                addressColumn = (0..<record.count).first { record[$0].trimmedText == column }
                if addressColumn == nil, record.count == 1 {
                    addressColumn = 0
                } else if addressColumn != nil {
                    return
                }
            }
            guard let addressColumn else {
                throw Problem(
                    .invalidInput, file: key, line: record.line, key: column,
                    "the exclude list has no such column",
                    remedy: "Name its address column '\(column)', or keep the addresses as its only column")
            }
            // What is no address matches none: a list's heading, an empty cell.
            if parser.parse(record[addressColumn]) == nil { lists.excluded.insert(parser.compared) }
        }
        while try await list.readOn(record: { try take(&self, &parser, $0) }) {}
    }
}

extension AddressKey {
    /// The fingerprint of an address in lower case, as the suppression lists have it.
    ///
    /// - Parameter address: in a comparison form.
    func fingerprint(lowercasing address: UnsafeRawBufferPointer) -> AddressFingerprint {
        let lowercase = address.map { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
        return lowercase.withUnsafeBytes { fingerprint(of: $0) }
    }
}
