/// Why an address is not mailed.
package enum SuppressionReason: String, Sendable, Hashable, Codable, CaseIterable {
    case bounce, complaint, unsubscribe, manual

    /// Whether it takes the other's place in a list.
    ///
    /// A complaint takes that of all else, an unsubscribe that of a bounce or a person's word, which may be taken off without
    /// the recipient having asked for it. Else the older one stays.
    package func outranks(_ other: SuppressionReason) -> Bool { rank > other.rank }

    private var rank: Int {
        switch self {
        case .complaint: 2
        case .unsubscribe: 1
        case .bounce, .manual: 0
        }
    }
}

/// An address that is not to be mailed.
package struct SuppressionEntry: Sendable, Hashable {
    /// In the form in which addresses are compared: lower case, domain in ASCII.
    package var address: String
    package var reason: SuppressionReason
    /// Who says so: `SES us-west-2`, `unsubscribe`, `import`.
    package var source: String
    package var at: Timestamp

    package init(address: String, reason: SuppressionReason, source: String, at: Timestamp) {
        self.address = address
        self.reason = reason
        self.source = source
        self.at = at
    }

    /// Whose word it was, and what the address was listed for before that: `link in cruise, before: bounce, SES us-west-2`.
    package static func source(_ source: String, before entry: SuppressionEntry?) -> String {
        source + (entry.map { ", before: \($0.reason.rawValue), \($0.source)" } ?? "")
    }

    /// How the source of an entry begins that was made by the unsubscribe link in a campaign's mail; its name follows.
    package static let linkSource = "link in "

    /// Whether the recipient's word by a link is all that the address is listed for, so that their word takes it off again.
    package var isUndoable: Bool {
        // A campaign's name has no comma; what else it was listed for comes after one.
        reason == .unsubscribe && source.hasPrefix(Self.linkSource)
            && !source.utf8.contains(UInt8(ascii: ","))
    }

    /// What is to stand here when an entry of the same address comes that does not outrank this one: one that tells of it, too,
    /// where this could be undone, as in `link in cruise, also: bounce, SES us-west-2`; `nil` if this stays as it is.
    package func also(_ entry: SuppressionEntry) -> SuppressionEntry? {
        guard isUndoable else { return nil }
        var told = self
        told.source += ", also: \(entry.reason.rawValue), \(entry.source)"
        return told
    }
}

/// When mails to an address have bounced that may not bounce another time, each in another run.
package struct TransientBounces: Sendable {
    package var moments: [Timestamp]

    package init(_ moments: [Timestamp]) { self.moments = moments }

    /// The most that lie within one time of `memory`, its end included and its start not, that `moment` lies in, too.
    package func most(within memory: Duration, around moment: Timestamp) -> Int {
        let near = moments.filter { moment - memory < $0 && $0 < moment + memory }
        // Each such time may be moved back until one of them, or the moment, is its end.
        let ends = near.filter { moment <= $0 } + [moment]
        return ends.reduce(0) { most, end in max(most, near.count { end - memory < $0 && $0 <= end }) }
    }
}

/// A change of one address's entry in a suppression list, to be made if the entry is still as it was found.
package struct SuppressionChange: Sendable, Hashable {
    package let address: String
    /// What was found; `nil` if the address was not listed.
    package let old: SuppressionEntry?
    /// What is to stand there; `nil` takes the address off the list.
    package let new: SuppressionEntry?

    package init(address: String, from old: SuppressionEntry?, to new: SuppressionEntry?) {
        self.address = address
        self.old = old
        self.new = new
    }
}
