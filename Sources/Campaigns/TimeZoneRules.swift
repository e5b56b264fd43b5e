/// The rules of one time zone, read from a TZif file (RFC 9636).
package struct TimeZoneRules: Sendable {
    /// What instants a local time stands for.
    package enum Resolution: Sendable, Hashable {
        case one(Timestamp)
        /// The clock goes forward over it: it never shows.
        case skipped
        /// The clock goes back over it: it shows twice.
        case doubled(first: Timestamp, second: Timestamp)
    }

    /// An instant at which the clock is set, and how far it is ahead of UTC before and after, in seconds.
    struct Transition: Hashable {
        var at: Int64
        var before: Int
        var after: Int
    }

    /// The IANA name, such as `America/Los_Angeles`.
    package let name: String
    /// Offset before the first transition.
    private let initialOffset: Int
    /// In order of time.
    private let transitions: [Transition]
    /// What holds after the last transition.
    private let footer: POSIXTimeZone?

    /// Parses a TZif file of version 1 to 4. Throws a ``Problem`` if it is none.
    package init(name: String, tzif: [UInt8]) throws(Problem) {
        let file: TZif
        do {
            file = try TZif(tzif)
        } catch {
            throw Problem(
                .configuration, file: name, "The time-zone file is damaged: \(error.reason)",
                remedy: "Reinstall the tzdata package, or point TZDIR to a folder of compiled zones")
        }
        self.name = name
        initialOffset = file.initialOffset
        footer = file.footer
        var before = file.initialOffset
        transitions = file.changes.map { change in
            defer { before = change.offset }
            return Transition(at: change.at, before: before, after: change.offset)
        }
    }

    private init(name: String, offset: Int) {
        self.name = name
        initialOffset = offset
        transitions = []
        footer = nil
    }

    package static var utc: TimeZoneRules { TimeZoneRules(name: "UTC", offset: 0) }

    package func local(at moment: Timestamp) -> LocalDateTime {
        LocalDateTime(secondsSince1970: moment.seconds, offset: offset(at: moment.seconds))
    }

    package func resolve(_ local: LocalDateTime) -> Resolution {
        let shown = local.secondsAsUTC
        let around = transitions(around: shown)
        var candidates = [offset(at: shown - TimeZoneRules.reach)]
        candidates += around.map(\.after)
        let instants = Set(candidates).map { ($0, shown - Int64($0)) }
            .filter { offset, instant in self.offset(at: instant) == offset }
            .map { $0.1 }.sorted()
        guard let first = instants.first, let last = instants.last else { return .skipped }
        return first == last
            ? .one(Timestamp(seconds: first))
            : .doubled(first: Timestamp(seconds: first), second: Timestamp(seconds: last))
    }

    /// The setting of the clock that skips or doubles `local`, `nil` if none does.
    func clockChange(over local: LocalDateTime) -> Transition? {
        let shown = local.secondsAsUTC
        return transitions(around: shown).first {
            let (low, high) = (
                $0.at + Int64(min($0.before, $0.after)), $0.at + Int64(max($0.before, $0.after))
            )
            return low <= shown && shown < high
        }
    }

    /// Seconds within which the instants of a local time lie, offsets being below 26 hours (RFC 9636 section 3.2).
    private static let reach: Int64 = 26 * 3600

    private func transitions(around seconds: Int64) -> [Transition] {
        let range = (seconds - TimeZoneRules.reach)...(seconds + TimeZoneRules.reach)
        let start = count(of: transitions, upTo: range.lowerBound - 1)
        var found = Array(transitions[start...].prefix { range.contains($0.at) })
        if let footer {
            let year = LocalDateTime(secondsSince1970: seconds).year
            let last = transitions.last?.at ?? .min
            found += footer.transitions(around: year).filter { $0.at > last && range.contains($0.at) }
        }
        return found
    }

    /// Seconds by which the zone's clocks are ahead of UTC.
    func offset(at seconds: Int64) -> Int {
        let passed = count(of: transitions, upTo: seconds)
        if passed == transitions.count, let footer { return footer.offset(at: seconds) }
        return passed == 0 ? initialOffset : transitions[passed - 1].after
    }

    /// How many of the sorted `transitions` are at `seconds` or before.
    private func count(of transitions: [Transition], upTo seconds: Int64) -> Int {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
