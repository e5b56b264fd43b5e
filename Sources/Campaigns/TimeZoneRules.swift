/// The rules of one time zone, read from a TZif file (RFC 9636).
package struct TimeZoneRules: Sendable {
}
