internal import Campaigns

/// Log lines for a person, on standard error, above a progress bar that is drawn there.
struct ConsoleLog: Log {
    /// What matters less is left out.
    let threshold: LogLevel
    let bar: ProgressBar

    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {
        guard level >= threshold else { return }
        let details = fields.map { " \($0.name)=\($0.value.filter { !$0.isNewline })" }.joined()
        bar.tellAbove("\(level): \(message)\(details)")
    }
}
