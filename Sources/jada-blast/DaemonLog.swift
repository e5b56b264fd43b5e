internal import Campaigns
internal import HostAdapters
internal import JSON

/// The log of a process that runs on: one line each, with the time.
///
/// Text goes to standard error; JSON objects go to standard output.
struct DaemonLog: Log {
    /// What matters less is left out.
    let threshold: LogLevel
    let isJSON: Bool
    private let clock = SystemClock()

    init(threshold: LogLevel, isJSON: Bool) {
        self.threshold = threshold
        self.isJSON = isJSON
    }

    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {
        guard level >= threshold else { return }
        let timestamp = clock.now().description
        if isJSON {
            let members = [("timestamp", timestamp), ("level", "\(level)"), ("message", message)] + fields
            var line: [UInt8] = [UInt8(ascii: "{")]
            for (index, (name, value)) in members.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                JSONEncoder.appendLiteral(name, to: &line)
                line.append(UInt8(ascii: ":"))
                JSONEncoder.appendLiteral(value, to: &line)
            }
            line.append(UInt8(ascii: "}"))
            Console.print(String(decoding: line, as: UTF8.self))
        } else {
            Console.tell("\(timestamp) \(ConsoleLog.text(level, message, fields))")
        }
    }
}
