package import Campaigns
internal import Digests

extension CampaignFiles {
    /// One digest of all files: the SHA-256 of the ``manifest``, in hexadecimal.
    package var digest: String { SHA256.hash(Array(manifest.utf8)).hexadecimal }

    /// Adds a file that has been read.
    ///
    /// - Parameter key: of the file in the library, in the campaign's folder.
    mutating func add(_ key: String, of campaign: CampaignID, sha256: String) throws(Problem) {
        let name = String(key.dropFirst(CampaignDraft.folder(of: campaign).count))
        guard add(name, sha256: sha256) else {
            throw Problem(
                .unavailable, file: key, "the file was changed while the campaign was read",
                remedy: "Try again when its files are complete")
        }
    }
}

extension Problem {
    private static let approvalKey = "$.approval"

    /// Whether a person's approval is all that is missing.
    package var isLackOfApproval: Bool { kind == .refused && key == Self.approvalKey }

    /// Why a campaign must not go out with these files; `nil` if it may.
    ///
    /// - Parameters:
    ///   - files: those that have been read.
    ///   - areAll: whether they are all that the campaign has.
    package init?(
        lackOfApprovalOf campaign: Campaign, approval: Approval?, files: CampaignFiles, areAll: Bool
    ) {
        guard campaign.requiresApproval else { return nil }
        let command = "jada-blast approve \(campaign.id) --by NAME"
        let message: String
        var remedy = "Look at it, then give it with \(command)"
        if let approval {
            let changed = approval.files.differences(
                from: files, in: areAll ? nil : Set(files.digests.keys))
            guard !changed.isEmpty else { return nil }
            message =
                "\(approval.by) approved \(approval.files.digest.prefix(12)) on \(approval.at), and that has lapsed: "
                + changed.joined(separator: ", ") + (changed.count == 1 ? " is" : " are") + " not as approved"
            remedy = "Look at the campaign again, then approve it with \(command)"
        } else {
            message = "the campaign requires an approval, and nobody has given one"
        }
        self.init(
            .refused, file: CampaignDraft.metadataKey(of: campaign.id), key: Self.approvalKey, message,
            remedy: remedy)
    }
}

extension Planner {
    /// Refuses a campaign that requires an approval and has none for these files.
    ///
    /// - Parameter areAll: whether they are all that the campaign has; else the others may still stand against it.
    func requireApproval(
        of campaign: Campaign, files: CampaignFiles, areAll: Bool
    ) async throws {
        guard campaign.requiresApproval else { return }
        let approval = try await environment.ledger.approval(of: campaign.id)
        if let problem = Problem(
            lackOfApprovalOf: campaign, approval: approval, files: files, areAll: areAll)
        {
            throw problem
        }
    }

    /// As ``requireApproval(of:files:areAll:)``, of the files as they are now: each is read, and nothing else done.
    func requireApproval(of draft: CampaignDraft) async throws {
        let campaign = draft.campaign
        try await requireApproval(of: campaign, files: draft.files, areAll: false)
        var files = draft.files
        for list in [campaign.recipients] + campaign.exclude {
            let key = CampaignDraft.folder(of: campaign.id) + list
            let stream = try await environment.library.open(key)
            var digest = SHA256()
            while let piece = try await stream.next() { digest.update(piece) }
            try files.add(key, of: campaign.id, sha256: digest.finish().hexadecimal)
        }
        try await requireApproval(of: campaign, files: files, areAll: true)
    }
}
