/// Finds places in a JSON text, for errors that are to name line and column.
package enum JSONText {
    /// A place in a text, both counted from 1, columns in Unicode scalars.
    package struct Position: Sendable, Equatable {
        package var line: Int
        package var column: Int
    }

    /// Where the member or element that `path` names begins; of a member, its key.
    ///
    /// `path` has the form of `JSONError.path`. If the text has no such member, this is where the last step of the
    /// path that exists begins: a missing `$.schedule.at` is reported at `$.schedule`. The text need not be valid.
    package static func position(of path: String, in text: [UInt8]) -> Position {
        text.withUnsafeBytes { position(of: path, in: $0) }
    }

    package static func position(of path: String, in text: UnsafeRawBufferPointer) -> Position {
        position(ofOffset: offset(of: path, in: text), in: text)
    }

    static func position(ofOffset offset: Int, in text: UnsafeRawBufferPointer) -> Position {
        let before = text.prefix(offset)
        let lineStart = before.lastIndex(of: .newline).map { $0 + 1 } ?? 0
        return Position(
            line: 1 + before.count { $0 == .newline },
            column: 1 + before[lineStart...].count { $0 & 0xc0 != 0x80 })
    }

    private static func offset(of path: String, in text: UnsafeRawBufferPointer) -> Int {
        var cursor = JSONCursor(text: text)
        var steps = path.dropFirst(JSONPath.root.count)
        cursor.skipSpace()
        var found = cursor.offset
        search: while !steps.isEmpty {
            let container = cursor.byte
            guard container == .openBrace || container == .openBracket else { break }
            cursor.skipByte()
            var index = 0
            while true {
                cursor.skipSpaceAndCommas()
                let start = cursor.offset
                let step: String
                if container == .openBracket {
                    guard let byte = cursor.byte, byte != .closeBracket else { break search }
                    step = JSONPath.step(index)
                    index += 1
                } else {
                    guard cursor.byte == .quote else { break search }
                    step = JSONPath.step(cursor.key())
                    cursor.skipSpaceAndColon()
                }
                if let rest = steps.dropping(step: step) {
                    steps = rest
                    found = start
                    continue search
                }
                guard cursor.skipValue() else { break search }
            }
        }
        return found
    }

    /// The path of what is being read at `end`, and where its last token begins. All before `end` must be valid.
    static func context(upTo end: Int, in text: UnsafeRawBufferPointer) -> (path: String, tokenStart: Int) {
        enum Level {
            case array(index: Int)
            case object(key: String?)
        }
        var levels: [Level] = []
        var cursor = JSONCursor(text: text)
        var tokenStart = 0
        while true {
            cursor.skipSpace()
            tokenStart = cursor.offset
            guard let byte = cursor.byte, tokenStart < end else { break }
            switch (byte, levels.last) {
            case (.openBracket, _):
                levels.append(.array(index: 0))
                cursor.skipByte()
            case (.openBrace, _):
                levels.append(.object(key: nil))
                cursor.skipByte()
            case (.closeBracket, _), (.closeBrace, _):
                cursor.skipByte()
                if cursor.offset < end { _ = levels.popLast() }
            case (.comma, .array(let index)):
                levels[levels.count - 1] = .array(index: index + 1)
                cursor.skipByte()
            case (.comma, .object):
                levels[levels.count - 1] = .object(key: nil)
                cursor.skipByte()
            case (.quote, .object(nil)):
                levels[levels.count - 1] = .object(key: cursor.key())
            default:
                cursor.skipToken()
            }
            if cursor.offset >= end { break }
        }
        let path = levels.reduce(into: JSONPath.root) { path, level in
            switch level {
            case .array(let index): path += JSONPath.step(index)
            case .object(let key): path += key.map { JSONPath.step($0) } ?? ""
            }
        }
        return (path, min(tokenStart, end))
    }
}

extension Substring {
    /// What follows `step` at the start of a path, if it stands there whole.
    fileprivate func dropping(step: String) -> Substring? {
        guard hasPrefix(step) else { return nil }
        let rest = dropFirst(step.count)
        return rest.isEmpty || rest.first == "." || rest.first == "[" ? rest : nil
    }
}

/// Steps over the tokens of a text; on malformed text it may misjudge them, but always ends.
struct JSONCursor {
    let text: UnsafeRawBufferPointer
    var offset = 0

    init(text: UnsafeRawBufferPointer) { self.text = text }

    var byte: UInt8? { offset < text.count ? text[offset] : nil }

    mutating func skipByte() { offset += 1 }
    mutating func skipSpace() { skip { $0.isSpace } }
    mutating func skipSpaceAndCommas() { skip { $0.isSpace || $0 == .comma } }
    mutating func skipSpaceAndColon() { skip { $0.isSpace || $0 == .colon } }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while let byte, condition(byte) { offset += 1 }
    }

    /// Skips a string from its opening quote to behind its closing one, or to the end.
    mutating func skipString() {
        offset += 1
        while let byte, byte != .quote { offset += byte == .backslash ? 2 : 1 }
        offset = min(offset + 1, text.count)
    }

    /// Skips a string, a word, a number, or a single character of punctuation.
    mutating func skipToken() {
        if byte == .quote { return skipString() }
        let start = offset
        skip { !$0.isSpace && !$0.isPunctuation }
        if offset == start { skipByte() }
    }

    /// Skips a whole value, however deep; false if the text ends before it.
    mutating func skipValue() -> Bool {
        var depth = 0
        repeat {
            skipSpace()
            switch byte {
            case nil: return false
            case .openBrace, .openBracket: depth += 1
            case .closeBrace, .closeBracket: depth -= 1
            default: break
            }
            skipToken()
        } while depth > 0
        return depth == 0
    }

    /// Reads a string without judging it.
    mutating func key() -> String {
        let start = offset
        skipString()
        let literal = UnsafeRawBufferPointer(rebasing: text[start..<offset])
        if literal.contains(.backslash),
            let document = try? JSONDocument(parsing: literal, limits: JSONLimits()),
            let key = document.root.string
        {
            return key
        }
        return String(decoding: literal.dropFirst().dropLast(), as: UTF8.self)
    }
}

extension UInt8 {
    static let newline = UInt8(ascii: "\n")
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let space = UInt8(ascii: " ")

    /// RFC 8259 section 2.
    var isSpace: Bool { self == .space || self == .newline || self == 0x09 || self == 0x0d }
    var isPunctuation: Bool {
        switch self {
        case .quote, .comma, .colon, .openBrace, .closeBrace, .openBracket, .closeBracket: true
        default: false
        }
    }
}
