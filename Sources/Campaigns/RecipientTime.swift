/// The same time of day for every recipient, wherever that is.
extension Schedule {
    /// How far clocks are ahead of UTC where they are most, in Pacific/Kiritimati. A zone that should go further one day is
    /// sent to as soon as the run is planned.
    private static let easternmost = Duration.seconds(14 * 3600)
    /// How far they are behind where they are most, in Etc/GMT+12.
    private static let westernmost = Duration.seconds(12 * 3600)

    /// No ``span(of:zone:)`` is longer.
    package var longestSpan: Duration { timeZoneColumn == nil ? .zero : Self.easternmost + Self.westernmost }

    /// From the moment at which the clocks of the first recipients may show an occurrence's time of day to that at which the
    /// last ones' do: the occurrence alone where recipients have no zones of their own.
    ///
    /// A run is planned when its span begins, since nobody knows who is in the list before.
    /// - Parameter zone: the rules of ``timeZone``.
    package func span(of occurrence: Timestamp, zone: TimeZoneRules) -> ClosedRange<Timestamp> {
        guard timeZoneColumn != nil else { return occurrence...occurrence }
        let onUTC = Timestamp(seconds: zone.local(at: occurrence).secondsAsUTC)
        return min(occurrence, onUTC - Self.easternmost)...max(occurrence, onUTC + Self.westernmost)
    }
}

extension TimeZoneRules {
    /// The moment at which the zone's clocks show `local`.
    ///
    /// A time that comes twice is taken the first time, as a schedule's `cron` does; one that the clock goes forward over is
    /// the moment at which it does. Who lives where that happens is no reason to refuse a campaign.
    package func moment(showing local: LocalDateTime) -> Timestamp {
        switch resolve(local) {
        case .one(let instant): instant
        case .doubled(let first, _): first
        case .skipped:
            clockChange(over: local).map { Timestamp(seconds: $0.at) }
                ?? Timestamp(seconds: local.secondsAsUTC - Int64(offset(at: local.secondsAsUTC)))
        }
    }
}
