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

    /// Parses a TZif file of version 1 to 4. Throws a ``Problem`` if it is none.
    package init(name: String, tzif: [UInt8]) throws(Problem) { fatalError("stub") }

    package static var utc: TimeZoneRules { fatalError("stub") }

    package func resolve(_ local: LocalDateTime) -> Resolution { fatalError("stub") }
    package func local(at moment: Timestamp) -> LocalDateTime { fatalError("stub") }
}
