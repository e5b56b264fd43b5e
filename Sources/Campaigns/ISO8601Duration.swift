extension Duration {
    /// The longest duration that is parsed: far beyond any schedule, and safe to calculate with.
    private static var longestISO8601: Int { 36_525 * CivilDate.secondsPerDay }

    /// Parses a duration of ISO 8601 whose parts have one length only: `PT6H`, `P1D`, `PT1H30M`, `P2W`.
    ///
    /// - Throws: a ``Problem`` for anything else; years and months are refused because their lengths vary.
    package init(iso8601 text: String) throws(Problem) {
        func malformed(_ message: String) -> Problem {
            Problem(
                .invalidInput, message,
                remedy: "Write days, hours, minutes and seconds, such as PT6H, P1D or PT1H30M")
        }
        var scanner = ASCIIScanner(text)
        guard scanner.take("P") else { throw malformed("\"\(text)\" is not an ISO 8601 duration") }
        var units: [(letter: Unicode.Scalar, seconds: Int)] = [
            ("W", 7 * CivilDate.secondsPerDay), ("D", CivilDate.secondsPerDay),
        ]
        var total = 0
        var hasPart = false
        var isTime = false
        while !scanner.isAtEnd {
            if !isTime, scanner.take("T") {
                isTime = true
                hasPart = false
                units = [("H", 3600), ("M", 60), ("S", 1)]
            }
            guard let number = scanner.number(digits: 1...9) else {
                throw malformed("\"\(text)\" is not an ISO 8601 duration")
            }
            if !isTime, scanner.next == UInt8(ascii: "Y") || scanner.next == UInt8(ascii: "M") {
                throw malformed("\"\(text)\" counts years or months, whose lengths vary")
            }
            guard let index = units.firstIndex(where: { scanner.take($0.letter) }) else {
                throw malformed("\"\(text)\" is not an ISO 8601 duration")
            }
            total += number * units[index].seconds
            units.removeSubrange(...index)
            hasPart = true
        }
        guard hasPart else { throw malformed("\"\(text)\" is not an ISO 8601 duration") }
        guard total <= Duration.longestISO8601 else {
            throw malformed("\"\(text)\" is longer than 100 years")
        }
        self = .seconds(total)
    }

    /// `P1DT6H`, `PT1H30M`, `PT0S`; a fraction of a second is dropped, and a negative duration is written as zero.
    package var iso8601: String {
        let seconds = max(0, components.seconds)
        let day = Int64(CivilDate.secondsPerDay)
        let date = seconds >= day ? "\(seconds / day)D" : ""
        let parts = [("H", seconds % day / 3600), ("M", seconds / 60 % 60), ("S", seconds % 60)]
        let time = parts.filter { $0.1 > 0 }.map { "\($0.1)\($0.0)" }.joined()
        if date.isEmpty && time.isEmpty { return "PT0S" }
        return "P\(date)" + (time.isEmpty ? "" : "T\(time)")
    }
}
