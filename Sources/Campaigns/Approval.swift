/// A person's word that a campaign may go out as its files are (see `CampaignFiles`).
package struct Approval: Sendable, Hashable {
    package let campaign: CampaignID
    /// The files that were approved.
    package var files: CampaignFiles
    /// Who, as they call themselves.
    package var by: String
    package var note: String?
    package var at: Timestamp

    package init(campaign: CampaignID, files: CampaignFiles, by: String, note: String? = nil, at: Timestamp) {
        self.campaign = campaign
        self.files = files
        self.by = by
        self.note = note
        self.at = at
    }
}

/// All files that decide what a campaign sends and to whom: their names in its folder, and the SHA-256 of their bytes.
package struct CampaignFiles: Sendable, Hashable {
    /// Name to SHA-256 in hexadecimal.
    package private(set) var digests: [String: String] = [:]

    package init() {}

    /// - Parameter sha256: in hexadecimal.
    /// - Returns: `false` if the file has been added with another digest: it was changed in between.
    package mutating func add(_ name: String, sha256: String) -> Bool {
        digests.updateValue(sha256, forKey: name) ?? sha256 == sha256
    }

    /// A line for each file, in order of name, as sha256sum(1) writes and checks them.
    package var manifest: String {
        digests.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined()
    }

    /// Reads a ``manifest``; `nil` if the text is none.
    package init?(manifest: String) {
        for line in manifest.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let digest = String(line.prefix(64)), let name = String(line.dropFirst(66)),
                digest.utf8.count == 64, line.dropFirst(64).starts(with: "  ".utf8), !name.isEmpty,
                add(name, sha256: digest)
            else { return nil }
        }
        if digests.isEmpty { return nil }
    }

    /// Names of the files that differ, or that only one of them has, in order.
    ///
    /// - Parameter names: only these count; `nil` for all.
    package func differences(from other: CampaignFiles, in names: Set<String>? = nil) -> [String] {
        Set(digests.keys).union(other.digests.keys)
            .filter { (names?.contains($0) ?? true) && digests[$0] != other.digests[$0] }.sorted()
    }
}
