internal import Campaigns

extension Duration {
    /// `2 h 5 min`, `3 min 20 s`, `40 s`; at least a second.
    var inWords: String {
        let seconds = max(1, Int(components.seconds))
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\(seconds / 3600) h \(seconds / 60 % 60) min"
        }
    }
}

extension Timestamp {
    /// As a person reads it: `Tue 2026-09-01 10:00 America/Los_Angeles`.
    func inWords(_ zone: TimeZoneRules) -> String {
        let local = zone.local(at: self)
        let text = "\(local)".split(separator: "T")
        return "\(local.weekdayName) \(text[0]) \(text[1].prefix(5)) \(zone.name)"
    }
}

extension Double {
    /// A rate for a person: `4.8`, `13.3`, `5`, `9500`.
    var asRate: String {
        let tenths = (self * 10).rounded()
        let isWhole = self >= 100 || tenths.truncatingRemainder(dividingBy: 10) == 0
        return isWhole ? "\(Int(rounded()))" : "\(tenths / 10)"
    }
}
