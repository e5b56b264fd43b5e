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
        /// Position in ``unknown``.
        case unknown(Int)
    }

    /// A value of the column that is no zone.
    struct Unknown: Sendable {
        let problem: Problem
        /// Rows that have it.
        var rows = 0

        /// Why such a row is set aside.
        var reason: String { problem.message + (problem.remedy.map { ". \($0)" } ?? "") }
    }

    let column: String
    private(set) var departures: [Departure] = []
    /// Names of the zones that a departure is for, as the list has them; the schedule's own for empty cells.
    private(set) var names: [[String]] = []
    private(set) var unknown: [Unknown] = []

    private let schedule: Schedule
    private let occurrence: Timestamp
    /// What the schedule's clocks show then, and each recipient's at another moment.
    private let local: LocalDateTime
    private let plannedAt: Timestamp
    private let clock: any WallClock
    private var places: [String: Place] = [:]
    private var last: (cell: [UInt8], place: Place)?

    /// Different names that are no zones: whoever has more of them means another column. Each costs a look at all zones.
    private static let mostUnknownNames = 100
    /// A name as long as this is looked up, and shown; the longest of the IANA's has 32 bytes.
    private static let longestName = 64
    /// With white space around it.
    private static let longestCell = 256

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

    /// - Parameters:
    ///   - cell: UTF-8; white space around the name does not count, and an empty cell is the schedule's zone.
    ///   - line: of the list, where ``unknown`` tells that it was found first.
    /// - Throws: a ``Problem`` if zones cannot be read at all, or if the column's values are no zones.
    mutating func place(of cell: UnsafeRawBufferPointer, line: Int) throws -> Place {
        let place: Place
        if let last, last.cell.count == cell.count, last.cell.elementsEqual(cell) {
            place = last.place
        } else {
            // Of what is far too long only so much is kept as shows that it is no zone.
            let isTooLong = cell.count > Self.longestCell
            let name =
                isTooLong
                ? String(decoding: cell.prefix(Self.longestName + 1), as: UTF8.self) : cell.trimmedText
            place = try places[name] ?? lookUp(name, line: line)
            places[name] = place
            last = isTooLong ? nil : (Array(cell), place)
        }
        if case .unknown(let position) = place { unknown[position].rows += 1 }
        return place
    }

    private mutating func lookUp(_ name: String, line: Int) throws -> Place {
        // Where the occurrence's time comes twice, the schedule has said which is meant.
        guard !name.isEmpty, name != schedule.timeZone else {
            return place(at: occurrence, name: schedule.timeZone)
        }
        guard name.utf8.count <= Self.longestName else {
            return try unknown(Problem(.invalidInput, "this is no time zone"), line: line)
        }
        // Not even read: those of `right` count leap seconds, and would be taken for damaged.
        if Self.meant[name] != nil || name.hasPrefix("right/") || name.hasPrefix("posix/") {
            return try unknown(Self.notMeant(name), line: line)
        }
        do {
            let zone = try clock.zone(named: name)
            guard name.contains("/") || Self.universal.contains(name) else {
                return try unknown(Self.notMeant(name), line: line)
            }
            return place(at: zone.moment(showing: local), name: name)
        } catch let problem as Problem where problem.kind == .invalidInput {
            return try unknown(problem, line: line)
        }
    }

    /// Names of UTC without a slash in the IANA's data (`backward` and `etcetera`).
    ///
    /// Its other names without one are hardly what a list means: `EST` and `MST` are clocks of a winter that never ends,
    /// `posixrules` and `localtime` whatever the computer was set to.
    private static let universal: Set<String> = [
        "UTC", "GMT", "UCT", "GMT0", "GMT+0", "GMT-0", "Greenwich", "Universal", "Zulu",
    ]

    /// What whoever writes an abbreviation, or an old name of the IANA's, most likely means.
    private static let meant = [
        "EST": "America/New_York", "EDT": "America/New_York", "EST5EDT": "America/New_York",
        "CST": "America/Chicago", "CDT": "America/Chicago", "CST6CDT": "America/Chicago",
        "MST": "America/Denver", "MDT": "America/Denver", "MST7MDT": "America/Denver",
        "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "PST8PDT": "America/Los_Angeles",
        "HST": "Pacific/Honolulu", "WET": "Europe/Lisbon", "EET": "Europe/Athens",
        "CET": "Europe/Paris", "CEST": "Europe/Paris", "MET": "Europe/Paris",
        "Cuba": "America/Havana", "Egypt": "Africa/Cairo", "Eire": "Europe/Dublin", "GB": "Europe/London",
        "GB-Eire": "Europe/London", "Hongkong": "Asia/Hong_Kong", "Iceland": "Atlantic/Reykjavik",
        "Iran": "Asia/Tehran", "Israel": "Asia/Jerusalem", "Jamaica": "America/Jamaica",
        "Japan": "Asia/Tokyo", "Kwajalein": "Pacific/Kwajalein", "Libya": "Africa/Tripoli",
        "NZ": "Pacific/Auckland", "NZ-CHAT": "Pacific/Chatham", "Navajo": "America/Denver",
        "PRC": "Asia/Shanghai", "Poland": "Europe/Warsaw", "Portugal": "Europe/Lisbon",
        "ROC": "Asia/Taipei", "ROK": "Asia/Seoul", "Singapore": "Asia/Singapore",
        "Turkey": "Europe/Istanbul", "W-SU": "Europe/Moscow",
    ]

    private static func notMeant(_ name: String) -> Problem {
        Problem(
            .invalidInput,
            "\"\(name)\" is an abbreviation or an old name, and hardly the time zone that is meant",
            remedy: "Use an IANA name with a /, such as \(meant[name] ?? "America/New_York")")
    }

    private mutating func place(at moment: Timestamp, name: String) -> Place {
        if let known = departures.firstIndex(where: { $0.at == moment }) {
            if !names[known].contains(name) { names[known].append(name) }
            return .departure(known)
        }
        departures.append(
            Departure(
                at: moment,
                tooLate: schedule.isTooLate(moment, at: plannedAt)
                    ? "\(local) was too long ago where they are, at \(moment), when the run was planned" : nil
            ))
        names.append([name])
        return .departure(departures.count - 1)
    }

    private mutating func unknown(_ problem: Problem, line: Int) throws(Problem) -> Place {
        guard unknown.count < Self.mostUnknownNames else {
            throw Problem(
                .invalidInput, key: column,
                "the column has more than \(Self.mostUnknownNames) different values that are no time zones",
                remedy:
                    "Name the column of IANA zones, such as America/Los_Angeles, in schedule.timeZoneColumn"
            )
        }
        var problem = problem
        (problem.line, problem.key) = (line, column)
        unknown.append(Unknown(problem: problem))
        return .unknown(unknown.count - 1)
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
