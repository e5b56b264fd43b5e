internal import Campaigns

/// Rows of a recipients list, each checked by itself and written as the line it is in a plan, on their way to where it is
/// decided who is sent to.
struct CheckedRows: Sendable {
    struct Row: Sendable {
        /// Where the row begins in the list, counted from 1.
        let line: Int
        /// Of the address; `nil` where that is invalid.
        let fingerprint: AddressFingerprint?
        /// Position of its moment in the block's `departures`; 0 where all go at once.
        let departure: Int
        /// Where the row's line stands in the block's `json`.
        let json: Range<Int>
        /// Where the address stands there, a literal with its quotes.
        let address: Range<Int>
    }

    var rows: [Row] = []
    /// A line for each row: of a shard if the address is valid, else of the rows set aside.
    var json: [UInt8] = []
    /// Empty cells where the templates need a value: positions of the row and of the value.
    var emptyValues: [(row: Int, value: Int)] = []
    /// Fingerprint of each valid row's address in lower case, where the campaign's own comparison form is another.
    var lowercased: [AddressFingerprint] = []
    /// The moments that the list has had so far; empty where all go at once.
    var departures: [RecipientZones.Departure] = []
}
