internal import Campaigns

/// Log lines for a person, on standard error, above a progress bar that is drawn there.
struct ConsoleLog: Log {
    /// What matters less is left out.
    let threshold: LogLevel
    let bar: ProgressBar

    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {
        guard level >= threshold else { return }
        bar.tellAbove(Self.text(level, message, fields))
    }

    /// One line that tells all of it.
    static func text(
        _ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]
    ) -> String {
        let details = fields.map { " \($0.name)=\($0.value.filter { !$0.isNewline })" }.joined()
        return "\(level): \(message)\(details)"
    }
}
