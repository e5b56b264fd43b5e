/// All that was told of the mails of one shard: a bit for each recipient and kind, and of bounces and the like how often which
/// reason, domain and time.
///
/// Taking in an event twice, or two in another order, comes to the same counts (invariant I6). Its size is bounded: with all
/// kinds and 5,000 recipients some 10 KB, 3 KB where neither opens nor clicks are told.
package struct ShardFeedback: Sendable, Hashable {
    private static let mostReasons = 24
    private static let mostDomains = 32
    private static let mostBuckets = 32

    /// For each kind bit i % 8 of byte i / 8 for recipient i; zeros at the end are left out.
    private(set) var marks: [FeedbackKind: [UInt8]] = [:]
    /// By kind and reason: see ``FeedbackReason``.
    private(set) var reasons = BoundedTally(width: 1, limit: mostReasons)
    /// Counts of ``DomainFeedback``.
    private(set) var domains = BoundedTally(width: DomainFeedback.width, limit: mostDomains)
    private(set) var timeline = FeedbackTimeline(limit: mostBuckets)

    package init() {}

    init(
        marks: [FeedbackKind: [UInt8]], reasons: (rows: [String: [Int]], rest: [Int]),
        domains: (rows: [String: [Int]], rest: [Int]), exponent: Int, buckets: [Int64: [Int]]
    ) {
        self.marks = marks
        self.reasons = BoundedTally(
            width: 1, limit: Self.mostReasons, rows: reasons.rows, rest: reasons.rest)
        self.domains = BoundedTally(
            width: DomainFeedback.width, limit: Self.mostDomains, rows: domains.rows, rest: domains.rest)
        timeline = FeedbackTimeline(limit: Self.mostBuckets, exponent: exponent, buckets: buckets)
    }

    /// Counts an event.
    ///
    /// - Returns: whether it is the first of its kind about its recipient; else nothing is changed.
    @discardableResult
    package mutating func take(_ event: RecipientEvent) -> Bool {
        guard event.index >= 0, mark(event.index, as: event.kind) else { return false }
        if !event.reason.isEmpty || event.kind.isBounce {
            reasons.add(FeedbackReason.key(event.kind, event.reason), 0)
        }
        if let domain = event.domain, let column = DomainFeedback.column(of: event.kind) {
            domains.add(domain, column)
        }
        if let moment = event.at, moment.milliseconds >= 0, let column = FeedbackTimeline.Column(event.kind) {
            timeline.add(column, at: moment)
        }
        return true
    }

    /// Whether such an event was told of a recipient.
    package func has(_ kind: FeedbackKind, of index: Int) -> Bool {
        guard let bytes = marks[kind], index >= 0, index / 8 < bytes.count else { return false }
        return bytes[index / 8] & 1 << UInt8(index % 8) != 0
    }

    /// Of how many recipients.
    package var counts: FeedbackCounts {
        var counts = FeedbackCounts()
        for (kind, bytes) in marks { counts[kind] = bytes.reduce(0) { $0 + $1.nonzeroBitCount } }
        return counts
    }

    private mutating func mark(_ index: Int, as kind: FeedbackKind) -> Bool {
        guard !has(kind, of: index) else { return false }
        var bytes = marks.removeValue(forKey: kind) ?? []
        if bytes.count <= index / 8 {
            bytes += [UInt8](repeating: 0, count: index / 8 + 1 - bytes.count)
        }
        bytes[index / 8] |= 1 << UInt8(index % 8)
        marks[kind] = bytes
        return true
    }
}

/// How often an event had which reason.
package struct FeedbackReason: Sendable, Hashable {
    package let kind: FeedbackKind
    /// See ``MailEvent/reason``; empty where none was told.
    package let reason: String
    package let count: Int

    /// The kind's number as a letter, and the reason.
    static func key(_ kind: FeedbackKind, _ reason: String) -> String {
        String(UnicodeScalar(UInt8(ascii: "a") + kind.rawValue)) + reason
    }

    init?(key: String, count: Int) {
        guard let letter = key.utf8.first, letter >= UInt8(ascii: "a"),
            let kind = FeedbackKind(rawValue: letter - UInt8(ascii: "a"))
        else { return nil }
        self.kind = kind
        reason = String(key.dropFirst())
        self.count = count
    }
}

/// What became of the mails to the recipients of one domain.
package struct DomainFeedback: Sendable, Hashable {
    /// In lower-case ASCII; `nil` stands for all the others.
    package let domain: String?
    package let delivered: Int
    /// All but those that the service has not tried.
    package let bounced: Int
    package let complained: Int

    static let width = 3

    static func column(of kind: FeedbackKind) -> Int? {
        switch kind {
        case .delivered: 0
        case .complaint: 2
        case let kind where kind.isBounce: 1
        default: nil
        }
    }

    /// - Parameter counts: ``width`` numbers.
    init(domain: String?, counts: [Int]) {
        self.domain = domain
        (delivered, bounced, complained) = (counts[0], counts[1], counts[2])
    }
}

/// What was told of the mails of a run.
package struct RunFeedback: Sendable, Hashable {
    private static let mostReasons = 50
    private static let mostDomains = 100
    private static let mostBuckets = 240

    package private(set) var counts = FeedbackCounts()
    package private(set) var timeline = FeedbackTimeline(limit: mostBuckets)
    private var allReasons = BoundedTally(width: 1, limit: .max)
    private var allDomains = BoundedTally(width: DomainFeedback.width, limit: .max)

    package init() {}

    package mutating func add(_ shard: ShardFeedback) {
        counts += shard.counts
        timeline.merge(shard.timeline)
        allReasons.merge(shard.reasons)
        allDomains.merge(shard.domains)
    }

    /// The most frequent first, up to fifty.
    package var reasons: [FeedbackReason] {
        allReasons.limited(to: Self.mostReasons).sorted.compactMap {
            FeedbackReason(key: $0.name, count: $0.counts[0])
        }
    }

    /// Events whose reasons are not among ``reasons``, because there were too many.
    package var otherReasons: Int { allReasons.limited(to: Self.mostReasons).rest[0] }

    /// Those with the most mails first, up to a hundred, and all others together as the last, if there are any. A domain that
    /// is rare in a shard may be among the others with what it has there.
    package var domains: [DomainFeedback] {
        let some = allDomains.limited(to: Self.mostDomains)
        let others = some.rest.contains { $0 > 0 } ? [DomainFeedback(domain: nil, counts: some.rest)] : []
        return some.sorted.map { DomainFeedback(domain: $0.name, counts: $0.counts) } + others
    }
}
