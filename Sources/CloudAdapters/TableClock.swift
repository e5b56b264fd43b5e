internal import AWS
package import Campaigns

/// The table's time of day: all who work with one table go by the same clock, whatever their own say.
///
/// Leases and pace are promises about time among computers that know each other by the table only.
struct TableClock: WallClock {
    let time: ServiceClock
    let host: any WallClock

    func now() -> Timestamp { Timestamp(milliseconds: time.milliseconds()) }
    func zone(named name: String) throws -> TimeZoneRules { try host.zone(named: name) }
    func sleep(for duration: Duration) async throws { try await host.sleep(for: duration) }
}

extension Cloud {
    /// The clock to work by with this table; it tells this computer's time until the table's first answer.
    ///
    /// - Parameter host: knows the time zones, and sleeps.
    package func clock(on host: any WallClock) -> any WallClock {
        TableClock(time: ledger.table.client.time, host: host)
    }
}
