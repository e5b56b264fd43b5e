import Glibc
import JSON

/// One line of the log, before it is bytes. Whatever the message and the fields hold, it stays one line.
struct LogLine {
    var milliseconds: Int64
    var level: LambdaLog.Level
    var requestID: String?
    var message: String
    var fields: [LambdaLog.Field]

    /// A longer message or value is cut here: CloudWatch Logs takes events up to 256 KiB.
    static let maximumValueBytes = 32 << 10

    private static let reservedNames = ["timestamp", "level", "requestId", "message"]

    /// The line with its line feed.
    func bytes(_ format: LambdaLog.Format) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(160 + message.utf8.count)
        switch format {
        case .text: appendText(to: &line)
        case .json: appendJSON(to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private func appendText(to line: inout [UInt8]) {
        appendTimestamp(to: &line)
        line.append(UInt8(ascii: "\t"))
        line.append(contentsOf: (requestID ?? "-").utf8)
        line.append(UInt8(ascii: "\t"))
        line.append(contentsOf: level.name.utf8)
        line.append(UInt8(ascii: "\t"))
        Self.appendEscaped(clip(message), to: &line)
        for (name, value) in fields {
            line.append(UInt8(ascii: "\t"))
            for byte in name.utf8 { line.append(Self.isNameByte(byte) ? byte : UInt8(ascii: "_")) }
            line.append(UInt8(ascii: "="))
            Self.appendEscaped(clip(value), to: &line)
        }
    }

    private func appendJSON(to line: inout [UInt8]) {
        line.append(contentsOf: #"{"timestamp":""#.utf8)
        appendTimestamp(to: &line)
        line.append(contentsOf: #"","level":""#.utf8)
        line.append(contentsOf: level.name.utf8)
        line.append(contentsOf: #"","requestId":"#.utf8)
        if let requestID { line.appendJSON(requestID) } else { line.append(contentsOf: "null".utf8) }
        line.append(contentsOf: #","message":"#.utf8)
        line.appendJSON(clip(message))
        var taken = Self.reservedNames
        for (name, value) in fields {
            var name = name
            while taken.contains(name) { name += "_" }
            taken.append(name)
            line.append(UInt8(ascii: ","))
            line.appendJSON(name)
            line.append(UInt8(ascii: ":"))
            line.appendJSON(clip(value))
        }
        line.append(UInt8(ascii: "}"))
    }

    /// RFC 3339 in UTC, with milliseconds.
    private func appendTimestamp(to line: inout [UInt8]) {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        line.appendDecimal(Int(parts.tm_year) + 1900, digits: 4)
        line.append(UInt8(ascii: "-"))
        line.appendDecimal(Int(parts.tm_mon) + 1, digits: 2)
        line.append(UInt8(ascii: "-"))
        line.appendDecimal(Int(parts.tm_mday), digits: 2)
        line.append(UInt8(ascii: "T"))
        line.appendDecimal(Int(parts.tm_hour), digits: 2)
        line.append(UInt8(ascii: ":"))
        line.appendDecimal(Int(parts.tm_min), digits: 2)
        line.append(UInt8(ascii: ":"))
        line.appendDecimal(Int(parts.tm_sec), digits: 2)
        line.append(UInt8(ascii: "."))
        line.appendDecimal(Int(milliseconds % 1000), digits: 3)
        line.append(UInt8(ascii: "Z"))
    }

    private func clip(_ text: String) -> String { text.clipped(toBytes: Self.maximumValueBytes) }

    /// Backslash escapes for all that could end the line, split its columns or steer a terminal.
    private static func appendEscaped(_ text: String, to line: inout [UInt8]) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": line.append(contentsOf: #"\\"#.utf8)
            case "\n": line.append(contentsOf: #"\n"#.utf8)
            case "\r": line.append(contentsOf: #"\r"#.utf8)
            case "\t": line.append(contentsOf: #"\t"#.utf8)
            case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                line.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".utf8)
            default: line.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
            }
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

extension [UInt8] {
    /// Appends a JSON string literal.
    mutating func appendJSON(_ text: String) {
        var text = text
        text.withUTF8 { JSONEncoder.appendLiteral(utf8: UnsafeRawBufferPointer($0), to: &self) }
    }

    /// Appends a number that is not negative, with leading zeros.
    fileprivate mutating func appendDecimal(_ value: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}

extension String {
    /// The text, cut between two scalars to at most that many bytes, with a note of how much is missing.
    func clipped(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return self[..<end] + "… (\(utf8[end...].count) bytes cut)"
    }
}
