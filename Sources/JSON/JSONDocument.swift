internal import CJansson

/// A parsed text. Owns jansson's tree, which is never changed, and frees it once nobody reads in it any more.
final class JSONDocument {
    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    let root: JSONNode

    deinit { json_decref(root.pointer) }

    /// The corresponding C function is `json_loadb`.
    init(parsing text: UnsafeRawBufferPointer, limits: JSONLimits) throws(JSONError) {
        guard text.count <= min(limits.bytes, Int(Int32.max)) else {
            throw JSONError(
                kind: .tooLarge, path: JSONPath.root,
                message: "the text of \(text.count) bytes is larger than the limit of \(limits.bytes)")
        }
        try Self.checkDepth(of: text, limit: limits.depth)

        // Editors on Windows write the mark; RFC 8259 section 8.1 lets a parser pass over it.
        let markCount = text.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
        let body = UnsafeRawBufferPointer(rebasing: text[markCount...])
        var error = json_error_t()
        let root = json_loadb(
            body.baseAddress, body.count, Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL),
            &error)
        guard let root else { throw JSONError(error, in: body) }
        self.root = JSONNode(pointer: root)
    }

    /// Refuses deep nesting before jansson recurses into it.
    private static func checkDepth(of text: UnsafeRawBufferPointer, limit: Int) throws(JSONError) {
        var depth = 0
        var isInString = false
        var offset = 0
        while offset < text.count {
            switch text[offset] {
            case .quote: isInString.toggle()
            case .backslash where isInString: offset += 1
            case .openBrace, .openBracket:
                guard !isInString else { break }
                depth += 1
                guard depth <= limit else {
                    throw JSONError(
                        kind: .tooDeep, path: JSONPath.root,
                        position: JSONText.position(ofOffset: offset, in: text),
                        message: "more than \(limit) arrays and objects within each other")
                }
            case .closeBrace, .closeBracket:
                if !isInString { depth -= 1 }
            default: break
            }
            offset += 1
        }
    }
}

extension JSONError {
    /// Tells jansson's error in our words, with the path and the place where the offending token begins.
    fileprivate init(_ error: json_error_t, in text: UnsafeRawBufferPointer) {
        var error = error
        let code = json_error_code(&error)
        // jansson ends with an excerpt of the text, which might hold a secret; the place tells more.
        let detail = String(cString: cjansson_error_text(&error)).prefix(before: " near ")
        let end = min(Int(max(error.position, 0)), text.count)
        let (path, tokenStart) = JSONText.context(upTo: end, in: text)

        let kind: Kind
        let message: String
        var offset = tokenStart
        switch code {
        case json_error_duplicate_key:
            (kind, message) = (.duplicateKey, "the key appears twice in its object")
        case json_error_numeric_overflow:
            (kind, message) = (.invalidValue, "the number is out of range (integers have 64 bits)")
        case json_error_stack_overflow:
            (kind, message) = (.tooDeep, "too many arrays and objects within each other")
        case json_error_premature_end_of_input:
            (kind, message) = (.syntax, "the text ends too early")
            offset = text.count
        case json_error_invalid_utf8:
            (kind, message) = (.syntax, "invalid UTF-8: \(detail)")
            offset = end
        case json_error_end_of_input_expected:
            (kind, message) = (.syntax, "something follows the end of the value")
        case json_error_null_byte_in_key:
            (kind, message) = (.syntax, "U+0000 in a key is not supported")
        default:
            (kind, message) = (.syntax, String(detail))
            // Within a string the place of the offending character says more than where the string begins.
            if JSONText.isInString(from: tokenStart, at: end, in: text) {
                // jansson stops before a control character, and behind anything else.
                offset = text[end] < .space ? end : end - 1
            }
        }
        self.init(
            kind: kind, path: path, position: JSONText.position(ofOffset: offset, in: text), message: message)
    }
}

extension JSONText {
    /// Whether a string opens at `start` and is still open at `end`.
    fileprivate static func isInString(from start: Int, at end: Int, in text: UnsafeRawBufferPointer) -> Bool
    {
        var cursor = JSONCursor(text: text)
        cursor.offset = start
        guard cursor.byte == .quote, start < end else { return false }
        cursor.skipString()
        return cursor.offset > end
    }
}

extension String {
    fileprivate func prefix(before separator: String) -> Substring {
        var end = startIndex
        while end < endIndex, !self[end...].hasPrefix(separator) { end = index(after: end) }
        return self[..<end]
    }
}
