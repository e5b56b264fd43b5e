package import Campaigns

/// The addresses that a campaign would mail if none of them were suppressed, read from its lists as a plan does.
///
/// About 20 bytes an address, whatever its length.
package struct Audience: ~Copyable, Sendable {
    /// As suppression lists hold them, and however often the list has them.
    private let addresses: AddressSet
    /// Rows of the list, its header left out.
    package let rows: Int

    /// - Parameter progress: told how many rows have been read so far.
    /// - Throws: ``Problems`` or a ``Problem`` of what is wrong with the campaign's metadata or lists; templates are not
    ///   looked at.
    package init(
        of id: CampaignID, in library: any CampaignLibrary, clock: any WallClock,
        encoder: any DomainEncoder, progress: (Int) -> Void = { _ in }
    ) async throws {
        let (campaign, _) = try await CampaignDraft.metadata(
            of: id, in: library, clock: clock, addresses: encoder)
        var leftOut = LeftOut()
        var parser = AddressParser(
            encoder: encoder, isLocalPartCaseSensitive: campaign.hasCaseSensitiveLocalParts)
        var files: CampaignFiles?
        try await leftOut.addExcluded(by: campaign, in: library, parser: &parser, files: &files)

        let file = CampaignDraft.folder(of: id) + campaign.recipients
        var checker = RowChecker(
            file: file, campaign: campaign, needs: [], key: leftOut.key, parser: parser)
        var addresses = AddressSet(key: leftOut.key)
        var list = try await ListReader(file, in: library)
        var isOpen = true
        while isOpen {
            try Task.checkCancellation()
            isOpen = try await list.readOn { try checker.take($0) }
            let checked = checker.takeRows()
            var lowercased = checked.lowercased[...]
            for fingerprint in checked.rows.lazy.compactMap(\.fingerprint) {
                let compared = lowercased.popFirst() ?? fingerprint
                if leftOut.excluded.tag(of: fingerprint) == nil { addresses.insert(compared) }
            }
            progress(checker.count)
        }
        try checker.finish()
        self.addresses = addresses
        rows = checker.count
    }

    /// How many addresses there are.
    package var count: Int { addresses.count }

    /// - Parameter address: as suppression lists hold it.
    package func contains(_ address: String) -> Bool { addresses.contains(address) }
}
