/// A line of CSV (RFC 4180).
package enum CSVLine {
    /// The fields with commas between them, without the line's end: quoted where they must be.
    package static func text(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") }

    /// By bytes: a quote may be part of a larger character of Swift's.
    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return field }
        let doubled = field.utf8.flatMap { $0 == UInt8(ascii: "\"") ? [$0, $0] : [$0] }
        return "\"" + String(decoding: doubled, as: UTF8.self) + "\""
    }
}
