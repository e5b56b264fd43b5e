package import Campaigns

/// Brings entries into our own suppression list, so that a stronger reason stays and an older word of the same strength, too.
///
/// Done twice, or by two at once, it comes to the same. See `SuppressionReason.outranks(_:)`.
package struct SuppressionMerge: ~Copyable {
    /// What became of entries; they add up to `entries`.
    package struct Counts: Sendable, Hashable {
        package var entries = 0
        /// Not listed before.
        package var added = 0
        /// Listed before, for a weaker reason.
        package var replaced = 0
        /// Listed before, and left as it was; a link's unsubscribe tells of the other reason now, and is not undone any more.
        package var kept = 0
        /// The address had come before.
        package var duplicate = 0
    }

    /// Entries that are looked up and written at once.
    package static let chunkSize = 1000
    private static let lookedUpAtOnce = 100
    /// By far more than there are who might write the same addresses.
    private static let mostChangesMeanwhile = 8

    private let list: any SuppressionList
    private let isRehearsal: Bool
    package private(set) var counts = Counts()
    /// Every address that has come.
    private var seen = AddressSet()

    /// - Parameter isRehearsal: whether nothing is written; the counts are the same.
    package init(into list: any SuppressionList, isRehearsal: Bool = false) {
        self.list = list
        self.isRehearsal = isRehearsal
    }

    /// Takes entries in, in order; of an address that comes twice the stronger reason counts, else the first.
    ///
    /// - Throws: what the list throws. Taking all in again does no harm.
    package mutating func take(_ entries: [SuppressionEntry]) async throws {
        var rest = entries[...]
        while !rest.isEmpty {
            try Task.checkCancellation()
            try await takeChunk(rest.prefix(Self.chunkSize))
            rest = rest.dropFirst(Self.chunkSize)
        }
    }

    private mutating func takeChunk(_ entries: ArraySlice<SuppressionEntry>) async throws {
        var places: [String: Int] = [:]
        var pending: [SuppressionEntry] = []
        var isFirst: Set<String> = []
        for entry in entries {
            counts.entries += 1
            if seen.insert(entry.address) { isFirst.insert(entry.address) } else { counts.duplicate += 1 }
            if let place = places[entry.address] {
                if entry.reason.outranks(pending[place].reason) { pending[place] = entry }
            } else {
                places[entry.address] = pending.count
                pending.append(entry)
            }
        }
        for _ in 0..<Self.mostChangesMeanwhile where !pending.isEmpty {
            let listed = try await lookUp(pending.map(\.address))
            var changes: [SuppressionChange] = []
            for entry in pending {
                let old = listed[entry.address]
                guard let new = Self.merged(entry, with: old) else {
                    if isFirst.contains(entry.address) { counts.kept += 1 }
                    continue
                }
                changes.append(SuppressionChange(address: entry.address, from: old, to: new))
            }
            let made =
                isRehearsal ? changes.map { _ in true } : try await list.change(changes)
            for (change, made) in zip(changes, made) where made && isFirst.contains(change.address) {
                switch change.old?.reason {
                case nil: counts.added += 1
                case change.new?.reason: counts.kept += 1
                default: counts.replaced += 1
                }
            }
            // Others have written there meanwhile.
            let left = Set(zip(changes, made).filter { !$0.1 }.map(\.0.address))
            pending = pending.filter { left.contains($0.address) }
        }
        guard pending.isEmpty else {
            throw Problem(
                .unavailable, "entries of the suppression list keep changing", remedy: "Try again")
        }
    }

    /// What is to stand where `old` does; `nil` if that stays.
    private static func merged(_ entry: SuppressionEntry, with old: SuppressionEntry?) -> SuppressionEntry? {
        guard let old else { return entry }
        guard entry.reason.outranks(old.reason) else { return old.also(entry) }
        var entry = entry
        entry.source = SuppressionEntry.source(entry.source, before: old)
        return entry
    }

    private func lookUp(_ addresses: [String]) async throws -> [String: SuppressionEntry] {
        var found: [String: SuppressionEntry] = [:]
        var rest = addresses[...]
        while !rest.isEmpty {
            found.merge(try await list.lookUp(Array(rest.prefix(Self.lookedUpAtOnce)))) { $1 }
            rest = rest.dropFirst(Self.lookedUpAtOnce)
        }
        return found
    }
}
