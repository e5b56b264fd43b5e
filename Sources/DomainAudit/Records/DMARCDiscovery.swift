package import DNS

/// Finds DMARC records and organisational domains by the tree walk of RFC 9989 section 4.10.
///
/// RFC 7489 took organisational domains from the public suffix list instead; for most domains both come to the same.
package struct DMARCDiscovery: Sendable {
    package struct Found: Sendable, Hashable {
        package var domain: DomainName
        package var text: [UInt8]
        package var record: DMARCRecord
    }

    /// What a walk has come by, from the domain upwards.
    package struct Walk: Sendable, Hashable {
        package var start: DomainName
        package var found: [Found] = []
        /// Domains with more than one record, which all count for nothing.
        package var ambiguous: [DomainName: [[UInt8]]] = [:]
        /// What is under `_dmarc` of the domain itself and no record of DMARC.
        package var strangers: [[UInt8]] = []
        /// Where the DNS did not answer, above a record that was found: there may be one that says more.
        package var unanswered: [DomainName: LookupFailure] = [:]

        /// The domain's own.
        package var own: Found? { found.first { $0.domain == start } }

        package var organizationalDomain: DomainName {
            for one in found {
                switch one.record.publicSuffix {
                case .no: return one.domain
                case .yes where one.domain != start: return start.suffix(one.domain.labels.count + 1)
                default: continue
                }
            }
            return found.last?.domain ?? start
        }

        /// The record that counts for mail from the domain: its own, its organisational domain's, or the public suffix's.
        package var applicable: Found? {
            own ?? found.first { $0.domain == organizationalDomain }
                ?? found.first { $0.record.publicSuffix == .yes && organizationalDomain.parent == $0.domain }
        }
    }

    private let resolver: any Resolver
    /// How many labels are left after the first step of a walk that starts with more.
    private static let longestParent = 7

    package init(resolver: any Resolver) { self.resolver = resolver }

    /// - Throws: where a look into the DNS failed before a record was found: then it is not known what receivers find.
    package func walk(from domain: DomainName) async throws(LookupFailure) -> Walk {
        var walk = Walk(start: domain)
        var target = domain
        while !target.labels.isEmpty {
            do throws(LookupFailure) {
                if let found = try await record(at: target, &walk) {
                    walk.found.append(found)
                    let suffix = found.record.publicSuffix
                    if suffix == .no || suffix == .yes && target != domain { break }
                }
            } catch {
                guard !walk.found.isEmpty else { throw error }
                walk.unanswered[target] = error
            }
            guard let parent = target.parent else { break }
            target = parent.suffix(Self.longestParent)
        }
        return walk
    }

    private func record(at domain: DomainName, _ walk: inout Walk) async throws(LookupFailure) -> Found? {
        guard let place = domain.prefixed(by: "_dmarc") else { return nil }
        let answer = await resolver.lookUp(place, .txt)
        if let failure = answer.failure { throw failure }
        let texts = answer.texts.filter(DMARCRecord.isOne)
        if domain == walk.start { walk.strangers = answer.texts.filter { !DMARCRecord.isOne($0) } }
        guard texts.count == 1, let record = DMARCRecord(texts[0]) else {
            if texts.count > 1 { walk.ambiguous[domain] = texts }
            return nil
        }
        return Found(domain: domain, text: texts[0], record: record)
    }
}
