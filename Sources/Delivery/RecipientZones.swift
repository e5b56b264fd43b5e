package import Campaigns

/// Finds when each recipient's own clock shows an occurrence's time of day.
///
/// A list has few zones and many rows: each zone is looked up once.
struct RecipientZones {
    /// A moment at which recipients are sent to.
    struct Departure: Sendable {
        let at: Timestamp
        /// Why nobody is sent to then; `nil` unless it has passed too long ago.
        let tooLate: String?
    }

    /// What a cell says.
    enum Place {
        /// Position in ``departures``.
        case departure(Int)
        case unknown(reason: String)
    }

    let column: String
    private(set) var departures: [Departure] = []
    /// Names of the zones that a departure is for, as the list has them; the schedule's own for empty cells.
    private(set) var names: [[String]] = []

    private let schedule: Schedule
    private let occurrence: Timestamp
    /// What the schedule's clocks show then, and each recipient's at another moment.
    private let local: LocalDateTime
    private let plannedAt: Timestamp
    private let clock: any WallClock
    private var places: [String: Place] = [:]
    private var last: (cell: [UInt8], place: Place)?
    private var unknownNames = 0

    /// Different names that are no zones: whoever has more of them means another column. Each costs a look at all zones.
    private static let mostUnknownNames = 100
    /// A name as long as this is looked up, and shown; the longest of the IANA's has 32 bytes.
    private static let longestName = 64

    /// - Parameters:
    ///   - occurrence: of the schedule; `nil` if the run is none of its own.
    ///   - plannedAt: when the run is planned: `startWithin` counts from each recipient's moment to it.
    /// - Returns: `nil` if all recipients are sent to at once.
    /// - Throws: a ``Problem`` if the schedule's own zone does not exist.
    init?(
        _ schedule: Schedule?, occurrence: Timestamp?, plannedAt: Timestamp, clock: any WallClock
    ) throws {
        guard let schedule, let column = schedule.timeZoneColumn, let occurrence else { return nil }
        self.schedule = schedule
        self.column = column
        self.occurrence = occurrence
        self.plannedAt = plannedAt
        self.clock = clock
        local = try clock.zone(named: schedule.timeZone).local(at: occurrence)
    }

    /// - Parameter cell: UTF-8; white space around the name does not count, and an empty cell is the schedule's zone.
    /// - Throws: a ``Problem`` if zones cannot be read at all, or if the column's values are no zones.
    mutating func place(of cell: UnsafeRawBufferPointer) throws -> Place {
        if let last, last.cell.count == cell.count, last.cell.elementsEqual(cell) { return last.place }
        let name = cell.trimmedText
        let place: Place
        if let known = places[name] {
            place = known
        } else {
            place = try lookUp(name)
            places[name] = place
        }
        last = (Array(cell), place)
        return place
    }

    private mutating func lookUp(_ name: String) throws -> Place {
        // Where the clock was set at the very moment, or its time comes twice, the occurrence says which is meant.
        guard !name.isEmpty, name != schedule.timeZone else {
            return place(at: occurrence, name: schedule.timeZone)
        }
        guard name.utf8.count <= Self.longestName else { return try unknown("", remedy: nil, name: name) }
        do {
            return place(at: try clock.zone(named: name).moment(showing: local), name: name)
        } catch let problem as Problem where problem.kind == .invalidInput {
            return try unknown(problem.message, remedy: problem.remedy, name: name)
        }
    }

    private mutating func place(at moment: Timestamp, name: String) -> Place {
        if let known = departures.firstIndex(where: { $0.at == moment }) {
            if !names[known].contains(name) { names[known].append(name) }
            return .departure(known)
        }
        let isTooLate = schedule.isTooLate(moment, at: plannedAt)
        departures.append(
            Departure(
                at: moment,
                tooLate: isTooLate
                    ? "\(local) was too long ago where they are, at \(moment), when the run was planned" : nil
            ))
        names.append([name])
        return .departure(departures.count - 1)
    }

    private mutating func unknown(_ message: String, remedy: String?, name: String) throws -> Place {
        unknownNames += 1
        guard unknownNames <= Self.mostUnknownNames else {
            throw Problem(
                .invalidInput, key: column,
                "the column has more than \(Self.mostUnknownNames) different values that are no time zones",
                remedy:
                    "Name the column of IANA zones, such as America/Los_Angeles, in schedule.timeZoneColumn")
        }
        guard !message.isEmpty else {
            return .unknown(reason: "what the column '\(column)' holds is no time zone")
        }
        return .unknown(reason: message + (remedy.map { ". \($0)" } ?? ""))
    }
}

// MARK: - What a list came to

/// Recipients who are sent to at the same moment.
package struct ZoneGroup: Sendable, Hashable {
    package let at: Timestamp
    package let recipients: Int
    /// Their zones, in order of name.
    package let zones: [String]
}

extension RecipientZones {
    /// When each of a plan's shards goes out.
    func departures(of shards: [Planner.WrittenObjects.Shard]) -> Departures {
        Departures(
            shards: shards.map { .init(notBefore: departures[$0.departure].at, recipients: $0.recipients) })
    }

    /// The moments at which recipients are sent to, in order.
    func groups(of shards: [Planner.WrittenObjects.Shard]) -> [ZoneGroup] {
        let recipients = Dictionary(shards.map { ($0.departure, $0.recipients) }, uniquingKeysWith: +)
        return recipients.map { departure, count in
            ZoneGroup(at: departures[departure].at, recipients: count, zones: names[departure].sorted())
        }.sorted { $0.at < $1.at }
    }
}
