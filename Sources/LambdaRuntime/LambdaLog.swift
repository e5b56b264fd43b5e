import Glibc

/// Writes log lines as Lambda expects them: one event a line, as text or JSON.
///
/// Every line carries a request id. It comes from the task: a log that is made once at start, and handed to adapters
/// that outlive invocations, still names the invocation on whose behalf it writes, also while several run at once.
/// Code outside the invocation's tasks (a callback from a C library) uses ``Invocation/log``, which is pinned to one id.
///
/// Source: AWS Lambda Developer Guide, "Configuring advanced logging controls".
package struct LambdaLog: Sendable {
    /// How much a line matters.
    package enum Level: Int, Sendable, Comparable, CaseIterable {
        case trace, debug, info, warning, error, fatal

        /// The name Lambda gives it.
        package var name: String {
            switch self {
            case .trace: "TRACE"
            case .debug: "DEBUG"
            case .info: "INFO"
            case .warning: "WARN"
            case .error: "ERROR"
            case .fatal: "FATAL"
            }
        }

        package static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    /// The shape of a line.
    package enum Format: Sendable, Equatable {
        /// `timestamp ⇥ request id ⇥ level ⇥ message ⇥ name=value …`
        case text
        /// One JSON object.
        case json
    }

    /// Something a line tells beside its message.
    package typealias Field = (name: String, value: String)

    package let level: Level
    package let format: Format
    private let descriptor: Int32
    private let pinnedRequestID: String?

    /// The request id of the invocation that the current task works for.
    @TaskLocal static var requestID: String?

    /// Makes a log that writes to an open file descriptor, which stays the caller's.
    package init(level: Level = .info, format: Format = .text, descriptor: Int32 = STDOUT_FILENO) {
        self.init(level: level, format: format, descriptor: descriptor, pinnedRequestID: nil)
    }

    private init(level: Level, format: Format, descriptor: Int32, pinnedRequestID: String?) {
        self.level = level
        self.format = format
        self.descriptor = descriptor
        self.pinnedRequestID = pinnedRequestID
    }

    /// Makes the log that AWS_LAMBDA_LOG_FORMAT (Text, JSON) and AWS_LAMBDA_LOG_LEVEL ask for.
    ///
    /// A value it does not know is told in the log itself, and the default (Text, INFO) holds.
    package init(environment: [String: String]) {
        let formatName = environment["AWS_LAMBDA_LOG_FORMAT"] ?? ""
        let levelName = environment["AWS_LAMBDA_LOG_LEVEL"] ?? ""
        let format: Format? =
            switch formatName.lowercased() {
            case "", "text": .text
            case "json": .json
            default: nil
            }
        let level = levelName.isEmpty ? .info : Level.allCases.first { $0.name == levelName.uppercased() }
        self.init(level: level ?? .info, format: format ?? .text)
        if format == nil {
            write(.warning, "AWS_LAMBDA_LOG_FORMAT is neither Text nor JSON", [("value", formatName)])
        }
        if level == nil {
            let known = Level.allCases.map(\.name).joined(separator: ", ")
            write(.warning, "AWS_LAMBDA_LOG_LEVEL is none of \(known)", [("value", levelName)])
        }
    }

    /// The same log with its lines tied to one invocation.
    func pinned(to requestID: String) -> LambdaLog {
        LambdaLog(level: level, format: format, descriptor: descriptor, pinnedRequestID: requestID)
    }

    /// Writes one line, if `level` is not below the log's own.
    package func write(_ level: Level, _ message: String, _ fields: [Field] = []) {
        guard level >= self.level else { return }
        let line = LogLine(
            milliseconds: WallClock.milliseconds(), level: level,
            requestID: pinnedRequestID ?? Self.requestID,
            message: message, fields: fields)
        emit(line.bytes(format))
    }

    /// Writes a line of its own as it is, such as a JSON object in CloudWatch's embedded metric format.
    package func write(line: [UInt8]) { emit(line + [UInt8(ascii: "\n")]) }

    /// One write(2) a line: lines of several threads do not mix.
    private func emit(_ line: [UInt8]) {
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    // A log that cannot be written must not stop the work it tells of.
                    return
                }
            }
        }
    }
}
