/// Where a handler tells what it does. Never given a secret.
package protocol Log: Sendable {
    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)])
}

/// How much a line matters.
package enum LogLevel: Int, Sendable, Comparable {
    case trace, debug, info, warning, error, fatal
    package static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}

extension Log {
    package func debug(_ message: String, _ fields: (name: String, value: String)...) {
        write(.debug, message, fields)
    }
    package func info(_ message: String, _ fields: (name: String, value: String)...) {
        write(.info, message, fields)
    }
    package func warning(_ message: String, _ fields: (name: String, value: String)...) {
        write(.warning, message, fields)
    }
    package func error(_ message: String, _ fields: (name: String, value: String)...) {
        write(.error, message, fields)
    }
}
