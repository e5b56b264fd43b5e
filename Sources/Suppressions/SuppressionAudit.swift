package import Campaigns
package import Delivery

/// Holds a campaign's list against our own suppression list and the account's in each Region: who is listed where, why, and
/// since when.
///
/// The campaign's list is read once, into about 20 bytes an address; the suppression lists pass by.
package struct SuppressionAudit: Sendable {
    package static let ownList = "own"

    private let own: any SuppressionList
    private let accounts: [AccountList]
    private let encoder: any DomainEncoder

    /// - Parameter accounts: the one that mail goes out through among them.
    package init(own: any SuppressionList, accounts: [AccountList], encoder: any DomainEncoder) {
        self.own = own
        self.accounts = accounts
        self.encoder = encoder
    }

    /// A recipient on a list.
    package struct Finding: Sendable, Hashable {
        package let entry: SuppressionEntry
        /// The list: ``SuppressionAudit/ownList``, or as ``AccountList/name``.
        package let list: String
        /// Whether that keeps a mail of the campaign from going out.
        package let isSkipped: Bool
    }

    /// What an audit has come to.
    package struct Summary: Sendable {
        /// Rows of the campaign's list.
        package var rows = 0
        /// Addresses in it that are neither invalid nor excluded, each once.
        package var addresses = 0
        /// Of those, the ones that would not be mailed.
        package var skipped = 0
        /// Listed somewhere, and mailed all the same: in another Region, or for a reason that the account does not apply.
        package var mailedAlthoughListed = 0
        /// Findings by list and reason, in the order in which the lists were read.
        package var counts: [(list: String, reason: SuppressionReason, count: Int)] = []

        fileprivate mutating func count(_ finding: Finding) {
            let place = counts.firstIndex { $0.list == finding.list && $0.reason == finding.entry.reason }
            if let place {
                counts[place].count += 1
            } else {
                counts.append((finding.list, finding.entry.reason, 1))
            }
        }
    }

    /// Reads all lists.
    ///
    /// - Parameter found: given each finding as it is made.
    package func run(
        over audience: consuming Audience, found: (Finding) throws -> Void
    ) async throws -> Summary {
        var tally = Tally(audience: audience, parser: AddressParser(encoder: encoder))
        try await own.entries { page in
            try tally.take(page, of: Self.ownList, applied: Set(SuppressionReason.allCases), found)
        }
        for list in accounts {
            let applied = list.isSendingFrom ? try await list.account.quota().suppressedReasons : []
            try await list.account.suppressed { page in
                try tally.take(page, of: list.name, applied: applied, found)
            }
        }
        return tally.summary
    }

    private struct Tally: ~Copyable {
        private let audience: Audience
        private var parser: AddressParser
        private var counted: Summary
        private var skipped = AddressSet()
        private var listed = AddressSet()

        init(audience: consuming Audience, parser: consuming AddressParser) {
            counted = Summary(rows: audience.rows, addresses: audience.count)
            self.audience = audience
            self.parser = parser
        }

        var summary: Summary {
            var summary = counted
            summary.skipped = skipped.count
            summary.mailedAlthoughListed = listed.count - skipped.count
            return summary
        }

        mutating func take(
            _ page: [SuppressionEntry], of list: String, applied: Set<SuppressionReason>,
            _ found: (Finding) throws -> Void
        ) throws {
            for var entry in page {
                entry.address = parser.comparisonForm(of: entry.address) ?? entry.address
                guard audience.contains(entry.address) else { continue }
                let finding = Finding(entry: entry, list: list, isSkipped: applied.contains(entry.reason))
                counted.count(finding)
                listed.insert(entry.address)
                if finding.isSkipped { skipped.insert(entry.address) }
                try found(finding)
            }
        }
    }
}
