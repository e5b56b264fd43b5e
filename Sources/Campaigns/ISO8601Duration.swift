extension Duration {
    /// Parses a duration of ISO 8601 whose parts have one length only: `PT6H`, `P1D`, `PT1H30M`, `P2W`.
    ///
    /// - Throws: a ``Problem`` for anything else; years and months are refused because their lengths vary.
    package init(iso8601 text: String) throws(Problem) {
        self = try CalendarDuration(iso8601: text).nominal
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
