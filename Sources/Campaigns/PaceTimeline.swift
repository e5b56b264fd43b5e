/// The near future of an account's sending, cut into slots of one mail each: which are taken, and which are free.
///
/// Slots follow each other by the generic cell rate algorithm (ITU-T I.371 annex A): no two are closer than an interval. A
/// campaign slower than its account takes slots that lie further apart; those between them stay free for the others.
/// Moments are microseconds since 1970: at hundreds of mails a second milliseconds would be too coarse.
package struct PaceTimeline: Sendable, Hashable {
    /// A stretch before ``nextFree`` that nobody has taken.
    struct Gap: Sendable, Hashable {
        var start: Int64
        var end: Int64
    }

    /// GCRA's theoretical arrival time: from then on no slot is taken.
    package private(set) var nextFree: Int64 = 0
    /// In order, apart from each other.
    private(set) var gaps: [Gap] = []
    /// When each campaign with a rate of its own may go on.
    private(set) var lanes: [String: Int64] = [:]

    /// What is forgotten beyond stays taken: capacity is lost, and the rate is kept.
    private static let mostGaps = 96

    package init() {}

    /// How a row of slots is to lie. Lengths are microseconds.
    struct Row {
        var count: Int
        /// What a mail takes up of the account's time.
        var interval: Int64
        /// Between two mails of the row, at least ``interval``.
        var spacing: Int64
        /// The campaign whose rate the spacing keeps, across all rows.
        var lane: String?
        var earliest: Int64
        /// From the first slot to the last, at most.
        var length: Int64
        /// No slot after the first lies later.
        var latest: Int64
        /// A longer break between two slots ends the row.
        var longestBreak: Int64
    }

    /// Takes the next free slots: at least one.
    mutating func take(_ row: Row) -> [Int64] {
        forget(before: row.earliest, interval: row.interval)
        var notBefore = max(row.earliest, row.lane.flatMap { lanes[$0] } ?? row.earliest)
        var slots: [Int64] = []
        while slots.count < row.count {
            let slot = firstFree(from: notBefore, interval: row.interval)
            if let first = slots.first, let last = slots.last,
                slot > min(row.latest, first + row.length) || slot - last > row.longestBreak
            {
                break
            }
            occupy(slot, interval: row.interval)
            slots.append(slot)
            notBefore = slot + row.spacing
        }
        if let lane = row.lane { lanes[lane] = notBefore }
        if gaps.count > PaceTimeline.mostGaps { gaps.removeSubrange(PaceTimeline.mostGaps...) }
        return slots
    }

    /// Frees slots that were taken and will not be used.
    mutating func giveBack(
        _ slots: some BidirectionalCollection<Int64>, interval: Int64, spacing: Int64, lane: String?,
        now: Int64
    ) {
        if let lane, let first = slots.first, let last = slots.last, lanes[lane] == last + spacing {
            lanes[lane] = first
        }
        for slot in slots.reversed() where slot >= now {
            let end = slot + interval
            if end >= nextFree {
                nextFree = min(nextFree, slot)
                if let gap = gaps.last, gap.end >= nextFree {
                    nextFree = gap.start
                    gaps.removeLast()
                }
            } else {
                free(Gap(start: slot, end: end))
            }
        }
    }

    /// Frees everything, and lets nothing begin before a moment. Campaigns keep their own rates.
    mutating func clear(until moment: Int64) {
        nextFree = moment
        gaps = []
    }

    /// How many mails of an interval each are taken from a moment on, about.
    func taken(from moment: Int64, interval: Int64) -> Double {
        let free = gaps.reduce(0) { $0 + max($1.end - max($1.start, moment), 0) }
        return Double(max(nextFree - moment - free, 0)) / Double(interval)
    }

    private mutating func forget(before moment: Int64, interval: Int64) {
        nextFree = max(nextFree, moment)
        for index in gaps.indices { gaps[index].start = max(gaps[index].start, moment) }
        gaps.removeAll { $0.end - $0.start < interval }
        for (lane, next) in lanes where next <= moment { lanes[lane] = nil }
    }

    private func firstFree(from moment: Int64, interval: Int64) -> Int64 {
        for gap in gaps {
            let slot = max(gap.start, moment)
            if slot + interval <= gap.end { return slot }
        }
        return max(nextFree, moment)
    }

    private mutating func occupy(_ slot: Int64, interval: Int64) {
        let end = slot + interval
        if slot >= nextFree {
            if slot - nextFree >= interval { gaps.append(Gap(start: nextFree, end: slot)) }
            nextFree = end
        } else if let index = gaps.firstIndex(where: { $0.start <= slot && end <= $0.end }) {
            let gap = gaps[index]
            let rest = [Gap(start: gap.start, end: slot), Gap(start: end, end: gap.end)]
            gaps.replaceSubrange(index...index, with: rest.filter { $0.end - $0.start >= interval })
        }
    }

    private mutating func free(_ gap: Gap) {
        var gap = gap
        let index = gaps.firstIndex { $0.end >= gap.start } ?? gaps.endIndex
        var end = index
        while end < gaps.endIndex, gaps[end].start <= gap.end {
            gap.start = min(gap.start, gaps[end].start)
            gap.end = max(gap.end, gaps[end].end)
            end += 1
        }
        gaps.replaceSubrange(index..<end, with: [gap])
    }
}

// MARK: - As it is stored

extension PaceTimeline {
    /// `1780326000123000 -3000:2000 paul-simon=-200`: next free moment, gaps (start and length) and campaigns, each list
    /// separated by commas, starts counted from the next free moment.
    package var text: String {
        let gaps = gaps.map { "\($0.start - nextFree):\($0.end - $0.start)" }.joined(separator: ",")
        let lanes = lanes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value - nextFree)" }
            .joined(separator: ",")
        return "\(nextFree) \(gaps) \(lanes)"
    }

    package init?(text: String) {
        let fields = text.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 3, let nextFree = PaceTimeline.number(fields[0]) else { return nil }
        self.nextFree = nextFree
        for field in fields[1].split(separator: ",") {
            guard let (start, length) = PaceTimeline.pair(field, ":"),
                let start = PaceTimeline.number(start), let length = PaceTimeline.number(length)
            else { return nil }
            gaps.append(Gap(start: nextFree + start, end: nextFree + start + length))
        }
        for field in fields[2].split(separator: ",") {
            guard let (lane, next) = PaceTimeline.pair(field, "="), let next = PaceTimeline.number(next)
            else {
                return nil
            }
            lanes[String(lane)] = nextFree + next
        }
    }

    private static func pair(_ text: Substring, _ separator: Character) -> (Substring, Substring)? {
        guard let place = text.firstIndex(of: separator) else { return nil }
        return (text[..<place], text[text.index(after: place)...])
    }

    /// A number that sums of a few cannot overflow.
    private static func number(_ text: Substring) -> Int64? {
        guard let number = Int64(text), (-(1 << 60)...(1 << 60)).contains(number) else { return nil }
        return number
    }
}
