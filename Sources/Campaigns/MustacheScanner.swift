/// A tag of a template.
struct MustacheTag {
    enum Kind {
        case comment
        case delimiters
        case variable(String, isRaw: Bool)
        case section(String, isInverted: Bool)
        case end(String)
        case partial(String)
    }

    var kind: Kind
    /// Where it stands in the source, delimiters included.
    var range: Range<Int>
    /// Both counted from 1.
    var line: Int
    var column: Int
    /// The text between the tag before and this one; without the white space around a standalone tag.
    var textBefore: Range<Int>
    /// Whether it has its line for itself, which then leaves no trace.
    var isStandalone: Bool
    /// What stands before a standalone tag on its line.
    var indentation: Range<Int>
}

/// Cuts a template into texts and tags.
struct MustacheScanner {
    let source: [UInt8]
    private let file: String
    private var openDelimiter = Array("{{".utf8)
    private var closeBytes = Array("}}".utf8)
    /// Up to where the source has been cut.
    private var position = 0
    /// Up to where lines have been counted.
    private var counted = 0
    private var line = 1
    private var column = 1

    init(_ source: String, file: String) throws(Problem) {
        self.source = Array(source.utf8)
        self.file = file
        guard self.source.count <= MustacheTemplate.maximumBytes else {
            throw Problem(
                .invalidInput, file: file,
                "the template has \(self.source.count) bytes, more than the \(MustacheTemplate.maximumBytes) allowed",
                remedy: "Link to images and long texts instead of writing them into the mail")
        }
    }

    /// The text after the last tag.
    var rest: Range<Int> { position..<source.count }
    var closeDelimiter: String { String(decoding: closeBytes, as: UTF8.self) }

    func isLineStart(_ index: Int) -> Bool { index == 0 || source[index - 1] == UInt8(ascii: "\n") }

    func problem(_ tag: MustacheTag, _ message: String, remedy: String) -> Problem {
        Problem(.invalidInput, file: file, line: tag.line, column: tag.column, message, remedy: remedy)
    }

    /// The next tag, `nil` if there is none any more.
    mutating func next() throws(Problem) -> MustacheTag? {
        guard let start = find(openDelimiter, from: position) else { return nil }
        let (line, column) = place(of: start)
        func problem(_ message: String, remedy: String) -> Problem {
            Problem(.invalidInput, file: file, line: line, column: column, message, remedy: remedy)
        }
        let unclosed = problem(
            "the tag that begins here is never closed", remedy: "Close it with \(closeDelimiter)")

        var contentStart = start + openDelimiter.count
        let sigil = contentStart < source.count ? source[contentStart] : 0
        var closing = closeBytes
        switch sigil {
        case UInt8(ascii: "{"): closing = [UInt8(ascii: "}")] + closeBytes
        case UInt8(ascii: "="): closing = [UInt8(ascii: "=")] + closeBytes
        default: break
        }
        if "{=&#^/>!<$".utf8.contains(sigil) { contentStart += 1 }
        guard let contentEnd = find(closing, from: contentStart) else { throw unclosed }
        let content = trimmed(contentStart..<contentEnd)
        let end = contentEnd + closing.count

        let kind: MustacheTag.Kind
        switch sigil {
        case UInt8(ascii: "!"): kind = .comment
        case UInt8(ascii: "="):
            guard setDelimiters(content) else {
                throw problem(
                    "the new delimiters are malformed",
                    remedy: "Write two of them with a space between, such as {{=<% %>=}}")
            }
            kind = .delimiters
        case UInt8(ascii: "<"), UInt8(ascii: "$"):
            throw problem("template inheritance is not supported", remedy: "Write the text out in its place")
        default:
            guard !content.isEmpty else {
                throw problem("the tag has no name", remedy: "Put a name between the delimiters")
            }
            // A tag that swallows the next one, or a line, is one whose end is missing.
            guard !source[content].contains(UInt8(ascii: "\n")), !contains(openDelimiter, content) else {
                throw unclosed
            }
            let name = String(decoding: source[content], as: UTF8.self)
            switch sigil {
            case UInt8(ascii: "{"), UInt8(ascii: "&"): kind = .variable(name, isRaw: true)
            case UInt8(ascii: "#"): kind = .section(name, isInverted: false)
            case UInt8(ascii: "^"): kind = .section(name, isInverted: true)
            case UInt8(ascii: "/"): kind = .end(name)
            case UInt8(ascii: ">"):
                guard !name.hasPrefix("*") else {
                    throw problem("dynamic names are not supported", remedy: "Name the partial itself")
                }
                kind = .partial(name)
            default: kind = .variable(name, isRaw: false)
            }
        }

        var tag = MustacheTag(
            kind: kind, range: start..<end, line: line, column: column, textBefore: position..<start,
            isStandalone: false, indentation: start..<start)
        position = end
        if case .variable = kind { return tag }
        if let standing = standaloneLine(around: start..<end) {
            tag.isStandalone = true
            tag.indentation = standing.lowerBound..<start
            tag.textBefore = tag.textBefore.lowerBound..<standing.lowerBound
            position = standing.upperBound
        }
        return tag
    }

    /// The whole lines that a tag takes up, if nothing else but blanks stands on them.
    private func standaloneLine(around tag: Range<Int>) -> Range<Int>? {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var start = tag.lowerBound
        while start > 0, isBlank(source[start - 1]) { start -= 1 }
        guard isLineStart(start) else { return nil }
        var end = tag.upperBound
        while end < source.count, isBlank(source[end]) { end += 1 }
        if end == source.count { return start..<end }
        if source[end] == UInt8(ascii: "\r") { end += 1 }
        guard end < source.count, source[end] == UInt8(ascii: "\n") else { return nil }
        return start..<end + 1
    }

    private mutating func setDelimiters(_ content: Range<Int>) -> Bool {
        let parts = source[content].split { MustacheScanner.isWhiteSpace($0) }
        guard parts.count == 2, !source[content].contains(UInt8(ascii: "=")), content.count <= 64 else {
            return false
        }
        openDelimiter = Array(parts[0])
        closeBytes = Array(parts[1])
        return true
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, MustacheScanner.isWhiteSpace(source[start]) { start += 1 }
        while start < end, MustacheScanner.isWhiteSpace(source[end - 1]) { end -= 1 }
        return start..<end
    }

    private func find(_ pattern: [UInt8], from start: Int) -> Int? {
        guard start <= source.count else { return nil }
        var index = start
        while let candidate = source[index...].firstIndex(of: pattern[0]) {
            if source[candidate...].starts(with: pattern) { return candidate }
            index = candidate + 1
        }
        return nil
    }

    private func contains(_ pattern: [UInt8], _ range: Range<Int>) -> Bool {
        guard let found = find(pattern, from: range.lowerBound) else { return false }
        return found + pattern.count <= range.upperBound
    }

    private mutating func place(of index: Int) -> (line: Int, column: Int) {
        for byte in source[counted..<max(counted, index)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        counted = max(counted, index)
        return (line, column)
    }
}
