/// A moment on the UTC time line, in whole milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    package init(seconds: Int64) { milliseconds = seconds * 1000 }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int64 { milliseconds.dividedRoundingDown(by: 1000) }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    package static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + duration.wholeMilliseconds)
    }
    package static func - (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds - duration.wholeMilliseconds)
    }
    package static func - (a: Timestamp, b: Timestamp) -> Duration {
        .milliseconds(a.milliseconds - b.milliseconds)
    }
}

extension Timestamp {
    /// Parses an instant of RFC 3339: `2026-06-01T17:00:00Z`, with fractions (digits after the third are dropped) and
    /// offsets (`-07:00`, also `-0700`). A time without an offset is refused.
    package init?(iso8601 text: String) {
        var scanner = ASCIIScanner(text)
        guard let local = LocalDateTime(&scanner) else { return nil }
        var milliseconds = 0
        if scanner.take(".") {
            let digits = scanner.take { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard (1...18).contains(digits.count) else { return nil }
            for place in 0..<3 {
                let digit =
                    place < digits.count ? Int(digits[digits.startIndex + place] - UInt8(ascii: "0")) : 0
                milliseconds = milliseconds * 10 + digit
            }
        }
        var offset = 0
        if scanner.take(anyOf: "Zz") == nil {
            guard let sign = scanner.take(anyOf: "+-") else { return nil }
            guard let minutes = Timestamp.offset(&scanner) else { return nil }
            offset = (sign == UInt8(ascii: "-") ? -minutes : minutes) * 60
        }
        guard scanner.isAtEnd else { return nil }
        self.init(milliseconds: (local.secondsAsUTC - Int64(offset)) * 1000 + Int64(milliseconds))
    }

    /// Minutes of `07:00` or `0700`.
    private static func offset(_ scanner: inout ASCIIScanner) -> Int? {
        if let both = scanner.number(digits: 4...4) {
            return both / 100 < 24 && both % 100 < 60 ? both / 100 * 60 + both % 100 : nil
        }
        guard let hours = scanner.number(digits: 2...2), hours < 24, scanner.take(":"),
            let minutes = scanner.number(digits: 2...2), minutes < 60
        else { return nil }
        return hours * 60 + minutes
    }

    /// `2026-06-01T17:00:00Z`, with `.250` before the `Z` only where there is a fraction of a second.
    package var iso8601: String {
        let fraction = milliseconds - seconds * 1000
        return "\(LocalDateTime(secondsSince1970: seconds))"
            + (fraction == 0 ? "Z" : ".\(fraction.padded(to: 3))Z")
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String { iso8601 }
}

extension Duration {
    /// Milliseconds, rounded down.
    package var wholeMilliseconds: Int64 {
        components.seconds * 1000
            + components.attoseconds.dividedRoundingDown(by: 1_000_000_000_000_000)
    }
}
